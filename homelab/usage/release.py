"""Pure: the rows of a release for the maintainers: verb or listed word by month, with runs and
accounts as ranges, and rows of few accounts folded.

The closed words, the ranges and the folding are the only protection: docs/telemetry.md says what
they hide from whom, and when they are not enough. A month is settled eight days after its end: an
outbox keeps events for seven, and Loki may show a late one some hours after it accepted it. From
then on each release has the same figures for it, so subtracting two releases reveals nothing.
"""

from __future__ import annotations

from datetime import date as Date

from homelab.output.answer import Column, Table
from homelab.telemetry import vocabulary
from homelab.telemetry.event import PERSONAL, UNKNOWN
from homelab.texts import numbered
from homelab.times import DAY, date, day_of
from homelab.usage.counts import Counts
from homelab.usage.evidence import PERSONAL as OWN
from homelab.usage.evidence import is_own, words_of
from homelab.usage.few import FEW
from homelab.usage.release_file import (
    LEAST_RUNS,
    Month,
    Release,
    Row,
    accounts_range,
    failed_range,
    range_of,
    share_shown,
    shown,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence, Set

    from homelab.usage.release_file import Range

# After this, every answer has all events of a month: an outbox keeps them for seven days, and Loki
# shows a late one only once it has flushed it.
SETTLED = 8 * DAY
_LEAST_LABELS = 2  # of a folded row: with one label, the row would be that label's own
_WIDTH = 100  # of a list in a pipe
_EPOCH = Date(1970, 1, 1).toordinal()
COLUMNS = (
    Column("month"),
    Column("label"),
    Column("runs", "estimate"),
    Column("accounts", "estimate"),
    Column("failed", "estimate"),
)
_HABIT_COLUMNS = (Column("words"), Column("runs", "estimate"), Column("days", "estimate"))


class Span:
    """A calendar month, UTC: its `name` (`2026-10`), the bounds of its runs (`start`, `end`] (ns),
    and whether it is `settled`: it is over, and none of its events can arrive any more."""

    __slots__ = ("end", "name", "settled", "start")

    def __init__(self, name: str, start: int, end: int, settled: bool) -> None:
        self.name = name
        self.start = start
        self.end = end
        self.settled = settled


def spans(now: int, count: int, current: bool) -> list[Span]:
    """The last `count` months that are settled at `now` (ns), the oldest first; with `current`,
    also the months after them up to the present one."""
    today = Date.fromordinal(_EPOCH + max(day_of(now), 0))
    year, month = today.year, today.month
    found: list[Span] = []
    settled = 0
    while settled < count and year >= 1970:
        start, end = _midnight(year, month), _midnight(*_next(year, month))
        is_settled = end + SETTLED <= now
        settled += is_settled
        if is_settled or current:
            found.append(Span(f"{year:04d}-{month:02d}", start, min(end, now), is_settled))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return found[::-1]


def first_release(counted_since: int) -> tuple[str, str]:
    """The first month that is counted as a whole, for a first run at this time (ns); and the day
    (UTC) on which it is settled."""
    day = Date.fromordinal(_EPOCH + day_of(counted_since))
    year, month = (day.year, day.month) if day.day == 1 else _next(day.year, day.month)
    over = _midnight(*_next(year, month)) + SETTLED
    return f"{year:04d}-{month:02d}", date(over // DAY)


def whole(found: list[Span], counted_since: int) -> list[Span]:
    """The months that are counted from their first day on; `counted_since` is the time (ns) of the
    first run (0: before all of them)."""
    first = day_of(counted_since) if counted_since else 0
    return [span for span in found if day_of(span.start + 1) >= first]


def _next(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _midnight(year: int, month: int) -> int:
    """The time (ns) at which a month begins."""
    return (Date(year, month, 1).toordinal() - _EPOCH) * DAY


class Use:
    """The use of a label in a month: `runs`, the number of `failed` ones, the `accounts` that ran
    it."""

    __slots__ = ("accounts", "failed", "runs")

    def __init__(self) -> None:
        self.accounts: set[str] = set()
        self.failed = 0
        self.runs = 0


def label_of(key: str, built_in: Collection[str]) -> str:
    """The label under which a key of counts is released: a built-in's path, or `(unknown)` or
    `(personal)` with words of the public list in its spelling; "" for all other keys."""
    if key in built_in:
        return key
    *group, word = words_of(key).split(" ")
    if vocabulary.listed(word) != word or not word:
        return ""
    if group and (is_own(key) or group[0] not in vocabulary.GROUPS):
        return ""
    return " ".join((PERSONAL.text if is_own(key) else UNKNOWN.text, *group, word))


def uses(counts: Counts, built_in: Collection[str]) -> dict[str, Use]:
    """The use of each label in the counts of a month."""
    found: dict[str, Use] = {}
    for key in counts.days:
        label = label_of(key, built_in)
        if label:
            use = found.setdefault(label, Use())
            use.runs += counts.runs(key)
            use.failed += counts.failures(key)
            use.accounts |= counts.with_whom.get(key, set())
    return found


def rows(month: str, found: Mapping[str, Use], least: int, lab: Range) -> list[Row]:
    """The rows of a month of a lab whose accounts are in the range `lab`.

    Labels that fewer than `least` accounts used are one row, FEW, which is left out if it has fewer
    accounts itself, or one label alone: no totals are published, so nothing can be subtracted from
    them. The same rule applies to labels with so few runs that one of the accounts must have had a
    single one: with a `least` of three, three accounts with 2 to 5 runs.
    """
    made = []
    few: list[Use] = []
    for label, use in sorted(found.items()):
        if not _hides(use.runs, len(use.accounts), least):
            few.append(use)
            continue
        failed = None
        runs = range_of(use.runs)
        if runs[0] >= LEAST_RUNS and not label.startswith("("):
            failed = failed_range(use.failed, use.runs)
        accounts = accounts_range(max(len(use.accounts), 1), lab)
        made.append(Row(label, month, runs, accounts, failed))
    accounts_of_few: Set[str] = {account for use in few for account in use.accounts}
    total = sum(use.runs for use in few)
    if len(few) >= _LEAST_LABELS and _hides(total, len(accounts_of_few), least):
        accounts = accounts_range(len(accounts_of_few), lab)
        made.append(Row(FEW, month, range_of(total), accounts, None))
    return made


def _hides(runs: int, accounts: int, least: int) -> bool:
    """Whether a row of this many runs by this many accounts hides what each of them did, from a
    reader who knows that there are at least `least`."""
    most = range_of(runs)[1]
    return least == 1 or (accounts >= least and (most is None or most >= 2 * least))


def names_left_out(months: Sequence[Counts], built_in: Collection[str]) -> int:
    """How many names in the counts are in no list of homelab's: drop-ins, the operator's own words,
    and names that other programs wrote."""
    keys = {key for counts in months for key in counts.days}
    return sum(not label_of(key, built_in) and key not in (UNKNOWN.text, OWN) for key in keys)


def table(release: Release) -> Table:
    """The rows of a release, for its preview."""
    partial = {month.name for month in release.months if month.partial}
    return Table(
        "",
        COLUMNS,
        [
            (
                f"{row.month} (partial)" if row.month in partial else row.month,
                row.label,
                shown(row.runs),
                shown(row.accounts),
                share_shown(row.failed),
            )
            for row in sorted(release.rows, key=lambda row: (row.month, row.label))
        ],
    )


def habits_table(release: Release) -> Table:
    """The habits of a release, for its preview."""
    found = release.habits or []
    return Table(
        "", _HABIT_COLUMNS, [(each.words, shown(each.runs), shown(each.days)) for each in found]
    )


def before_rows(release: Release, whose: str) -> list[str]:
    """The sentences that a reader of a preview needs first. `whose` is the account whose journal it
    is, "" if all accounts are counted."""
    said = []
    if release.accounts == (1, 1):
        who = (
            f"only {whose} is counted here"
            if whose
            else "only one account ran anything in these months"
        )
        # with a higher --min-users there is no row
        said.append(f"{who}: every row shows what this one account did" if release.rows else who)
    elif release.min_users == 1:
        said.append("nothing is folded: a row of 1 account shows what that account did")
    said.append(
        "runs and accounts are ranges, failed is the share of failed runs; the file has no account"
        " name, no day, no address, no host and no exact number"
    )
    return said


def after_rows(release: Release, names: int, unsettled: Collection[str]) -> list[str]:
    """Sentences on further content of the release, and on left-out content, such as the number of
    `names` that are not listed. `unsettled` are the months that can still change."""
    said = []
    least = release.min_users
    kinds = {row.label.partition(" ")[0] for row in release.rows}
    if UNKNOWN.text in kinds:
        said.append(f"{UNKNOWN.text}: a word that was tried and is not a verb")
    if PERSONAL.text in kinds:
        said.append(f"{PERSONAL.text}: accounts' own scripts that count as a word")
    if least > 1:
        said.append(
            f"labels with fewer than {least} accounts in a month are in its row {FEW}, or left out"
        )
    if names:
        what = numbered(names, "name is", "names are")
        said.append(f"{what} left out that homelab itself does not list, such as own scripts")
    partial = [month.name for month in release.months if month.partial]
    changing = [name for name in partial if name in unsettled]
    begun = [name for name in partial if name not in unsettled]
    if begun:
        said.append(f"the beginning of {' and '.join(begun)} is missing: no run from then is known")
    if changing:
        said.append(
            f"a part of {' and '.join(changing)} is counted: the next release may have other"
            " figures there, and the difference was run between the two"
        )
    return said


def no_row(release: Release) -> str:
    """The sentence in place of the rows if there are none."""
    if release.min_users == 1:
        return "no row: nothing that homelab itself lists was run"
    return f"no row: no label was used by {release.min_users} accounts in a month"


def rest(release: Release, lab: str, width: int) -> list[str]:
    """Sentences for the other fields of the file, with `lab` in place of the lab's id. The verbs
    available the whole time are a list in lines of that `width`, 0 for a pipe."""
    months = ", ".join(month.name for month in release.months)
    least = f"min_users {release.min_users}"
    return [
        f"version {release.version}, months {months}, accounts {shown(release.accounts)}, {least}",
        f"lab {lab}",
        _offered(release.offered, width or _WIDTH),
    ]


def _offered(verbs: list[str], width: int) -> str:
    if not verbs:
        return "no verb is known to have been available before these months began"
    lines = [f"{len(verbs)} of homelab's verbs were available the whole time:"]
    line = ""
    for verb in verbs:
        item = verb if verb == verbs[-1] else f"{verb},"
        if line and len(line) + 1 + len(item) > width:
            lines.append(line)
            line = ""
        line = f"{line} {item}" if line else f"  {item}"
    return "\n".join([*lines, line])


def month_of(span: Span, counted_since: int) -> Month:
    """A month for the file: partial if it is not settled, or was not counted from its first day
    on."""
    return Month(span.name, not span.settled or not whole([span], counted_since))
