"""Pure: whether an answer looks as Loki's do. A proxy, or a Loki of another age, may say yes and
mean something else."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_well_formed(kind: str, result: Any) -> bool:
    """Whether each series of a result is of its type's shape. Raises TypeError, KeyError or
    ValueError for what is far from it."""
    checks = {"streams": _is_stream, "vector": _is_vector, "matrix": _is_matrix}
    return isinstance(result, list) and all(map(checks.get(kind, bool), result))


def _is_stream(series: Any) -> bool:
    return isinstance(series["stream"], dict) and all(
        int(moment) >= 0 and isinstance(line, str) for moment, line, *_ in series["values"]
    )


def _is_vector(series: Any) -> bool:
    return isinstance(series["metric"], dict) and _is_sample(series["value"])


def _is_matrix(series: Any) -> bool:
    return isinstance(series["metric"], dict) and all(map(_is_sample, series["values"]))


def _is_sample(sample: Any) -> bool:
    moment, value = sample
    return float(moment) >= 0 and float(value) is not None
