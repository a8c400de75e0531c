"""Units that must be there and healthy: whether each is, and why not."""

from __future__ import annotations

from homelab import times
from homelab.findings import CRITICAL, OK, UNKNOWN, WARNING
from homelab.systemd import properties, units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.systemd.manager import Manager

    Properties = Mapping[str, str]
    Verdict = tuple[str, str]

_WANTED = "RequiredBy,WantedBy,RequisiteOf,BoundBy,UpheldBy"
FIELDS = (
    f"{units.PROPERTIES},UnitFileState,TriggeredBy,{_WANTED},RemainAfterExit,ConditionResult,"
    "ConditionTimestamp,ExecMainStartTimestamp"
)
_TRIGGER = "Id,ActiveState"
_RUNS = ("active", "reloading", "refreshing")
# What a unit of a kind does not do while it is inactive.
_IDLE = {
    "automount": "not waiting for its mount",
    "device": "not present",
    "mount": "not mounted",
    "path": "not watching",
    "socket": "not listening",
    "swap": "not used as swap",
    "target": "not reached",
    "timer": "not waiting for its time",
}


class Named:
    """A required unit and the `properties` that its manager reports; `triggers` are the units that
    start it, by name with their ActiveState."""

    __slots__ = ("name", "properties", "triggers")

    def __init__(self, name: str, unit: dict[str, str]) -> None:
        self.name = name
        self.properties = unit
        self.triggers: dict[str, str] = {}

    @property
    def exists(self) -> bool:
        """Whether the manager has such a unit, with or without a file."""
        missing = self.properties.get("LoadState", "not-found") == "not-found"
        return not missing or self.properties.get("ActiveState", "inactive") != "inactive"


def named(manager: Manager, names: list[str]) -> list[Named]:
    """The units of these names in a manager, in their order. Raises ManagerUnreachable."""
    answers = manager.show(names, FIELDS)
    if len(answers) != len(names):  # one of them has no block
        answers = [(manager.show([name], FIELDS) or [{}])[0] for name in names]
    found = [Named(name, unit) for name, unit in zip(names, answers)]
    starters = sorted({name for unit in found for name in _triggers(unit.properties)})
    states = {
        unit.get("Id", ""): unit.get("ActiveState", "")
        for unit in (manager.show(starters, _TRIGGER) if starters else [])
    }
    for unit in found:
        unit.triggers = {name: states.get(name, "") for name in _triggers(unit.properties)}
    return found


def _triggers(unit: Properties) -> list[str]:
    return unit.get("TriggeredBy", "").split()


def judged(unit: Named, now: int, manager: str = properties.SYSTEM) -> Verdict:
    """The state of a required unit of a manager at `now` (ns), and why.

    Critical: it does not exist, can't start, or does not run though it must. A unit that another
    one starts (a timer, a socket, a path) may be inactive while that one waits; so may a oneshot
    service that has ended with success.
    """
    values = unit.properties
    load, active = values.get("LoadState", "not-found"), values.get("ActiveState", "inactive")
    runs = active in _RUNS
    if not unit.exists:
        return CRITICAL, "no such unit"
    if load == "masked":
        unmask = properties.to_run("systemctl", manager, f"unmask {unit.name}")
        if runs:
            return WARNING, f"it is active, but masked: it can't start again; {unmask}"
        return CRITICAL, f"masked, so it can't start; {unmask}"
    trouble = units.trouble(dict(values), now, manager)
    if trouble:
        return WARNING if runs else CRITICAL, trouble
    if runs and load == "not-found":
        return WARNING, "it is active, but its unit file is gone: it can't start again"
    if runs:
        return _active(unit, manager)
    if active == "activating":
        return _starting(values, now)
    if active == "deactivating":
        return UNKNOWN, "it is stopping at the moment"
    if active != "inactive":
        return UNKNOWN, f"unknown state of systemd {active[:40]!r}"
    return _inactive(unit, manager)


def _active(unit: Named, manager: str) -> Verdict:
    """The verdict on a unit that is active: a warning if nothing starts it after a reboot."""
    values = unit.properties
    wanted = any(values.get(field) for field in _WANTED.split(","))
    file = values.get("UnitFileState", "")
    # a bus starts a service of Type=dbus when a program asks for it
    if file not in ("disabled", "linked") or wanted or unit.triggers or _type(values) == "dbus":
        return OK, ""
    enable = properties.to_run("systemctl", manager, f"enable {unit.name}")
    return WARNING, f"it is active, but {file}: nothing starts it at boot; {enable}"


def _starting(values: Properties, now: int) -> Verdict:
    if values.get("SubState", "").startswith("auto-restart"):
        return OK, "it ended with success, and its Restart= starts it again"
    began = properties.moment(values.get("StateChangeTimestamp", ""))
    lasted = f" for {times.spoken(max(now - began, 0))}" if began is not None else ""
    if _type(values) == "oneshot":
        return OK, f"it has been running{lasted}"
    return UNKNOWN, f"it has been starting{lasted}"


def _inactive(unit: Named, manager: str) -> Verdict:
    values = unit.properties
    waiting = [name for name, state in unit.triggers.items() if state in ("active", "activating")]
    ran = bool(values.get("ExecMainStartTimestamp"))
    once = _type(values) == "oneshot" and values.get("RemainAfterExit") != "yes"
    unmet = values.get("ConditionResult") == "no" and bool(values.get("ConditionTimestamp"))
    if unmet and not waiting:
        show = properties.to_run("systemctl", manager, f"status {unit.name}")
        return WARNING, f"not started: a condition in its unit file is not met; {show}"
    if waiting:
        last = "its last run ended with success" if ran else "it has not run since boot"
        last = "a condition of its last start was not met" if unmet else last
        return OK, f"{last}; {waiting[0]} starts it"
    if unit.triggers:
        starter = next(iter(unit.triggers))
        start = properties.to_run("systemctl", manager, f"start {starter}")
        return CRITICAL, f"not running: {starter}, which starts it, is not active; {start}"
    if once and ran:
        return OK, "its last run ended with success"
    kind = unit.name.rpartition(".")[2]
    if kind == "device":
        return CRITICAL, "no such device"
    file = values.get("UnitFileState", "")
    start = "enable --now" if file == "disabled" else "start"
    start = properties.to_run("systemctl", manager, f"{start} {unit.name}")
    idle = "it has not run since boot" if once else _IDLE.get(kind, "not running")
    return CRITICAL, f"{idle}{', and disabled' if file == 'disabled' else ''}; {start}"


def _type(values: Properties) -> str:
    return values.get("Type", "")
