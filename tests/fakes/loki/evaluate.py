"""The answers to LogQL queries over streams in memory.

Facts are from Loki 3.8's pkg/logql (evaluator.go, rangemapper.go, shardmapper.go) and
pkg/querier/queryrange. Where Loki promises no order (equal times in different streams, ties of
topk), streams are in the order of their creation and ties by label. All times and durations are ns.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Callable

from fakes.loki.parse import (
    UNWRAP_OPS,
    Aggregate,
    Constant,
    Either,
    Grouping,
    Labels,
    Log,
    Metric,
    QueryError,
    Range,
    Replace,
    duration,
    ranges_of,
)
from fakes.loki.store import HOUR, Stream, label_text

MAX_SERIES = 500  # querier.max-query-series
FEW = 12  # answers up to which Go's sort keeps the order of equal ones; with more it may too
TOO_MANY = (
    f"maximum number of series ({MAX_SERIES}) reached for a single query; consider reducing query "
    "cardinality by adding more specific stream selectors, reducing the time range, or "
    "aggregating results with functions like sum(), count() or topk()"
)
Vector = list[tuple[Labels, float]]
Samples = dict[Labels, list[tuple[int, float]]]


def go_duration(ns: int) -> str:
    """A duration of a second or more as Go prints it: 960h0m0s."""
    seconds, rest = divmod(ns, 10**9)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{seconds // 3600}h{seconds % 3600 // 60}m{seconds % 60}{fraction}s"


def check_length(ns: int, longest: str = "30d1h") -> None:
    if ns > duration(longest):
        text = f"(query length: {go_duration(ns)}, limit: {longest})"
        raise QueryError(f"the query time range exceeds the limit {text}")


def select(
    streams: Iterable[Stream], log: Log, start: int, end: int, limit: int, forward: bool
) -> dict[Labels, list[tuple[int, str]]]:
    """A log query over [start, end): its entries by label set, newest first unless `forward`.
    Entries of a stream with one time are then reversed, and the streams are in the same order
    either way."""
    sign = 1 if forward else -1
    each = [list(log.run([stream], start, end))[::sign] for stream in streams]
    states = sorted((state for run in each for state in run), key=lambda state: sign * state.ts)
    result: dict[Labels, list[tuple[int, str]]] = {}
    for state in states[:limit]:
        result.setdefault(tuple(sorted(state.labels.items())), []).append((state.ts, state.line))
    return result


class Evaluator:
    """Evaluates metric queries at instants between start and end.

    `span` is the part of that time that Loki evaluates in one piece; it counts for the length
    limit.
    """

    def __init__(self, streams: Iterable[Stream], start: int, end: int, span: int = 0) -> None:
        self.streams, self.start, self.end, self.span = list(streams), start, end, span
        self.cache: dict[tuple[str, int, int, int, Grouping | None], Samples] = {}

    def samples(self, expr: Range) -> Samples:
        """Times and values by series, for the windows of all instants at once."""
        key = (expr.op, id(expr.log), expr.length, expr.offset, expr.grouping)
        if key in self.cache:
            return self.cache[key]
        for leap in (0, 1):  # the querier counts a ns more than the front end, and comes second
            check_length(expr.length + self.span + leap)
        low, high = self.start - expr.offset - expr.length, self.end - expr.offset
        series = self.cache[key] = {}
        for state in expr.log.run(self.streams, low + 1, high + 1):
            grouping = expr.grouping or Grouping((), True)
            if "__error__" in state.labels:
                value, grouping = math.nan, Grouping((), True)
            elif expr.unwrap:
                value = float(state.labels[expr.unwrap])
                if grouping.without:
                    grouping = Grouping((*grouping.names, expr.unwrap), True)
            else:
                value = float(len(state.line.encode()) if expr.op == "bytes_over_time" else 1)
            points = series.setdefault(grouping.key(state.labels.items()), [])
            points.append((state.ts, value))
        for points in series.values():
            points.sort(key=lambda point: point[0])
        return series

    def window(self, expr: Range, at: int) -> Vector:
        """The range aggregation over (at - length, at]."""
        end, result = at - expr.offset, []
        for labels, points in self.samples(expr).items():
            low = bisect_right(points, (end - expr.length, math.inf))
            values = [value for _, value in points[low : bisect_right(points, (end, math.inf))]]
            if not values:
                continue
            if any(name == "__error__" for name, _ in labels):
                raise QueryError(pipeline_error(labels))
            value = values[-1] if expr.op == "last_over_time" else sum(values)
            if expr.op == "max_over_time":
                value = max(values)
            result.append((labels, value / (expr.length / 1e9) if expr.op == "rate" else value))
        return result

    def vector(self, expr: Metric, at: int, within: bool = False) -> Vector:
        """The result at an instant. In a part that Loki evaluates beside the data (`within`),
        series are not counted."""
        if isinstance(expr, Range):
            found = self.window(expr, at)
            return found if within or expr.op == "last_over_time" else limited(found)
        if not isinstance(expr, Aggregate):
            return self.combined(expr, at)
        below, inner = within or beside_data(expr), expr.inner
        if expr.op == "sum" and isinstance(inner, Range) and not inner.unwrap:
            inner = inner._replace(grouping=expr.grouping)  # labels reduced at the source
        found = self.vector(inner, at, below)
        found = aggregate(expr.op, expr.grouping, found, expr.param)
        return limited(found) if below and not within else found

    def combined(self, expr: Replace | Constant | Either, at: int) -> Vector:
        if isinstance(expr, Constant):
            return [((), expr.value)]
        if isinstance(expr, Replace):
            return [(relabelled(expr, labels), v) for labels, v in self.vector(expr.inner, at)]
        left = self.vector(expr.left, at)
        there = {labels for labels, _ in left}
        return left + [item for item in self.vector(expr.right, at) if item[0] not in there]

    def split(self, expr: Metric, at: int, pushed: Aggregate | None = None) -> Vector:
        """An instant query as Loki runs it: hours apart, then merged (rangemapper.go).

        Every hour's series count for the limit, and max() becomes a sum of hourly maxima.
        """
        if isinstance(expr, Aggregate):
            down = None if expr.op in ("count", "topk") else expr
            return aggregate(expr.op, expr.grouping, self.split(expr.inner, at, down), expr.param)
        assert isinstance(expr, Range)
        parts: Vector = []
        for done in range(0, expr.length, HOUR):
            piece = expr._replace(length=min(HOUR, expr.length - done), offset=expr.offset + done)
            if expr.op == "rate":
                piece = piece._replace(op="count_over_time")
            parts += limited(self.vector(pushed._replace(inner=piece) if pushed else piece, at))
        if expr.log.extracts and expr.op in ("count_over_time", "bytes_over_time"):
            return parts
        op = "max" if expr.op == "max_over_time" else "sum"
        merged = aggregate(op, expr.grouping or Grouping((), True), parts)
        seconds = expr.length / 1e9 if expr.op == "rate" else 1
        return [(labels, value / seconds) for labels, value in merged]


def relabelled(expr: Replace, labels: Labels) -> Labels:
    found = expr.regex.fullmatch(dict(labels).get(expr.source, ""))
    if not found:
        return labels
    text = re.sub(r"\$(\d)", lambda group: found[int(group[1])] or "", expr.replacement)
    kept = [item for item in labels if item[0] != expr.label]
    return tuple(sorted([*kept, (expr.label, text)] if text else kept))


def reduces(expr: Metric) -> bool:
    inner = isinstance(expr, (Aggregate, Replace)) and reduces(expr.inner)
    own = isinstance(expr, (Aggregate, Range)) and bool(expr.grouping and expr.grouping.names)
    return inner or own


def shardable(expr: Metric) -> bool:
    if not isinstance(expr, Aggregate):
        return isinstance(expr, Range)
    inner = expr.inner
    if expr.op == "topk" or not shardable(inner):
        return False
    if expr.op == "count":
        return not reduces(inner)
    return not isinstance(inner, Aggregate) or (expr.op == "sum" and inner.op not in ("max", "min"))


def beside_data(expr: Aggregate) -> bool:
    """Whether shardmapper.go sends the whole expression to the data, not a part of it."""
    if expr.op == "sum" and not any(each.op in UNWRAP_OPS for each in ranges_of(expr)):
        return shardable(expr)
    return shardable(expr) and not reduces(expr.inner)


def splits(expr: Metric) -> bool:
    """Whether rangemapper.go splits an instant query into hours."""
    above = None
    while isinstance(expr, Aggregate):
        above, expr = expr.op, expr.inner
    if not isinstance(expr, Range) or expr.length <= HOUR or expr.op == "last_over_time":
        return False
    alone = above in (None, "count", "topk") or (expr.op == "rate" and above != "sum")
    return not (expr.log.extracts and alone and expr.grouping is None)


def pipeline_error(labels: Labels) -> str:
    kind = dict(labels)["__error__"]
    return (
        f"pipeline error: '{kind}' for series: '{label_text(labels)}'.\n"
        f'Use a label filter to intentionally skip this error. (e.g | __error__!="{kind}").\n'
        'To skip all potential errors you can match empty errors.(e.g __error__="")\n'
        "The label filter can also be specified after unwrap. "
        '(e.g | unwrap latency | __error__="" )\n'
    )


def limited(vector: Vector) -> Vector:
    if len(vector) > MAX_SERIES:
        raise QueryError(TOO_MANY)
    return vector


def aggregate(op: str, grouping: Grouping, vector: Vector, param: int = 0) -> Vector:
    groups: dict[Labels, Vector] = {}
    for labels, value in vector:
        groups.setdefault(grouping.key(labels), []).append((labels, value))
    if op == "topk":
        ranked = (sorted(g, key=lambda item: (-item[1], item[0])) for g in groups.values())
        return [item for group in ranked for item in group[:param]]
    folds: dict[str, Callable[[list[float]], float]] = {"sum": sum, "count": len}
    fold = folds.get(op) or {"max": max, "min": min}[op]
    return [(key, float(fold([value for _, value in group]))) for key, group in groups.items()]


def instant(streams: Iterable[Stream], expr: Metric, at: int) -> Vector:
    """An instant query, sorted by labels, or by value for topk."""
    run = Evaluator(streams, at, at)
    vector = limited(run.split(expr, at) if splits(expr) else run.vector(expr, at))
    return vector if isinstance(expr, Aggregate) and expr.op == "topk" else sorted(vector)


def over_range(
    streams: Iterable[Stream], expr: Metric, start: int, end: int, step: int, forward: bool = False
) -> list[tuple[Labels, list[tuple[int, float]]]]:
    """A range query; start is rounded down to a multiple of step, end up (splitters.go). If the
    step is as long as its range, and at least an hour, it is run step by step."""
    start, end = start - start % step, end + -end % step
    piece = max(HOUR, *(each.length for each in ranges_of(expr)), 0)
    run = Evaluator(streams, start, end, min(end - start, max(piece, step)))
    series: Samples = {}
    for at in range(start, end + 1, step):
        for labels, value in run.vector(expr, at):
            series.setdefault(labels, []).append((at, value))
        if len(series) > MAX_SERIES:
            raise QueryError(TOO_MANY)
    starts = range(start, end, step)
    if step >= piece and 2 <= len(starts) <= FEW:
        parts = [within(series, at, at + step) for at in starts]
        series = joined(parts if forward else parts[::-1])
    return sorted(series.items())


def within(series: Samples, start: int, end: int) -> Samples:
    """The points from start to end, both included."""
    found = {
        labels: [p for p in points if start <= p[0] <= end] for labels, points in series.items()
    }
    return {labels: points for labels, points in found.items() if points}


def joined(parts: list[Samples]) -> Samples:
    """The answers of a query's pieces as one (queryrangebase/query_range.go). They are sorted by
    the first point of the first series of each, and then a series accepts only points after its
    last: if that first series has none at the first step of all, and the pieces were asked
    backward, the points that all other series have there are lost."""
    result: Samples = {}
    for part in sorted(parts, key=lambda part: part[min(part)][0][0] if part else -1):
        for labels, points in part.items():
            known = result.setdefault(labels, [])
            last = known[-1][0] if known else -1
            known += [point for point in points if point[0] > last]
    return result
