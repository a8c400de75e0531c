"""Count the runs of a window in the journal, in one pass that leaves the work per line to C.

Most lines are in order of time. So a block of them is sorted, which costs little if it is sorted
already, then cut at the midnights, and the tails of its lines (everything after the time) are
counted as text: there are only as many different tails as verbs times exit codes times versions.
Day counts, which old runs were folded into, have the same form.

The journal is folded while it is read: not in the runs that are counted, which folding must not
slow down, and before an answer that would otherwise take seconds.
"""

from __future__ import annotations

from bisect import bisect_right

from homelab.errors import Failure
from homelab.system import paths
from homelab.telemetry import JOURNAL
from homelab.telemetry.account import account
from homelab.telemetry.event import DIGITS, EARLIEST, TOO_NEW, decode_record, shown_verb
from homelab.telemetry.history import Journal, by_day, limit, tally, unreadable, up_to
from homelab.times import DAY, date, day_of
from homelab.usage.counts import DAYS, USER, VERB, Counts, key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from homelab.context import Context
    from homelab.output.progress import Progress
    from homelab.usage.by_hand import Share
    from homelab.usage.counts import Event, Question
    from homelab.usage.outcome import Rule

    Seconds = dict[int, dict[int, int]]  # day → second of the hour → runs
    # the key that a run is counted under, its exit code, its verb's rule
    Key = tuple[str, int, Rule]


class JournalRuns:
    """The runs in the account's own journal; all are by that account. Without a journal there are
    no runs. Lines that are not events (torn by a full disk, rubbish) are skipped. The methods raise
    Failure (78) if the journal is there and can't be read."""

    def __init__(self, context: Context, progress: Progress) -> None:
        self._folder = paths.state(context.env)
        self._account = self.whose = account()
        self._progress = progress
        self._clock = context.clock
        self._settings = context.settings
        self._is_built_in = context.built_in.find
        self._folded: list[bool] = []
        self.name = f"{self.whose}'s journal"
        self.begins = 0
        self.own_names = True

    def counts(self, asked: Question) -> Counts:
        """The runs that match the question. A day that is kept as counts only is in the window that
        has its last run, and counts completely."""
        counts = Counts()
        if asked.user not in ("", self._account):
            return counts
        kinds = _Kinds(asked, self._account, counts, self._shown)
        oldest = None
        ahead = self._clock() + TOO_NEW
        earliest = _Earliest(ahead)
        wrong = 0
        try:
            with self._opened() as journal:
                for day, rows in journal.days():
                    earliest.day(day)
                    if not day_of(EARLIEST) <= day <= day_of(ahead):
                        wrong += sum(runs for _, runs, tail in rows if self._names(asked, tail))
                    last = rows[-1][0]
                    if day == day_of(self._clock()):  # a clock that was ahead made it old
                        last = min(last, asked.end)
                    if asked.start < last <= asked.end:
                        if day * DAY < asked.start:
                            counts.begins = day * DAY
                        for newest, runs, tail in rows:
                            kinds.add(day, tail, runs, newest)
                for lines in journal.lines():
                    self._progress.says("reading the journal")
                    first = int(lines[0][:DIGITS])
                    oldest = first if oldest is None else min(oldest, first)
                    earliest.lines(lines)
                    wrong += self._misdated(lines, asked, ahead)
                    at = bisect_right(lines, up_to(asked.start))
                    last = bisect_right(lines, up_to(asked.end))
                    for day, of_day in by_day(lines, at, last):
                        for tail, runs, newest in tally(of_day):
                            kinds.add(day, tail, runs, newest)
                        if asked.by_hand:
                            kinds.place(day, of_day)
        except OSError as error:
            raise unreadable(self._folder, JOURNAL, error) from None
        if oldest is not None and oldest <= limit(self._clock(), self._days()):
            self._fold(old=True)
        counts.misdated = wrong
        earliest.tell(asked, counts)
        if asked.by_hand:
            counts.by_hand = kinds.by_hand()
        return counts

    def fresh(self) -> None:
        """Nothing to do: each run reads all of the journal."""

    def keep(self) -> None:
        """Nothing to do: the journal is kept already."""

    def reach(self, asked: Question, counts: Counts) -> None:
        """Set `counted_since` of the counts of a question's runs, as `counts` does."""
        if asked.user not in ("", self._account) or counts.begins_with(asked):
            return
        earliest = _Earliest(self._clock() + TOO_NEW)
        try:
            with self._opened() as journal:
                for day, _ in journal.days():
                    earliest.day(day)
                for lines in journal.lines():
                    earliest.lines(lines)
        except OSError as error:
            raise unreadable(self._folder, JOURNAL, error) from None
        earliest.tell(asked, counts)

    def misdated(self, asked: Question) -> int:
        """The number of runs of the verbs asked for that have a time from a wrong clock, as in
        `counts`, but without folding."""
        found = 0
        ahead = self._clock() + TOO_NEW
        try:
            with self._opened() as journal:
                for day, rows in journal.days():
                    if not day_of(EARLIEST) <= day <= day_of(ahead):
                        found += sum(runs for _, runs, tail in rows if self._names(asked, tail))
                found += sum(self._misdated(lines, asked, ahead) for lines in journal.lines())
        except OSError as error:
            raise unreadable(self._folder, JOURNAL, error) from None
        return found

    def whom(self, asked: Question) -> dict[str, set[str]]:
        """The accounts that ran each verb: this one."""
        return self.counts(asked).with_whom

    def events(self, asked: Question) -> Iterator[list[Event]]:
        """The runs themselves, in order of time, in batches: those after the time `begins`, which
        is known with the first of them. Older runs are day counts."""
        if asked.user not in ("", self._account):
            return
        from homelab.usage import journal_order

        try:
            with self._opened() as journal:
                self.begins = journal.begins()
                yield from journal_order.read(
                    journal, self._account, asked, self._progress, self._shown
                )
        except OSError as error:
            raise unreadable(self._folder, JOURNAL, error) from None

    def _shown(self, verb: str) -> str:
        """The verb that a record's verb is counted under."""
        return shown_verb(verb, self.own_names, self._is_built_in)

    def _names(self, asked: Question, tail: bytes) -> bool:
        """Whether the tail of a line (what follows the time) is a run of a verb that is asked
        for."""
        event = decode_record("0" * DIGITS + tail.decode("utf-8", "surrogateescape"))
        verb = shown_verb(event[1], True, self._is_built_in) if event else ""
        return event is not None and asked.names(verb)

    def _misdated(self, lines: list[bytes], asked: Question, ahead: int) -> int:
        """How many of these lines, sorted by time, have a time that no correct clock gives."""
        if int(lines[0][:DIGITS]) >= EARLIEST and int(lines[-1][:DIGITS]) <= ahead:
            return 0  # as always, unless a clock was wrong
        early = lines[: bisect_right(lines, up_to(EARLIEST))]
        late = lines[bisect_right(lines, up_to(ahead)) :]
        return sum(self._names(asked, line[DIGITS:]) for line in early + late)

    def _opened(self) -> Journal:
        """The journal, folded before it is opened if it is larger than it should be."""
        with Journal(self._folder) as journal:
            due = journal.due()
        if due:
            self._fold(old=False)
        return Journal(self._folder)

    def _fold(self, old: bool) -> None:
        """Fold, at most once. If that fails (a full disk, a read-only one, another process that
        folds), the lines are counted as they are."""
        if old in self._folded:
            return
        self._folded.append(old)
        from homelab.telemetry.fold import fold

        self._progress.says("turning old runs in the journal into day counts")
        try:
            fold(self._folder, self._clock(), self._days(), old, self._progress.tick)
        except (OSError, Failure):
            pass

    def _days(self) -> int:
        return int(self._settings.text("telemetry.journal_days"))


class _Earliest:
    """The first run in the journal, without those from a wrong clock: before EARLIEST, or after the
    time `ahead` (ns)."""

    __slots__ = ("_ahead", "_moment")

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead
        self._moment = ahead + 1

    def day(self, day: int) -> None:
        """Note a day that has counts."""
        if day_of(EARLIEST) <= day:
            self._moment = min(self._moment, day * DAY)

    def lines(self, lines: list[bytes]) -> None:
        """Note the lines of a sorted block."""
        first = int(lines[0][:DIGITS])
        if first < EARLIEST:
            at = bisect_right(lines, up_to(EARLIEST))
            first = int(lines[at][:DIGITS]) if at < len(lines) else self._moment
        self._moment = min(self._moment, first)

    def tell(self, asked: Question, counts: Counts) -> None:
        """Note in the counts since when runs are counted, if that is inside the window."""
        last = min(asked.end + asked.ahead, self._ahead)
        if self._moment <= last and self._moment // DAY > day_of(asked.start + 1):
            counts.counted_since = self._moment


class _Kinds:
    """Adds runs to the counts of a question, by the tails of their lines (everything after the
    time): each different tail is parsed once."""

    __slots__ = ("_account", "_asked", "_counts", "_keys", "_places", "_shown")

    def __init__(
        self, asked: Question, account: str, counts: Counts, shown: Callable[[str], str]
    ) -> None:
        self._shown = shown
        self._asked = asked
        self._account = account
        self._counts = counts
        self._keys: dict[bytes, Key | None] = {}
        self._places: dict[str, Seconds] = {}

    def place(self, day: int, lines: list[bytes]) -> None:
        """Count the lines of a day, added before, by the second of the hour."""
        rows: dict[bytes, dict[int, int] | None] = {}  # by tail
        for line in lines:
            tail = line[DIGITS:]
            if tail not in rows:
                key = self._keys[tail]
                days = self._places.setdefault(key[0], {}) if key else {}
                rows[tail] = days.setdefault(day, {}) if key else None
            row = rows[tail]
            if row is not None:
                second = int(line[: DIGITS - 9]) % 3600
                row[second] = row.get(second, 0) + 1

    def by_hand(self) -> dict[str, Share]:
        """The share by hand of each key whose times can tell it."""
        from homelab.usage.by_hand import of_seconds  # late: most runs don't ask

        shares = {}
        for key, days in self._places.items():
            timed = sum(sum(row.values()) for row in days.values())
            # day counts have no times: a few runs with a time don't speak for many without
            share = of_seconds(days) if 2 * timed >= self._counts.runs(key) else None
            if share:
                shares[key] = share
        return shares

    def add(self, day: int, tail: bytes, runs: int, newest: int) -> None:
        """Count the `runs` of a day whose lines have this `tail`; the `newest` was at that time
        (ns). A line that is not an event is skipped."""
        if tail not in self._keys:
            self._keys[tail] = self._key(b"%019d" % newest + tail)
        key = self._keys[tail]
        if key is not None:
            name = date(day) if self._asked.by == DAYS else key[0]
            self._counts.add(name, day, key[1], runs, key[2])
            if self._asked.newest:
                self._counts.seen(name, newest)

    def _key(self, line: bytes) -> Key | None:
        """The key for a line; None if the question does not ask for it. The key of a day is left to
        the caller."""
        asked = self._asked
        event = decode_record(line.decode("utf-8", "surrogateescape"))
        verb = self._shown(event[1]) if event else ""
        if event is None or not asked.names(verb):
            return None
        fields = event[3]
        code = int(fields["exit"])
        key = "" if asked.by == DAYS else key_of(asked.by, self._account, verb, fields)
        if asked.by in (VERB, USER):
            other = self._account if asked.by == VERB else verb
            self._counts.with_whom.setdefault(key, set()).add(other)
        own = event[1] != shown_verb(event[1], own_names=True)  # even if it is shown as (personal)
        rules = asked.rules
        return key, code, rules.own(event[1].partition(" ")[2]) if own else rules.get(verb)
