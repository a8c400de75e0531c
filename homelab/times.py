"""Pure: moments and spans as people write them. Moments are ns since the epoch, spans are ns."""

from __future__ import annotations

import time

MILLISECOND = 1_000_000
SECOND = 1000 * MILLISECOND
DAY = 86_400 * SECOND
_UNITS = {
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": DAY,
    "w": 7 * DAY,
}


def span(text: str) -> int:
    """`90s`, `15m`, `7d`, `4w`, `1h30m` → ns. Raises ValueError on anything else, and on 0."""
    total, digits = 0, ""
    for character in text:
        if character.isascii() and character.isdigit():
            digits += character
        elif digits and character in _UNITS:
            total += int(digits) * _UNITS[character]
            digits = ""
        else:
            raise ValueError(text)
    if digits or not total:
        raise ValueError(text)
    return total


def start_of(text: str, now: int) -> int:
    """The moment that `text` names, seen from `now`: a span back from now, `today`, `yesterday`,
    a date or a date with a time (local unless it says otherwise), or a time since the epoch in s,
    ms, µs or ns.

    Raises ValueError where it names none, or one that is not in the past.
    """
    moment = _moment(text.strip(), now)
    if not 0 <= moment < now:
        raise ValueError(text)
    return moment


def _moment(text: str, now: int) -> int:
    if text in ("today", "yesterday"):
        today = time.localtime(now // SECOND)
        back = 0 if text == "today" else 1
        # mktime normalises the day, and knows on which days the clock changes
        day = (today.tm_year, today.tm_mon, today.tm_mday - back, 0, 0, 0, 0, 0, -1)
        return int(time.mktime(day)) * SECOND
    if text.isascii() and text.isdigit() and len(text) >= 9:
        # seconds, milliseconds, microseconds or nanoseconds: of each only one is in our century
        return int(text) * (SECOND, MILLISECOND, 1000, 1)[min((len(text) - 9) // 3, 3)]
    whole, point, fraction = text.partition(".")
    if point and whole.isdigit() and fraction.isdigit() and text.isascii() and len(whole) >= 9:
        return int(whole) * SECOND + int(fraction[:9].ljust(9, "0"))
    if len(text) >= 10 and text[4] == "-":
        return _date(text)
    return now - span(text)


def _date(text: str) -> int:
    from datetime import datetime, timedelta, timezone

    # what datetime reads only from Python 3.11 on: a Z, and a fraction of any number of digits
    if text[-1] in "zZ":
        text = text[:-1] + "+00:00"
    whole, point, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    if point and not 0 < digits < 10:
        raise ValueError(text)
    fraction = int(rest[:digits].ljust(9, "0")) if point else 0
    try:
        moment = datetime.fromisoformat(whole + rest[digits:])
        if moment.tzinfo is None:
            return int(time.mktime(moment.timetuple())) * SECOND + fraction
    except OverflowError:
        raise ValueError(text) from None
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since // timedelta(seconds=1) * SECOND + fraction


def window(start: int, end: int) -> tuple[int, int]:
    """(start, end] widened to whole milliseconds, the finest that a range of LogQL can say."""
    return start // MILLISECOND * MILLISECOND, -(-end // MILLISECOND) * MILLISECOND


def local(moment: int, seconds: bool = False) -> str:
    """ns → `2026-11-23 20:10` in the local zone, with seconds if asked."""
    pattern = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    return time.strftime(pattern, time.localtime(moment // SECOND))


def date(day: int) -> str:
    """A day of UTC, counted from the epoch → `2026-11-23`."""
    return time.strftime("%Y-%m-%d", time.gmtime(day * 86_400))


def day_of(moment: int) -> int:
    """The day of UTC (since the epoch) in which a moment (ns) is. Each day is (midnight, next
    midnight]: Loki's tiles end so, and a run at the very nanosecond of a midnight belongs to the
    day before it."""
    return (moment - 1) // DAY


def rfc3339(moment: int) -> str:
    """ns → `2026-11-23T20:10:34.883967747Z`, exact to the ns; a whole second has no fraction."""
    whole, fraction = divmod(moment, SECOND)
    parts = time.gmtime(whole)
    # the C library pads no year, and old certificates have some
    text = f"{parts.tm_year:04d}{time.strftime('-%m-%dT%H:%M:%S', parts)}"
    return text + (f".{fraction:09d}".rstrip("0") if fraction else "") + "Z"


def spoken(nanoseconds: int) -> str:
    """A span for a reader: `3 d 4 h`, `4 h 12 min`, `12 min`, `40 s`."""
    seconds = nanoseconds // SECOND
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def lasted(nanoseconds: int) -> str:
    """How long something took, the short finer than `spoken` has it: `12 ms`, `1.2 s`, `40 s`."""
    if nanoseconds < SECOND:
        return f"{nanoseconds // MILLISECOND} ms"
    if nanoseconds < 10 * SECOND:
        return f"{nanoseconds / SECOND:.1f} s"
    return spoken(nanoseconds)


def took(seconds: float) -> str:
    """How long something of so many seconds took, as `lasted` prints it."""
    return lasted(int(seconds * SECOND))
