"""Pure: what the text of an argument means, by its kind (`verb.Argument` names them all)."""

from __future__ import annotations

from homelab import times
from homelab.catalogue import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Argument


def value(argument: Argument, text: str, now: int) -> object:
    """The value that `text` is for that argument; `now` (ns) is what moments are counted from.
    Raises ValueError with what is wrong and what would be right, to follow the argument's name."""
    kind = argument.kind
    if kind == "since":
        return _since(text, now)
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
    """Whether blanks alone say nothing, as in a name, and unlike in a text to look for."""
    return argument.kind in ("selector", "verb") or (
        argument.kind == "text" and not _free(argument)
    )


def _free(argument: Argument) -> bool:
    """Whether a text may be anything: one to look for, and each of several but names and levels."""
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


def _since(text: str, now: int) -> int:
    try:
        return times.start_of(text, now)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no moment in the past; write 15m, 24h, 7d, 4w, today, yesterday,"
            " or a date like 2026-11-01"
        ) from None


def _span(text: str) -> int:
    try:
        return times.span(text)
    except ValueError:
        raise ValueError(f"{text!r} is no span of time; write 30s, 15m, 24h, 7d or 4w") from None


def _between(text: str, most: float, what: str) -> float:
    try:
        found = float(text.rstrip("%"))
    except ValueError:
        found = -1.0
    if 0 <= found <= most:  # not so for nan
        return found
    raise ValueError(f"{text!r} is not {what}")
