"""`logs series`: the streams that match."""

from __future__ import annotations

from homelab.errors import USAGE, Failure
from homelab.logs import flags, unknown
from homelab.logs.answers import nothing, window
from homelab.loki import pages
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

COLUMNS = (Column("labels", "labels"),)


def series(context: Context, arguments: Values) -> Table:
    """The streams that match, as their labels."""
    asked = flags.search_of(context, arguments, index=True)
    beside = [name for name in asked.names if name.fields]
    words = ", ".join(f"{name.word} {' or '.join(name.values)}" for name in beside)
    told = all(name.chosen for name in beside)
    if not told and not unknown.of_names(asked):
        raise Failure(
            USAGE,
            f"{words}: not in the labels of any stream, only in structured metadata;"
            " use homelab logs query or logs count",
        )
    note = f"{words}: other lines have it in structured metadata; homelab logs query finds them"
    found = asked.streams(asked.selectors) if told else []
    for each in found:
        each.pop(pages.HIDDEN, None)
    rows = sorted({tuple(sorted(each.items())) for each in found})
    none = f"no stream matches {asked.query} {asked.when()}"
    empty = "" if rows else nothing(asked, none)
    return Table(
        "homelab.logs-series/1",
        COLUMNS,
        [(dict(row),) for row in rows],
        facts={"query": asked.query, **window(asked)},
        notes=(note,) if beside and told else (),
        empty=empty,
    )
