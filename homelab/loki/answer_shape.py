"""Pure: whether an answer has the shape of Loki's. A proxy, or a Loki of another version, may
answer 200 with something else; a well-formed answer can be read, sorted and shown without further
checks."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LAST = 1 << 63  # ns since the epoch, in 2262
_DIGITS = 40  # of an integer; Python takes minutes to parse one with millions
_NO_NUMBERS = ("NaN", "+Inf", "-Inf", "Inf")
_SIGNS = frozenset("0123456789+-.eE")
_NUMBER = 400  # characters of a number in a string: Go writes 1.8e308 in 309 digits


def parsed(body: bytes) -> Any:
    """The value of a JSON text. Raises ValueError or RecursionError for a text that is not JSON, or
    has a value that Loki never sends: an integer of very many digits, NaN."""
    text = body.decode("utf-8", "surrogatepass")  # json would guess UTF-16 too
    return json.loads(text, parse_int=_whole, parse_constant=_refuse)


def is_well_formed(kind: str, result: Any, counted: bool = False) -> bool:
    """Whether a result has the shape of its type. If `counted`, its samples must be counts of
    something. Raises TypeError, KeyError, ValueError or OverflowError for a very different
    shape."""
    if kind == "scalar":
        return _is_sample(result, counted)
    if not isinstance(result, list):
        return False
    if kind == "streams":
        return all(map(_is_stream, result))
    if kind == "vector":
        return all(is_labels(one["metric"]) and _is_sample(one["value"], counted) for one in result)
    return kind == "matrix" and all(
        is_labels(one["metric"]) and all(_is_sample(each, counted) for each in one["values"])
        for one in result
    )


def count_of(value: str) -> int:
    """The value of a sample that counts something; 0 if it is not a count (NaN, +Inf)."""
    number = number_of(value)
    return int(number) if 0 <= number < _LAST else 0


def number_of(value: str) -> float:
    """The value of a sample, as Go writes numbers. Raises ValueError for text that only Python
    reads as a number, such as `1_0` or digits of other scripts."""
    if value not in _NO_NUMBERS and not set(value) <= _SIGNS:
        raise ValueError(f"{value!r} is not a number in Go's notation")
    return float(value)


def no_count(kind: str, result: Any) -> str:
    """The first value in a result that is not a count, "" if all are. Raises the same errors as
    `is_well_formed`."""
    samples = (
        [one["value"] for one in result]
        if kind == "vector"
        else [sample for one in result for sample in one["values"]]
    )
    return next((sample[1] for sample in samples if not _is_sample(sample, True)), "")


def is_labels(value: Any) -> bool:
    """Whether a value is a set of label names and values."""
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_stream(series: Any) -> bool:
    return is_labels(series["stream"]) and all(
        len(moment) < 20 and 0 <= int(moment) < _LAST and isinstance(line, str)
        for moment, line, *_ in series["values"]
    )


def _is_sample(sample: Any, counted: bool) -> bool:
    moment, value = sample
    if isinstance(moment, bool) or not isinstance(moment, (int, float)):
        return False
    if not isinstance(value, str) or len(value) > _NUMBER:
        return False
    number = number_of(value)
    return 0 <= moment < _LAST / 1e9 and (not counted or 0 <= number < _LAST)


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
