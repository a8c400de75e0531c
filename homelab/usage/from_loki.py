"""Count the runs of a window in Loki, exact to the event, in queries that Loki can answer, without
asking again for days that were counted before.

A day that no late event can reach any more is counted once, grouped by everything known of a run,
and kept (`homelab.usage.closed_days`). The next time, only the days since then are asked for, the
part of the window's first day, and three of the kept days, to check that Loki still has the same
counts.
"""

from __future__ import annotations

from functools import partial

from homelab.errors import UNREACHABLE, Failure
from homelab.loki.answer_size import Budget
from homelab.loki.client import TooLong
from homelab.loki.in_flight import InFlight
from homelab.telemetry.event import EARLIEST, decode
from homelab.times import AHEAD, DAY, MILLISECOND, SECOND, date, day_of
from homelab.usage import day_counts
from homelab.usage.closed_days import ClosedDays, by_chance
from homelab.usage.counts import (
    USER,
    VERB,
    Counts,
    Gap,
    Question,
    days_of,
    key_of,
    values_of,
)
from homelab.usage.day_tiles import MOST, is_whole, of_days, pieces
from homelab.usage.loki_asking import Asking, Task, passing
from homelab.usage.loki_queries import (
    IS_EVENT,
    NAMES,
    Placed,
    Reading,
    batches,
    by_minute,
    by_second,
    is_ours,
    lines,
    of_accounts,
    pairs,
    parts,
    places,
    selector,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from homelab.context import Context
    from homelab.output.progress import Progress
    from homelab.usage.counts import Event
    from homelab.usage.day_counts import DayCounts, Figures
    from homelab.usage.day_tiles import Piece
    from homelab.usage.loki_asking import Series
    from homelab.usage.loki_queries import Part

    Places = dict[str, dict[int, list[int]]]  # key → day → runs in each of 60 places
    Placing = tuple[Mapping[str, str], tuple[tuple[str, ...], str]]

# thirty days, widened by the time for runs stamped ahead, are one query
_SERIES_SPAN = 30 * DAY + AHEAD + 60 * SECOND
_MOST = 200_000  # most figures that are held
_FINE = 1_500  # pairs of account and verb up to which everything known of a run is told apart
_LOST = 2  # pieces lost without any answer: Loki is down, and not waited for
_LINES = 1000  # most lines per query for the last runs
_HOUR = 3600 * SECOND
_FIRST = "first"  # key under which a Loki's first run is kept


class LokiRuns:
    """The runs in the configured Loki. The methods raise Failure as `Loki.ask` does."""

    def __init__(self, context: Context, progress: Progress) -> None:
        self._asking = Asking(context.loki(), progress)
        self._loki = self._asking.loki
        self._settings = context.settings
        self._closed = ClosedDays(context, self._loki)
        self._known: dict[tuple[object, ...], _Known] = {}
        self._streams: dict[str, tuple[int, int, list[dict[str, str]]]] = {}
        self._first_day = (0, 0), 0  # a window, and the day of its first run
        self.name = self._asking.name
        self.whose = ""
        self.own_names = False  # own names never leave a host
        self.begins = 0

    def fresh(self) -> None:
        """Ask for all days again, and report days whose counts differ from the kept ones."""
        self._closed.fresh()

    def keep(self) -> None:
        """Keep the counts for the next run."""
        self._closed.write()

    def counts(self, asked: Question) -> Counts:
        """The runs that match the question. A piece of the window that can't be read, though others
        can, is a gap in them."""
        self._label(asked)
        streams = self._series(asked if _is_narrow(asked) else _of_all(asked))
        counts = self._counted(asked, streams)
        counts.gaps.sort(key=lambda gap: gap.start)
        keys = counts.most_used()
        try:
            self._last(asked, counts, keys[: asked.newest] if asked.newest >= 0 else keys)
        except Failure as failure:  # the known figures stay
            if failure.code != UNREACHABLE:
                raise
            counts.unread = failure.sentence
        if asked.reach:
            self.reach(asked, counts)
        if asked.by_hand:
            try:
                self._by_hand(asked, counts)
            except Failure as failure:  # the known figures stay
                counts.untimed = failure.sentence
        return counts

    def _counted(self, asked: Question, streams: list[dict[str, str]]) -> Counts:
        """The figures of a question: from all that is known of a run, or as Loki sums them if that
        is too much."""
        counts = Counts()
        if len(pairs(streams)) <= _FINE:
            try:
                days = self._figures(asked, streams, counts.gaps)
            except TooLong:  # as with thousands of accounts in structured metadata
                counts = Counts()
            else:
                day_counts.count(counts, asked, days)
                # for one account, nothing is counted on the days that are kept without accounts
                self._closed.tell(counts, () if asked.labels else days)
                ran = [day for day, figures in days.items() if figures]
                if ran and not _is_narrow(asked):
                    self._first_day = (asked.start, asked.end), min(ran)
                return counts
        self._sum(asked, counts)
        return counts

    def _sum(self, asked: Question, counts: Counts) -> None:
        """Let Loki sum the runs if there are too many to tell apart. Raises Failure (69) if the
        accounts are wanted, and no index has them."""
        streams = self._series(asked)
        if asked.by in (USER, VERB) and not all(labels.get("user") for labels in streams):
            counts.whom_unknown = (
                f"{self.name} has too many accounts to tell apart, and not all of them as a"
                " label; ask for one verb (--verb) or for a shorter --since"
            )
            if asked.accounts:
                raise Failure(UNREACHABLE, counts.whom_unknown)
        reading = Reading(asked, streams)
        window = pieces(asked.start, asked.end, asked.ahead)
        tasks = [Task(piece, reading.parts) for piece in window]
        for task, series in self._answers(asked, tasks, counts.gaps):
            for part, each in series:
                part.count(counts, each, task.piece)
            self._bound(sum(map(len, counts.days.values())))
        if not counts.whom_unknown:
            counts.with_whom = {
                key: whom for key, whom in reading.whom.items() if key in counts.days
            }

    def _figures(
        self, asked: Question, streams: list[dict[str, str]], gaps: list[Gap]
    ) -> DayCounts:
        """The days of a question's window, by everything known of their runs. Days that this run
        knows, or that are kept, are not asked for."""
        narrow = _is_narrow(asked)
        about = (asked.labels, asked.verb, asked.tries) if narrow else ()
        known = self._known.setdefault(about, _Known())
        wide = _of_all(asked)  # a wider question costs no more
        questions = parts(asked if narrow else wide, day_counts.LABELS, streams)
        window = pieces(asked.start, asked.end, asked.ahead)
        whole = {day for piece in window if is_whole(piece) for day in days_of(*piece)}
        named = bool(asked.labels)
        kept = self._closed.days(whole - known.days.keys(), named)
        waiting = [each for each in window if not is_whole(each) and each not in known.pieces]
        waiting += of_days(whole - known.days.keys() - kept.keys())
        tasks = [Task(piece, questions, of_all=True) for piece in waiting]
        if kept:
            # wiping or restoring a Loki changes all parts of it
            sample = None if narrow else by_chance(questions)
            tasks += [self._checking(wide, day, sample) for day in self._closed.to_check()]
        found: DayCounts = {}
        now = self._ask(asked, tasks, known, found, gaps)
        if kept:
            users = {stream.get("user", "") for stream in streams}
            present = None if narrow or "" in users else users
            missing = set(kept)
            if self._closed.check(now, kept, present, partial(self._day, wide)):
                known.days.update(self._closed.days(kept, named))
                missing -= known.days.keys()
            again = [Task(piece, questions, of_all=True) for piece in of_days(missing)]
            if again:
                self._ask(asked, again, known, found, gaps)
        if not narrow:
            for day in sorted(whole & known.days.keys() - kept.keys()):
                self._closed.add(day, known.days[day])
        for piece in window:
            day_counts.add(found, known.pieces.get(piece, {}))
        day_counts.add(found, {day: known.days[day] for day in whole & known.days.keys()})
        return found

    def _ask(
        self,
        asked: Question,
        tasks: Sequence[Task],
        known: _Known,
        found: DayCounts,
        gaps: list[Gap],
    ) -> DayCounts:
        """Ask for pieces of a window. Complete days and pieces are added to `known`, other parts to
        `found`. Returns the days that were asked for to check kept ones."""
        now: DayCounts = {}
        made: dict[tuple[Piece, bool], DayCounts] = {}  # pieces that had to be cut up
        length: dict[tuple[Piece, bool], int] = {}
        checking: dict[int, Task] = {}
        figures = 0
        for task, series in self._answers(asked, tasks, gaps):
            days = day_counts.of_answer(asked, [each for _, each in series], task.piece)
            figures += sum(map(len, days.values()))
            self._bound(figures)
            day = day_of(task.piece[1])
            if task.check:
                checking[day] = task
            if is_whole(task.piece):
                into = now if task.check else known.days
                into.update({day: days.get(day, {}) for day in days_of(*task.piece)})
                continue
            of = (day * DAY, (day + 1) * DAY) if is_whole(task.of) else task.of
            part = of, task.check
            day_counts.add(made.setdefault(part, {}), days)
            length[part] = length.get(part, 0) + task.length
        for (of, check), days in made.items():
            day = day_of(of[1])
            if length[of, check] < of[1] - of[0]:
                if not check:
                    day_counts.add(found, days)
            elif is_whole(of):
                (now if check else known.days)[day] = days.get(day, {})
            else:
                known.pieces[of] = days
        return {day: self._completed(checking[day], day, figures) for day, figures in now.items()}

    def _checking(self, wide: Question, day: int, sample: Part | None = None) -> Task:
        """A task that asks again for a kept day: for a `sample` of accounts, or for all."""
        if sample:
            return Task(of_days([day])[0], [sample], check=True)
        kept = {(verb, user) for verb, user, _, _ in self._closed.days([day]).get(day, {})}
        streams = [{"verb": verb, "user": user} for verb, user in kept]
        return Task(of_days([day])[0], parts(wide, day_counts.LABELS, streams), check=True)

    def _completed(self, task: Task, day: int, figures: Figures) -> Figures:
        """Loki's present figures of a day to check: if only some accounts were asked for, with the
        kept figures of the others. If none of the former's runs are left, the day counts as
        empty."""
        kept = self._closed.days([day]).get(day, {})
        others = {
            key: runs
            for key, runs in kept.items()
            if not any(part.has(key[1]) for part in task.parts)
        }
        gone = not figures and len(others) < len(kept)
        return {} if gone else {**others, **figures}

    def _day(self, wide: Question, day: int) -> Figures | None:
        """Loki's present figures of a day; None if it does not answer."""
        now = self._ask(wide, [self._checking(wide, day)], _Known(), {}, [])
        return now.get(day)

    def _answers(
        self, asked: Question, tasks: Sequence[Task], gaps: list[Gap]
    ) -> Iterator[tuple[Task, Series]]:
        """The tasks with the series of each. A task that fails, while others succeed, is a gap."""
        answered = False
        failed: Failure | None = None
        for task, series, failure in self._asking.answers(tasks):
            if failure is None:
                answered = True
                yield task, series
            elif task.check:
                if self._asking.too_old(failure):  # it is gone for every reader
                    yield task, []
            elif isinstance(failure, TooLong) and task.of_all:
                raise failure
            elif answered and self._asking.too_old(failure):
                # for even older days, Loki answers that there is nothing
                if not any(gap.start == asked.start for gap in gaps):
                    gaps.append(Gap(asked.start, task.piece[1], failure.sentence))
            elif failure.code != UNREACHABLE or not (answered or passing(failure)):
                raise failure
            else:
                failed = failure
                end = min(task.piece[1], asked.end)
                gaps.append(Gap(task.piece[0], end, failure.sentence))
                if not answered and len(gaps) > _LOST:
                    break
        if failed is not None and not answered:
            raise failed

    def _bound(self, figures: int) -> None:
        """Raises Failure if there are too many figures to hold."""
        if figures > _MOST:
            raise TooLong(
                UNREACHABLE,
                f"{self.name} has more than {_MOST} figures for this; use a shorter --since"
                " or one --user, and check who writes to the streams of homelab-usage",
            )

    def reach(self, asked: Question, counts: Counts) -> None:
        """Set `counted_since` of the counts of a question's runs: if none is on the first day of
        the window, look for the first run of the whole job, of all accounts and verbs. That takes
        one or two index queries, and one for the first entry if the window reaches further back
        than Loki. Never raises Failure: then `reach_unknown` has the reason."""
        if counts.begins_with(asked):
            return
        everyone = _of_all(asked)
        everything = selector(everyone)
        midnight = min((day_of(asked.start + 1) + 1) * DAY, asked.end)
        self._asking.reads("the first runs")
        try:
            before = self._searched(everything, midnight)
            if before is not None:
                window, day = self._first_day
                if window == (asked.start, asked.end):
                    first = self._first_of(everyone, day)
                else:
                    first = self._first(everyone, counts.first_day())
                if day_of(first) > day_of(asked.start + 1):  # false if half a day was searched
                    counts.counted_since, counts.searched = first, before
        except Failure as failure:
            counts.reach_unknown = failure.sentence

    def _searched(self, streams: str, end: int) -> int | None:
        """None if a run of these streams is at or before the time `end` (ns); else the time back to
        which there is none, 0 if there is none at all. If that is longer than Loki allows for a
        query, only the time just before `end` is searched: asking day by day for years would take
        too long."""
        span = self._asking.longest or _SERIES_SPAN
        while True:
            try:
                if self._has(streams, end - span, end):
                    return None
                break
            except Failure as failure:
                if self._asking.too_old(failure):
                    return 0  # it reads nothing so old, even if it has it
                span = self._asking.shorter(failure, span)
                if not span:
                    raise
        if self._asking.longest:
            return end - span
        try:
            return None if self._has(streams, EARLIEST, end - span) else 0
        except Failure as failure:  # usually since it is too long
            return 0 if self._asking.too_old(failure) else end - span

    def _has(self, streams: str, start: int, end: int) -> bool:
        """Whether a stream has an entry in a span of time (ns), by the index."""
        span: dict[str, Any] = {"match[]": streams, "start": max(start, 0), "end": end}
        return any(map(is_ours, self._asking.patiently(partial(self._loki.series, span, Budget()))))

    def _first(self, asked: Question, day: int | None) -> int:
        """The time (ns) of the first run that matches, at the latest on the `day` of a known run; 0
        if there is none."""
        low, high = asked.start + 1, asked.end + asked.ahead + 1
        if day is not None:
            high = min(high, (day + 1) * DAY + 1)
        while low < high:
            last = min(high, low + (self._asking.longest or MOST * DAY))
            parameters: dict[str, str | int] = {
                "query": selector(asked) + IS_EVENT + of_accounts(asked),
                "start": low,
                "end": last,
                "limit": 1,
                "direction": "forward",
            }
            try:
                found = self._asking.streams(parameters)
            except Failure as failure:
                if not self._asking.shorter(failure, last - low):
                    raise
                continue
            if found:
                return min(int(entry[0]) for stream in found for entry in stream["values"])
            low = last
        return 0

    def _first_of(self, asked: Question, day: int) -> int:
        """The time (ns) of the first run if its day is known: from the kept counts, or read hour by
        hour. In a query over a day, Loki goes on reading the other hours after it found the line,
        which delays later queries."""
        moment = self._closed.last(_FIRST, "", day)
        low = max(asked.start, day * DAY) + 1
        high = min((day + 1) * DAY, asked.end + asked.ahead) + 1
        while low < high and not moment:
            last = min(high, (low // _HOUR + 1) * _HOUR)
            moment = self._first(Question(low - 1, last - 1, ahead=0, tries=True), None)
            low = last
        if moment:
            self._closed.add_last(_FIRST, "", moment)
        return moment

    def whom(self, asked: Question) -> dict[str, set[str]]:
        """The accounts that ran each verb: from the index alone, if that has them."""
        self._label(asked)
        streams = self._series(asked)
        if all(labels.get("user") for labels in streams):
            return Reading(asked, streams).whom
        window = Question(asked.start, asked.end, VERB, asked.user, asked.verb, tries=asked.tries)
        window.reach = False
        return self.counts(window).with_whom

    def events(self, asked: Question) -> Iterator[list[Event]]:
        """The runs themselves, in order of time, in batches."""
        from homelab.loki.pages import Pages

        self._label(asked)
        query = selector(asked) + IS_EVENT + of_accounts(asked)
        asking = self._asking
        pages = Pages(asking.lines, query, True, wait=asking.patiently, loki=asking.loki)
        # `batches` includes its start and excludes its end
        for batch in pages.batches(asked.start + 1, asked.end + asked.ahead + 1):
            self._asking.reads(date(day_of(batch[0][1])))
            events = []
            for labels, moment, line in batch:
                fields = decode(line)
                if fields:
                    events.append(
                        (moment, *values_of(labels.get("user", ""), labels["verb"], fields))
                    )
            if events:  # other lines don't renew the deadline: Loki may have no end of them
                yield events
                self._asking.renew()

    def _label(self, asked: Question) -> None:
        """Include the account's pseudonym in the question, if this reader has the key."""
        if asked.user:
            from homelab.telemetry.account import labels

            asked.labels = labels(self._settings, asked.user)

    def _series(self, asked: Question) -> list[dict[str, str]]:
        """The labels of the streams that have a run in the window, or a little around it, from the
        index alone. Each combination of accounts and verbs is asked for once.

        The index knows a stream by its chunks' first and last entries, so a stream is found if one
        of its chunks begins or ends in the window; the index rounds to milliseconds.
        """
        streams = selector(asked)
        found: list[dict[str, str]] = []
        budget = Budget()
        start, last = asked.start + MILLISECOND, asked.end + asked.ahead
        first, end, known = self._streams.get(streams, (0, 0, found))
        if first <= start and last <= end:
            return known
        while start <= last:
            end = min(start + (self._asking.longest or _SERIES_SPAN), last)
            self._asking.reads("the verbs and accounts")
            span: dict[str, Any] = {"match[]": streams, "start": start, "end": end}
            try:
                there = self._asking.patiently(partial(self._loki.series, span, budget))
            except Failure as failure:
                if not self._asking.shorter(failure, end - start):
                    raise
                continue
            found += filter(is_ours, there)
            start = end + 1
        self._streams[streams] = (asked.start + MILLISECOND, last, found)
        return found

    def _by_hand(self, asked: Question, counts: Counts) -> None:
        """Set the share by hand of each key whose runs can tell: first by the second of the minute,
        then by the minute of the hour inside and outside the seconds that stand out."""
        from homelab.usage import by_hand  # late: most runs don't ask

        runs = {key: counts.runs(key) for key in counts.most_used()}
        for keys in batches({key: count for key, count in runs.items() if count >= by_hand.LEAST}):
            seconds, minutes = self._places(
                asked,
                counts,
                (dict.fromkeys(keys, "seconds"), by_second(asked, keys)),
                (dict.fromkeys(keys, "minutes"), by_minute(asked, keys)),
            )
            peaks = {key: by_hand.peaks(seconds.get(key, {})) for key in keys}
            some = {key: f"minutes of seconds {found}" for key, found in peaks.items() if found}
            inside: Places = {}
            if some:
                query = by_minute(asked, list(some), peaks)
                (inside,) = self._places(asked, counts, (some, query))
            outside = {key: _without(minutes.get(key, {}), inside.get(key, {})) for key in keys}
            for key in keys:
                share = by_hand.share(inside.get(key, {}), outside.get(key, {}), len(peaks[key]))
                if share:
                    counts.by_hand[key] = share

    def _places(self, asked: Question, counts: Counts, *questions: Placing) -> list[Places]:
        """The runs by key, day and place (0 to 59) for each of the questions, outside the known
        gaps. A question has its query, and for each key the kind of its places, under which they
        are kept."""
        window = [
            piece
            for piece in pieces(asked.start, asked.end, asked.ahead)
            if is_whole(piece) or not _overlap(counts.gaps, piece)
        ]
        whole = {day for piece in window if is_whole(piece) for day in days_of(*piece)}
        whole = {day for day in whole if not _overlap(counts.gaps, of_days([day])[0])}
        keeps = asked.by == VERB and not _is_narrow(asked)
        results: list[Places] = []
        tasks = []
        of_part: dict[Part, Places] = {}
        missing = []
        for kinds, query in questions:
            part: Part = Placed(*query)
            found: Places = {}
            results.append(found)
            of_part[part] = found
            known = self._kept_places(counts, kinds, whole, found) if keeps else set()
            tasks += [Task(piece, [part]) for piece in window if not is_whole(piece)]
            tasks += [Task(piece, [part]) for piece in of_days(whole - known)]
            missing.append((kinds, found, whole - known))
        for task, answer, failure in self._asking.answers(tasks, "the run times of "):
            if failure:
                raise failure
            for part, series in answer:
                found = of_part[part]
                for key, day, place, runs in places(asked, series, task.piece):
                    found.setdefault(key, {}).setdefault(day, [0] * 60)[place] += runs
        for kinds, found, days in missing if keeps else ():
            for key, kind in kinds.items():
                for day in counts.days[key].keys() & days:
                    # if no run is at a peak, keep that too
                    self._closed.add_places(kind, key, day, found.get(key, {}).get(day) or [0] * 60)
        return results

    def _kept_places(
        self, counts: Counts, kinds: Mapping[str, str], days: Iterable[int], found: Places
    ) -> set[int]:
        """The days whose places are kept for all keys; the places are added to `found`."""
        kept = {key: self._closed.places(kind, key) for key, kind in kinds.items()}
        known = {
            day
            for day in days
            if self._closed.days([day])
            and all(day in kept[key] for key in kinds if day in counts.days[key])
        }
        for key in kinds:
            rows = {day: kept[key][day] for day in known & kept[key].keys() if any(kept[key][day])}
            if rows:
                found[key] = rows
        return known

    def _last(self, asked: Question, counts: Counts, keys: list[str]) -> None:
        """Set the newest run of each key, from the newest lines of the day on which it last ran:
        unwrapping the times of all entries would take Loki twice as long as counting them."""
        groups: dict[int, list[str]] = {}
        keeps = not _is_narrow(asked)
        for key in sorted(keys):
            day = max(counts.days[key])
            moment = self._closed.last(asked.by, key, day) if keeps else 0
            if moment:
                counts.seen(key, moment)
            else:
                groups.setdefault(day, []).append(key)
        self._asking.reads("the last runs")
        with InFlight(self._loki) as flight:
            asks = [
                self._newest(flight, asked, day, of_day[first : first + NAMES])
                for day, of_day in sorted(groups.items(), reverse=True)
                for first in range(0, len(of_day), NAMES)
            ]
            for newest in asks:
                for key, moment in newest().items():
                    counts.seen(key, moment)
        for key in keys if keeps else ():
            if key in counts.last:
                self._closed.add_last(asked.by, key, counts.last[key])

    def _newest(
        self, flight: InFlight, asked: Question, day: int, keys: list[str]
    ) -> Callable[[], dict[str, int]]:
        """A function that returns the newest runs of some of the keys on a day: key → time (ns).
        The window's last day is read from its end, an hour first: Loki reads all hours of a query
        at once, even if the first has enough lines. Keys that many lines of other keys hide are
        asked for again without those."""
        low = max(asked.start, day * DAY) + 1
        high = (day + 1) * DAY + 1
        step = DAY
        if high > asked.end:
            high = asked.end + asked.ahead + 1
            step = _HOUR
        waiting = set(keys)

        def ask() -> tuple[int, Callable[[], Any]]:
            first = max(low, high - min(step, self._asking.longest or step))
            parameters: dict[str, str | int] = {
                "query": lines(asked, sorted(waiting)),
                "start": first,
                "end": high,
                "limit": _LINES,
                "direction": "backward",
            }
            return first, flight.ask(partial(self._asking.lines, parameters))

        first, answer = ask()

        def newest() -> dict[str, int]:
            nonlocal first, answer, high, step
            found: dict[str, int] = {}
            while True:
                try:
                    streams = self._asking.patiently(answer)
                except Failure as failure:
                    if not self._asking.shorter(failure, high - first):
                        raise
                else:
                    seen = _moments(asked, streams)
                    found.update({key: seen[key] for key in waiting & seen.keys()})
                    full = sum(len(stream["values"]) for stream in streams) >= _LINES
                    if not (full and waiting & seen.keys()):
                        high, step = first, 4 * step
                    waiting.difference_update(seen)
                    if not waiting or high <= low:  # lines deleted meanwhile are not waited for
                        return found
                first, answer = ask()

        return newest


class _Known:
    """The figures that a run knows for some accounts and verbs: whole `days`, and other `pieces` of
    windows."""

    def __init__(self) -> None:
        self.days: DayCounts = {}
        self.pieces: dict[Piece, DayCounts] = {}


def _is_narrow(asked: Question) -> bool:
    """Whether a question is about only some accounts or verbs."""
    return bool(asked.labels or asked.verb)


def _of_all(asked: Question) -> Question:
    """A question about the same window that includes everything."""
    return Question(asked.start, asked.end, ahead=asked.ahead, tries=True)


def _overlap(gaps: Iterable[Gap], piece: Piece) -> bool:
    return any(gap.start < piece[1] and piece[0] < gap.end for gap in gaps)


def _without(
    rows: Mapping[int, list[int]], others: Mapping[int, list[int]]
) -> dict[int, list[int]]:
    """The counts of each day minus those of `others`; only days with counts left."""
    none = [0] * 60
    left = {
        day: [one - other for one, other in zip(row, others.get(day, none))]
        for day, row in rows.items()
    }
    return {day: row for day, row in left.items() if any(row)}


def _moments(asked: Question, streams: Iterable[Any]) -> dict[str, int]:
    """The time (ns) of the newest run of each key in the streams of an answer."""
    found: dict[str, int] = {}
    for stream in streams:
        user, verb = (stream["stream"].get(label, "") for label in ("user", "verb"))
        for moment, line, *_ in stream["values"]:
            fields = decode(line)
            if fields:
                key = key_of(asked.by, user, verb, fields)
                found[key] = max(found.get(key, 0), int(moment))
    return found
