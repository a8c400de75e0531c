"""`logs count`: the number of lines over time."""

from __future__ import annotations

from functools import partial

from homelab import times
from homelab.errors import USAGE, Failure
from homelab.logs import flags, selector, time_steps
from homelab.logs.answers import nothing, unknown_names
from homelab.loki import limits, pages
from homelab.loki.answer_shape import count_of
from homelab.loki.client import TooLong
from homelab.output.answer import Column, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.search import Search
    from homelab.output.answer import Cell

    Counts = dict[str, dict[int, int]]  # by value of a label and end of a piece (ns)

_POINTS = 11_000  # most points of a series in an answer of Loki
_MOST = 300_000  # most rows; 100 characters of a label's value count as a row


def count(context: Context, arguments: Values) -> Table | Text:
    """The number of matching lines: the total with bars over the window, or a row for each
    `--step`; for each value of a label with `--by`."""
    asked = flags.search_of(context, arguments)
    if not selector.selects(asked.query):
        raise Failure(USAGE, "SELECTOR counts lines already; use homelab logs query")
    by = flags.grouped(context, arguments.by, "from", "lines", "trend") if arguments.by else ""
    step = time_steps.step_of(asked.start, asked.at)
    if arguments.step:
        step = time_steps.given(arguments.step)
    start, last = time_steps.widened(asked.start, asked.end, step)

    def query_of(step: int) -> str:
        grouped = f"sum by ({by})" if by else "sum"
        return f"{grouped} (count_over_time({asked.query} [{_range(step)}] offset 1ms))"

    query = query_of(step)
    if arguments.explain:
        return Text(query + "\n")
    found = _counts(asked, query_of, by, start, last, step)
    # ahead of now, pieces are shown only as far as there are lines
    end = max([time_steps.widened(asked.start, asked.at, step)[1], *map(max, found.values())])
    rows: list[tuple[Cell, ...]]
    if arguments.step:
        rows = [
            (moment - step, *((value or "(none)",) if by else ()), number)
            for moment, value, number in sorted(
                (moment, value, number)
                for value, numbers in found.items()
                for moment, number in numbers.items()
            )
        ]
    else:
        ends = range(start + step, end + 1, step)
        lines = [
            (value, tuple(numbers.get(moment, 0) for moment in ends))
            for value, numbers in found.items()
        ]
        lines.sort(key=lambda line: (-sum(line[1]), line[0]))
        rows = [(*((value or "(none)",) if by else ()), sum(each), each) for value, each in lines]
    notes: tuple[str, ...] = ()
    if rows and not arguments.step and (start, end) != (asked.start, asked.at):
        window = f"{times.local(start)} to {times.local(end)}"
        notes = (f"counted from {window}, whole pieces of {times.spoken(step)}",)
    empty = "" if rows else nothing(asked)
    return Table(
        "homelab.logs-count/1",
        _columns(by, bool(arguments.step)),
        rows,
        notes=notes,
        facts={
            "query": query,
            "since": times.rfc3339(start),
            "until": times.rfc3339(end),
            "step": _range(step),
            **unknown_names(asked),
        },
        empty=empty,
    )


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the answer."""
    return _columns(arguments.by or "", bool(arguments.step))


def _columns(by: str, stepped: bool) -> tuple[Column, ...]:
    """The columns: the label `by` if there is one, and a row for each step, or the bars of all."""
    name = (Column(by),) if by else ()
    if stepped:
        return (Column("from", "moment", seconds=True), *name, Column("lines", "count"))
    return (*name, Column("lines", "count"), Column("trend", "bars"))


def _range(step: int) -> str:
    return f"{step // times.SECOND}s"  # no step is finer


def _counts(
    asked: Search, query_of: Callable[[int], str], by: str, start: int, end: int, step: int
) -> Counts:
    """The number of lines by value of the label and end of the piece (ns).

    A point of Loki at `t` counts lines in (t - step, t], so a line on a whole second would belong
    to the piece that ends there; offset 1ms puts it into the piece that begins there (Loki finds
    nothing at all with a finer offset). `vector(0)` keeps the first step complete (see
    `usage/day_tiles`).

    If Loki refuses a window as long as a step (max_query_length), the parts of a step are counted
    and added up: `query_of` returns the LogQL that counts in pieces of so many ns.
    """
    found: Counts = {}
    size = 0
    part = step  # ns per point; a step is a whole number of parts
    longest = max(min(pages.PIECE // step, _POINTS), 1) * step
    at = start
    while at < end:
        last = min(at + longest, end)
        parameters: dict[str, str | int] = {
            "query": f"{query_of(part)} or vector(0)",
            "start": at + part,
            "end": last,
            "step": _range(part),
        }
        try:
            result = asked.ask(partial(asked.loki.counts, "query_range", parameters))
        except TooLong:
            if last - at <= part:
                raise
            longest = (last - at) // (2 * part) * part
            continue
        except Failure as failure:
            allowed = limits.longest(failure.words)
            if not allowed or (last - at <= part and part <= times.SECOND):
                raise
            # a window that is allowed was refused, since the range of its first point is added
            allowed = min(allowed, last - at - part)
            part = part if allowed >= part else time_steps.divisor(part, allowed or part // 2)
            longest = max(min(allowed // part, _POINTS), 1) * part
            continue
        for series in result:
            value = series["metric"].get(by, "")
            for moment, lines in series["values"]:
                point = round(float(moment) * 1000) * times.MILLISECOND
                if count_of(lines) and at < point <= last:
                    # the piece in which the point is
                    piece = start - (start - point) // step * step
                    numbers = found.setdefault(value, {})
                    size += 0 if piece in numbers else 1 + len(value) // 100
                    numbers[piece] = numbers.get(piece, 0) + count_of(lines)
        if size > _MOST:
            raise Failure(
                USAGE,
                f"over {_MOST} rows (pieces of time and values of the label); use a longer"
                " --step or a shorter time, or narrow the selector",
            )
        at = last
    return found
