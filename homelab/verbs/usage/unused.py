"""`usage unused`: the verbs that nobody ran."""

from __future__ import annotations

from homelab import times
from homelab.output.answer import Table
from homelab.usage import availability, evidence, offer, source
from homelab.usage.counts import VERB, Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Column
    from homelab.usage.source import Runs

COLUMNS = evidence.UNUSED_COLUMNS


def unused(context: Context, arguments: Values) -> Table:
    """The verbs that nobody ran in the window, though they were available."""
    start, end = times.window(arguments.since, context.clock())

    def verb(runs: Runs) -> Table:
        asked = Question(start, end, VERB)
        counts = runs.counts(asked)
        versions = runs.counts(offer.known_by(start, end))
        offers = availability.offers(context.built_in, availability.running(context), versions)
        rows = evidence.unused(counts, offers, start)
        columns: tuple[Column, ...] = COLUMNS
        common: tuple[str, ...] = ()
        if context.width():  # a pipe gets every column
            columns, common = evidence.unlike(columns, rows)
        empty = f"each of {len(offers)} verbs ran since {times.local(start)}"
        table = Table(
            "homelab.usage-unused/1",
            columns,
            rows,
            facts=source.facts(runs, start, end, verbs=len(offers), runs=counts.total()),
            notes=common if counts.days else (*common, source.nothing(context, runs, start)),
            empty=empty,
        )
        return source.settle(context, runs, asked, table, counts, versions)

    return source.read(context, verb, arguments.fresh)
