"""Systemd timers: when each runs next and ran last, how that ended, and what is wrong with it."""

from __future__ import annotations

from homelab import times
from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding, few
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
_SLACK = 60 * times.SECOND  # beyond its accuracy, before it is called overdue
_FIRST = 5 * times.SECOND  # a stamp this near to the timer's own start was made by that


class Timer:
    """A timer: `next` and `last` are ns since the epoch, None where there is none. `result` is how
    the unit it starts ended last, None where it has not run; `own`: what is wrong is not that
    unit's failure."""

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
    """The manager's timers that run or should; `stamps` is its folder of stamp files, `now` in ns.
    Raises ManagerUnreachable."""
    names = properties.names(manager.ask(*properties.LIST, "--type=timer"))
    found = [timer for timer in manager.show(names, _TIMER) if timer.get("Id")]
    started = list(dict.fromkeys(timer["Unit"] for timer in found if timer.get("Unit")))
    units = {unit.get("Id", ""): unit for unit in manager.show(started, _SERVICE)}
    awake = host.monotonic()
    timers = []
    for values in found:
        if _left_out(values):
            continue
        try:
            stamp = host.modified(f"{stamps}/stamp-{values['Id']}")
        except OSError:
            stamp = None
        unit = units.get(values.get("Unit", ""), {})
        timers.append(judged(manager.name, values, unit, stamp, now, awake))
    return timers


def _left_out(timer: dict[str, str]) -> bool:
    """Whether a timer neither runs nor should, which is not a problem."""
    return timer.get("ActiveState") == "inactive" and not _should_run(timer)


def _should_run(timer: dict[str, str]) -> str:
    """Why a timer should run, in words; "" where it need not. A disabled or static one should
    where a link or a drop-in makes timers.target want it."""
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
    """A timer from the `values` of its properties and those of the `unit` it starts. `stamp` is
    when its stamp file was touched; `awake` is the monotonic clock at `now`, all ns."""
    timer = Timer(manager, values)
    timer.next = _next(values, now, awake)
    if values.get("SubState") == "running" and timer.next is not None and timer.next <= now:
        timer.next = None  # the run that goes on; the next one is set when that has ended
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
        timer.state, timer.detail = SKIPPED, "a condition of it is not met on this host"
    else:
        timer.detail = _remark(timer, unit)
    return timer


def _wrong(timer: Timer, values: dict[str, str], unit: dict[str, str], now: int) -> str:
    """The problem of the timer itself, "" where it has none."""
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
        return f"overdue for {times.spoken(now - timer.next)}"
    return ""


def _over(timer: Timer, values: dict[str, str], unit: dict[str, str]) -> str:
    """Why a timer that should repeat never runs again, "" where it does, or is made for one run.

    A timer waits until its unit is inactive before it sets its next run (timer_trigger_notify in
    systemd's timer.c). A unit that stays active without a process never is; a process that runs
    will end."""
    if timer.next is not None:
        return ""
    every = _repeats(values)
    sub = values.get("SubState")
    exited = unit.get("SubState") == "exited"
    stays = exited or not timer.unit.endswith(".service")  # a mount, a socket, a target
    if sub == "running" and every and stays and unit.get("ActiveState") == "active":
        stop = properties.to_run("systemctl", timer.manager, f"stop {timer.unit}")
        how = "stays active after it exited (RemainAfterExit=)" if exited else "stays active"
        return f"it has no next run: {timer.unit} {how}; {stop}, and change its unit file"
    if sub == "elapsed" and every.startswith("OnUnit") and timer.result != "running":
        start = properties.to_run("systemctl", timer.manager, f"start {timer.unit}")
        return f"it has no next run: {every}= counts from a run of {timer.unit}; {start}"
    return ""


def _repeats(values: dict[str, str]) -> str:
    """The setting by which a timer runs again and again, "" where it has none, or where systemd
    does not say (`{ OnUnitActiveUSec=5min ; next_elapse=… }`, a line for each)."""
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
    """The earlier of its next moments: by the calendar, and by the clock since boot."""
    by_calendar = properties.moment(timer.get("NextElapseUSecRealtime", ""))
    since_boot = properties.span(timer.get("NextElapseUSecMonotonic", ""))
    moments = [] if by_calendar is None else [by_calendar]
    if since_boot is not None:
        moments.append((now + since_boot - awake) // times.SECOND * times.SECOND)
    return min(moments, default=None)


def _last(timer: dict[str, str], stamp: int | None) -> int | None:
    """When it triggered last. Where systemd does not say, the stamp file does, which a persistent
    timer touches; but it makes that file when it first starts, too, and that was no run."""
    last = properties.moment(timer.get("LastTriggerUSec", ""))
    if last is not None or stamp is None:
        return last
    began = properties.moment(timer.get("ActiveEnterTimestamp", ""))
    return None if began is not None and abs(stamp - began) < _FIRST else stamp


def _result(unit: dict[str, str]) -> str | None:
    """How a unit ended last: `ok`, `failed`, `running`, or None where it has not run."""
    if unit.get("ActiveState") in ("active", "activating", "reloading") and not unit.get(
        "SubState", ""
    ).startswith(("auto-restart", "exited")):
        return "running"
    # what its ExecCondition= did not want is skipped, as `systemctl --failed` has it
    good = ("", "success", "exec-condition")
    if unit.get("ActiveState") == "failed" or unit.get("Result", "") not in good:
        return "failed"
    return "ok" if unit.get("ExecMainStartTimestamp") else None


def check(host: Host, now: int) -> Finding:
    """The system's timers that are not started, overdue, or start what does not exist. A failure of
    what they start is a failed unit, which `units` tells."""
    if not host.exists("/run/systemd/system"):
        return Finding(SKIPPED, "timers", "-", "systemd does not run this host")
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
    value, number = f"{len(wrong)} of {len(timers)} wrong", len(wrong)
    return Finding(WARNING, "timers", value, told, number=number, unit="in trouble")


def stamps(folder: str, manager: str) -> str:
    """Where a manager's timers leave their stamp files; `folder` is the account's XDG_DATA_HOME."""
    return "/var/lib/systemd/timers" if manager == properties.SYSTEM else f"{folder}/systemd/timers"
