"""`verbs which`: what runs when the words are typed."""

from __future__ import annotations

from homelab.describe import inventory
from homelab.describe.inventory import nothing, split_words
from homelab.dropins import listing
from homelab.errors import NO, Failure
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_WHICH = (Column("source"), Column("state"), Column("path"))


def which(context: Context, arguments: Values) -> Table:
    """What runs when the words are typed, and what of the same name does not."""
    words = split_words(arguments.verb)
    verb = " ".join(words)
    rows: list[tuple[Cell, ...]] = []
    if context.built_in.find(verb):
        rows.append(("built-in", "ok", context.program))
    rows += [
        (each.dropin.folder.name, each.state, each.dropin.path)
        for each in inventory.walked(context, tuple(words[:-1])).listed
        if each.dropin.verb == verb
    ]
    if not rows:
        raise Failure(NO, nothing(context, words))
    rows.sort(key=lambda row: row[1] != listing.RUNS)
    code = 0 if rows[0][1] == listing.RUNS else NO
    notes = () if code == 0 else (f"{verb!r} does not run; homelab verbs check {verb} says why",)
    return Table("homelab.verbs-which/1", _WHICH, rows, notes=notes, code=code)
