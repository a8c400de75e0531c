"""Pure: from counts to decisions, which is what everything is counted for.

Each decision says its evidence in words, and is never more certain than the counts are: what they
can't carry is `unproven`, with what would be needed.
"""

from __future__ import annotations

from homelab.output.answer import Column
from homelab.output.columns import shown
from homelab.times import DAY, date
from homelab.usage.evidence import PERSONAL, WISH
from homelab.usage.offer import UNUSED, Offer
from homelab.usage.wilson import interval

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.output.answer import Cell
    from homelab.usage.counts import Counts

ADD, FIX, DROP, KEEP, UNPROVEN = "ADD", "FIX", "DROP?", "KEEP", "unproven"
_ORDER = (ADD, FIX, DROP, UNPROVEN, KEEP)
COLUMNS = (
    Column("decision"),
    Column("verb"),
    Column("weight", "count"),
    Column("runs", "count", detail=True),
    Column("users", "count", detail=True),
    Column("failed", "count", detail=True),
    Column("rate_low", "share", detail=True),
    Column("rate_high", "share", detail=True),
    Column("evidence"),
)


class Thresholds:
    """From where on counts carry a decision: `runs` of a verb for its failure rate, `tries` of a
    word that is no verb, `users` active accounts, and the failure `rate` (0 to 1) that is too
    high."""

    __slots__ = ("rate", "runs", "tries", "users")

    def __init__(self, runs: int, tries: int, users: int, rate: float) -> None:
        self.runs = runs
        self.tries = tries
        self.users = users
        self.rate = rate


class Decision:
    """What to do about a verb. `weight` is how many runs of the window it would have changed: the
    tries of what was missing, the failures that can't be chance, none for what stays as it is."""

    __slots__ = ("decision", "evidence", "failed", "rate", "runs", "users", "verb", "weight")

    def __init__(
        self, decision: str, verb: str, runs: int, users: int, weight: int, evidence: str
    ) -> None:
        self.decision = decision
        self.verb = verb
        self.runs = runs
        self.users = users
        self.weight = weight
        self.evidence = evidence
        self.failed: int | None = None
        self.rate: tuple[float, float] | None = None

    def row(self) -> tuple[Cell, ...]:
        """The decision as cells below COLUMNS."""
        low, high = self.rate or (None, None)
        counted = (self.weight, self.runs, self.users, self.failed, low, high)
        return (self.decision, self.verb, *counted, self.evidence)


def decide(
    counts: Counts,
    offers: list[Offer],
    own: frozenset[str],
    start: int,
    least: Thresholds,
) -> list[Decision]:
    """The decisions, the weightiest first. `counts` are the runs by verb since `start` (ns), with
    the accounts; `offers` the verbs that could have run; `own` the first words of this host's own
    verbs."""
    users = len(active(counts))
    found = []
    for key in counts.days:
        if key.startswith(WISH):
            found.append(_wanted(key[len(WISH) :], counts, own, least))
        elif not key.startswith("("):
            found.append(_used(key, counts, least))
    for offer in offers:
        if offer.verb not in counts.days:
            found.append(_unused(offer, users, start, least))
    found.sort(key=lambda d: (-d.weight, _ORDER.index(d.decision), -d.runs, d.verb))
    return found


def active(counts: Counts) -> set[str]:
    """The accounts that ran anything; `counts` are the runs by verb."""
    return {user for users in counts.with_whom.values() for user in users}


def _wanted(word: str, counts: Counts, own: frozenset[str], least: Thresholds) -> Decision:
    key = WISH + word
    tries, users = counts.runs(key), len(counts.with_whom.get(key, ()))
    said = f"tried {_times(tries)} by {_accounts(users)}"
    if word in own:
        said += "; this host has it, so hand it on to the others"
    short = []
    if tries < least.tries:
        short.append(f"--min-tries {least.tries}")
    if users < least.users:
        short.append(f"--min-users {least.users}")
    if short:
        said += f"; fewer than {' and '.join(short)}"
        return Decision(UNPROVEN, word, tries, users, 0, said)
    return Decision(ADD, word, tries, users, tries, said)


def _used(verb: str, counts: Counts, least: Thresholds) -> Decision:
    runs, failed = counts.runs(verb), counts.failures(verb)
    users = len(counts.with_whom.get(verb, ()))
    ran = f"{_runs(runs)} by {_accounts(users)}"
    if runs < least.runs:
        said = f"{ran}, {failed} failed; no rate is told below --min-runs {least.runs}"
        made = Decision(UNPROVEN, verb, runs, users, 0, said)
    else:
        low, high = interval(failed, runs)
        # a terminal of 80 columns shows the beginning alone
        rate = f"{_percent(failed / runs)} failed (95% sure: {_percent(low)} to {_percent(high)})"
        if low >= least.rate:
            codes = counts.failed[verb]
            most = max(codes, key=lambda code: (codes[code], -code))
            said = f"{rate}, most with exit {most} ({codes[most]} of {failed}); {ran}"
            made = Decision(FIX, verb, runs, users, round(low * runs), said)
        else:
            made = Decision(KEEP, verb, runs, users, 0, f"{rate}; {ran}")
        made.rate = low, high
    made.failed = failed
    return made


def _unused(offer: Offer, active: int, start: int, least: Thresholds) -> Decision:
    around = f"while {_accounts(active)} ran others"
    if offer.state(start) != UNUSED:
        since = "nobody is known to have it"
        if offer.since is not None:
            since = f"it is there since {date(offer.since // DAY)} only"
        return Decision(UNPROVEN, offer.verb, 0, 0, 0, f"no run, but {since}")
    if active < least.users:
        said = f"no run {around}; fewer than --min-users {least.users}"
        return Decision(UNPROVEN, offer.verb, 0, 0, 0, said)
    return Decision(DROP, offer.verb, 0, 0, 0, f"no run in all the time, {around}")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _accounts(count: int) -> str:
    return "1 account" if count == 1 else f"{count} accounts"


def _percent(rate: float) -> str:
    return shown(rate, Column("", "share"))


def notes(counts: Counts, least: Thresholds) -> list[str]:
    """What to know about decisions beside them: what they were decided by, and what no count of
    names can tell."""
    decided = (
        f"decided by --min-runs {least.runs}, --min-tries {least.tries},"
        f" --min-users {least.users}, --max-failing {100 * least.rate:g}%"
    )
    found = [decided]
    personal = counts.runs(PERSONAL)
    if personal:
        users = len(counts.with_whom.get(PERSONAL, ()))
        ran = "1 run was" if personal == 1 else f"{personal} runs were"
        whose = "an account's" if users == 1 else f"{users} accounts'"
        found.append(f"{ran} of {whose} own scripts: who wrote them knows more verbs to add")
    return found
