"""Systemd units in trouble: they failed, keep restarting, or can't be loaded."""

from __future__ import annotations

from homelab import times
from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding, few
from homelab.output.answer import Column
from homelab.systemd import properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host
    from homelab.systemd.manager import Manager

_WAIT = 5.0  # s
_STATES = "--state=failed,auto-restart,auto-restart-queued"
_BROKEN = ("bad-setting", "error")
_KINDS = ("failed", "restarting", "not loaded")
PROPERTIES = (
    "Id,Description,Type,LoadState,LoadError,ActiveState,SubState,Result,ExecMainCode,ExecMainStatus,"
    "NRestarts,StateChangeTimestamp,ActiveEnterTimestamp,InvocationID"
)
# A running service with at least this many restarts, the last within this time (ns), is in a crash
# loop.
_OFTEN = 3
_RECENT = 10 * 60 * times.SECOND
# columns of a unit with a problem that say why it has one
CAUSE = (
    Column("result", detail=True),
    Column("exit_status", "count", detail=True),
    Column("signal", detail=True),
    Column("restarts", "count", detail=True),
    Column("description", detail=True),
    Column("log", "lines", of="lines"),
)


class Unit:
    """A unit in trouble: the `detail` says why, `since` when (ns); how its main process ended, and
    the last `lines` that it wrote."""

    __slots__ = (
        "description", "detail", "exit_status", "lines", "manager", "name", "properties",
        "restarts", "result", "signal", "since", "state",
    )  # fmt: skip

    def __init__(self, manager: str, unit: dict[str, str], detail: str) -> None:
        self.state = WARNING
        self.manager = manager
        self.name = unit.get("Id", "")
        self.properties = unit
        self.detail = detail
        self.since = properties.moment(unit.get("StateChangeTimestamp", ""))
        self.result = unit.get("Result", "")
        self.exit_status = properties.exit_status(unit)
        self.signal = properties.signal_name(unit)
        self.restarts = properties.number(unit.get("NRestarts", ""))
        self.description = unit.get("Description", "")
        self.lines: tuple[str, ...] = ()


def troubled(manager: Manager, now: int) -> list[Unit]:
    """The manager's units in trouble; `now` in ns. Raises ManagerUnreachable."""
    names = properties.names(manager.ask(*properties.LIST, f"{_STATES},{','.join(_BROKEN)}"))
    names += properties.names(
        manager.ask(*properties.LIST, "--type=service", "--state=running,activating")
    )
    units = []
    for unit in manager.show(list(dict.fromkeys(names)), PROPERTIES):
        detail = trouble(unit, now, manager.name)
        if detail:
            units.append(Unit(manager.name, unit, detail))
    return units


def trouble(unit: dict[str, str], now: int, manager: str = properties.SYSTEM) -> str:
    """The problem of a unit of that manager, in words; "" if it has none."""
    restarts = properties.number(unit.get("NRestarts", "")) or 0
    if unit.get("ActiveState") == "failed":
        return properties.reason(unit)
    if unit.get("SubState", "").startswith("auto-restart"):
        if unit.get("Result") in ("", "success"):
            return ""  # it exits with success and is started again, by design
        again = f"keeps restarting ({restarts} times so far)"
        return f"{again if restarts else 'waits for its restart'}: {properties.reason(unit)}"
    if unit.get("LoadState") in _BROKEN:
        return properties.load_error(unit, manager)
    if restarts < _OFTEN or unit.get("Type") == "idle":  # a getty, which restarts after each logout
        return ""
    if unit.get("ActiveState") == "activating":
        return f"keeps restarting ({restarts} times so far)"
    began = properties.moment(unit.get("ActiveEnterTimestamp", ""))
    if began is not None and now - began < _RECENT:
        ago = times.spoken(max(now - began, 0))
        return f"restarted {restarts} times, the last time {ago} ago"
    return ""


def check(host: Host, now: int) -> Finding:
    """The finding on the system's units in trouble."""
    if not host.exists("/run/systemd/system"):
        return Finding(SKIPPED, "units", "-", "this host does not run systemd")
    from homelab.systemd import manager  # which takes longer to load than all of this

    try:
        found = troubled(manager.Manager(properties.SYSTEM, manager.Asking(host, _WAIT)), now)
    except manager.ManagerUnreachable as error:
        return Finding(UNKNOWN, "units", "-", str(error))
    if not found:
        return Finding(OK, "units", "0 failed", number=0, unit="in trouble")
    kinds = [_kind(unit.properties) for unit in found]
    counts = [f"{kinds.count(kind)} {kind}" for kind in _KINDS if kind in kinds]
    names, number = few([unit.name for unit in found]), len(found)
    return Finding(WARNING, "units", ", ".join(counts), names, number=number, unit="in trouble")


def _kind(unit: dict[str, str]) -> str:
    """The kind (of _KINDS) of a unit in trouble."""
    if unit.get("ActiveState") == "failed":
        return "failed"
    return "not loaded" if unit.get("LoadState") in _BROKEN else "restarting"
