"""`verbs accept`: record the present scripts of an adopted checkout as reviewed."""

from __future__ import annotations

from homelab.dropins import adopting
from homelab.dropins.index_text import Index
from homelab.errors import UNREACHABLE, Failure
from homelab.output.answer import Table
from homelab.system import paths
from homelab.texts import quoted
from homelab.verbs.verbs.diff import COLUMNS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell


def accept(context: Context, arguments: Values) -> Table:
    """Rewrite the indexes of adopted checkouts. The table lists the changes that this accepts."""
    own, home = paths.user_verbs(context.env), paths.home(context.env)
    there = adopting.adopted(own, context.system_verbs)
    if arguments.name or not there:
        chosen = adopting.chosen(arguments.name, there, "accept")[:1]
    else:
        base = adopting.base_of(own, context.system_verbs)
        chosen = [pair for pair in there if pair[1].path == base.path] or there
    for index, base in chosen:
        adopting.refuse_system(index, base, "accept")
    shown = adopting.labels(there)
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    clashes: list[str] = []
    for index, base in chosen:
        folder = adopting.folder_of(index, base.personal)
        listed = adopting.walked(folder)
        try:
            found = adopting.differences(folder, listed)
        except Failure as error:
            notes.append(error.sentence)
            continue
        lines = adopting.stamped(folder, listed, context.clock())
        adopting.write(base, home, Index(index.folder, index.path, index.prefix, lines))
        rows += [(shown[index.folder], *row) for row in found.rows()]
        clashes += found.clashes
    unread = bool(notes)
    notes += clashes
    names = ", ".join(quoted(shown[index.folder]) for index, _ in chosen)
    return Table(
        "homelab.verbs-accept/1",
        COLUMNS,
        rows,
        facts={"checkouts": len(chosen)},
        notes=tuple(notes),
        empty="" if unread else f"no script is new, changed or gone in {names}",
        code=UNREACHABLE if unread else 0,
    )
