"""Pure: read and write times and durations. A moment is ns since the epoch, a span is ns.

Our own grammar reads the same forms on every Python; `datetime.fromisoformat` accepts more with
each version. Only the C library is asked for the local zone, so a TZ without tzdata works too.
"""

from __future__ import annotations

import time

MILLISECOND = 1_000_000
SECOND = 1000 * MILLISECOND
DAY = 86_400 * SECOND
AHEAD = 600 * SECOND  # how far Loki lets a line be ahead of its clock (creation_grace_period)
LAST = (1 << 63) - 1  # the last moment that Loki and int64 can hold: in 2262
LATEST = LAST - DAY  # later clock readings are treated as this one: such a clock is wrong
# A month has no one-letter unit: M means a month to some readers and a minute to others.
_UNITS = {
    name: size * SECOND
    for size, names in (
        (1, "s sec secs second seconds"),
        (60, "m min mins minute minutes"),
        (3600, "h hr hrs hour hours"),
        (86_400, "d day days"),
        (7 * 86_400, "w week weeks"),
        (30 * 86_400, "mo month months"),
        (365 * 86_400, "y yr yrs year years"),
    )
    for name in names.split()
}
_LONGEST = 10**13 * SECOND  # longest span: 300,000 years
_DIGITS = "0123456789"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = (
    r"(?P<day>[a-z]+|\d{4}-\d{1,2}-\d{1,2})?(?:(?:(?<!^)(?: +|t)|^)"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r" *(?P<zone>z|utc|gmt|[+-]\d\d(?::?\d\d)?)?"
)
_last: tuple[int | None, str] = (None, "")  # a second and its text: many moments share a second


def span(text: str) -> int:
    """Parse a duration (`90s`, `15m`, `1h30m`, `1.5h`, `10 minutes`, `7d`, `1y`) → ns, a whole
    number of seconds. Raises ValueError for other texts, for 0 and for more than _LONGEST."""
    total, at = 0, 0
    while at < len(text):
        number, at = _run(text, at, _DIGITS + ".")
        unit, at = _run(text, _blanks(text, at), "")
        at = _blanks(text, at)
        whole, point, fraction = number.partition(".")
        size = _UNITS.get(unit if unit == "M" else unit.lower(), 0)
        if not whole or not size or len(number) > 14 or bool(point) != fraction.isdigit():
            raise ValueError(text)
        part, rest = divmod(int(fraction or 0) * size, 10 ** len(fraction))
        if rest:
            raise ValueError(text)
        total += int(whole) * size + part
    if not 0 < total <= _LONGEST or total % SECOND:
        raise ValueError(text)
    return total


def unit(name: str) -> str:
    """The shortest name of a unit (`weeks` → `w`), "" if `name` is not one."""
    size = _UNITS.get(name)
    return next((short for short in _UNITS if _UNITS[short] == size), "")


def _run(text: str, at: int, signs: str) -> tuple[str, int]:
    """The text from `at` on that consists of these signs (of ASCII letters if `signs` is ""), and
    the index where it ends."""
    first = at
    while at < len(text) and (
        text[at] in signs if signs else text[at].isascii() and text[at].isalpha()
    ):
        at += 1
    return text[first:at], at


def _blanks(text: str, at: int) -> int:
    """The index where the blanks at `at` end."""
    while text[at : at + 1] == " ":
        at += 1
    return at


def moment(text: str, now: int, later: bool = False) -> int:
    """The moment (0 to LAST) that `text` names relative to `now`. `argument_types.WRITTEN` in
    catalogue lists every form.

    When clocks are set back, an hour happens twice: the first one counts, or the second if `later`
    (for the end of a window). When clocks are set forward, a skipped time means the moment of the
    change. A time of day without a day is the last one before `now`, or the nearest if `later`.

    Raises ValueError if `text` is not a time.
    """
    text, now = text.strip(" "), min(now, LATEST)
    if not text.isascii() or not text.isprintable():
        raise ValueError(text)
    try:
        found = _relative(text, now)
        if found is None:
            found = _since_epoch(text)
        if found is None:
            found = _of_day(text, now, later)
    except (OverflowError, OSError):  # the C library does not support that time
        raise ValueError(text) from None
    if not 0 <= found <= LAST:
        raise ValueError(text)
    return found


def _relative(text: str, now: int) -> int | None:
    """The moment for `15m`, `-1h`, `10 minutes ago`, `now`, `now-1h`, `+5m` or `in 5m`; None for
    another form."""
    word = text.lower()
    if word == "now":
        return now
    rest, sign = text, ""
    if word.startswith("now"):
        rest = text[3:].strip(" ")
        if rest[:1] not in ("+", "-"):
            return None
    if rest[:1] in ("+", "-"):
        sign, rest = rest[0], rest[1:].strip(" ")
    elif word.startswith("in "):
        sign, rest = "+", rest[3:].strip(" ")
    elif word.endswith("ago"):
        rest = rest[:-3].strip(" ")
    try:
        # before 1970 means from the beginning: a board without a battery starts its clock at 1970
        return now + span(rest) if sign == "+" else max(now - span(rest), 0)
    except ValueError:
        return None


def _since_epoch(text: str) -> int | None:
    """The moment for `1795465834`, `1795465834.25` or `@1795465834`, in s, ms, µs or ns: in our
    century each unit has its own number of digits. None for another form."""
    digits = text.removeprefix("@") if text[:1] == "@" else text
    whole, point, fraction = digits.partition(".")
    if not whole.isdigit() or bool(point) != fraction.isdigit():
        return None
    if not (9 <= len(whole) <= 20 or (text[0] == "@" and len(whole) < 9)):
        raise ValueError(text)
    unit = (SECOND, MILLISECOND, 1000, 1)[min(max(len(whole) - 9, 0) // 3, 3)]
    return int(whole) * unit + int(fraction[:9].ljust(9, "0")) * unit // SECOND


def _of_day(text: str, now: int, later: bool) -> int:
    """The moment for a day, a time of day, or both, in the zone given or the local one."""
    import re  # late: a run without a date does not need it

    found = re.fullmatch(_TIME, text.lower())
    if not found or not (found["day"] or found["hour"]):
        raise ValueError(text)
    zone = _zone(found["zone"]) if found["zone"] else None
    day, period = _day(found["day"] or "today", now // SECOND + _offset_at(now // SECOND, zone))
    period = period if found["day"] else 1
    if not found["hour"]:  # a day begins only once, so `later` does not matter
        return (day * 86_400 - zone if zone is not None else _of_wall(day * 86_400)) * SECOND
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if not ((hour < 24 and minute < 60 and second <= 60) or (hour, minute, second) == (24, 0, 0)):
        raise ValueError(text)
    fraction = int((found["fraction"] or "0").ljust(9, "0"))

    def on(day: int) -> int:
        wall = day * 86_400 + hour * 3600 + minute * 60 + second
        return (wall - zone if zone is not None else _of_wall(wall, later)) * SECOND + fraction

    first = on(day)
    ahead = period * DAY // 2 if later else 0  # a window may end a little after now
    return on(day - period) if period and first - now > ahead else first


def _zone(text: str) -> int:
    """Parse a zone (`z`, `+02:00`, `-0330`, `+02`) → s east of Greenwich."""
    if text[0] not in "+-":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    return (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)


def _day(text: str, wall: int) -> tuple[int, int]:
    """The day (since the epoch) that `text` names, relative to `wall`, a second of the wall clock;
    and the number of days until a day with this name comes again (0: never)."""
    today = wall // 86_400
    if text[0] in _DIGITS:
        from datetime import date

        return date(*map(int, text.split("-"))).toordinal() - 719_163, 0
    back = {"today": 0, "yesterday": 1, "tomorrow": -1}.get(text)
    if back is not None:
        return today - back, 0
    for number, name in enumerate(_DAYS):
        if text in (name, name[:3]):
            return today - (today + 3 - number) % 7, 7  # the epoch was a Thursday
    raise ValueError(text)


def _offset_at(second: int, zone: int | None = None) -> int:
    """The offset of local time at a second, in s east of Greenwich; or the given `zone`."""
    return time.localtime(second).tm_gmtoff if zone is None else zone


def _of_wall(wall: int, later: bool = False) -> int:
    """The second at which local clocks show `wall` (s, computed as if it were UTC). If there are
    two, the first, or the `later` one; if clocks skip `wall`, the second of the change."""
    offsets = {_offset_at(wall - 172_800), _offset_at(wall + 172_800)}
    found = sorted(wall - each for each in offsets if _offset_at(wall - each) == each)
    if found:
        return found[-1] if later else found[0]
    low, high = wall - max(offsets), wall - min(offsets)
    before = _offset_at(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset_at(middle) == before else (low, middle)
    return high


def offset_of(second: int) -> str:
    """The offset (`+02:00`) if local clocks show the time of this second twice, because they are
    set back; else ""."""
    offset = _offset_at(second)
    for near in (second - 172_800, second + 172_800):
        other = _offset_at(near)
        if other != offset and _offset_at(second + offset - other) == other:
            minutes = abs(offset) // 60
            return f"{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return ""


def window(start: int, end: int) -> tuple[int, int]:
    """The window (start, end] widened to whole milliseconds, the finest unit of a LogQL range."""
    end = min(end, LATEST)
    return start // MILLISECOND * MILLISECOND, -(-end // MILLISECOND) * MILLISECOND


def local(moment: int, seconds: bool = False) -> str:
    """Format a moment (ns) as `2026-11-23 20:10` in the local zone, with `seconds` if wanted; the
    offset follows in an hour that happens twice."""
    pattern = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    second = moment // SECOND
    return time.strftime(pattern, time.localtime(second)) + offset_of(second)


def date(day: int) -> str:
    """Format a UTC day, counted from the epoch, as `2026-11-23`."""
    return time.strftime("%Y-%m-%d", time.gmtime(day * 86_400))


def day_of(moment: int) -> int:
    """The UTC day (since the epoch) of a moment (ns). Each day is (midnight, next midnight], like
    Loki's tiles: a run exactly at midnight belongs to the day before."""
    return (moment - 1) // DAY


def rfc3339(moment: int) -> str:
    """Format a moment (ns) as `2026-11-23T20:10:34.883967747Z`, exact to the ns; a whole second
    has no fraction."""
    global _last
    whole, fraction = divmod(moment, SECOND)
    second, text = _last
    if second != whole:
        parts = time.gmtime(whole)
        # the C library does not pad years, and old certificates have years before 1000
        text = f"{parts.tm_year:04d}{time.strftime('-%m-%dT%H:%M:%S', parts)}"
        _last = whole, text
    return text + (f".{fraction:09d}".rstrip("0") if fraction else "") + "Z"


def spoken(nanoseconds: int) -> str:
    """Format a span (ns) for a reader: `3 d 4 h`, `4 h 12 min`, `12 min`, `40 s`."""
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
    """Format how long something took (ns): `12 ms`, `1.2 s`, `40 s`; from 10 s on as `spoken`."""
    if nanoseconds < SECOND:
        return f"{nanoseconds // MILLISECOND} ms"
    if nanoseconds < 10 * SECOND:
        return f"{nanoseconds / SECOND:.1f} s"
    return spoken(nanoseconds)


def took(seconds: float) -> str:
    """Format how long something took, in seconds, as `lasted` prints it."""
    return lasted(int(seconds * SECOND))
