"""Systemd units in trouble: failed, restarting again and again, or not to be loaded."""

from __future__ import annotations

from homelab import times
from homelab.checks import unit_text
from homelab.checks.finding import OK, SKIPPED, UNKNOWN, WARNING, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.checks.systemd import Manager
    from homelab.host import Host

_WAIT = 5.0  # s
_SHOWN = 3
_STATES = "--state=failed,auto-restart,auto-restart-queued"
_BROKEN = ("bad-setting", "error")
_PROPERTIES = (
    "Id,Description,Type,LoadState,LoadError,ActiveState,SubState,Result,ExecMainCode,ExecMainStatus,"
    "NRestarts,StateChangeTimestamp,ActiveEnterTimestamp,InvocationID"
)
# A service that runs now, but was restarted this often, the last time this short ago, is in a loop
# between two deaths.
_OFTEN = 3
_RECENT = 10 * 60 * times.SECOND


class Unit:
    """A unit in trouble: why in `detail`, since when (ns), and what it wrote last."""

    __slots__ = ("detail", "lines", "manager", "name", "properties", "since")

    def __init__(self, manager: str, properties: dict[str, str], detail: str) -> None:
        self.manager = manager
        self.name = properties.get("Id", "")
        self.properties = properties
        self.detail = detail
        self.since = unit_text.moment(properties.get("StateChangeTimestamp", ""))
        self.lines: tuple[str, ...] = ()


def troubled(manager: Manager, now: int) -> list[Unit]:
    """The manager's units in trouble; `now` in ns. Raises systemd.Unanswered."""
    names = unit_text.names(manager.ask(*unit_text.LIST, f"{_STATES},{','.join(_BROKEN)}"))
    names += unit_text.names(
        manager.ask(*unit_text.LIST, "--type=service", "--state=running,activating")
    )
    units = []
    for properties in manager.show(list(dict.fromkeys(names)), _PROPERTIES):
        detail = trouble(properties, now, manager.name)
        if detail:
            units.append(Unit(manager.name, properties, detail))
    return units


def trouble(unit: dict[str, str], now: int, manager: str = unit_text.SYSTEM) -> str:
    """What is wrong with a unit of that manager, in words; "" where nothing is."""
    restarts = unit_text.number(unit.get("NRestarts", "")) or 0
    if unit.get("ActiveState") == "failed":
        return unit_text.reason(unit)
    if unit.get("SubState", "").startswith("auto-restart"):
        if unit.get("Result") in ("", "success"):
            return ""  # it ends well, and is started anew: so it is meant to run
        again = f"restarts again and again ({restarts} times so far)"
        return f"{again if restarts else 'waits for its restart'}: {unit_text.reason(unit)}"
    if unit.get("LoadState") in _BROKEN:
        return unit_text.load_error(unit, manager)
    if restarts < _OFTEN or unit.get("Type") == "idle":  # a login's getty, which each logout ends
        return ""
    if unit.get("ActiveState") == "activating":
        return f"restarts again and again ({restarts} times so far)"
    began = unit_text.moment(unit.get("ActiveEnterTimestamp", ""))
    if began is not None and now - began < _RECENT:
        ago = times.spoken(max(now - began, 0))
        return f"restarted {restarts} times, the last time {ago} ago"
    return ""


def check(host: Host) -> Finding:
    """Units that failed, and services that wait to be restarted after they did."""
    if not host.exists("/run/systemd/system"):
        return Finding(SKIPPED, "units", "-", "systemd does not run this host")
    try:
        words = ["--full", "--plain", "--no-legend", "--no-pager"]
        listed = _printed(host, ["systemctl", "list-units", _STATES, *words])
        names = unit_text.names(listed)
        lines = [line for line in listed.splitlines() if line.strip()]
        restarting = [name for name, line in zip(names, lines) if _waits(line)]
        if restarting:
            show = ["systemctl", "show", "--property=Id,Result", "--", *restarting[:100]]
            well = {
                unit.get("Id")
                for unit in unit_text.blocks(_printed(host, show))
                if unit.get("Result") in ("", "success")
            }
            names = [name for name in names if name not in well]
            restarting = [name for name in restarting if name not in well]
    except FileNotFoundError:
        return Finding(UNKNOWN, "units", "-", "systemctl is not installed")
    except (OSError, TimeoutError) as error:
        return Finding(UNKNOWN, "units", "-", f"systemctl: {error}")
    failed = len(names) - len(restarting)
    if not names:
        return Finding(OK, "units", "0 failed")
    value = f"{failed} failed" if failed else ""
    if restarting:
        value += f"{', ' if failed else ''}{len(restarting)} restarting"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return Finding(WARNING, "units", value, f"{', '.join(names[:_SHOWN])}{more}")


def _waits(line: str) -> bool:
    words = line.split()
    sub = words[words.index(unit_text.names(line)[0]) + 3 :][:1]
    return sub != [] and sub[0].startswith("auto-restart")


def _printed(host: Host, command: list[str]) -> str:
    code, text = host.run(command, _WAIT)
    if code:
        raise OSError(f"it ended with {code}")
    return text
