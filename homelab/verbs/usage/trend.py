"""`usage trend`: runs by day or week."""

from __future__ import annotations

from homelab import times
from homelab.catalogue import resolve
from homelab.output.answer import Table
from homelab.texts import numbered
from homelab.usage import source
from homelab.usage import trend as trends
from homelab.usage.counts import VERB, Question, days_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.usage.source import Runs


def trend(context: Context, arguments: Values) -> Table:
    """Runs by day or week, with a column for each."""
    start, end = times.window(arguments.since, context.clock())
    return source.read(
        context, lambda runs: _trend(context, runs, arguments, start, end), arguments.fresh
    )


def _trend(context: Context, runs: Runs, arguments: Values, start: int, end: int) -> Table:
    question = Question(start, end, VERB, user=arguments.user or "", accounts=False)
    counts = runs.counts(question)
    days = days_of(start, end)
    per = arguments.per or (trends.DAY if len(days) <= 15 else trends.WEEK)
    periods = trends.periods(days, per)
    verbs = counts.most_used()
    asked = _verbs(arguments.verb, frozenset(verbs) | context.built_in.paths())
    if asked:
        wanted = [Question(start, end, verb=verb) for verb in asked]
        verbs = [verb for verb in verbs if any(one.names(verb) for one in wanted)]
        counts.misdated = None  # it was counted over all verbs
    left_out = question
    if len(asked) == 1:
        left_out = Question(start, end, VERB, user=arguments.user or "", verb=asked[0])
    limit = arguments.limit
    shown = verbs[:limit]
    notes = []
    if len(verbs) > limit:
        more = numbered(len(verbs) - limit, "more verb was used", "more verbs were used")
        notes.append(f"{more}; --limit {len(verbs)} shows all")
    if per == trends.WEEK and shown:
        notes.append("weeks begin on Monday, UTC; the first and the last end with the window")
    return source.settle(
        context,
        runs,
        left_out,
        Table(
            "homelab.usage-trend/1",
            trends.columns(periods),
            trends.rows(counts, shown, periods),
            facts=source.facts(
                runs,
                start,
                end,
                per=per,
                periods=[times.date(period.start) for period in periods],
                verbs=len(verbs),
                runs=sum(map(counts.runs, verbs)),
            ),
            notes=tuple(notes),
            empty=source.nothing(context, runs, start, arguments.user or "", " or ".join(asked)),
        ),
        counts,
    )


def _verbs(words: list[str], known: frozenset[str]) -> list[str]:
    """The words as verbs and groups: `logs query host` → [`logs query`, `host`]. A word with a
    space in it is a verb by itself."""
    found = []
    while words:
        count = resolve.longest_prefix(words, known) or 1
        found.append(" ".join(words[:count]))
        words = words[count:]
    return found
