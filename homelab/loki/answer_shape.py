"""Pure: whether an answer looks as Loki's do. A proxy, or a Loki of another age, may say yes and
mean something else; what is well-formed can be read, sorted and shown without a further look."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LAST = 1 << 63  # ns since the epoch, in 2262
_DIGITS = 40  # of a number; Python takes minutes to read one of millions
_NO_NUMBERS = ("NaN", "+Inf", "-Inf", "Inf")
_SIGNS = frozenset("0123456789+-.eE")
_NUMBER = 400  # characters of a number in a string: Go writes 1.8e308 in 309 digits


def parsed(body: bytes) -> Any:
    """The value of a JSON text. Raises ValueError or RecursionError where it is none, or has what
    Loki never sends: a number of very many digits, NaN."""
    text = body.decode("utf-8", "surrogatepass")  # json would guess UTF-16 too
    return json.loads(text, parse_int=_whole, parse_constant=_refuse)


def is_well_formed(kind: str, result: Any, counted: bool = False) -> bool:
    """Whether a result is of its type's shape; its samples are numbers of things if `counted`.
    Raises TypeError, KeyError, ValueError or OverflowError for what is far from it."""
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
    """The value of a sample that counts something; 0 where it is no count (NaN, +Inf)."""
    number = number_of(value)
    return int(number) if 0 <= number < _LAST else 0


def number_of(value: str) -> float:
    """The value of a sample, as Go writes one. Raises ValueError for what Python alone takes for a
    number, as `1_0` or the digits of other scripts."""
    if value not in _NO_NUMBERS and not set(value) <= _SIGNS:
        raise ValueError(f"{value!r} is no number of Go's")
    return float(value)


def no_count(kind: str, result: Any) -> str:
    """The first value in a result that is no number of things, "" where all are. Raises as
    `is_well_formed` does."""
    samples = (
        [one["value"] for one in result]
        if kind == "vector"
        else [sample for one in result for sample in one["values"]]
    )
    return next((sample[1] for sample in samples if not _is_sample(sample, True)), "")


def is_labels(value: Any) -> bool:
    """Whether a value is names and values of labels."""
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
    raise ValueError(f"{constant} is no JSON")
