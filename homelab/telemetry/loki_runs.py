"""Counting in Loki: the runs of a window, exact to the event, in questions that Loki can answer."""

from __future__ import annotations

import time

from homelab.errors import UNREACHABLE, Failure
from homelab.loki import logql
from homelab.loki.deadline import WHOLE, Deadline, TooSlow
from homelab.runs import (
    DAYS,
    EXIT,
    ONLY_DONE,
    USER,
    VERB,
    VERSION,
    Counts,
    Gap,
    day_of,
    is_failure,
)
from homelab.telemetry.event import JOB, read_line
from homelab.telemetry.pieces import halves, pieces, question
from homelab.times import DAY, MILLISECOND, SECOND, date

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from homelab.loki.client import Loki
    from homelab.progress import Progress
    from homelab.runs import Event, Question
    from homelab.telemetry.pieces import Piece

_SERIES_SPAN = 30 * DAY + 60 * SECOND  # so that thirty days, widened, are one question
_LABELS = {VERB: "verb", USER: "user", VERSION: "ver"}
_FULL = "maximum number of series"  # Loki: pkg/logql, limits of a query's answer
_NAMES = 100  # that are asked for at once, where all would be too many
_PATIENCE = 60.0  # s in which what fails is asked for again in smaller pieces
_LOST = 2  # pieces, and no answer at all: there is no Loki to wait for
_IS_EVENT = ' |~ "^exit=[0-9]+"'


class LokiRuns:
    """The runs that a Loki holds. Its methods raise Failure as `Loki.ask` does."""

    def __init__(self, loki: Loki, progress: Progress) -> None:
        self._loki = loki
        self._progress = progress
        self.name = str(loki.address)
        self.whose = ""

    def counts(self, asked: Question) -> Counts:
        """The runs that are asked for. A piece of the window that can't be had, though others can,
        is a gap in them."""
        reading = _Reading(asked, self._series(asked))
        counts = Counts()
        patience = time.monotonic() + _PATIENCE
        waiting = pieces(asked.start, asked.end)
        tried: set[Piece] = set()
        answered = False
        while waiting:
            piece = waiting.pop()  # the newest first: where Loki can't answer, it tells soonest
            self._progress.says(f"counting the runs of {_days(piece)} in {self.name}")
            try:
                series = [found for part in reading.parts for found in self._asked(part, piece)]
            except Failure as failure:
                if _passing(failure) and piece not in tried and time.monotonic() < patience:
                    tried.add(piece)
                    waiting += halves(piece)
                elif failure.code != UNREACHABLE or not (answered or _passing(failure)):
                    raise
                else:
                    counts.gaps.append(Gap(*piece, failure.sentence))
                    if not answered and (len(counts.gaps) > _LOST or not waiting):
                        raise
                continue
            answered = True
            for part, found in series:
                part.count(counts, found, piece)
        counts.gaps.reverse()
        counts.with_whom = {key: whom for key, whom in reading.whom.items() if key in counts.days}
        most_used = counts.most_used()
        for key in most_used[: asked.newest] if asked.newest >= 0 else most_used:
            self._last(asked, counts, key)
        return counts

    def events(self, asked: Question) -> Iterator[list[Event]]:
        """The runs themselves, in the order of their moments, in batches."""
        from homelab.loki.pages import Pages

        query = _selector(asked) + _IS_EVENT
        pages = Pages(lambda parameters: self._ask("query_range", parameters), query, forward=True)
        # what it reads begins at a moment and ends before one
        for batch in pages.batches(asked.start + 1, asked.end + 1):
            self._progress.says(f"reading the runs of {date(day_of(batch[0][1]))} in {self.name}")
            events = []
            for labels, moment, line in batch:
                event = read_line(line)
                if event:
                    events.append((moment, labels["user"], labels["verb"], *event))
            yield events

    def _series(self, asked: Question) -> list[dict[str, str]]:
        """The labels of the streams that have a run in the window, from the index alone.

        It knows a stream by its chunks' first and last entries, so one of its entries lies in the
        window where one of its chunks begins or ends there; milliseconds are as fine as it knows.
        """
        streams = _selector(asked)
        found: list[dict[str, str]] = []
        start = asked.start + MILLISECOND
        while start <= asked.end:
            end = min(start + _SERIES_SPAN, asked.end)
            self._progress.says(f"looking up the verbs and accounts in {self.name}")
            with Deadline(WHOLE, self.name, tick=self._progress.tick):
                found += self._loki.series({"match[]": streams, "start": start, "end": end})
            start = end + 1
        return found

    def _asked(self, part: _Part, piece: Piece) -> list[tuple[_Part, Any]]:
        """The series of a part of the question; of some names at a time only, where all of them
        would be more series than Loki gives in one answer (max_query_series, 500)."""
        path, parameters = question(piece, part.labels, part.selector)
        try:
            return [(part, found) for found in self._ask(path, parameters)]
        except Failure as failure:
            if _FULL not in failure.sentence or len(part.names) < 2:
                raise
        return [found for smaller in part.smaller() for found in self._asked(smaller, piece)]

    def _ask(self, path: str, parameters: dict[str, str | int]) -> list[Any]:
        with Deadline(WHOLE, self.name, tick=self._progress.tick):
            _, result = self._loki.result(path, parameters)
        return result

    def _last(self, asked: Question, counts: Counts, key: str) -> None:
        """The newest entry, asked for by itself: unwrapping the moments of all of them would take
        Loki twice as long as counting them."""
        self._progress.says(f"looking up the last run of {key}")
        label = _LABELS.get(asked.by, asked.by)
        of_line = asked.by in (VERSION, EXIT)
        streams = _selector(asked, *([] if of_line else [f"{label}={logql.quoted(key)}"]))
        only = f" | logfmt {label} | {label}={logql.quoted(key)}" if of_line else ""
        day = max(counts.days[key])
        parameters: dict[str, str | int] = {
            "query": streams + _IS_EVENT + only,
            "start": max(asked.start, day * DAY) + 1,
            "end": min(asked.end, (day + 1) * DAY) + 1,
            "limit": 1,
            "direction": "backward",
        }
        for stream in self._ask("query_range", parameters):
            for moment, *_ in stream["values"]:
                counts.seen(key, int(moment))


class _Reading:
    """How a question is put to Loki: in `parts`, whose verbs have the same answers, so that a part
    knows a failure by its exit code alone. `whom` has who belongs to each key."""

    def __init__(self, asked: Question, streams: list[dict[str, str]]) -> None:
        label, other = ("user", "verb") if asked.by == USER else ("verb", "user")
        self.whom: dict[str, set[str]] = {}
        for labels in streams:
            if labels.get(label) and labels.get(other) and asked.by in (USER, VERB):
                self.whom.setdefault(labels[label], set()).add(labels[other])
        # what a question that is too big is cut along
        along = "verb" if asked.by == VERB else "user"
        names = sorted({labels[along] for labels in streams if labels.get(along)})
        if asked.by == VERB:  # which tells by itself what its answers are
            self.parts = [_Part(asked, along, names)]
            return
        classes: dict[frozenset[int], list[str]] = {}
        for verb, answers in asked.answers.items():
            if asked.names(verb) and answers != ONLY_DONE:
                classes.setdefault(answers, []).append(verb)
        several = [verb for verbs in classes.values() for verb in verbs]
        rest = (logql.none_of("verb", several),) if several else ()
        self.parts = [_Part(asked, along, names, ONLY_DONE, rest)]
        for answers, verbs in classes.items():
            matcher = (logql.any_of("verb", verbs),)
            self.parts.append(_Part(asked, along, names, answers, matcher))


class _Part:
    """A part of a question: `labels` to sum by, and the `selector` of its streams. `names` are the
    values of the label `along` that it may have to be cut by; `cut` tells whether it is."""

    def __init__(
        self,
        asked: Question,
        along: str,
        names: list[str],
        answers: frozenset[int] | None = None,
        matchers: tuple[str, ...] = (),
        cut: bool = False,
    ) -> None:
        own = _LABELS.get(asked.by)
        self.labels = (own, "exit") if own else ("exit",)
        self.names = names
        of_names = (logql.any_of(along, names),) if cut else ()
        self.selector = _selector(asked, *matchers, *of_names)
        self._asked = asked
        self._along = along
        self._answers = answers
        self._matchers = matchers

    def smaller(self) -> Iterable[_Part]:
        """The same in several parts."""
        size = min(len(self.names) // 2, _NAMES)
        for first in range(0, len(self.names), size):
            names = self.names[first : first + size]
            yield _Part(self._asked, self._along, names, self._answers, self._matchers, cut=True)

    def count(self, counts: Counts, series: Any, piece: Piece) -> None:
        """Add a series of an answer to the counts. What has no exit code is no event of ours."""
        labels = series["metric"]
        if not labels.get("exit", "").isdigit():
            return
        code, by = int(labels["exit"]), self._asked.by
        key = str(code) if by == EXIT else labels.get(self.labels[0], "")
        answers = self._answers
        if answers is None:
            answers = self._asked.answers.get(key, ONLY_DONE)
        failed = is_failure(code, answers)
        if "value" in series:
            found = [(day_of(piece[1]), series["value"][1])]
        else:
            found = [(day_of(int(moment) * SECOND), value) for moment, value in series["values"]]
        for day, runs in found:
            counts.add(date(day) if by == DAYS else key, day, code, int(runs), failed)


def _selector(asked: Question, *more: str) -> str:
    labels = {"job": JOB, **({"user": asked.user} if asked.user else {})}
    matchers = [] if asked.user else ['user=~".+"']
    matchers.append(logql.begins("verb", asked.verb) if asked.verb else 'verb=~".+"')
    return logql.selector(labels, *matchers, *more)


def _passing(failure: Failure) -> bool:
    """Whether a smaller question, or the same once more, may be answered."""
    return isinstance(failure, TooSlow) or failure.status == 429 or failure.status >= 500


def _days(piece: Piece) -> str:
    first, last = date(day_of(piece[0] + 1)), date(day_of(piece[1]))
    return first if first == last else f"{first} to {last}"
