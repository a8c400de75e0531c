"""`usage next`: the verbs to add, rename, fix and drop."""

from __future__ import annotations

from homelab import times
from homelab.output.answer import Table
from homelab.texts import numbered
from homelab.usage import availability, decisions, offer, source
from homelab.usage.counts import VERB, Question, moving, since
from homelab.usage.decisions import Thresholds
from homelab.usage.source import Rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.usage.counts import Counts
    from homelab.usage.decisions import Decision, Decisions
    from homelab.usage.source import Runs

_DEFAULT = "--since 30d"  # the default of the commands that show evidence

COLUMNS = decisions.COLUMNS


def next_verbs(context: Context, arguments: Values) -> Table:
    """The decisions, and notes about what the counts do not decide."""
    start, end = times.window(arguments.since, context.clock())
    least = Thresholds(
        arguments.min_runs, arguments.min_tries, arguments.min_users, arguments.max_failing / 100
    )
    window = since(start, end)
    length = moving(start, end)

    def verb(runs: Runs) -> Table:
        dropins = availability.running(context)
        rules = Rules(context, dropins)
        asked = Question(start, end, VERB, rules=rules, tries=True, by_hand=True)
        counts = runs.counts(asked)
        versions = runs.counts(offer.known_before(start, end))
        offers, own = (
            availability.offers(context.built_in, dropins, versions),
            availability.own(context.built_in, dropins),
        )
        made = decisions.Decisions()
        if counts.days:
            said = "" if window == _DEFAULT else window
            unjudged = rules.unjudged(counts.days)
            made = decisions.decide(counts, offers, own, start, least, said, unjudged)
        rows = made.shown(arguments.all)
        shown = rows[: arguments.limit] if arguments.limit else rows
        needed = least.for_accounts(len(decisions.active(counts)))
        table = Table(
            "homelab.usage-next/1",
            COLUMNS,
            [decision.row() for decision in shown],
            facts=source.facts(
                runs,
                start,
                end,
                runs=counts.ran().total(),
                users=len(decisions.runners(counts)),
                undecided=made.undecided,
                min_runs=needed.runs,
                min_tries=needed.tries,
                min_users=needed.users,
                max_failing=round(needed.rate, 6),
            ),
            notes=tuple(_notes(counts, made, needed, shown, len(rows), own, length)),
            empty=decisions.conclusion(made, needed, length)
            if counts.days
            else source.nothing(context, runs, start),
        )
        return source.settle(context, runs, asked, table, counts, versions)

    return source.read(context, verb, arguments.fresh)


def _notes(
    counts: Counts,
    made: Decisions,
    least: Thresholds,
    shown: list[Decision],
    found: int,
    own: Collection[str],
    length: int,
) -> list[str]:
    if not counts.days:
        return []
    notes = decisions.notes(counts, made, least, shown, own, length)
    more = found - len(shown)
    if more:
        rows = numbered(more, "more row")
        notes.insert(0, f"{rows}; --limit {found} shows all")
    return notes
