"""`usage unused`, `usage wanted`, `usage next`: which verbs to add, to mend, to drop."""

from __future__ import annotations

from homelab import offered, sinks, times
from homelab.analytics import decisions, evidence
from homelab.analytics.decisions import Thresholds
from homelab.output.answer import Table
from homelab.runs import VERB, Question
from homelab.sinks import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.runs import Counts
    from homelab.sinks import Runs


def unused(context: Context, arguments: Values) -> Table:
    """The verbs that nobody ran in the window, though they could have."""
    start, end = times.window(arguments.since, context.clock())

    def verb(runs: Runs) -> Table:
        counts = runs.counts(Question(start, end, VERB))
        versions = runs.counts(offered.known_by(start, end))
        offers = offered.offers(offered.running(context), versions)
        empty = f"each of {len(offers)} verbs ran since {times.local(start)}"
        table = Table(
            "homelab.usage-unused/1",
            evidence.UNUSED_COLUMNS,
            evidence.unused(counts, offers, start),
            facts=_facts(runs, start, end, verbs=len(offers), runs=counts.total()),
            notes=() if counts.days else (sinks.nothing(runs, start),),
            empty=empty,
        )
        return sinks.settle(table, counts, versions)

    return sinks.read(context, verb)


def wanted(context: Context, arguments: Values) -> Table:
    """The words that were tried and are no verb."""
    start, end = times.window(arguments.since, context.clock())

    def verb(runs: Runs) -> Table:
        asked = Question(start, end, VERB, arguments.user or "", evidence.UNKNOWN, newest=-1)
        counts = runs.counts(asked)
        words = evidence.wanted(counts, offered.own(offered.running(context)))
        rows = words[: arguments.limit]
        notes = []
        if len(words) > len(rows):
            more = len(words) - len(rows)
            notes.append(f"{more} more words were tried; --limit {len(words)} shows all")
        by = sinks.by(arguments.user or "")
        others = counts.runs(evidence.UNKNOWN)
        if others:
            notes.append(evidence.unlisted(others))
        table = Table(
            "homelab.usage-wanted/1",
            evidence.WANTED_COLUMNS,
            rows,
            facts=_facts(runs, start, end, words=len(words), tries=counts.total(), unnamed=others),
            notes=tuple(notes),
            empty=f"no word that homelab usage vocabulary lists was tried{by} since"
            f" {times.local(start)} in {runs.name}",
        )
        return sinks.settle(table, counts)

    return sinks.read(context, verb)


def following(context: Context, arguments: Values) -> Table:
    """The decisions: what to add, to mend, to drop, to keep, and what can't be told yet."""
    start, end = times.window(arguments.since, context.clock())
    least = Thresholds(
        arguments.min_runs, arguments.min_tries, arguments.min_users, arguments.max_failing / 100
    )

    def verb(runs: Runs) -> Table:
        counts = runs.counts(Question(start, end, VERB, answers=Answers()))
        versions = runs.counts(offered.known_by(start, end))
        dropins = offered.running(context)
        offers, own = offered.offers(dropins, versions), offered.own(dropins)
        found = decisions.decide(counts, offers, own, start, least)
        if not counts.days:
            found = []
        shown = found[: arguments.limit] if arguments.limit else found
        table = Table(
            "homelab.usage-next/1",
            decisions.COLUMNS,
            [decision.row() for decision in shown],
            facts=_facts(
                runs,
                start,
                end,
                runs=counts.total(),
                users=len(decisions.active(counts)),
                min_runs=least.runs,
                min_tries=least.tries,
                min_users=least.users,
                max_failing=round(least.rate, 6),
            ),
            notes=tuple(_notes(counts, least, len(found) - len(shown), len(found))),
            empty=sinks.nothing(runs, start),
        )
        return sinks.settle(table, counts, versions)

    return sinks.read(context, verb)


def _notes(counts: Counts, least: Thresholds, hidden: int, found: int) -> list[str]:
    if not counts.days:
        return []
    notes = decisions.notes(counts, least)
    if hidden:
        notes.insert(1, f"{hidden} more rows; --limit {found} shows all")
    return notes


def _facts(runs: Runs, start: int, end: int, /, **more: object) -> dict[str, object]:
    window = {"since": times.rfc3339(start), "until": times.rfc3339(end)}
    return {"source": runs.name, **window, **more}
