"""`usage top`: the most used verbs, accounts, versions, exit codes or days."""

from __future__ import annotations

from homelab import times
from homelab.errors import USAGE, Failure
from homelab.output.answer import Table
from homelab.usage import source
from homelab.usage import top as tops
from homelab.usage.counts import DAYS, EXIT, VERB, Question, days_of
from homelab.usage.source import Rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Column
    from homelab.usage.counts import Counts
    from homelab.usage.source import Runs

_MOST = 20
_MORE = {  # for one, for several
    "verb": ("more verb was used", "more verbs were used"),
    "user": ("more account ran verbs", "more accounts ran verbs"),
    "version": ("more version ran", "more versions ran"),
    "exit": ("more exit code was seen", "more exit codes were seen"),
    DAYS: ("earlier day", "earlier days"),
}


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the answer."""
    return tops.columns(arguments.by, arguments.failed, bool(arguments.compare), arguments.by_hand)


def top(context: Context, arguments: Values) -> Table:
    """The most used verbs (accounts, versions, exit codes, days) of a window."""
    by, failed = arguments.by, arguments.failed
    if arguments.compare and (failed or by == DAYS):
        other = "--failed" if failed else "--by day"
        raise Failure(USAGE, f"--compare and {other} can't be combined", "usage top")
    if arguments.by_hand and by in (DAYS, EXIT):
        raise Failure(USAGE, "--by-hand works with --by verb, user or version", "usage top")
    window = times.window(arguments.since, context.clock())
    return source.read(
        context, lambda runs: _top(context, runs, arguments, *window), arguments.fresh
    )


def _top(context: Context, runs: Runs, arguments: Values, start: int, end: int) -> Table:
    by, failed, compared = arguments.by, arguments.failed, arguments.compare
    limit = arguments.limit or (10**9 if by == DAYS else _MOST)

    verb = " ".join((arguments.verb or "").split())

    rules = Rules(context)

    def asked(start: int, end: int, newest: int = 0, ahead: int = times.AHEAD) -> Question:
        return Question(start, end, by, arguments.user or "", verb, newest, rules, ahead)

    question = asked(start, end, newest=0 if failed or by == DAYS else limit)
    question.by_hand = arguments.by_hand
    question.accounts = False  # a note says if they can't be told apart
    counts = runs.counts(question)
    before = runs.counts(asked(max(0, 2 * start - end), start, ahead=0)) if compared else None
    named = {*counts.days, *(before.days if before else ())}
    unjudged = rules.unjudged(named) if by == VERB and not failed else frozenset()
    rows = tops.rows(counts, by, days_of(start, end), failed, before, arguments.by_hand, unjudged)
    if by == DAYS and not counts.days:
        rows = []
    shown = rows[-limit:] if by == DAYS else rows[:limit]
    notes = []
    more: dict[str, object] = {}
    if len(rows) > len(shown):
        from homelab.texts import numbered  # late: most answers have few rows

        what = ("more failed", "more failed") if failed else _MORE[by]
        text = numbered(len(rows) - len(shown), *what)
        notes.append(f"{text}; --limit {len(rows)} shows all")
    if arguments.by_hand and shown:
        notes.append(_by_hand(counts))
    if before is not None:
        notes += source.whole_day(before)
        notes += source.reached(before, runs, "the window before")
        more = {f"before_{name}": value for name, value in source.reach_facts(before).items()}
    if before is not None and not before.days:
        notes.append(f"no run is known from the window before ({times.spoken(end - start)})")
    empty = source.nothing(context, runs, start, arguments.user or "", verb)
    if failed and counts.days:
        empty = f"none of {counts.total()} runs failed since {times.local(start)}"
    return source.settle(
        context,
        runs,
        question,
        Table(
            "homelab.usage-top/1",
            tops.columns(by, failed, compared, arguments.by_hand),
            shown,
            facts={
                **source.facts(runs, start, end, by=by),
                f"{by}s": counts.verbs() if by == VERB else len(counts.days),
                "runs": counts.total(),
                **more,
            },
            notes=tuple(notes),
            empty=empty,
        ),
        counts,
        *([before] if before else []),
    )


def _is_told(counts: Counts, key: str) -> bool:
    share = counts.by_hand.get(key)
    return share is not None and share.told


def _by_hand(counts: Counts) -> str:
    """A note that explains the column, with the number of runs that have no estimate."""
    if counts.untimed:
        return f"BY HAND is not known: {counts.untimed}"
    untold = sum(counts.runs(key) for key in counts.days if not _is_told(counts, key))
    what = (
        "BY HAND is the share that people or agents started, not cron or timers, estimated from"
        " when runs ended (95% interval)"
    )
    if not untold:
        return what
    runs = "1 run" if untold == 1 else f"{untold} runs"
    return f"{what}; {runs} have no estimate"
