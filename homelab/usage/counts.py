"""Pure: the counted runs of a window, and the questions about them; the same types for every sink.

Days are UTC days, the same for every host and reader (`times.day_of`).
"""

from __future__ import annotations

from homelab.telemetry.event import UNKNOWN
from homelab.times import AHEAD, DAY, SECOND, day_of, rfc3339
from homelab.usage.outcome import PASSES_ON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol, Union

    from homelab.usage.by_hand import Share
    from homelab.usage.outcome import Rule

    class Rules(Protocol):
        """How to read the exit codes of each verb."""

        def get(self, verb: str, /) -> Rule:
            """The rule of a verb; PASSES_ON for an unknown one."""

        def own(self, verb: str, /) -> Rule:
            """The rule of an account's own verb, for its own journal."""

        def items(self) -> Iterable[tuple[str, Rule]]:
            """The verbs that have another rule than PASSES_ON, with it; no account's own."""

    Event = tuple[Union[int, str], ...]  # time (ns) and `values_of`

VERB, USER, VERSION, EXIT, DAYS = "verb", "user", "version", "exit", "day"
# Fields of an event's line besides its exit code: name here → name in the line.
FIELDS = {VERSION: "ver"}


def values_of(user: str, verb: str, fields: Mapping[str, str]) -> tuple[int | str, ...]:
    """The account, verb and exit code of a run and the values of FIELDS, from the `fields` of its
    line; "" for missing ones."""
    others = [fields.get(name, "") for name in FIELDS.values()]
    return (user, verb, int(fields["exit"]), *others)


def key_of(by: str, user: str, verb: str, fields: Mapping[str, str]) -> str:
    """The key that a run is counted under if runs are grouped `by` anything but the day."""
    keys = {VERB: verb, USER: user, EXIT: fields["exit"]}
    return keys[by] if by in keys else fields.get(FIELDS[by], "")


def is_try(verb: str) -> bool:
    """Whether a label `verb` belongs to a word that is not a verb."""
    return verb == UNKNOWN.text or verb.startswith(f"{UNKNOWN.text} ")


class NoRules:
    """Rules for answers that do not count failures."""

    def get(self, _verb: str, /) -> Rule:
        """PASSES_ON for each verb."""
        return PASSES_ON

    def own(self, _verb: str, /) -> Rule:
        """PASSES_ON for each own verb."""
        return PASSES_ON

    def items(self) -> Iterable[tuple[str, Rule]]:
        """No verb has another rule."""
        return ()


class Question:
    """A question about the runs in (start, end], ns in whole milliseconds, grouped `by` verb, user,
    version, exit code or day.

    `user` narrows to an account, which Loki knows by its `labels` (its name and its pseudonym),
    `verb` to the verbs that begin with these words ("" for all). If the end is now, runs stamped up
    to `ahead` ns after it belong to its day too: the clocks of hosts differ, and Loki accepts such
    lines. The time of the last run is wanted for the `newest` most used keys, -1 for all. `rules`
    decide which runs failed; without them all verbs pass codes on. Tries of words that are not
    verbs are in the answer only with `tries`, or if `verb` asks for them. `reach`: whether the
    answer also says since when runs are counted, if the sink has none from the beginning of the
    window. Loki may need up to two index queries for that. `by_hand` asks for the share that people
    started, for keys other than days or exit codes. `accounts`: whether an answer is useless if it
    can't say which accounts ran what.
    """

    __slots__ = (
        "accounts", "ahead", "by", "by_hand", "end", "labels", "newest", "reach", "rules", "start",
        "tries", "user", "verb",
    )  # fmt: skip

    def __init__(
        self,
        start: int,
        end: int,
        by: str = VERB,
        user: str = "",
        verb: str = "",
        newest: int = 0,
        rules: Rules | None = None,
        ahead: int = AHEAD,
        reach: bool = True,
        by_hand: bool = False,
        tries: bool = False,
        accounts: bool = True,
    ) -> None:
        self.accounts = accounts
        self.start = start
        self.end = end
        self.by = by
        self.user = user
        self.labels: tuple[str, ...] = (user,) if user else ()
        self.verb = verb
        self.newest = newest
        self.rules: Rules = rules or NoRules()
        self.tries = tries or is_try(verb)
        self.ahead = ahead
        self.reach = reach
        self.by_hand = by_hand

    def names(self, verb: str) -> bool:
        """Whether a verb is one of those asked for."""
        if not self.tries and is_try(verb):
            return False
        return not self.verb or verb == self.verb or verb.startswith(f"{self.verb} ")


def since(start: int, end: int) -> str:
    """The window as an option of the usage verbs: `--since 30d`."""
    for span, unit in ((DAY, "d"), (DAY // 24, "h")):
        whole = round((end - start) / span)
        if whole and abs(end - start - whole * span) < SECOND:
            return f"--since {whole}{unit}"
    return f"--since {rfc3339(start)}"


def moving(start: int, end: int) -> int:
    """The length (ns) of a window that `since` names by its length, which moves with the clock;
    else 0."""
    return 0 if since(start, end).endswith("Z") else end - start


def days_of(start: int, end: int) -> range:
    """The days that (start, end] touches."""
    return range(day_of(start + 1), day_of(end) + 1)


class Gap:
    """A part of a window, (start, end] in ns, that could not be read, and the reason."""

    __slots__ = ("end", "reason", "start")

    def __init__(self, start: int, end: int, reason: str) -> None:
        self.start = start
        self.end = end
        self.reason = reason


class Older:
    """Days of a window, `first` to `last`, that are known only from this host's cache, kept since
    the time `since` (ns)."""

    __slots__ = ("first", "last", "since")

    def __init__(self, first: int, last: int, since: int) -> None:
        self.first = first
        self.last = last
        self.since = since


class Counts:
    """The figures of each key (a verb, an account, …).

    `days` are its runs by day, `failed` its failed runs by exit code, `environment` those that the
    environment ended, `with_whom` the accounts of a verb or the verbs of an account, `last` the
    time (ns) of its newest run, if asked for. `gaps` are the parts that could not be read: all
    figures leave them out; `unread` is the reason if a time in `last` is missing. `begins` is the
    time (ns) from which runs are counted, if that is before the window: the midnight of its first
    day, if that day is kept as counts only; else 0. `misdated` is the number of runs with a time
    from a wrong clock, which are in no window; None if the sink does not keep them. `by_hand` is
    the share of a key's runs that people started, if asked for and their times can tell; `untimed`
    is the reason if a sink can't tell any.

    `counted_since` is the time (ns) of the sink's first run, of any account and verb, if it is
    after the first day of the window; 0 if the window is known to be complete, or nothing ran in
    it. A Loki was searched for older runs back to the time `searched` (ns; 0: as far as it
    answers); a journal has no such bound (None). `reach_unknown` is the reason if none of this is
    known.

    `older` are days that the sink no longer has and that this host's cache has, without accounts.
    `again` is the reason if cached days are read again; if all are, `differ` has the days whose
    counts differ from the cache, with their cached and present runs. `whom_unknown` is the reason
    if `with_whom` is empty, since the sink can't tell it.
    """

    __slots__ = (
        "again", "begins", "by_hand", "counted_since", "days", "differ", "environment", "failed",
        "gaps", "last", "misdated", "older", "reach_unknown", "searched", "unread", "untimed",
        "whom_unknown", "with_whom",
    )  # fmt: skip

    def __init__(self) -> None:
        self.days: dict[str, dict[int, int]] = {}
        self.failed: dict[str, dict[int, int]] = {}
        self.environment: dict[str, dict[int, int]] = {}
        self.with_whom: dict[str, set[str]] = {}
        self.whom_unknown = ""
        self.last: dict[str, int] = {}
        self.gaps: list[Gap] = []
        self.unread = ""
        self.by_hand: dict[str, Share] = {}
        self.untimed = ""
        self.begins = 0
        self.misdated: int | None = None
        self.counted_since = 0
        self.searched: int | None = None
        self.reach_unknown = ""
        self.older: Older | None = None
        self.again = ""
        self.differ: list[tuple[int, int, int]] = []

    def only(self, keys: Iterable[str]) -> Counts:
        """A copy of the counts with the figures of these keys only."""
        part = Counts()
        for name in self.__slots__:
            figures = getattr(self, name)
            if isinstance(figures, dict):
                figures = {key: figures[key] for key in keys if key in figures}
            setattr(part, name, figures)
        return part

    def ran(self) -> Counts:
        """A copy of the counts without tries of words that are not verbs."""
        return self.only([key for key in self.days if not is_try(key)])

    def add(self, key: str, day: int, code: int, runs: int, rule: Rule) -> None:
        """Add `runs` of a key on a day that ended with `code`; `rule` is that of their verb."""
        days = self.days.setdefault(key, {})
        days[day] = days.get(day, 0) + runs
        failed = rule.failed(code)
        if failed or rule.environment(code):
            codes = (self.failed if failed else self.environment).setdefault(key, {})
            codes[code] = codes.get(code, 0) + runs

    def seen(self, key: str, moment: int) -> None:
        """Remember a run of the key at `moment` (ns)."""
        if moment > self.last.get(key, 0):
            self.last[key] = moment

    def runs(self, key: str) -> int:
        """All runs of a key in the window."""
        return sum(self.days.get(key, {}).values())

    def failures(self, key: str) -> int:
        """The failed runs of a key in the window."""
        return sum(self.failed.get(key, {}).values())

    def by_environment(self, key: str) -> int:
        """The runs of a key that the environment ended."""
        return sum(self.environment.get(key, {}).values())

    def verbs(self) -> int:
        """How many keys are verbs: (personal) and similar keys are not."""
        return sum(not key.startswith("(") for key in self.days)

    def total(self) -> int:
        """All runs in the window."""
        return sum(map(self.runs, self.days))

    def first_day(self) -> int | None:
        """The first day that has a run; None without runs."""
        return min((min(days) for days in self.days.values()), default=None)

    def begins_with(self, asked: Question) -> bool:
        """Whether a run is on the first day of the window, or its beginning could not be read: then
        there is no need to look for the sink's first run."""
        first = self.first_day()
        begins = first is not None and first <= day_of(asked.start + 1)
        return begins or any(gap.start <= asked.start for gap in self.gaps)

    def most_used(self) -> list[str]:
        """The keys, the most used first, those with equal runs by name."""
        return sorted(self.days, key=lambda key: (-self.runs(key), key))
