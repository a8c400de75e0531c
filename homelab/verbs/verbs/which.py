"""`verbs which`: the file that runs when these words are typed."""

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

COLUMNS = (Column("source"), Column("state"), Column("path"), Column("verb", detail=True))


def which(context: Context, arguments: Values) -> Table:
    """The file that runs when the words are typed, in either spelling, and the files with that name
    that do not run. Raises Failure (1) if the words do not name a verb, with the reason why a file
    with that name is not one."""
    from homelab.dropins import description
    from homelab.dropins.skipped import begins

    words = split_words(arguments.verb)
    typed = verb = " ".join(words)
    rows: list[tuple[Cell, ...]] = []
    beside: list[str] = []
    shadowed = ""
    if context.built_in.find(verb):
        rows.append(("built-in", "ok", context.program, verb))
    for each in inventory.walked(context, tuple(words[:-1])).listed:
        dropin = each.dropin
        if len(dropin.words) == len(words) and begins(dropin.words, words):
            verb = dropin.verb
            if each.state == listing.RUNS and description.beside(dropin) is not None:
                beside.append(description.beside_of(dropin))
            owner = context.built_in.owner(dropin.words)
            if owner:
                shadowed = listing.shadowing(dropin.words, owner)
            rows += [
                (dropin.folder.name, each.state, path, verb)
                for path in (dropin.path, *dropin.rivals)
            ]
    owner = context.built_in.owner(words)
    default = "" if len(words) > 1 or owner == typed else owner  # `disk` runs `disk usage`
    if default or (rows and owner not in ("", typed)):
        rows.append(("built-in", "ok", context.program, owner))
    if not rows:
        raise Failure(NO, inventory.reason(context, words) or nothing(context, words))
    rows.sort(key=lambda row: row[1] != listing.RUNS)
    runs = rows[0][1] == listing.RUNS
    notes = [] if verb == typed else [f"{typed!r} is the verb {verb!r}; both spellings run it"]
    if beside:
        notes.append(f"its description is {beside[0]}; the header of the script is not read")
    if not runs:
        notes = [f"{verb!r} does not run; homelab verbs check {verb} says why"]
    if default and not shadowed:
        notes.append(f"{typed!r} runs the built-in verb {default!r}")
    if shadowed:
        notes.append(f"{shadowed}; to run your own: homelab verbs run {verb}")
    code = 0 if runs else NO
    return Table("homelab.verbs-which/1", COLUMNS, rows, notes=tuple(notes), code=code)
