"""Pure: the value of an argument's text, by its kind (`verb.Argument` lists all kinds)."""

from __future__ import annotations

from homelab import times
from homelab.catalogue import resolve
from homelab.catalogue.verb import MOMENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Argument

WHEN = "15m, 7d, 13:00, yesterday, 2026-11-01"  # for the one line of an error
TIME = "30s, 15m, 1h30m, 7d, 4w"
_ARTICLES = ("a", "ago", "an", "last", "one", "past", "previous", "the")
# Every form that `times.moment` reads, and every unit, for a help screen.
WRITTEN = (
    "WHEN is how long ago (15m, 1h30m, 7d, '10 minutes ago', -1h, now-1h), a time of day (13:00,"
    " 13:00:05), a day (today, yesterday, monday, 2026-11-01), a day with a time ('yesterday"
    " 13:00', '2026-11-01 13:00:05.123', 2026-11-01T13:00), or seconds, ms, µs or ns since"
    " 1970 (1795465834). A time may end with a zone: Z, +02:00, +0200, +02; without one it is"
    " local. Units: s, m (minutes), h, d, w, mo (30 days), y (365 days), or their names."
    " homelab help time has examples of each form."
)


def value(argument: Argument, text: str, now: int) -> object:
    """The value of `text` for that argument; relative moments count from `now` (ns). Raises
    ValueError with a sentence that follows the argument's name: what is wrong and what would be
    right."""
    kind = argument.kind
    if kind in MOMENTS:
        return _moment(text, now, kind)
    if kind == "span":
        return _span(text)
    if kind in ("count", "whole"):
        return _whole(text, 1 if kind == "count" else 0)
    if kind == "percent":
        return _between(text, 100, "a percentage from 0 to 100")
    if kind == "number":
        return _between(text, 1e9, "a number from 0 up")
    if not text or (text.isspace() and _is_name(argument)):
        raise ValueError("the value is empty")
    for word in (text.split(",") if argument.many else [text]) if argument.choices else []:
        if word not in argument.choices:
            meant = resolve.nearest(word, argument.choices)
            hint = f"; did you mean {meant}?" if meant else ""
            raise ValueError(f"{word!r} is not one of {', '.join(argument.choices)}{hint}")
    if is_unicode(text) or _may_be_bytes(argument):
        return text
    raise ValueError(f"{text!r} is not valid UTF-8")


def _is_name(argument: Argument) -> bool:
    """Whether the argument is a name, which must not be blank; a text to look for may be blanks."""
    return argument.kind in ("selector", "verb") or (
        argument.kind == "text" and not _free(argument)
    )


def _free(argument: Argument) -> bool:
    """Whether the text may be anything: a text to look for, or one of several that are not names or
    levels."""
    named = argument.value in ("NAME", "LEVEL,...")
    return (argument.many and not named) or argument.value == "TEXT"


def _may_be_bytes(argument: Argument) -> bool:
    """Whether the text may be any bytes: the name of a file, which `cert check` takes among its
    operands, or a text to look for in another encoding (`service check --contains`)."""
    free = _free(argument) or not argument.option
    return (argument.kind == "text" and free) or argument.kind in (
        "file",
        "folder",
        "socket",
        "server",
    )


def is_unicode(text: str) -> bool:
    """Whether a word of the command line is UTF-8; Python reads other bytes as lone surrogates."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _whole(text: str, least: int) -> int:
    digits = text.lstrip("0") or text[-1:]
    if text.isascii() and digits.isdigit() and len(digits) <= 9 and int(digits) >= least:
        return int(digits)
    raise ValueError(f"{text!r} is not a whole number from {least} to 999999999")


def _moment(text: str, now: int, kind: str) -> int:
    try:
        found = times.moment(text, now, later=kind == "until")
    except ValueError:
        raise ValueError(_not_read(text, "time", WHEN, "dh")) from None
    # clocks of hosts differ, so lines may have times ahead of ours; but a window begins before now
    if kind == "since" and found >= now:
        raise ValueError(f"{text!r} is not before now (use {WHEN}; see homelab help time)")
    return found


def _span(text: str) -> int:
    try:
        return times.span(text)
    except ValueError:
        raise ValueError(_not_read(text, "duration", TIME, "sm")) from None


def _not_read(text: str, what: str, usual: str, units: str) -> str:
    """The sentence about a text that is not a time or a duration. `usual` is what it may be,
    `units` are likely ones for a number without a unit."""
    number = text.strip(" ").lstrip("+-")
    if number.isascii() and number.isdigit() and len(number) < 9 and int(number):
        use = ", ".join(f"{number}{unit}" for unit in units)
        return f"{text!r} has no unit (use {use})"
    if number[-1:] == "M" and number.isascii() and number[:-1].rstrip(" ").isdigit():
        number = number[:-1].rstrip(" ")
        return f"'M' is ambiguous: {number}mo (months) or {number}m (minutes)"
    return f"not a {what}: {text!r} (use {in_units(text) or usual}; see homelab help time)"


def in_units(text: str) -> str:
    """A span of time in everyday words as we read it: `last week` → `1w`, `past 3 days` → `3d`, `an
    hour ago` → `1h`; "" for other texts."""
    words = [word for word in text.lower().split() if word not in _ARTICLES]
    if len(words) == 1:
        words.insert(0, "1")
    if len(words) != 2 or "M" in text or not (words[0].isascii() and words[0].isdigit()):
        return ""
    unit = times.unit(words[1])
    return words[0] + unit if unit else ""


def _between(text: str, most: float, what: str) -> float:
    try:
        found = float(text.rstrip("%"))
    except ValueError:
        found = -1.0
    if 0 <= found <= most:  # false for nan, too
        return found
    raise ValueError(f"{text!r} is not {what}")
