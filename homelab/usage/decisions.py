"""Pure: turn counts into decisions: which verbs to add, rename, fix and drop.

A decision needs evidence: enough tries by enough accounts, or a failure rate whose whole 95%
interval is too high. Counts that are too small or too recent decide nothing; `Decisions.undecided`
has their number by reason.
"""

from __future__ import annotations

from homelab.output.answer import Column
from homelab.output.columns import shown
from homelab.telemetry import vocabulary
from homelab.texts import numbered, quoted
from homelab.times import DAY, date, day_of
from homelab.usage import outcome
from homelab.usage.by_hand import LEAST as LEAST_RUNS
from homelab.usage.evidence import PERSONAL, is_own, words_of
from homelab.usage.offer import UNUSED, Offer
from homelab.usage.wilson import interval

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from homelab.output.answer import Cell
    from homelab.usage.counts import Counts

ADD, NAME, FIX, DROP, KEEP = "ADD", "NAME", "FIX", "DROP?", "KEEP"
ORDER = (ADD, NAME, FIX, DROP, KEEP)
_MOSTLY_BY_HAND = 0.95  # a share above this is not mentioned
_NEARLY_NONE = 0.1  # a share by hand below which its estimate may be chance
_STORM = 50  # tries of an account per day; more are not a person's, if their times can't tell
_SHOWN = 20  # words that `usage wanted` shows
# accounts whose scripts make a demand; one account's script already does the work
_OWN_ACCOUNTS = 2
COLUMNS = (
    Column("decision"),
    Column("verb"),
    Column("weight", "count"),
    Column("runs", "count", detail=True),
    Column("users", "count", detail=True),
    Column("failed", "count", detail=True),
    Column("rate_low", "share", detail=True),
    Column("rate_high", "share", detail=True),
    Column("cause", detail=True),
    Column("by_hand", "count", detail=True),
    Column("command", detail=True),
    Column("evidence"),
)


class Thresholds:
    """The evidence that a decision needs: `runs` of a verb for its failure rate, `tries` by hand of
    a word that is not a verb, `users` (accounts; None: 2, or 1 if only one account ran anything),
    and the failure `rate` (0 to 1) that is still good."""

    __slots__ = ("rate", "runs", "tries", "users")

    def __init__(self, runs: int, tries: int, users: int | None, rate: float) -> None:
        self.runs = runs
        self.tries = tries
        self.users = users
        self.rate = rate

    def for_accounts(self, seen: int) -> Thresholds:
        """A copy of the thresholds with the number of accounts set, if `seen` accounts ran
        something."""
        users = accounts_needed(self.users, seen)
        return Thresholds(self.runs, self.tries, users, self.rate)


def accounts_needed(given: int | None, seen: int) -> int:
    """How many accounts a decision or a row needs, if `seen` accounts ran something: the number
    `given`, else 2 or, if fewer ran anything, as many as `seen`."""
    return given or max(1, min(2, seen))


def of_word(word: str, tried: bool) -> tuple[str, str]:
    """The decision for the demand for a word, ADD or NAME, and the built-in that answers it. The
    decision is "" for own scripts beside a built-in, the answer is "" for a missing verb."""
    answer = vocabulary.answer(word)
    if answer and not tried:
        return "", answer
    return NAME if answer else ADD, answer


def does_it(answer: str) -> str:
    """The clause that a built-in verb does something; `answer` is from the vocabulary."""
    what = "verb" if answer == path_of(answer) else "command"
    return f'the {what} "{answer}" does it'


class Decision:
    """A decision about a verb or word. `weight` is the number of runs by hand in the window that
    the decision would change: tries of a missing word, failures beyond chance, else 0. `cause` is
    the most frequent cause of a FIX (`outcome.cause_of`), `by_hand` the estimated number of runs by
    hand (None: unknown), `command` shows the evidence."""

    __slots__ = (
        "by_hand", "cause", "command", "decision", "evidence", "failed", "rate", "runs", "users",
        "verb", "weight",
    )  # fmt: skip

    def __init__(
        self,
        decision: str,
        verb: str,
        runs: int,
        users: int,
        weight: int,
        evidence: str,
        command: str,
    ) -> None:
        self.decision = decision
        self.verb = verb
        self.runs = runs
        self.users = users
        self.weight = weight
        self.evidence = evidence
        self.command = command
        self.cause: str | None = None
        self.by_hand: int | None = None
        self.failed: int | None = None
        self.rate: tuple[float, float] | None = None

    def row(self) -> tuple[Cell, ...]:
        """The decision as cells below COLUMNS."""
        low, high = self.rate or (None, None)
        counted = (self.weight, self.runs, self.users, self.failed, low, high)
        evidence = f"{self.evidence}; see: {self.command}"
        return (
            self.decision, self.verb, *counted, self.cause, self.by_hand, self.command, evidence,
        )  # fmt: skip


class Decisions:
    """All decisions, the weightiest first, and the number of words and verbs that are `undecided`,
    by reason. `young_since` is the time (ns) since when the oldest of the young verbs is known."""

    def __init__(self) -> None:
        self.rows: list[Decision] = []
        self.undecided: dict[str, int] = {}
        self.young_since: int | None = None
        # sentences about own scripts beside a verb that does the same
        self.duplicates: list[str] = []

    def leave_open(self, reason: str) -> None:
        """Count one more word or verb that the counts do not decide."""
        self.undecided[reason] = self.undecided.get(reason, 0) + 1

    def shown(self, every: bool) -> list[Decision]:
        """The rows to print: with KEEP only if `every` row is wanted."""
        return [row for row in self.rows if every or row.decision != KEEP]


RARE_WORDS, RARE_SCRIPTS, RARE_VERBS = "rare_words", "rare_scripts", "rare_verbs"
YOUNG, FEW_ACCOUNTS, HERE = "young", "few_accounts", "verb_here"


def decide(
    counts: Counts,
    offers: list[Offer],
    own: Mapping[str, str],
    start: int,
    least: Thresholds,
    window: str = "",
    unjudged: Collection[str] = (),
) -> Decisions:
    """The decisions for the window that begins at `start` (ns); `window` is its option (`--since
    7d`, "" for the default) for the commands that show the evidence. `counts` are runs and tries by
    verb, with accounts; `offers` the verbs that could have run; `own` the words that verbs of this
    host are for (`availability.own`), `unjudged` the verbs whose exit codes do not say whether a
    run failed."""
    verbs = frozenset(offer.verb for offer in offers)
    built_in = [offer.verb for offer in offers if offer.source == "built-in"]
    # the group `backup` has `backup age`, which makes no backup: no verb does what its word says
    families = frozenset(
        first
        for first in (verb.partition(" ")[0] for verb in built_in)
        if first in built_in or first in vocabulary.GROUPS
    )
    needed = least.for_accounts(len(active(counts)))
    judge = _Judge(counts, own, families, start, needed, window, unjudged)
    for word in judge.words:
        if word not in verbs:  # only an older copy lacks it
            judge.wanted(word)
    for key in counts.days:
        if not key.startswith("("):
            judge.used(key)
    named = {
        path_of(vocabulary.answer(row.verb)) for row in judge.made.rows if row.decision == NAME
    }
    for offer in offers:
        if offer.verb not in counts.days and offer.verb not in named:
            judge.unused(offer)
    judge.made.rows.sort(key=lambda d: (-d.weight, ORDER.index(d.decision), -d.runs, d.verb))
    return judge.made


def active(counts: Counts) -> set[str]:
    """The accounts that ran anything, or tried to; `counts` are the runs by verb."""
    return {user for users in counts.with_whom.values() for user in users}


def runners(counts: Counts) -> set[str]:
    """The accounts that ran a verb; `counts` are the runs by verb."""
    return active(counts.ran())


def path_of(answer: str) -> str:
    """The verb in an answer of the vocabulary: `logs query --unit` → `logs query`."""
    return answer.partition(" --")[0]


class _Wanted:
    """The demand for a word: its tries, and the runs of own scripts that count as it."""

    def __init__(self) -> None:
        self.tries: list[str] = []  # keys of the counts
        self.scripts: list[str] = []


class _Judge:
    def __init__(
        self,
        counts: Counts,
        own: Mapping[str, str],
        families: frozenset[str],
        start: int,
        least: Thresholds,
        window: str,
        unjudged: Collection[str],
    ) -> None:
        self.made = Decisions()
        self.words: dict[str, _Wanted] = {}
        self._counts = counts
        self._own = own
        self._families = families
        self._alone = len(active(counts)) == 1
        self._start = start
        self._least = least
        self._users = least.users or 1
        self._window = window
        self._unjudged = unjudged
        for key in counts.days:
            words = words_of(key)
            if words:
                demand = self.words.setdefault(words, _Wanted())
                (demand.scripts if is_own(key) else demand.tries).append(key)

    def wanted(self, word: str) -> None:
        """Decide about a word that was tried, or that own scripts count as."""
        demand = self.words[word]
        tries, triers = sum(map(self._counts.runs, demand.tries)), self._accounts(demand.tries)
        runs, owners = sum(map(self._counts.runs, demand.scripts)), self._accounts(demand.scripts)
        decision, answer = of_word(word, bool(tries))
        path = self._own.get(word, "")
        have = f"{_have(len(owners))} {word} script"
        if not decision or (not tries and (word in self._families or path)):
            if len(owners) >= self._users:
                does = (
                    f"although {does_it(answer)}" if answer else f"and this host has {word} verbs"
                )
                self.made.duplicates.append(f"{have}, {does}")
            return
        if path == word and self._alone:  # the tries are older than the verb
            self.made.leave_open(HERE)
            return
        built_in = answer
        if path and self._alone and not answer:  # `scripts backup`, of the only account
            decision, answer = NAME, path
        typed = self._typed(demand.tries)
        asked_for = typed >= self._least.tries and len(triers) >= self._users
        scripted = runs >= self._least.tries and len(owners) >= max(_OWN_ACCOUNTS, self._users)
        if not (asked_for or (scripted and not answer)):
            self.made.leave_open(RARE_WORDS if tries else RARE_SCRIPTS)
            return
        parts = []
        if tries:
            parts.append(f"tried {_times(tries)} by {_accounts(len(triers))}")
            parts[0] += self._hand_said(demand.tries)
        if runs:
            parts.append(f"{have}, with {_runs(runs)}")
        if answer:
            parts.append(does_it(answer))
            if built_in and path_of(answer) not in self._counts.days:
                parts[-1] += " and nobody ran it"
        elif path:
            named = f' as "{path}"' if path != word else ""
            parts.append(f"this host has it{named}: share it with the others")
        show = "wanted" if tries >= runs else f"top --verb {quoted(f'(personal) {word}')}"
        if show == "wanted" and len(self.words) > _SHOWN:
            show += f" --limit {len(self.words)}"
        # a script that cron runs for its owner is as much demand as one that is typed
        weight = round(typed) + runs
        accounts = len(triers | owners)
        row = Decision(
            decision,
            word,
            tries + runs,
            accounts,
            weight,
            "; ".join(parts),
            self._command(show),
        )
        row.by_hand = self._by_hand([*demand.tries, *demand.scripts])
        self.made.rows.append(row)

    def used(self, verb: str) -> None:
        """Decide about a verb that ran: does it fail too often?"""
        counts = self._counts
        runs, failed = counts.runs(verb), counts.failures(verb)
        users = len(counts.with_whom.get(verb, ()))
        ran = f"{_runs(runs)} by {_accounts(users)}{self._hand_said([verb])}"
        if runs < self._least.runs:
            self.made.leave_open(RARE_VERBS)
            return
        low, high = interval(failed, runs)
        # a terminal of 80 columns shows the beginning
        rate = f"{_percent(failed / runs)} failed"
        if verb in self._unjudged and not failed:
            rate = "failures not known (it has no Answers:)"
        if failed:
            rate += f" (95% sure: {_percent(low)} to {_percent(high)})"
        hand = self._by_hand([verb])
        if failed and low >= self._least.rate:
            cause, said = _cause(counts.failed[verb])
            weight = round(low * (runs if hand is None else hand))
            command = self._command(
                f"top --failed --verb{'=' if verb[:1] == '-' else ' '}{quoted(verb)}"
            )
            row = Decision(FIX, verb, runs, users, weight, f"{rate}, {said}; {ran}", command)
            row.cause = cause
        else:
            command = self._command("trend " + " ".join(map(quoted, verb.split(" "))))
            row = Decision(KEEP, verb, runs, users, 0, f"{rate}; {ran}", command)
        row.rate, row.failed, row.by_hand = (low, high), failed, hand
        ended = sum(counts.environment.get(verb, {}).values())
        if ended:
            row.evidence += f"; {ended} ended by the environment"
        self.made.rows.append(row)

    def unused(self, offer: Offer) -> None:
        """Decide about a verb that did not run."""
        users = len(runners(self._counts))
        if offer.state(self._start) != UNUSED:
            self.made.leave_open(YOUNG)
            since = offer.since
            if since is None and self._counts.searched is None:
                since = self._counts.counted_since or None  # of a journal, which forgets nothing
            if since is not None:
                self.made.young_since = min(since, self.made.young_since or since)
        elif users < self._users:
            self.made.leave_open(FEW_ACCOUNTS)
        else:
            evidence = f"no run, while {_accounts(users)} ran other verbs"
            command = self._command("unused")
            self.made.rows.append(Decision(DROP, offer.verb, 0, 0, 0, evidence, command))

    def _accounts(self, keys: Iterable[str]) -> set[str]:
        return {user for key in keys for user in self._counts.with_whom.get(key, ())}

    def _by_hand(self, keys: list[str]) -> int | None:
        """The estimated runs by hand of these keys; None if no share is known. A key without a
        share counts as typed."""
        shares = self._counts.by_hand
        if not any(key in shares for key in keys):
            return None
        runs = self._counts.runs
        return round(
            sum(runs(key) * (shares[key].estimate if key in shares else 1.0) for key in keys)
        )

    def _typed(self, keys: list[str]) -> float:
        """How many tries of these keys count as typed by people. An estimate near zero counts by
        the low end of its interval; if the times can't tell, a day with more tries than people make
        does not count."""
        total = 0.0
        for key in keys:
            runs, share = self._counts.runs(key), self._counts.by_hand.get(key)
            if share is not None:
                total += runs * (share.estimate if share.estimate >= _NEARLY_NONE else share.low)
            elif runs < LEAST_RUNS:
                total += runs
            else:
                most = _STORM * len(self._counts.with_whom.get(key, ()))
                total += sum(runs for runs in self._counts.days[key].values() if runs <= most)
        return total

    def _hand_said(self, keys: list[str]) -> str:
        """`, 12% by hand` if that is known and not nearly all; else ""."""
        hand, runs = self._by_hand(keys), sum(map(self._counts.runs, keys))
        if hand is None or hand >= _MOSTLY_BY_HAND * runs:
            return ""
        return f", {_percent(hand / runs)} by hand"

    def _command(self, verb: str) -> str:
        return f"homelab usage {verb}" + (f" {self._window}" if self._window else "")


_CODES = 3  # exit codes that are named in a sentence
_CAUSES = {  # the worst first
    outcome.CRASH: " (a crash)",
    outcome.NOT_UNDERSTOOD: " (wrong command line)",
    outcome.TOO_SLOW: " (too slow)",
    outcome.OTHER: "",
}


def _cause(codes: dict[int, int]) -> tuple[str, str]:
    """The most frequent cause of these failures, and a clause about it with its exit code."""
    by_cause: dict[str, int] = {}
    for code, runs in codes.items():
        cause = outcome.cause_of(code)
        by_cause[cause] = by_cause.get(cause, 0) + runs
    cause = max(_CAUSES, key=lambda each: by_cause.get(each, 0))  # the worst of equal ones
    own = [code for code in codes if outcome.cause_of(code) == cause]
    own.sort(key=lambda code: (-codes[code], code))
    named = ", ".join(map(str, own[:_CODES])) + (", …" if len(own) > _CODES else "")
    return cause, f"{by_cause[cause]} of {sum(codes.values())} with exit {named}{_CAUSES[cause]}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _accounts(count: int) -> str:
    return "1 account" if count == 1 else f"{count} accounts"


def _have(count: int) -> str:
    return "1 account has its own" if count == 1 else f"{count} accounts have their own"


def _percent(rate: float) -> str:
    return shown(rate, Column("", "share"))


def conclusion(made: Decisions, least: Thresholds, length: int = 0) -> str:
    """The sentence for an answer without rows, with the reasons. `least` and `length` are as for
    `notes`."""
    why = _undecided(made, least, length)
    if not why:
        return "nothing to add, rename, fix or drop"
    # the rows that are not shown are those to keep
    so_far = "nothing to add, rename, fix or drop so far; not decided yet" if made.rows else ""
    return f"{so_far or 'no decision yet'}: {why}"


def notes(
    counts: Counts,
    made: Decisions,
    least: Thresholds,
    shown: Collection[Decision],
    own: Collection[str] = (),
    length: int = 0,
) -> list[str]:
    """Notes beside the `shown` decisions: what to do, the thresholds, what the counts do not
    decide, and own scripts. `least` are the thresholds for these accounts, `own` the words that
    verbs of this host are for. `length` is that of the window in ns, if it ends now and moves with
    the clock."""
    sentences = []
    if shown:
        added = [row.verb for row in shown if row.decision == ADD]
        if added:
            free = [word for word in added if word.partition(" ")[0] not in own]
            name = free[0].replace(" ", "/") if free else "NAME"
            sentences.append(
                f"ADD: start one with homelab verbs new {name}, or add your scripts with"
                " homelab verbs add FOLDER"
            )
        sentences.append(
            f"decided by --min-runs {least.runs}, --min-tries {least.tries},"
            f" --min-users {least.users}, --max-failing {100 * least.rate:g}%"
        )
        why = _undecided(made, least, length)
        if why:
            sentences.append(f"not decided yet: {why}")
    if counts.untimed:
        sentences.append(f"the number of tries by hand is not known: {counts.untimed}")
    sentences += made.duplicates
    personal = counts.runs(PERSONAL)
    if personal:
        users = len(counts.with_whom.get(PERSONAL, ()))
        ran = "1 run was" if personal == 1 else f"{personal} runs were"
        whose = "an account's" if users == 1 else f"{users} accounts'"
        sentences.append(
            f"{ran} of {whose} own scripts, whose names are not sent; a line"
            " `# Counts-as: backup` in a script makes it count as that word"
        )
    return sentences


def _undecided(made: Decisions, least: Thresholds, length: int) -> str:
    """Why the counts do not decide about some words and verbs, "" if they decide about all."""
    users = _accounts(least.users or 1)
    tries = "not tried by hand"
    if least.tries > 1:
        tries = f"tried by hand fewer than {least.tries} times"
    if (least.users or 1) > 1:
        tries += f", or by fewer than {users}"
    owners = _accounts(max(_OWN_ACCOUNTS, least.users or 1))
    few = f"scripts of fewer than {owners}, or fewer than {numbered(least.tries, 'run')}"
    since, later = made.young_since, ""
    if length and since is not None:  # the day on which a version came must be over
        day = date(day_of((day_of(since + 1) + 1) * DAY + length + 1))
        later = f" (DROP? can appear from {day})"
    part = f"for only a part of the window{later}"
    runs = f"fewer than {numbered(least.runs, 'run')}"
    others = f"no run, but fewer than {users} ran anything"
    clauses = []
    for reason, noun, one, many in (
        (RARE_WORDS, "word", f"was {tries}", f"were {tries}"),
        (RARE_SCRIPTS, "word", f"counts {few}", f"count {few}"),
        (HERE, "word", "is a verb of this host", "are verbs of this host"),
        (RARE_VERBS, "verb", f"has {runs}", f"have {runs}"),
        (
            YOUNG,
            "verb",
            f"had no run, but was counted {part}",
            f"had no run, but were counted {part}",
        ),
        (FEW_ACCOUNTS, "verb", f"had {others}", f"had {others}"),
    ):
        count = made.undecided.get(reason, 0)
        if count:
            clauses.append(f"{numbered(count, noun)} {one if count == 1 else many}")
    return "; ".join(clauses)
