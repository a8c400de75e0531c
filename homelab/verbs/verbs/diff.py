"""`verbs diff`: the changes in adopted checkouts since they were last accepted."""

from __future__ import annotations

from homelab.dropins import adopting
from homelab.errors import NO, UNREACHABLE, Failure
from homelab.output.answer import Column, Table
from homelab.system import paths
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

COLUMNS = (
    Column("checkout", header="FOLDER"),
    Column("change"),
    Column("file", flexible=True),
    Column("verb"),
)


def diff(context: Context, arguments: Values) -> Table:
    """The scripts that are new, changed or gone since a checkout was added or accepted."""
    there = adopting.adopted(paths.user_verbs(context.env), context.system_verbs)
    chosen = (
        adopting.chosen(arguments.name, there, "diff") if arguments.name or not there else there
    )
    shown = adopting.labels(there)
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    clashes: list[str] = []
    waiting = False
    for index, base in chosen:
        try:
            found = adopting.differences(adopting.folder_of(index, base.personal))
        except Failure as error:
            notes.append(error.sentence)
            continue
        rows += [(shown[index.folder], *row) for row in found.rows()]
        clashes += found.clashes
        if found and not base.personal:
            waiting = True
    unread = bool(notes)
    notes += clashes
    if waiting:
        notes.append("new and changed scripts run after: sudo homelab verbs accept")
    elif rows:
        notes.append("homelab verbs accept makes this the new state to compare with")
    names = ", ".join(quoted(shown[index.folder]) for index, _ in chosen)
    return Table(
        "homelab.verbs-diff/1",
        COLUMNS,
        rows,
        facts={"checkouts": len(chosen)},
        notes=tuple(notes),
        empty="" if unread else f"no script is new, changed or gone in {names}",
        code=NO if rows else UNREACHABLE if unread else 0,
    )
