"""Pure: rank the releases of many labs: what to add, rename, fix and drop for all.

Each lab counts once, even if several of its releases are given: for each month the newest release
that has all of it, else the one that has most of it. Rows are ordered by labs, then by accounts,
then by runs; a lab of ten people is one lab. Ranges count as their middles.
"""

from __future__ import annotations

from homelab.output.answer import Column
from homelab.usage.decisions import ADD, DROP, FIX, KEEP, NAME, ORDER, does_it, of_word, path_of
from homelab.usage.evidence import is_own, words_of
from homelab.usage.few import FEW
from homelab.usage.release import label_of
from homelab.usage.release_file import middle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from homelab.output.answer import Cell
    from homelab.usage.release_file import Habit, Range, Release, Row

# Most unlisted words: per file, and in all files. Left-out words are counted up to the latter.
_MOST_UNLISTED, MOST_IN_ALL = 1000, 20_000
_FAILING = 5  # percent of failed runs that is still good
COLUMNS = (
    Column("decision"),
    Column("verb"),
    Column("labs", "count"),
    Column("accounts", "count"),
    Column("runs", "count"),
    Column("tried", "count", detail=True),
    Column("scripts", "count", detail=True),
    Column("typed", "count", detail=True),
    Column("offered", "count", detail=True),
    Column("failing", "count", detail=True),
    Column("evidence"),
)


class Lists:
    """The lists in this copy of homelab: the paths of its `verbs` that are counted and of all that
    are `built_in`; whether words of a shell are `public`; and whether unlisted words are
    `harmless`: they could be from a newer list."""

    __slots__ = ("built_in", "harmless", "public", "verbs")

    def __init__(
        self,
        verbs: Collection[str],
        built_in: Collection[str],
        public: Callable[[str], bool],
        harmless: Callable[[str], bool],
    ) -> None:
        self.verbs = verbs
        self.built_in = built_in
        self.public = public
        self.harmless = harmless


class LeftOut:
    """The texts in releases that the lists of this copy lack: `verbs` and `words`, which are left
    out, and the `unlisted` words that count; each at most MOST_IN_ALL."""

    __slots__ = ("_texts", "unlisted", "verbs", "words")

    def __init__(self) -> None:
        self.unlisted: set[str] = set()
        self._texts: dict[str, str] = {}
        self.verbs: set[str] = set()
        self.words: set[str] = set()

    def sort(self, release: Release, lists: Lists) -> None:
        """Remove from a release the texts that the lists don't know. Anyone can write a release: an
        unlisted text must not be shown because a file has it, nor take memory without end."""
        new: set[str] = set()

        def counts(words: str, is_listed: bool) -> bool:
            if is_listed or words in new:
                return True
            is_known = words in self.unlisted
            has_room = len(new) < _MOST_UNLISTED and len(self.unlisted) < MOST_IN_ALL
            if is_known or (has_room and words not in self.words and lists.harmless(words)):
                new.add(words)
                self.unlisted.add(words)
                return True
            if len(self.words) < MOST_IN_ALL:
                self.words.add(words)
            return False

        def is_verb(label: str) -> bool:
            is_new = label not in lists.built_in and label != FEW
            if is_new and len(self.verbs) < MOST_IN_ALL:
                self.verbs.add(label)
            return label in lists.verbs

        rows = []
        for row in release.rows:
            words = words_of(row.label)
            kept = counts(words, bool(label_of(row.label, ()))) if words else is_verb(row.label)
            if kept or row.label == FEW:
                row.label = self._texts.setdefault(row.label, row.label)  # one object for all files
                row.month = self._texts.setdefault(row.month, row.month)
                rows.append(row)
        release.rows = rows
        release.offered = [verb for verb in release.offered if is_verb(verb)]
        if release.habits is not None:
            release.habits = [
                habit for habit in release.habits if counts(habit.words, lists.public(habit.words))
            ]


class Lab:
    """A lab: its `rows` of each month, from the release that knows most of that month, and the
    other fields of its newest release. `months` are the names of the months."""

    __slots__ = ("accounts", "habits", "min_users", "months", "offered", "rows")

    def __init__(self, releases: list[Release]) -> None:
        weighed = sorted(map(_Weighed, releases), key=lambda each: each.age)
        of_month: dict[str, _Weighed] = {}
        for each in weighed:
            for month in each.release.months:
                before = of_month.get(month.name)
                if before is None or before.rank(month.name) <= each.rank(month.name):
                    of_month[month.name] = each
        self.months = sorted(of_month)
        self.rows: list[Row] = [
            row
            for name in self.months
            for row in of_month[name].release.rows
            if row.month == name and row.label != FEW
        ]
        # a partial month tells less about who was active and which verbs were offered
        whole = [each for each in weighed if not all(m.partial for m in each.release.months)]
        newest = (whole or weighed)[-1].release
        self.accounts = newest.accounts
        self.min_users = max(each.release.min_users for each in of_month.values())
        self.offered = frozenset(newest.offered)
        habits = [each.release.habits for each in weighed if each.release.habits is not None]
        self.habits: list[Habit] = habits[-1] if habits else []


class _Weighed:
    """A `release`, its `age` to sort a lab's releases from the oldest to the newest, and how much
    it knows of each month.

    A file has no date. Of two releases of the same months the one with more runs is the newer: the
    figures of a month only grow until it is complete, and then stay. If nothing else tells, all
    content does: the order of the files must not matter.
    """

    __slots__ = ("_partial", "_runs", "age", "release")

    def __init__(self, release: Release) -> None:
        self.release = release
        self._partial = {month.name: month.partial for month in release.months}
        self._runs = dict.fromkeys(self._partial, (0, 0))  # the least runs, and rows, of each month
        for row in release.rows:
            runs, rows = self._runs[row.month]
            self._runs[row.month] = (runs + row.runs[0], rows + 1)
        last = release.months[-1]
        habits = [(habit.words, habit.runs[0]) for habit in release.habits or []]
        self.age: tuple[object, ...] = (
            last.name,
            not last.partial,
            self._runs[last.name],
            sum(runs for _, runs in habits),
            [(month.name, not month.partial, self._runs[month.name]) for month in release.months],
            sorted(row.key() for row in release.rows),
            (release.version, release.min_users, release.accounts[0], release.offered, habits),
        )

    def rank(self, month: str) -> tuple[object, ...]:
        """How much the release knows of a month, to sort by: a complete month is better, then a
        newer release; of partial months, the one with more runs."""
        if self._partial[month]:
            return False, self._runs[month], self.age
        last = self.release.months[-1]
        return True, (last.name, not last.partial), self._runs[month], self.age


def labs_of(releases: Iterable[Release]) -> list[Lab]:
    """The labs, sorted by their ids."""
    by_lab: dict[str, list[Release]] = {}
    for release in releases:
        by_lab.setdefault(release.lab, []).append(release)
    return [Lab(by_lab[name]) for name in sorted(by_lab)]


class Decision:
    """A decision about a verb or words, with the number of labs in which it was `tried`, has own
    `scripts`, was `typed` in a shell, was `offered` and is `failing`. `labs` is the number of labs
    that support the decision, `accounts` and `runs` are those of these labs."""

    __slots__ = (
        "accounts", "decision", "evidence", "failing", "labs", "offered", "runs", "scripts",
        "tried", "typed", "verb",
    )  # fmt: skip

    def __init__(self, decision: str, verb: str, evidence: str, use: _Use) -> None:
        self.decision = decision
        self.verb = verb
        self.evidence = evidence
        self.labs = use.labs
        self.accounts = sum(use.accounts.values())
        self.runs = sum(use.runs.values())
        self.tried: int | None = None
        self.scripts: int | None = None
        self.typed: int | None = None
        self.offered: int | None = None
        self.failing: int | None = None

    def row(self) -> tuple[Cell, ...]:
        """The decision as cells below COLUMNS."""
        return tuple(column.cell(self) for column in COLUMNS)


class Ranking:
    """All decisions in order, and the number of words and verbs that too few labs have (`rare`)."""

    __slots__ = ("rare", "rows")

    def __init__(self) -> None:
        self.rows: list[Decision] = []
        self.rare = 0

    def shown(self, every: bool) -> list[Decision]:
        """The rows to print: with KEEP only if `every` row is wanted."""
        return [row for row in self.rows if every or row.decision != KEEP]


class _Use:
    """How the labs, by number, use something: accounts and runs of each. A second label of the same
    word (own scripts beside tries) adds its runs, but not its accounts, which may be the same
    ones."""

    __slots__ = ("accounts", "runs")

    def __init__(self) -> None:
        self.accounts: dict[int, int] = {}
        self.runs: dict[int, int] = {}

    @property
    def labs(self) -> int:
        return len(self.accounts)

    def add(self, lab: int, accounts: int, runs: int) -> None:
        self.accounts[lab] = max(self.accounts.get(lab, 0), accounts)
        self.runs[lab] = self.runs.get(lab, 0) + runs

    def only(self, labs: Collection[int]) -> _Use:
        part = _Use()
        for lab in labs:
            part.add(lab, self.accounts.get(lab, 0), self.runs.get(lab, 0))
        return part

    def joined(self, other: _Use) -> _Use:
        both = self.only(self.accounts)
        for lab, accounts in other.accounts.items():
            both.add(lab, accounts, other.runs[lab])
        return both


class _Counted:
    """The figures of all labs, by word and by verb."""

    def __init__(self, labs: list[Lab]) -> None:
        self.tried: dict[str, _Use] = {}
        self.scripts: dict[str, _Use] = {}
        self.typed: dict[str, _Use] = {}
        self.verbs: dict[str, _Use] = {}
        # verb → lab → share in the newest month that has one
        self.shares: dict[str, dict[int, Range]] = {}
        self.offered: dict[str, set[int]] = {}
        for number, lab in enumerate(labs):
            for row in lab.rows:  # the oldest month first
                words = words_of(row.label)
                kind = self.verbs
                if words:
                    kind = self.scripts if is_own(row.label) else self.tried
                elif row.label.startswith("("):
                    continue
                use = kind.setdefault(words or row.label, _Use())
                use.add(number, middle(row.accounts), middle(row.runs))
                if row.failed is not None:
                    self.shares.setdefault(row.label, {})[number] = row.failed
            for verb in lab.offered:
                self.offered.setdefault(verb, set()).add(number)
            for habit in lab.habits:
                # one account's shell history, however many accounts the lab has
                self.typed.setdefault(habit.words, _Use()).add(number, 1, middle(habit.runs))


def ranked(
    labs: list[Lab],
    least: int,
    built_in: Collection[str],
    wanted: Callable[[str], bool],
    unlisted: Collection[str] = (),
) -> Ranking:
    """The decisions that at least `least` labs support. `built_in` are the paths of this copy's
    verbs; `wanted` says whether words typed in a shell ask for a verb: no built-in does it, and one
    could. The evidence marks `unlisted` words, which no list of this copy has."""
    counted = _Counted(labs)
    made = Ranking()
    count = len(labs)
    for word in sorted(counted.tried.keys() | counted.scripts.keys()):
        if word in built_in:
            continue  # only an older copy lacks it
        tried = counted.tried.get(word, _Use())
        scripts = counted.scripts.get(word, _Use())
        decision, answer = of_word(word, bool(tried.labs))
        typed = _Use()
        if not answer and word in counted.typed and wanted(word):
            typed = counted.typed.pop(word)
        use = tried.joined(scripts).joined(typed)
        if not decision:
            continue
        if use.labs < least:
            made.rare += 1
            continue
        said = _of_word(tried, scripts, typed, use, count, answer)
        row = Decision(decision, word, said + _mark(word, unlisted), use)
        row.tried, row.scripts, row.typed = tried.labs, scripts.labs, typed.labs
        made.rows.append(row)
    for words, use in sorted(counted.typed.items()):
        if words in built_in or not wanted(words):
            continue
        if use.labs < least:
            made.rare += 1
            continue
        said = f"typed in {_of(use.labs, count)}, and no verb does it"
        row = Decision(ADD, words, said + _mark(words, unlisted), use)
        row.typed = use.labs
        made.rows.append(row)
    for verb, use in sorted(counted.verbs.items()):
        _used(made, counted, verb, use, least, count)
    _unused(made, counted, labs, least)
    made.rows.sort(key=_order)
    return made


def _order(row: Decision) -> tuple[object, ...]:
    """The sort key of a decision: by labs, accounts and runs. Words that were only typed in a
    shell, which are by far the most, follow the words that people tried with homelab."""
    typed_alone = bool(row.typed) and not (row.tried or row.scripts)
    place = 2 if row.decision == DROP else int(typed_alone)
    figures = (-row.labs, -row.accounts, -row.runs)
    return (place, *figures, row.verb, ORDER.index(row.decision))


def _of_word(tried: _Use, scripts: _Use, typed: _Use, use: _Use, count: int, answer: str) -> str:
    parts = [f"tried in {tried.labs}"] if tried.labs else []
    parts += [f"own scripts in {scripts.labs}"] if scripts.labs else []
    parts += [f"typed in {typed.labs}"] if typed.labs else []
    said = f"in {_of(use.labs, count)}: {', '.join(parts)}"
    return f"{said}; {does_it(answer)}" if answer else said


def _used(made: Ranking, counted: _Counted, verb: str, use: _Use, least: int, count: int) -> None:
    """Decide about a verb that ran: does it fail too often?"""
    shares = counted.shares.get(verb, {})
    failing = [lab for lab, share in shares.items() if share[0] >= _FAILING]
    offered = len(counted.offered.get(verb, ()))
    if len(failing) >= least:
        said = f"more than {_FAILING}% of its runs failed in {_of(len(failing), len(shares))}"
        if len(shares) < use.labs:
            said += f"; it ran in {use.labs}"
        row = Decision(FIX, verb, said, use.only(failing))
    elif use.labs >= least:
        row = Decision(KEEP, verb, f"in {_of(use.labs, count)}", use)
    else:
        made.rare += 1
        return
    row.failing, row.offered = len(failing), offered
    made.rows.append(row)


def _unused(made: Ranking, counted: _Counted, labs: list[Lab], least: int) -> None:
    """Decide about verbs without a row of any lab; a verb that people do not find is a NAME
    instead."""
    named = {path_of(of_word(row.verb, True)[1]) for row in made.rows if row.decision == NAME}
    for verb, offering in sorted(counted.offered.items()):
        if verb in counted.verbs or verb in named:
            continue
        if len(offering) < least:
            made.rare += 1
            continue
        most = max(labs[number].min_users for number in offering)
        hidden = f"; fewer than {most} accounts of a lab may have run it" if most > 1 else ""
        said = f"offered the whole time in {_of(len(offering), len(labs))}, and no lab shows a run"
        row = Decision(DROP, verb, said + hidden, _Use())
        row.offered = len(offering)
        made.rows.append(row)


def _mark(words: str, unlisted: Collection[str]) -> str:
    return "; not in this copy's list" if words in unlisted else ""


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} {'lab' if whole == 1 else 'labs'}"
