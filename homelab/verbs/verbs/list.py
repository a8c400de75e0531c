"""`verbs`: every verb of this host, where it comes from, and whether it runs."""

from __future__ import annotations

from homelab.describe import inventory
from homelab.dropins import description, listing
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_TABLE = (
    Column("verb"),
    Column("source"),
    Column("effect"),
    Column("state"),
    Column("summary", flexible=True),
)


def list_rows(context: Context, arguments: Values) -> Table:
    """Every verb, where it comes from, and whether it runs."""
    rows: list[tuple[Cell, ...]] = []
    if arguments.source in (None, "built-in"):
        rows += [
            (verb.path, "built-in", verb.effect, "ok", verb.summary)
            for verb in context.built_in.every()
        ]
    for each in inventory.walked(context).listed:
        source = each.dropin.folder.name
        kind = source if source in ("personal", "system") else "other"
        if arguments.source in (None, kind):
            header = description.read(each.dropin, brief=True)
            said = (header.effect or None, each.state, header.summary or None)
            rows.append((each.dropin.verb, source, *said))
    rows.sort(key=lambda row: str(row[0]).split(" "))
    troubled = sum(row[3] != listing.RUNS for row in rows)
    do = "does" if troubled == 1 else "do"
    notes = (f"{troubled} {do} not run; homelab verbs check says why",) if troubled else ()
    return Table(
        "homelab.verbs/1",
        _TABLE,
        rows,
        notes=notes,
        empty="no verbs of that source; homelab verbs new WORD begins one",
    )
