"""Pure: the sections of the page that `usage report` writes, each from the counts."""

from __future__ import annotations

from homelab.output.answer import Column, Table
from homelab.output.columns import shown
from homelab.output.page import bars, intervals
from homelab.output.page import trend as pictures
from homelab.output.page.html import Section
from homelab.output.page.scales import count
from homelab.times import date
from homelab.usage import decisions, evidence, few, outcome, top, trend
from homelab.usage.counts import VERB, Counts, days_of, is_try, moving, since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from homelab.output.answer import Cell
    from homelab.usage.decisions import Thresholds
    from homelab.usage.offer import Offer

RUNS, TRIES = ("run", "runs"), ("try", "tries")
_LAST = Column("last", "moment")  # only the day, UTC
_ACCOUNTS = (
    Column("user"),
    Column("runs", "count"),
    Column("share", "share"),
    Column("verbs", "count"),
    _LAST,
)
_DAILY = 100  # days that are drawn singly; more are drawn as weeks


class Usage:
    """The data of a page: the window (`start`, `end`] in ns, `every` run by verb, and by account if
    the page names accounts (else None), the verbs that could have run, the words that verbs of
    this host are for (`own`), and the thresholds (`least`) of a decision, and the verbs whose
    exit codes do not say whether a run failed (`unjudged`). Labels that fewer than
    `accounts` accounts ran are folded: `verbs` are the runs by verb after that, `tries` those of
    words that are not verbs."""

    __slots__ = (
        "accounts", "end", "every", "few", "least", "offers", "own", "start", "tries", "unjudged",
        "users", "verbs",
    )  # fmt: skip

    def __init__(
        self,
        start: int,
        end: int,
        every: Counts,
        users: Counts | None,
        offers: list[Offer],
        own: Mapping[str, str],
        least: Thresholds,
        accounts: int,
        unjudged: Collection[str] = (),
    ) -> None:
        self.start = start
        self.end = end
        self.every = every
        self.accounts = accounts
        verbs = every.ran()
        tries = every.only(every.days.keys() - verbs.days.keys())
        self.few = few.few(verbs.with_whom, accounts) | few.few(tries.with_whom, accounts)
        self.verbs = few.folded(verbs, self.few)
        self.tries = few.folded(tries, self.few)
        self.users = users
        self.offers = offers
        self.own = own
        self.least = least
        self.unjudged = unjudged


def facts(usage: Usage) -> list[tuple[str, str]]:
    """The largest numbers, by name."""
    counts = usage.every.ran()
    failed = sum(map(counts.failures, counts.days)) / max(counts.total(), 1)
    return [
        ("Runs", count(counts.total())),
        ("Verbs", count(counts.verbs())),
        ("Accounts", count(len(decisions.runners(counts)))),
        ("Failed", shown(failed, Column("failed", "share"))),
    ]


def sections(usage: Usage) -> list[Section]:
    """All sections, the decisions first, since counting is for them. Empty without runs."""
    if not usage.every.days:
        return []
    made = [_next(usage), _top(usage), _trend(usage), _failing(usage), _wanted(usage)]
    made.append(_unused(usage))
    return made if usage.users is None else [*made, _users(usage, usage.users)]


def _dated(
    rows: Sequence[tuple[Cell, ...]], keys: Sequence[str], counts: Counts
) -> list[tuple[Cell, ...]]:
    """The rows with the day of the key's last run in the last cell, which the counts have: the
    exact time would need more queries to Loki for each table."""
    return [(*row[:-1], date(max(counts.days[key]))) for row, key in zip(rows, keys)]


def _command(usage: Usage, verb: str) -> str:
    return f"homelab usage {verb} {since(usage.start, usage.end)}"


def _next(usage: Usage) -> Section:
    offers = [offer for offer in usage.offers if offer.verb not in usage.few]
    window = since(usage.start, usage.end)
    counts = few.folded(usage.every, usage.few)
    made = decisions.decide(
        counts, offers, usage.own, usage.start, usage.least, window, usage.unjudged
    )
    least = usage.least.for_accounts(len(decisions.active(counts)))
    length = moving(usage.start, usage.end)
    rows = made.shown(every=False)
    table = Table(
        "",
        decisions.COLUMNS,
        [row.row() for row in rows],
        notes=(*decisions.notes(counts, made, least, rows, usage.own, length), *_folded(usage)),
        empty=decisions.conclusion(made, least, length),
    )
    return Section(
        "next",
        "What to do next",
        "ADD: people want it and no verb does it. NAME: a verb does it, but people look for it"
        " under another word. FIX: it fails too often. DROP?: nobody ran it. Weight is how many"
        " runs by hand the decision would have changed.",
        table,
        command=_command(usage, "next"),
    )


def _top(usage: Usage) -> Section:
    counts = usage.verbs
    columns = (*top.columns(VERB)[:-1], _LAST)
    days = days_of(usage.start, usage.end)
    rows = top.rows(counts, VERB, days, unjudged=usage.unjudged)
    table = Table("", columns, _dated(rows, counts.most_used(), counts), notes=_folded(usage))
    drawn = [
        bars.Bar(verb, counts.runs(verb), counts.failures(verb)) for verb in counts.most_used()
    ]
    return Section(
        "top",
        "Most used",
        "Runs of each verb. Accounts' own scripts are counted together as (personal), or under a"
        f" public word that they name. {outcome.SAID}",
        table,
        bars.chart("top", "Runs by verb", drawn, RUNS, "failed"),
        command=_command(usage, "top"),
    )


def _trend(usage: Usage) -> Section:
    counts, days = usage.verbs, days_of(usage.start, usage.end)
    verbs = counts.most_used()
    drawn = trend.periods(days, trend.DAY if len(days) <= _DAILY else trend.WEEK)
    listed = trend.periods(days, trend.DAY if len(days) <= 15 else trend.WEEK)
    values = trend.values(counts, verbs, drawn)
    per = "day" if len(drawn[0]) == 1 else "week"
    axis = pictures.Days(drawn[0].start, len(drawn[0]))
    sums = [sum(column) for column in zip(*values)]
    chart = pictures.chart("trend", f"Runs per {per}", axis, sums, RUNS)
    chart += pictures.multiples(axis, list(zip(verbs, values)), RUNS)
    weekly = "; weeks begin on Monday" if len(drawn[0]) + len(listed[0]) > 2 else ""
    table = Table("", trend.columns(listed), trend.rows(counts, verbs, listed))
    return Section(
        "trend",
        "Over time",
        f"Runs per {per}: of all verbs, then of each verb on its own scale. Days are UTC"
        f" days{weekly}; the first and the last end with the window.",
        table,
        chart,
        command=_command(usage, "trend"),
        folded=f"The numbers, by verb and {'day' if len(listed[0]) == 1 else 'week'}",
    )


def _failing(usage: Usage) -> Section:
    failing = evidence.failing(usage.verbs, usage.least.runs)
    # a rate over many verbs is not the rate of a verb
    rows = [each for each in failing if each.verb != few.FEW]
    drawn = [
        intervals.Interval(each.verb, each.rate, each.low, each.high, f"of {count(each.runs)}")
        for each in rows
        if each.rate >= 0
    ]
    table = Table(
        "",
        evidence.FAILING_COLUMNS,
        [each.row() for each in rows],
        notes=_folded(usage),
        empty="no run failed",
    )
    return Section(
        "failures",
        "Failures",
        "How often verbs fail: the observed rate, and the lowest and highest value of the true rate"
        f" (95% confidence). No rate is shown for fewer than {usage.least.runs} runs."
        f" {outcome.SAID}",
        table,
        intervals.chart("failures", "Failure rate by verb, with its 95% interval", drawn),
        command=_command(usage, "top --failed"),
    )


def _wanted(usage: Usage) -> Section:
    rows = evidence.wanted(usage.tries, usage.own)
    days: dict[str, int] = {}
    for key, of_key in usage.tries.days.items():
        word = evidence.words_of(key)
        days[word] = max(days.get(word, 0), *of_key)
    columns = (*evidence.WANTED_COLUMNS[:-1], _LAST)
    others = usage.tries.runs(evidence.UNKNOWN)
    table = Table(
        "",
        columns,
        [(*row[:-1], date(days[str(row[0])])) for row in rows],
        notes=((evidence.unlisted(others),) if others else ()) + _folded(usage),
        empty="no word that homelab usage vocabulary lists was tried"
        + (f", except those counted as {few.FEW}" if any(map(is_try, usage.few)) else ""),
    )
    drawn = [bars.Bar(str(row[0]), int(str(row[1]))) for row in rows]
    return Section(
        "wanted",
        "Wanted",
        "Words that people tried as verbs: the demand for verbs that do not exist. Use is"
        " the built-in verb that does it, Own the verb for it on the host that made this page.",
        table,
        bars.chart("wanted", "Tries by word", drawn, TRIES),
        command=_command(usage, "wanted"),
    )


def _unused(usage: Usage) -> Section:
    table = Table(
        "", evidence.UNUSED_COLUMNS, evidence.unused(usage.every, usage.offers, usage.start),
        empty=f"each of {len(usage.offers)} verbs ran",
    )  # fmt: skip
    return Section(
        "unused",
        "Unused",
        "Verbs that nobody ran, though they were available. Too young: not available all the time,"
        " or not known to be.",
        table,
        command=_command(usage, "unused"),
    )


def _folded(usage: Usage) -> tuple[str, ...]:
    """A note on the folded rows, if there are any."""
    if not usage.few:
        return ()
    rows = "1 row is" if len(usage.few) == 1 else f"{len(usage.few)} rows are"
    why = f"fewer than {usage.accounts} accounts ran these, or they hide such a row"
    return (f"{rows} counted together as {few.FEW}: {why}; --min-users 1 names each",)


def _users(usage: Usage, counts: Counts) -> Section:
    names = counts.most_used()
    total = counts.total()
    rows = [
        (name, counts.runs(name), counts.runs(name) / total, len(counts.with_whom.get(name, ())), 0)
        for name in names
    ]
    drawn = [bars.Bar(name, counts.runs(name)) for name in names]
    return Section(
        "users",
        "Accounts",
        "Runs of each account; a person may have several, and several may be root.",
        Table("", _ACCOUNTS, _dated(rows, names, counts)),
        bars.chart("users", "Runs by account", drawn, RUNS),
        command=_command(usage, "top --by user"),
    )
