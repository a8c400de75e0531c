"""Counting in Loki: the runs of a window, exact to the event, in questions that Loki can answer."""

from __future__ import annotations

import time
from functools import partial

from homelab.errors import UNREACHABLE, Failure
from homelab.loki.answer_size import Budget
from homelab.loki.client import TooLong
from homelab.loki.deadline import WHOLE, Deadline, TooSlow
from homelab.loki.patience import Patience
from homelab.telemetry.event import EARLIEST, decode
from homelab.times import AHEAD, DAY, MILLISECOND, SECOND, date, day_of
from homelab.usage.counts import Counts, Gap, Question, key_of, values_of
from homelab.usage.day_tiles import MOST, cut, halves, pieces, question
from homelab.usage.loki_queries import (
    IS_EVENT,
    NAMES,
    Part,
    Reading,
    batches,
    by_minute,
    by_second,
    is_ours,
    lines,
    places,
    selector,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    from homelab.context import Context
    from homelab.output.progress import Progress
    from homelab.usage.counts import Event
    from homelab.usage.day_tiles import Piece

    Answer = TypeVar("Answer")

# so that thirty days, widened, with what is stamped ahead, are one question
_SERIES_SPAN = 30 * DAY + AHEAD + 60 * SECOND
_FULL = "maximum number of series"  # Loki: pkg/logql, limits of a query's answer
_PATIENCE = 60.0  # s in which what fails is asked for again in smaller pieces
_PATIENT = 2.0  # s that are waited in all before the same is asked again; what fails on is a gap
_ALL = 300.0  # s for all questions of a run
_MOST = 200_000  # figures (a key's runs on a day) that are held
_LOST = 2  # pieces, and no answer at all: there is no Loki to wait for
_LINES = 1000  # that are looked through for the last runs at a time


class LokiRuns:
    """The runs that the configured Loki holds. Its methods raise Failure as `Loki.ask` does."""

    def __init__(self, context: Context, progress: Progress) -> None:
        self._loki = context.loki()
        self._settings = context.settings
        self._progress = progress
        self._end = time.monotonic() + _ALL
        self._patience = Patience(progress.says, _PATIENT)
        self._longest = 0  # ns that a question may have, where Loki said so
        self.name = str(self._loki.address)
        self.whose = ""
        self.own_names = False  # which never leave a host
        self.begins = 0

    def counts(self, asked: Question) -> Counts:
        """The runs that are asked for. A piece of the window that can't be had, though others can,
        is a gap in them."""
        self._label(asked)
        reading = Reading(asked, self._series(asked))
        counts = Counts()
        patience = time.monotonic() + _PATIENCE
        waiting = pieces(asked.start, asked.end, asked.ahead)
        tried: set[Piece] = set()
        answered = False
        while waiting:
            piece = waiting.pop()  # the newest first: where Loki can't answer, it tells soonest
            self._progress.says(f"counting the runs of {_days(piece)} in {self.name}")
            budget = Budget()
            if 0 < self._longest < piece[1] - piece[0]:
                waiting += cut(piece, self._longest)
                continue
            try:
                series = [
                    found for part in reading.parts for found in self._asked(part, piece, budget)
                ]
            except Failure as failure:
                longest = self._shorter(failure, piece[1] - piece[0])
                if longest:
                    waiting += cut(piece, longest)
                elif answered and self._too_old(failure):
                    # of what is older still, Loki says that there is nothing
                    counts.gaps.append(Gap(asked.start, piece[1], failure.sentence))
                    waiting.clear()
                elif _passing(failure) and piece not in tried and time.monotonic() < patience:
                    tried.add(piece)
                    waiting += halves(piece)
                elif failure.code != UNREACHABLE or not (answered or _passing(failure)):
                    raise
                else:
                    counts.gaps.append(Gap(piece[0], min(piece[1], asked.end), failure.sentence))
                    if not answered and (len(counts.gaps) > _LOST or not waiting):
                        raise
                continue
            answered = True
            for part, found in series:
                part.count(counts, found, piece)
            if sum(map(len, counts.days.values())) > _MOST:
                raise Failure(
                    UNREACHABLE,
                    f"{self.name} has more than {_MOST} figures for this; ask for a shorter --since"
                    " or for one --user, and see who writes to the streams of homelab-usage",
                )
        counts.gaps.reverse()
        counts.with_whom = {key: whom for key, whom in reading.whom.items() if key in counts.days}
        most_used = counts.most_used()
        try:
            self._last(asked, counts, most_used[: asked.newest] if asked.newest >= 0 else most_used)
        except Failure as failure:  # which costs the figures that are known nothing
            if failure.code != UNREACHABLE:
                raise
            counts.unread = failure.sentence
        if asked.reach:
            self.reach(asked, counts)
        if asked.by_hand:
            try:
                self._by_hand(asked, counts)
            except Failure as failure:  # which costs the figures that are known nothing
                counts.untimed = failure.sentence
        return counts

    def reach(self, asked: Question, counts: Counts) -> None:
        """Set `counted_since` of the counts of a question's runs: where none is on the first day of
        the window, the first run of the whole job is looked for, of all accounts and verbs. Costs
        one or two questions to the index, and one for the first entry where the window reaches
        further back than Loki. Never raises Failure: then `reach_unknown` has the reason."""
        if counts.begins_with(asked):
            return
        everything = selector(Question(asked.start, asked.end, tries=True))
        midnight = min((day_of(asked.start + 1) + 1) * DAY, asked.end)
        self._progress.says(f"looking up the first runs in {self.name}")
        try:
            before = self._searched(everything, midnight)
            if before is not None:
                first = self._first(everything, asked, counts.first_day())
                if day_of(first) > day_of(asked.start + 1):  # not where half a day was searched
                    counts.counted_since, counts.searched = first, before
        except Failure as failure:
            counts.reach_unknown = failure.sentence

    def _searched(self, streams: str, end: int) -> int | None:
        """None if a run of these streams is at or before the moment `end` (ns); else the moment
        back to which there is none, 0 where there is none at all. Longer than a question may be,
        only the time before `end` is asked for: an index that refuses the rest is not asked day by
        day for years."""
        span = self._longest or _SERIES_SPAN
        while True:
            try:
                if self._has(streams, end - span, end):
                    return None
                break
            except Failure as failure:
                if self._too_old(failure):
                    return 0  # it reads nothing so old, whatever it has
                span = self._shorter(failure, span)
                if not span:
                    raise
        if self._longest:
            return end - span
        try:
            return None if self._has(streams, EARLIEST, end - span) else 0
        except Failure as failure:  # as a rule for its length
            return 0 if self._too_old(failure) else end - span

    def _has(self, streams: str, start: int, end: int) -> bool:
        """Whether a stream has an entry in a span of time (ns), by the index."""
        span: dict[str, Any] = {"match[]": streams, "start": max(start, 0), "end": end}
        return any(map(is_ours, self._patiently(partial(self._loki.series, span, Budget()))))

    def _first(self, streams: str, asked: Question, day: int | None) -> int:
        """The moment (ns) of the first run of these streams in the window, which is no later than
        the `day` of a run that is known; 0 where there is none."""
        low, high = asked.start + 1, asked.end + asked.ahead + 1
        if day is not None:
            high = min(high, (day + 1) * DAY + 1)
        while low < high:
            last = min(high, low + (self._longest or MOST * DAY))
            parameters: dict[str, str | int] = {
                "query": streams + IS_EVENT,
                "start": low,
                "end": last,
                "limit": 1,
                "direction": "forward",
            }
            try:
                found = self._streams(parameters)
            except Failure as failure:
                if not self._shorter(failure, last - low):
                    raise
                continue
            if found:
                return min(int(entry[0]) for stream in found for entry in stream["values"])
            low = last
        return 0

    def whom(self, asked: Question) -> dict[str, set[str]]:
        """The accounts that ran each verb, from the index alone."""
        self._label(asked)
        return Reading(asked, self._series(asked)).whom

    def events(self, asked: Question) -> Iterator[list[Event]]:
        """The runs themselves, in the order of their moments, in batches."""
        from homelab.loki.pages import Pages

        self._label(asked)
        query = selector(asked) + IS_EVENT
        pages = Pages(self._streams, query, forward=True)
        # what it reads begins at a moment and ends before one
        for batch in pages.batches(asked.start + 1, asked.end + asked.ahead + 1):
            self._progress.says(f"reading the runs of {date(day_of(batch[0][1]))} in {self.name}")
            events = []
            for labels, moment, line in batch:
                fields = decode(line)
                if fields:
                    events.append((moment, *values_of(labels["user"], labels["verb"], fields)))
            if events:  # other lines don't renew the time: Loki may have no end of them
                yield events
                self._end = time.monotonic() + _ALL

    def _label(self, asked: Question) -> None:
        """Look for an account by its pseudonym too, where this reader has the key."""
        if asked.user:
            from homelab.telemetry.account import labels

            asked.labels = labels(self._settings, asked.user)

    def _series(self, asked: Question) -> list[dict[str, str]]:
        """The labels of the streams that have a run in the window, from the index alone.

        It knows a stream by its chunks' first and last entries, so one of its entries lies in the
        window where one of its chunks begins or ends there; milliseconds are as fine as it knows.
        """
        streams = selector(asked)
        found: list[dict[str, str]] = []
        budget = Budget()
        start, last = asked.start + MILLISECOND, asked.end + asked.ahead
        while start <= last:
            end = min(start + (self._longest or _SERIES_SPAN), last)
            self._progress.says(f"looking up the verbs and accounts in {self.name}")
            span: dict[str, Any] = {"match[]": streams, "start": start, "end": end}
            try:
                there = self._patiently(partial(self._loki.series, span, budget))
            except Failure as failure:
                if not self._shorter(failure, end - start):
                    raise
                continue
            found += filter(is_ours, there)
            start = end + 1
        return found

    def _shorter(self, failure: Failure, length: int) -> int:
        """How long (ns) a question may be that is shorter than `length`, where that alone was wrong
        with it (max_query_length); else 0. It is remembered."""
        if failure.status != 400:
            return 0
        from homelab.loki import limits  # late: most Lokis take thirty days

        longest = limits.longest(failure.words)
        if not longest or length < 2:
            return 0
        # what is allowed and yet refused had the range of its first point added
        self._longest = min(longest, length // 2) if longest >= length else longest
        return self._longest

    def _too_old(self, failure: Failure) -> bool:
        """Whether a question reached back to where Loki reads nothing (max_query_lookback)."""
        if failure.status != 400:
            return False
        from homelab.loki import limits  # late, as above

        limit = limits.refused(failure.words)
        return limit is not None and limit.name == limits.LOOKBACK

    def _patiently(self, question: Callable[[], Answer]) -> Answer:
        """The answer to one question, asked again where it may pass. A gateway that waited in vain
        (504) is rather asked for less."""
        return self._patience.ask(question, self._deadline(), but=(504,))

    def _asked(self, part: Part, piece: Piece, budget: Budget) -> list[tuple[Part, Any]]:
        """The series of a part of the question; of some names at a time only, where all of them
        would be more series than Loki gives in one answer (max_query_series, 500)."""
        path, parameters = question(piece, part.labels, part.selector)
        try:
            series = self._patiently(partial(self._loki.counts, path, parameters, budget))
            return [(part, found) for found in series]
        except Failure as failure:
            if _FULL not in failure.sentence or len(part.names) < 2:
                raise
        return [
            found for smaller in part.smaller() for found in self._asked(smaller, piece, budget)
        ]

    def _by_hand(self, asked: Question, counts: Counts) -> None:
        """The share by hand of each key whose runs can tell: by the second of the minute first, and
        then by the minute of the hour inside and outside the seconds that stand out."""
        from homelab.usage import by_hand  # late: most runs don't ask

        runs = {key: counts.runs(key) for key in counts.most_used()}
        for keys in batches({key: count for key, count in runs.items() if count >= by_hand.LEAST}):
            seconds = self._places(asked, counts, by_second(asked, keys))
            peaks = {key: by_hand.peaks(seconds.get(key, {})) for key in keys}
            outside = self._places(asked, counts, by_minute(asked, peaks, inside=False))
            some = {key: places for key, places in peaks.items() if places}
            query = by_minute(asked, some, inside=True)
            inside = self._places(asked, counts, query) if some else {}
            for key in keys:
                share = by_hand.share(inside.get(key, {}), outside.get(key, {}), len(peaks[key]))
                if share:
                    counts.by_hand[key] = share

    def _places(
        self, asked: Question, counts: Counts, query: tuple[tuple[str, ...], str]
    ) -> dict[str, dict[int, list[int]]]:
        """The runs by key, day and place (0 to 59), outside the gaps that are known."""
        found: dict[str, dict[int, list[int]]] = {}
        waiting = pieces(asked.start, asked.end, asked.ahead)
        while waiting:
            piece = waiting.pop()
            if any(gap.start < piece[1] and piece[0] < gap.end for gap in counts.gaps):
                continue
            if 0 < self._longest < piece[1] - piece[0]:
                waiting += cut(piece, self._longest)
                continue
            self._progress.says(f"reading when the runs of {_days(piece)} ended in {self.name}")
            path, parameters = question(piece, *query, parsed=True)
            try:
                answer = self._patiently(partial(self._loki.counts, path, parameters, Budget()))
            except Failure as failure:
                smaller = halves(piece)
                if not _passing(failure) or len(smaller) < 2:
                    raise
                waiting += smaller
                continue
            for series in answer:
                for key, day, place, runs in places(asked, series, piece):
                    found.setdefault(key, {}).setdefault(day, [0] * 60)[place] += runs
        return found

    def _streams(self, parameters: dict[str, str | int]) -> list[Any]:
        ask = partial(self._loki.result, "query_range", parameters, kinds=("streams",))
        return self._patiently(ask)[1]

    def _deadline(self) -> Deadline:
        """The bound on a question, and on all of them together."""
        left = min(self._end - time.monotonic(), WHOLE)
        return Deadline(max(round(left, 1), 0), self.name, tick=self._progress.tick)

    def _last(self, asked: Question, counts: Counts, keys: list[str]) -> None:
        """The newest run of each key, from the newest lines of the days on which they last ran:
        unwrapping the moments of all entries would take Loki twice as long as counting them. What
        hides behind others' many lines is asked for again without these."""
        waiting = set(keys)
        while waiting:
            day = max(max(counts.days[key]) for key in waiting)
            of_day = sorted(key for key in waiting if max(counts.days[key]) == day)[:NAMES]
            self._progress.says(f"looking up the last runs in {self.name}")
            low = max(asked.start, day * DAY) + 1
            high = (day + 1) * DAY + 1
            if high > asked.end:
                high = asked.end + asked.ahead + 1
            found: set[str] = set()
            while low < high and not found:
                first = max(low, high - self._longest) if self._longest else low
                parameters: dict[str, str | int] = {
                    "query": lines(asked, of_day),
                    "start": first,
                    "end": high,
                    "limit": _LINES,
                    "direction": "backward",
                }
                try:
                    streams = self._streams(parameters)
                except Failure as failure:
                    if not self._shorter(failure, high - first):
                        raise
                    continue
                for stream in streams:
                    user, verb = (stream["stream"].get(label, "") for label in ("user", "verb"))
                    for moment, line, *_ in stream["values"]:
                        fields = decode(line)
                        key = key_of(asked.by, user, verb, fields) if fields else ""
                        if fields and key in waiting:
                            counts.seen(key, int(moment))
                            found.add(key)
                high = first
            waiting -= found or set(of_day)  # what went meanwhile is not waited for


def _passing(failure: Failure) -> bool:
    """Whether a smaller question, or the same once more, may be answered."""
    return isinstance(failure, (TooSlow, TooLong)) or failure.status == 429 or failure.status >= 500


def _days(piece: Piece) -> str:
    first, last = date(day_of(piece[0] + 1)), date(day_of(piece[1]))
    return first if first == last else f"{first} to {last}"
