"""Pure: parse the output of systemctl for programs, and say in plain words why a unit failed.

Formats and words: systemctl(1), systemd.service(5) and systemd.exec(5), in systemd 239 to 262, in
the C locale and with TZ=UTC.
"""

from __future__ import annotations

from homelab import times
from homelab.texts import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Properties = Mapping[str, str]

SYSTEM, USER = "system", "user"  # the managers: the system's, and an account's own
LIST = ("list-units", "--all", "--full", "--plain", "--no-legend")
_MARKS = "\u25cf\u25cb\u00d7\u21bb*"  # a dot, a cross, …, which older versions print before a name
_SPANS = {
    "us": 1000,
    "ms": times.MILLISECOND,
    "s": times.SECOND,
    "min": 60 * times.SECOND,
    "h": 3600 * times.SECOND,
    "d": times.DAY,
    "w": 7 * times.DAY,
    "month": 2_629_800 * times.SECOND,  # 30.4375 days, as systemd.time(7) counts
    "y": 31_557_600 * times.SECOND,
}
# si_code of waitid(2), the value of ExecMainCode
_EXITED, _KILLED, _DUMPED = "1", "2", "3"
_SIGNALS = {
    1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL",
    10: "USR1", 11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ",
    31: "SYS",
}  # fmt: skip
# Exit statuses of systemd itself: the program was not started.
_NOT_STARTED = {
    200: "can't enter the working directory",
    203: "can't execute the program",
    216: "the group does not exist",
    217: "the user does not exist",
    226: "can't set up the namespace",
    233: "can't create the runtime directory",
    238: "can't create the state directory",
    239: "can't create the cache directory",
    240: "can't create the log directory",
}
_RESULTS = {
    "exec-condition": "ExecCondition= was not met",
    "mount-start-limit-hit": "the mount failed too often, and systemd gave up",
    "oom-kill": "killed: out of memory",
    "protocol": "it exited before it reported that it is ready",
    "resources": "it could not be set up",
    "service-start-limit-hit": "the service failed too often, and systemd gave up",
    "start-limit-hit": "failed too often, and systemd gave up",
    "timeout": "timed out",
    "trigger-limit-hit": "triggered too often",
    "unit-start-limit-hit": "the unit failed too often, and systemd gave up",
    "unmounted": "it was unmounted",
    "watchdog": "it hung: the watchdog got no signal in time",
}


def blocks(text: str, fields: str = "") -> list[dict[str, str]]:
    """The units in the output of `systemctl show`: blocks of NAME=VALUE, separated by blank lines.
    For a property with several lines the last is kept, for TimersCalendar and TimersMonotonic all.
    With `fields` (comma-separated), only these are kept."""
    known = set(fields.split(",")) if fields else None
    found: list[dict[str, str]] = []
    block: dict[str, str] = {}
    for line in [*text.split("\n"), ""]:
        name, equals, value = line.partition("=")
        if equals:
            if known is None or name in known:
                joined = name in block and name.startswith("Timers")
                block[name] = f"{block[name]}\n{value}" if joined else value
        elif not line and block:
            found.append(block)
            block = {}
    return found


def names(text: str) -> list[str]:
    """The unit names in the output of `list-units` or `list-unit-files` with --plain and
    --no-legend."""
    found = []
    for line in lines(text):
        words = line.split()
        if words and words[0] in _MARKS:
            del words[0]
        if words:
            found.append(words[0])
    return found


def moment(text: str) -> int | None:
    """`Wed 2026-11-25 01:25:42 UTC` → ns since the epoch; None for "never"."""
    words = text.split()
    if len(words) != 4 or words[3] != "UTC":
        return None
    from datetime import datetime, timezone

    try:
        found = datetime.fromisoformat(f"{words[1]} {words[2]}").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    since = found - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86_400 + since.seconds) * times.SECOND


def span(text: str) -> int | None:
    """`2month 4w 1d 6h 31min 27.858738s` → ns; None for `infinity`, 0, and text that is not a time
    span."""
    total = 0
    for word in text.split():
        digits = word.rstrip("abcdefghijklmnopqrstuvwxyz")
        whole, _, fraction = digits.partition(".")
        unit, count = _SPANS.get(word[len(digits) :]), number(whole)
        if unit is None or count is None or (fraction and number(fraction[:9]) is None):
            return None
        total += count * unit
        if fraction:
            total += int(fraction[:9]) * unit // 10 ** len(fraction[:9])
    return total or None


def number(text: str) -> int | None:
    """A count or a status; None if the text is not a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def ended(unit: Properties) -> str:
    """How a service's main process failed, in words; "" if it runs or exited with 0."""
    code, status = unit.get("ExecMainCode", ""), number(unit.get("ExecMainStatus", "")) or 0
    if code == _EXITED:
        reason = _NOT_STARTED.get(status)
        return "" if not status else f"exit status {status}" + (f": {reason}" if reason else "")
    if code in (_KILLED, _DUMPED):
        return f"killed by {signal(status)}" + (", core dumped" if code == _DUMPED else "")
    return ""


def signal(number: int) -> str:
    """The name of a signal: 9 → `SIGKILL`."""
    return f"SIG{_SIGNALS[number]}" if number in _SIGNALS else f"signal {number}"


def to_run(program: str, manager: str, words: str) -> str:
    """The command line for the user to ask that manager."""
    return f"{program}{' --user' * (manager == USER)} {words}"


def exit_status(unit: Properties) -> int | None:
    """The exit status of a service's main process; None if a signal ended it, or none ran."""
    exited = unit.get("ExecMainCode") == _EXITED
    return number(unit.get("ExecMainStatus", "")) if exited else None


def signal_name(unit: Properties) -> str | None:
    """The name of the signal that ended a service's main process, or None."""
    if unit.get("ExecMainCode") not in (_KILLED, _DUMPED):
        return None
    return signal(number(unit.get("ExecMainStatus", "")) or 0)


def reason(unit: Properties) -> str:
    """The reason for a unit's state, from its `Result` and how its main process ended."""
    result, how = unit.get("Result", ""), ended(unit)
    if result in ("exit-code", "signal", "core-dump"):
        words = how or "a command of it failed, not the main one"
    elif result in ("", "success"):
        words = how
    else:
        words = _RESULTS.get(result, result)
        if how and result not in ("timeout", "watchdog", "oom-kill"):
            words += f" ({how})"
    restarts = number(unit.get("NRestarts", "")) or 0
    if restarts and unit.get("ActiveState") == "failed" and not result.endswith("limit-hit"):
        words = f"{words or result}, after {restarts} restart{'s' * (restarts != 1)}"
    if unit.get("LoadState") == "not-found":
        words = f"{words}; its unit file is gone" if words else "its unit file is gone"
    return words or "failed"


def load_error(unit: Properties, manager: str = SYSTEM) -> str:
    """The reason why a unit could not be loaded: systemd's message without the error's name."""
    if unit.get("LoadState") == "bad-setting":
        verify = to_run("systemd-analyze", manager, f"verify {unit.get('Id', '')}")
        return f"its unit file has an error; {verify}"
    _, _, sentence = unit.get("LoadError", "").partition(" ")
    return sentence.strip('"') or unit.get("LoadState", "")
