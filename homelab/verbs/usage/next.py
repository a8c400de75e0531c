"""`usage next`: the verbs to add, to mend, to drop."""

from __future__ import annotations

from homelab import times
from homelab.output.answer import Table
from homelab.usage import availability, decisions, offer, source
from homelab.usage.counts import VERB, Question
from homelab.usage.decisions import Thresholds
from homelab.usage.source import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.usage.counts import Counts
    from homelab.usage.source import Runs


def next_verbs(context: Context, arguments: Values) -> Table:
    """The decisions: what to add, to mend, to drop, to keep, and what can't be told yet."""
    start, end = times.window(arguments.since, context.clock())
    least = Thresholds(
        arguments.min_runs, arguments.min_tries, arguments.min_users, arguments.max_failing / 100
    )

    def verb(runs: Runs) -> Table:
        asked = Question(start, end, VERB, answers=Answers(context.built_in))
        counts = runs.counts(asked)
        versions = runs.counts(offer.known_by(start, end))
        dropins = availability.running(context)
        offers, own = (
            availability.offers(context.built_in, dropins, versions),
            availability.own(context.built_in, dropins),
        )
        found = decisions.decide(counts, offers, own, start, least)
        if not counts.days:
            found = []
        shown = found[: arguments.limit] if arguments.limit else found
        table = Table(
            "homelab.usage-next/1",
            decisions.COLUMNS,
            [decision.row() for decision in shown],
            facts=source.facts(
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
            empty=source.nothing(runs, start),
        )
        return source.settle(context, asked, table, counts, versions)

    return source.read(context, verb)


def _notes(counts: Counts, least: Thresholds, hidden: int, found: int) -> list[str]:
    if not counts.days:
        return []
    notes = decisions.notes(counts, least)
    if hidden:
        notes.insert(1, f"{hidden} more rows; --limit {found} shows all")
    return notes
