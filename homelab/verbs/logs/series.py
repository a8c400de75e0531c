"""`logs series`: the streams that match."""

from __future__ import annotations

from homelab import times
from homelab.logs import flags
from homelab.logs.answers import window
from homelab.loki import pages
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context


def series(context: Context, arguments: Values) -> Table:
    """The streams that match: their labels."""
    asked = flags.search_of(context, arguments, index=True)
    found = asked.streams(asked.selectors)
    for each in found:
        each.pop(pages.HIDDEN, None)
    rows = sorted({tuple(sorted(each.items())) for each in found})
    return Table(
        "homelab.logs-series/1",
        (Column("labels", "labels"),),
        [(dict(row),) for row in rows],
        facts={"query": asked.query, **window(asked)},
        empty=f"no stream matches {asked.query} since {times.local(asked.start)}",
    )
