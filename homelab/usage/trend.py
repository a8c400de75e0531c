"""Pure: runs by day or week, with a column for each."""

from __future__ import annotations

from homelab.output.answer import Column
from homelab.times import date

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.output.answer import Cell
    from homelab.usage.counts import Counts

DAY, WEEK = "day", "week"
_MONDAY = 4  # the first Monday since the epoch, in days: 1970-01-01 was a Thursday


def periods(days: range, per: str) -> list[range]:
    """The days of a window as single days, or as the whole weeks (from Monday) that contain
    them."""
    if per == DAY:
        return [range(day, day + 1) for day in days]
    first = days.start - (days.start - _MONDAY) % 7
    return [range(day, day + 7) for day in range(first, days.stop, 7)]


def columns(found: list[range]) -> tuple[Column, ...]:
    """The columns: the verb, each period, the sum of runs, and their trend."""
    named = [date(period.start) for period in found]
    dated = [Column(name, "count", header=name[5:], drop=1) for name in named]
    return (Column("verb"), *dated, Column("runs", "count"), Column("trend", "bars", drop=1))


def rows(counts: Counts, verbs: list[str], found: list[range]) -> list[tuple[Cell, ...]]:
    """A row for each of the verbs."""
    runs = values(counts, verbs, found)
    return [(verb, *each, sum(each), each) for verb, each in zip(verbs, runs)]


def values(counts: Counts, verbs: list[str], found: list[range]) -> list[tuple[int, ...]]:
    """The runs of each verb in each period."""
    made = []
    for verb in verbs:
        of_day = counts.days.get(verb, {})
        made.append(tuple(sum(of_day.get(day, 0) for day in period) for period in found))
    return made
