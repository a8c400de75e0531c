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
        raise ValueError(f"not a time: {text!r} (use {WHEN}; see homelab help time)") from None
    # clocks of hosts differ, so lines may have times ahead of ours; but a window begins before now
    if kind == "since" and found >= now:
        raise ValueError(f"{text!r} is not before now (use {WHEN}; see homelab help time)")
    return found


def _span(text: str) -> int:
    try:
        return times.span(text)
    except ValueError:
        raise ValueError(f"not a duration: {text!r} (use {TIME}; see homelab help time)") from None


def _between(text: str, most: float, what: str) -> float:
    try:
        found = float(text.rstrip("%"))
    except ValueError:
        found = -1.0
    if 0 <= found <= most:  # false for nan, too
        return found
    raise ValueError(f"{text!r} is not {what}")
