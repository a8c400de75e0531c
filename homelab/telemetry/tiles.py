"""Counting in Loki: the runs of a window, exact to the event, in questions that Loki can answer.

One instant query over thirty days takes Loki more than half a minute and is cut off by its own
write timeout; day tiles take seconds. A range query with range and step of a day answers at each
UTC midnight for the day before it, so the window (start, end] is: one instant query from its start
to the first midnight, then tiles up to the midnight that follows its end.
"""

from __future__ import annotations

from homelab.analytics.counts import Tally
from homelab.loki import logql
from homelab.loki.deadline import WHOLE, Deadline
from homelab.telemetry.event import JOB
from homelab.times import DAY, SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.loki.client import Loki

MOST_TILES = 28  # in one question: Loki's max_query_length is 30 d 1 h, the tile's own day included
_SERIES_SPAN = 30 * DAY


class Plan:
    """How a window is asked: `first`, the instant query's (moment, span), both ns, and `tiles`,
    (first moment, last moment) of each range query, both UTC midnights."""

    __slots__ = ("first", "tiles")

    def __init__(self, first: tuple[int, int], tiles: list[tuple[int, int]]) -> None:
        self.first = first
        self.tiles = tiles


def plan(start: int, end: int) -> Plan:
    """The questions that cover (start, end] once."""
    midnight = (start // DAY + 1) * DAY
    if midnight >= end:
        return Plan((end, end - start), [])
    last = -(-end // DAY) * DAY
    tiles = []
    for tile in range(midnight + DAY, last + 1, MOST_TILES * DAY):
        tiles.append((tile, min(tile + (MOST_TILES - 1) * DAY, last)))
    return Plan((midnight, midnight - start), tiles)


def read(loki: Loki, start: int, end: int, user: str = "") -> Tally:
    """The runs in (start, end], of one account or of all. Raises Failure as `Loki.ask` does: a
    piece that fails fails the whole, since a smaller number would pass for the truth."""
    labels = {"job": JOB, **({"user": user} if user else {})}
    streams = logql.selector(labels)
    tally = Tally()
    for path, parameters, span in _questions(start, end):
        for query, take in (
            (logql.runs_by(("verb", "exit"), streams, span), _count),
            (logql.newest_by(("verb",), streams, span), _last),
        ):
            with Deadline(WHOLE, str(loki.address)):
                answer = loki.ask(path, {"query": query, **parameters})
            for series in answer["data"]["result"]:
                take(tally, series)
    _users(loki, tally, streams, start, end)
    return tally


def _questions(start: int, end: int) -> list[tuple[str, dict[str, str | int], str]]:
    planned = plan(start, end)
    moment, span = planned.first
    questions: list[tuple[str, dict[str, str | int], str]] = []
    if span:
        questions.append(("query", {"time": moment}, logql.duration(span)))
    for first, last in planned.tiles:
        questions.append(("query_range", {"start": first, "end": last, "step": "1d"}, "1d"))
    return questions


def _values(series: Any) -> list[str]:
    pairs = series["values"] if "values" in series else [series["value"]]
    return [value for _, value in pairs]


def _count(tally: Tally, series: Any) -> None:
    verb, code = series["metric"].get("verb", ""), series["metric"].get("exit", "")
    if verb and code.isdigit():  # anything else under this job is no event of ours
        tally.add(verb, int(code), sum(int(value) for value in _values(series)))


def _last(tally: Tally, series: Any) -> None:
    verb = series["metric"].get("verb", "")
    if verb:
        tally.seen(verb, max(int(float(value)) for value in _values(series)) * SECOND)


def _users(loki: Loki, tally: Tally, streams: str, start: int, end: int) -> None:
    """Who ran what, from the index alone: the streams, whose labels name the account."""
    while start < end:
        piece = min(start + _SERIES_SPAN, end)
        with Deadline(WHOLE, str(loki.address)):
            answer = loki.ask("series", {"match[]": streams, "start": start, "end": piece})
        for labels in answer.get("data") or []:
            if labels.get("user"):
                tally.users.setdefault(labels.get("verb", ""), set()).add(labels["user"])
        start = piece
