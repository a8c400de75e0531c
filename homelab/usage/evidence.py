"""Pure: words that are not verbs, verbs that nobody used, verbs that fail."""

from __future__ import annotations

from homelab.catalogue.resolve import is_word
from homelab.output.answer import Column
from homelab.output.columns import shown
from homelab.telemetry import event, vocabulary
from homelab.usage.counts import is_try
from homelab.usage.offer import UNUSED, Offer
from homelab.usage.wilson import interval

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.output.answer import Cell
    from homelab.usage.counts import Counts

    Row = tuple[Cell, ...]

UNKNOWN = event.UNKNOWN.text
WISH = f"{UNKNOWN} "
PERSONAL = event.PERSONAL.text
WANTED_COLUMNS = (
    Column("word"),
    Column("tries", "count"),
    Column("users", "count"),
    Column("here", detail=True),
    Column("use"),
    Column("own_verb", header="OWN"),
    Column("last", "moment"),
)
UNUSED_COLUMNS = (Column("verb"), Column("state"), Column("since", "moment"), Column("source"))
FAILING_COLUMNS = (
    Column("verb"),
    Column("failed", "count"),
    Column("runs", "count"),
    Column("rate", "share"),
    Column("rate_low", "share", header="AT LEAST"),
    Column("rate_high", "share", header="AT MOST"),
    Column("exits", "labels"),
)


def is_own(key: str) -> bool:
    """Whether a label counts accounts' own scripts."""
    return key == PERSONAL or key.startswith(f"{PERSONAL} ")


def words_of(key: str) -> str:
    """The listed word in a label, in the list's spelling: `(unknown) container restart` →
    `container restart`, `(personal) backups` → `backup`; "" if the label has none."""
    if not key.startswith((WISH, f"{PERSONAL} ")):
        return ""
    *group, word = key.partition(" ")[2].split(" ")
    if len(group) > 1 or not all(map(is_word, (*group, word))):
        return ""  # another program wrote it
    return " ".join((*group, vocabulary.listed(word) or word))


def wanted(counts: Counts, own: Mapping[str, str]) -> list[Row]:
    """The words that were tried and are not verbs, the most tried first; `own` are the words that
    verbs of this host are for (`availability.own`)."""
    keys: dict[str, list[str]] = {}
    for key in counts.days:
        if key.startswith(WISH) and words_of(key):
            keys.setdefault(words_of(key), []).append(key)
    rows: list[tuple[int, str, Row]] = []
    for word, labels in keys.items():
        tries = sum(map(counts.runs, labels))
        accounts = {user for label in labels for user in counts.with_whom.get(label, ())}
        last = max((counts.last[label] for label in labels if label in counts.last), default=None)
        here = "yes" if word in own else "no"
        answer = vocabulary.answer(word) or None
        own_verb = own.get(word) or None
        rows.append((-tries, word, (word, tries, len(accounts), here, answer, own_verb, last)))
    return [row for _, _, row in sorted(rows, key=lambda each: each[:2])]


def unlisted(others: int) -> str:
    """A note on the number of tries without their words."""
    tries = "1 try was" if others == 1 else f"{others} tries were"
    return f"{tries} counted without the word: not public, or below a group of own verbs"


def unused(counts: Counts, offers: list[Offer], start: int) -> list[Row]:
    """The verbs that could have run since `start` (ns) and did not, those available all the time
    first."""
    missed = [offer for offer in offers if offer.verb not in counts.days]
    missed.sort(key=lambda offer: (offer.state(start) != UNUSED, offer.verb))
    return [(offer.verb, offer.state(start), offer.since, offer.source) for offer in missed]


def unlike(
    columns: tuple[Column, ...], rows: list[Row]
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns of `unused` without SINCE and SOURCE where all rows have the same value, and a
    note with these values. JSON and CSV still have them."""
    found, common = [], []
    for index, column in enumerate(columns):
        alike = len(rows) > 1 and len({row[index] for row in rows}) == 1
        if alike and column.key in ("since", "source"):
            common.append(f"{column.header} {shown(rows[0][index], column)}")
            column = Column(column.key, column.kind, detail=True)
        found.append(column)
    return tuple(found), (f"common to all rows: {', '.join(common)}",) if common else ()


class Failing:
    """A verb that failed: `failed` of its `runs`, by exit code in `codes`; the `rate` with the
    `low` and `high` end of its interval (0 to 1), or -1 with too few runs."""

    __slots__ = ("codes", "failed", "high", "low", "rate", "runs", "verb")

    def __init__(self, verb: str, failed: int, runs: int, codes: dict[int, int]) -> None:
        self.verb = verb
        self.failed = failed
        self.runs = runs
        self.codes = codes
        self.rate = self.low = self.high = -1.0

    def row(self) -> Row:
        """The verb as cells below FAILING_COLUMNS."""
        told = (self.rate, self.low, self.high) if self.rate >= 0 else (None, None, None)
        codes = {str(code): self.codes[code] for code in sorted(self.codes)}
        return (self.verb, self.failed, self.runs, *told, codes)


def failing(counts: Counts, least: int) -> list[Failing]:
    """The verbs that failed, ordered by the lowest likely rate; with fewer than `least` runs they
    have no rate. Words that are not verbs are left out."""
    found = []
    for verb in counts.most_used():
        if counts.failures(verb) and not is_try(verb):
            each = Failing(verb, counts.failures(verb), counts.runs(verb), counts.failed[verb])
            if each.runs >= least:
                each.rate = each.failed / each.runs
                each.low, each.high = interval(each.failed, each.runs)
            found.append(each)
    return sorted(found, key=lambda each: (-each.low, -each.failed, each.verb))
