"""Counting in Loki: the runs of a window, exact to the event, in questions that Loki can answer.

One instant query over thirty days takes Loki more than half a minute and is cut off by its own
write timeout; day tiles take seconds. A range query with range and step of a day answers at each
UTC midnight for the day before it, so the window (start, end] is: one instant query from its start
to the first midnight, then tiles up to the midnight that follows its end.
"""

from __future__ import annotations

from homelab.analytics.counts import Tally, most_used
from homelab.errors import Failure
from homelab.loki import logql
from homelab.loki.deadline import WHOLE, Deadline
from homelab.telemetry.event import JOB
from homelab.times import DAY, SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.loki.client import Loki

    Question = tuple[str, dict[str, "str | int"], str]  # path, parameters, range

MOST_TILES = 30  # in one question: Loki's max_query_length is 30 d 1 h, the tile's own day included
_SERIES_SPAN = 30 * DAY + 60 * SECOND  # so that thirty days, widened, are one question


class Plan:
    """How a window is asked: `first`, the instant query's (moment, span), both ns, and `tiles`,
    (first moment, last moment) of each range query, both UTC midnights."""

    __slots__ = ("first", "tiles")

    def __init__(self, first: tuple[int, int], tiles: list[tuple[int, int]]) -> None:
        self.first = first
        self.tiles = tiles


def plan(start: int, end: int) -> Plan:
    """The questions that cover (start, end] once; both are whole milliseconds, in ns."""
    midnight = (start // DAY + 1) * DAY
    if midnight >= end:
        return Plan((end, end - start), [])
    last = -(-end // DAY) * DAY
    tiles = []
    for tile in range(midnight + DAY, last + 1, MOST_TILES * DAY):
        tiles.append((tile, min(tile + (MOST_TILES - 1) * DAY, last)))
    return Plan((midnight, midnight - start), tiles)


def read(loki: Loki, start: int, end: int, user: str = "", newest: int = 0) -> Tally:
    """The runs in (start, end], of one account or of all; with the moment of the last run of the
    `newest` most used verbs. Raises Failure as `Loki.ask` does: a piece that fails fails the
    whole, since a smaller number would pass for the truth."""
    labels = {"job": JOB, **({"user": user} if user else {})}
    tally = Tally()
    _users(loki, tally, labels, start, end)
    days: dict[str, int] = {}  # by verb, the end of the newest tile (ns) that has a run of it
    for question in _questions(start, end):
        for series in _by_verb_and_exit(loki, question, labels, sorted(tally.users)):
            _count(tally, days, series)
    for verb, _ in most_used(tally)[:newest]:
        _last(
            loki,
            tally,
            {**labels, "verb": verb},
            (max(start, days[verb] - DAY - SECOND), days[verb]),
        )
    return tally


def _by_verb_and_exit(
    loki: Loki, question: Question, labels: dict[str, str], verbs: list[str], some: bool = False
) -> list[Any]:
    """The series of a question; of `some` verbs only, in halves, where all of them would be more
    series than Loki gives in one answer (max_query_series, 500)."""
    path, parameters, span = question
    streams = logql.selector(labels, {"verb": verbs} if some else {})
    query = logql.runs_by(("verb", "exit"), streams, span)
    try:
        return _ask(loki, path, {"query": query, **parameters})
    except Failure as failure:
        if "maximum number of series" not in failure.sentence or len(verbs) < 2:
            raise
    middle = len(verbs) // 2
    first = _by_verb_and_exit(loki, question, labels, verbs[:middle], some=True)
    return first + _by_verb_and_exit(loki, question, labels, verbs[middle:], some=True)


def _ask(loki: Loki, path: str, parameters: dict[str, str | int]) -> list[Any]:
    with Deadline(WHOLE, str(loki.address)):
        _, result = loki.result(path, parameters)
    return result


def _questions(start: int, end: int) -> list[Question]:
    planned = plan(start, end)
    moment, span = planned.first
    questions: list[Question] = []
    if span:
        questions.append(("query", {"time": moment}, logql.duration(span)))
    for first, last in planned.tiles:
        questions.append(("query_range", {"start": first, "end": last, "step": "1d"}, "1d"))
    return questions


def _count(tally: Tally, days: dict[str, int], series: Any) -> None:
    verb, code = series["metric"].get("verb", ""), series["metric"].get("exit", "")
    if not (verb and code.isdigit()):  # anything else under this job is no event of ours
        return
    for moment, value in series["values"] if "values" in series else [series["value"]]:
        tally.add(verb, int(code), int(value))
        # a tile's end is a whole second; that of the instant query may be a ms earlier than asked
        days[verb] = max(days.get(verb, 0), (int(moment) + 1) * SECOND)


def _last(loki: Loki, tally: Tally, labels: dict[str, str], day: tuple[int, int]) -> None:
    """The newest entry, asked for by itself: unwrapping the moments of all of them would take
    Loki twice as long as counting them."""
    parameters: dict[str, str | int] = {
        "query": logql.selector(labels),
        "start": day[0],
        "end": day[1],
        "limit": 1,
        "direction": "backward",
    }
    for stream in _ask(loki, "query_range", parameters):
        for moment, *_ in stream["values"]:
            tally.seen(labels["verb"], int(moment))


def _users(loki: Loki, tally: Tally, labels: dict[str, str], start: int, end: int) -> None:
    """Who ran what, from the index alone: the streams, whose labels name the account."""
    streams = logql.selector(labels)
    while start < end:
        piece = min(start + _SERIES_SPAN, end)
        with Deadline(WHOLE, str(loki.address)):
            series = loki.series({"match[]": streams, "start": start, "end": piece})
        for found in series:
            if found.get("user"):
                tally.users.setdefault(found.get("verb", ""), set()).add(found["user"])
        start = piece
