"""Systemd timers: next and last run, how the last run ended, and problems."""

from __future__ import annotations

from homelab import times
from homelab.findings import CRITICAL, OK, SKIPPED, UNKNOWN, WARNING, Finding, few
from homelab.systemd import properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host
    from homelab.systemd.manager import Manager

_WAIT = 5.0  # s
_TIMER = (
    "Id,Unit,LoadState,ActiveState,SubState,UnitFileState,Result,Persistent,AccuracyUSec,"
    "NextElapseUSecRealtime,NextElapseUSecMonotonic,LastTriggerUSec,ActiveEnterTimestamp,"
    "ConditionResult,ConditionTimestamp,LoadError,TimersCalendar,TimersMonotonic,WantedBy"
)
_SERVICE = (
    "Id,LoadState,LoadError,ActiveState,SubState,Result,ExecMainCode,ExecMainStatus,"
    "ExecMainStartTimestamp,ConditionResult,ConditionTimestamp"
)
_SLACK = 60 * times.SECOND  # after its accuracy, before a timer is overdue
_FIRST = 5 * times.SECOND  # a stamp this close to the timer's start comes from the start


class Timer:
    """A timer: `next` and `last` are ns since the epoch, or None. `result` is how the last run of
    its unit ended, None if it has not run; `own`: the problem is the timer's own, not a failure of
    its unit."""

    __slots__ = (
        "detail", "last", "manager", "name", "next", "own", "persistent", "result", "state", "unit",
    )  # fmt: skip

    def __init__(self, manager: str, values: dict[str, str]) -> None:
        self.manager = manager
        self.name = values.get("Id", "")
        self.unit = values.get("Unit", "")
        self.persistent = values.get("Persistent") == "yes"
        self.next: int | None = None
        self.last: int | None = None
        self.result: str | None = None
        self.state = OK
        self.detail = ""
        self.own = False


def every(manager: Manager, host: Host, stamps: str, now: int) -> list[Timer]:
    """The manager's timers that run or should run; `stamps` is the folder of its stamp files, `now`
    is in ns. Raises ManagerUnreachable."""
    names = properties.names(manager.ask(*properties.LIST, "--type=timer"))
    shown = [timer for timer in manager.show(names, _TIMER) if not _left_out(timer)]
    return _judgements(manager, host, stamps, now, shown)


def required(manager: Manager, host: Host, stamps: str, now: int, names: list[str]) -> list[Timer]:
    """The manager's timers of these names, without those that do not exist. One that is masked, or
    neither runs nor should run, is critical. Raises ManagerUnreachable."""
    shown = [
        timer for timer in manager.show(names, _TIMER) if timer.get("LoadState") != "not-found"
    ]
    timers = _judgements(manager, host, stamps, now, shown)
    for timer, values in zip(timers, shown):
        if values.get("LoadState") == "masked":
            unmask = properties.to_run("systemctl", manager.name, f"unmask {timer.name}")
            timer.state, timer.detail, timer.own = CRITICAL, f"masked; {unmask}", True
        elif values.get("LoadState") == "loaded" and _left_out(values):
            off = values.get("UnitFileState") == "disabled"
            start = f"{'enable --now' if off else 'start'} {timer.name}"
            start = properties.to_run("systemctl", manager.name, start)
            timer.state, timer.own = CRITICAL, True
            timer.detail = f"{'disabled, ' * off}not started; {start}"
        elif timer.state == SKIPPED:
            timer.state = WARNING
    return timers


def _judgements(
    manager: Manager, host: Host, stamps: str, now: int, shown: list[dict[str, str]]
) -> list[Timer]:
    found = [timer for timer in shown if timer.get("Id")]
    started = list(dict.fromkeys(timer["Unit"] for timer in found if timer.get("Unit")))
    units = {unit.get("Id", ""): unit for unit in manager.show(started, _SERVICE)}
    awake = host.monotonic()
    timers = []
    for values in found:
        try:
            stamp = host.modified(f"{stamps}/stamp-{values['Id']}")
        except OSError:
            stamp = None
        unit = units.get(values.get("Unit", ""), {})
        timers.append(judged(manager.name, values, unit, stamp, now, awake))
    return timers


def _left_out(timer: dict[str, str]) -> bool:
    """Whether a timer neither runs nor should run, which is not a problem."""
    return timer.get("ActiveState") == "inactive" and not _should_run(timer)


def _should_run(timer: dict[str, str]) -> str:
    """The reason why a timer should run, in words; "" if it should not. A disabled or static timer
    should run if a link or a drop-in makes timers.target want it."""
    if timer.get("UnitFileState", "").startswith("enabled"):
        return "enabled"
    wanted = "timers.target" in timer.get("WantedBy", "").split()
    return "wanted by timers.target" if wanted else ""


def judged(
    manager: str,
    values: dict[str, str],
    unit: dict[str, str],
    stamp: int | None,
    now: int,
    awake: int,
) -> Timer:
    """The timer for the `values` of its properties and those of the `unit` that it starts. `stamp`
    is the time of its stamp file; `awake` is the monotonic clock at `now`. All times are ns."""
    timer = Timer(manager, values)
    timer.next = _next(values, now, awake)
    if values.get("SubState") == "running" and timer.next is not None and timer.next <= now:
        timer.next = None  # that of the current run; systemd sets the next when the run ends
    timer.last = _last(values, stamp)
    timer.result = _result(unit)
    timer.state, timer.detail, timer.own = WARNING, _wrong(timer, values, unit, now), True
    if timer.detail:
        return timer
    if timer.result == "failed":
        timer.detail, timer.own = f"{timer.unit}: {properties.reason(unit)}", False
        return timer
    timer.state, timer.own = OK, False
    if values.get("ActiveState") == "inactive":
        timer.state, timer.detail = SKIPPED, "a condition of the timer is not met on this host"
    else:
        timer.detail = _remark(timer, unit)
    return timer


def _wrong(timer: Timer, values: dict[str, str], unit: dict[str, str], now: int) -> str:
    """The problem of the timer itself, "" if it has none."""
    if values.get("LoadState") in ("bad-setting", "error"):
        return f"the timer itself: {properties.load_error(values, timer.manager)}"
    load = unit.get("LoadState", "loaded")
    if load == "not-found":
        return f"{timer.unit}, which it starts, does not exist"
    if load == "masked":
        return f"{timer.unit}, which it starts, is masked"
    if load in ("bad-setting", "error"):
        return f"{timer.unit}, which it starts: {properties.load_error(unit, timer.manager)}"
    if values.get("ActiveState") == "failed":
        return f"the timer itself failed: {properties.reason(values)}"
    if values.get("ActiveState") == "inactive":
        if values.get("ConditionResult") == "no" and values.get("ConditionTimestamp"):
            return ""
        start = properties.to_run("systemctl", timer.manager, f"start {timer.name}")
        return f"{_should_run(values) or 'enabled'}, but not started; {start}"
    sub = values.get("SubState")
    over = _over(timer, values, unit)
    if over:
        return over
    if sub == "elapsed" and timer.last is None:
        return "it has no next run, and has not run since boot"
    slack = (properties.span(values.get("AccuracyUSec", "")) or 0) + _SLACK
    if sub == "waiting" and timer.next is not None and timer.next + slack < now:
        return f"overdue by {times.spoken(now - timer.next)}"
    return ""


def _over(timer: Timer, values: dict[str, str], unit: dict[str, str]) -> str:
    """The reason why a repeating timer never runs again, "" if it does, or is meant for one run.

    A timer sets its next run only when its unit is inactive (timer_trigger_notify in systemd's
    timer.c). A unit that stays active without a process never becomes inactive; a running process
    ends sometime."""
    if timer.next is not None:
        return ""
    every = _repeats(values)
    sub = values.get("SubState")
    exited = unit.get("SubState") == "exited"
    stays = exited or not timer.unit.endswith(".service")  # a mount, a socket, a target
    if sub == "running" and every and stays and unit.get("ActiveState") == "active":
        stop = properties.to_run("systemctl", timer.manager, f"stop {timer.unit}")
        how = "stays active after it exits (RemainAfterExit=)" if exited else "stays active"
        return f"it has no next run: {timer.unit} {how}; {stop}, and change its unit file"
    if sub == "elapsed" and every.startswith("OnUnit") and timer.result != "running":
        start = properties.to_run("systemctl", timer.manager, f"start {timer.unit}")
        return f"it has no next run: {every}= counts from a run of {timer.unit}; {start}"
    return ""


def _repeats(values: dict[str, str]) -> str:
    """The setting that makes a timer repeat, "" if it has none or systemd does not report it (`{
    OnUnitActiveUSec=5min ; next_elapse=… }`, one line each)."""
    for line in values.get("TimersMonotonic", "").split("\n"):
        name = line.strip("{ ").partition("=")[0]
        if name in ("OnUnitActiveUSec", "OnUnitInactiveUSec"):
            return name.replace("USec", "Sec")
    for line in values.get("TimersCalendar", "").split("\n"):
        name, _, moment = line.strip("{ ").partition(" ;")[0].partition("=")
        if name == "OnCalendar" and any(sign in moment for sign in ("*", ",", "/", "..")):
            return name
    return ""


def _remark(timer: Timer, unit: dict[str, str]) -> str:
    if timer.result == "running":
        return ""
    if timer.last is None:
        return "has not run yet"
    if unit.get("ConditionResult") == "no" and unit.get("ConditionTimestamp"):
        return f"a condition of {timer.unit} was not met"
    if timer.result is None and unit.get("Id", "").endswith(".service"):
        return f"{timer.unit} has not run since boot"
    return "" if timer.next is not None else "it has no next run"


def _next(timer: dict[str, str], now: int, awake: int) -> int | None:
    """The earlier of its two next times: by the calendar, and by the time since boot."""
    by_calendar = properties.moment(timer.get("NextElapseUSecRealtime", ""))
    since_boot = properties.span(timer.get("NextElapseUSecMonotonic", ""))
    moments = [] if by_calendar is None else [by_calendar]
    if since_boot is not None:
        moments.append((now + since_boot - awake) // times.SECOND * times.SECOND)
    return min(moments, default=None)


def _last(timer: dict[str, str], stamp: int | None) -> int | None:
    """The time when it last triggered. If systemd does not report it, it is the time of the stamp
    file of a persistent timer, unless the first start of the timer made that file without a run."""
    last = properties.moment(timer.get("LastTriggerUSec", ""))
    if last is not None or stamp is None:
        return last
    began = properties.moment(timer.get("ActiveEnterTimestamp", ""))
    return None if began is not None and abs(stamp - began) < _FIRST else stamp


def _result(unit: dict[str, str]) -> str | None:
    """The result of a unit's last run: `ok`, `failed`, `running`, or None if it has not run."""
    if unit.get("ActiveState") in ("active", "activating", "reloading") and not unit.get(
        "SubState", ""
    ).startswith(("auto-restart", "exited")):
        return "running"
    # an unmet ExecCondition= is not a failure, as in `systemctl --failed`
    good = ("", "success", "exec-condition")
    if unit.get("ActiveState") == "failed" or unit.get("Result", "") not in good:
        return "failed"
    return "ok" if unit.get("ExecMainStartTimestamp") else None


def check(host: Host, now: int) -> Finding:
    """The finding on the system's timers: not started, overdue, or without an existing unit. If the
    started unit failed, the check `units` reports it."""
    if not host.exists("/run/systemd/system"):
        return Finding(SKIPPED, "timers", "-", "this host does not run systemd")
    from homelab.systemd import manager  # which takes longer to load than all of this

    system = manager.Manager(properties.SYSTEM, manager.Asking(host, _WAIT))
    try:
        timers = every(system, host, stamps("", system.name), now)
    except manager.ManagerUnreachable as error:
        return Finding(UNKNOWN, "timers", "-", str(error))
    wrong = [timer for timer in timers if timer.own]
    if not wrong:
        return Finding(OK, "timers", f"{len(timers)} on time", number=0, unit="in trouble")
    told = few([f"{timer.name} ({timer.detail})" for timer in wrong])
    value, number = f"{len(wrong)} of {len(timers)} with problems", len(wrong)
    return Finding(WARNING, "timers", value, told, number=number, unit="in trouble")


def stamps(folder: str, manager: str) -> str:
    """The folder of a manager's stamp files; `folder` is the account's XDG_DATA_HOME."""
    return "/var/lib/systemd/timers" if manager == properties.SYSTEM else f"{folder}/systemd/timers"
