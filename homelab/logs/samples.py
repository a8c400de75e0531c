"""The table for LogQL that counts; for the `logs` verbs."""

from __future__ import annotations

from functools import partial

from homelab import times
from homelab.errors import NO, USAGE, Failure
from homelab.logs.answers import window
from homelab.logs.time_steps import given
from homelab.loki import limits
from homelab.loki.answer_size import Budget
from homelab.loki.logql import duration
from homelab.loki.pages import WIDEST
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.catalogue.values import Values
    from homelab.logs.search import Search
    from homelab.output.answer import Cell

SCHEMA = "homelab.logs-samples/1"
_TIME = Column("time", "moment", seconds=True)
_LABELS = Column("labels", "labels")
_VALUE = Column("value", "count")


def table(asked: Search, arguments: Values) -> Table:
    """The samples at the end of the window, the largest first; with `--step`, samples over the
    whole window at that interval, by series and time."""
    columns, rows = _over_time(asked, arguments.step) if arguments.step else _at_end(asked)
    empty = "" if rows else f"{asked.query} counts nothing"
    return Table(
        SCHEMA,
        columns,
        rows,
        facts={"query": asked.query, **window(asked), "until": times.rfc3339(asked.at)},
        empty=empty,
        code=NO if arguments.fail_empty and not rows else 0,
    )


def _over_time(asked: Search, step: int) -> tuple[tuple[Column, ...], list[tuple[Cell, ...]]]:
    result = _matrix(asked, given(step))
    size = sum(len(series["values"]) * len(str(series["metric"])) for series in result)
    if size > WIDEST:  # the output repeats the labels for each sample
        raise Failure(
            USAGE,
            "too many samples to show; use a longer --step, a shorter time, or fewer"
            " labels, as in sum by (host) (…)",
        )
    rows: list[tuple[Cell, ...]] = [
        (_moment(moment), series["metric"], number(value))
        for series in result
        for moment, value in series["values"]
    ]
    return (_TIME, _LABELS, _VALUE), rows


def _matrix(asked: Search, step: int) -> list[Any]:
    """The series over the window, their points at multiples of `step`, as Loki has them. If Loki
    does not accept such a long window, it is asked in parts."""
    found: dict[tuple[tuple[str, str], ...], Any] = {}  # by labels
    budget = Budget()
    at, longest = asked.start, asked.at - asked.start
    while at <= asked.at:
        last = min(at + longest, asked.at)
        parameters: dict[str, str | int] = {
            "query": asked.query,
            "start": at,
            "end": last,
            "step": duration(step),
            "direction": "forward",  # backward, Loki may lose the first step (`usage/day_tiles`)
        }
        question = partial(asked.loki.result, "query_range", parameters, budget, ("matrix",))
        try:
            part = asked.ask(question)[1]
        except Failure as failure:
            allowed = min(limits.longest(failure.words), (last - at) // 2)
            if not allowed:
                raise
            longest = allowed // step * step
            continue
        for series in part:
            whole = found.setdefault(tuple(sorted(series["metric"].items())), series)
            if whole is not series:
                known = whole["values"][-1][0]
                whole["values"] += [each for each in series["values"] if each[0] > known]
        at = last // step * step + step
    return [*found.values()]


def _at_end(asked: Search) -> tuple[tuple[Column, ...], list[tuple[Cell, ...]]]:
    parameters: dict[str, str | int] = {"query": asked.query, "time": asked.at}
    kinds = ("vector", "scalar")
    kind, result = asked.ask(partial(asked.loki.result, "query", parameters, kinds=kinds))
    if kind == "scalar":
        return (_LABELS, _VALUE), [({}, number(result[1]))]
    found = [(series["metric"], number(series["value"][1])) for series in result]
    found.sort(key=_rank)
    return (_LABELS, _VALUE), [*found]


def number(text: Any) -> Cell:
    """A sample's value as Loki sends it, digit for digit if it is whole; a value that JSON has no
    number for (NaN, +Inf) stays text."""
    digits = text[1:] if text[:1] == "-" else text
    if digits.isdigit() and digits[:1] != "0":
        return int(text)
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        return str(text)
    return int(value) if value.is_integer() else value


def _moment(seconds: Any) -> int:
    return round(float(seconds) * 1000) * times.MILLISECOND


def _rank(row: tuple[dict[str, str], Cell]) -> tuple[float, list[tuple[str, str]]]:
    value = row[1] if isinstance(row[1], (int, float)) else 0
    return -value, sorted(row[0].items())
