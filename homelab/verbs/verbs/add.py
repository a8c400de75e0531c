"""`verbs add`: make verbs of the scripts of a folder, without moving them."""

from __future__ import annotations

from homelab.dropins import adopting, listing, skipped
from homelab.dropins.dropin import VerbFolder
from homelab.dropins.find import trusted
from homelab.dropins.index_text import Index
from homelab.errors import NO, USAGE, Failure
from homelab.output.answer import Column, Table
from homelab.system import paths
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.dropins.adopting import Base, Survey
    from homelab.output.answer import Cell

COLUMNS = (
    Column("file"),
    Column("verb"),
    Column("state"),
    Column("why"),
)
_ORDER = (listing.RUNS, listing.SHADOWED, listing.REFUSED)  # problems come last, near the notes


def add(context: Context, arguments: Values) -> Table:
    """Adopt a checkout: write an index that points to it. The table lists its files with their
    verbs."""
    home = paths.home(context.env)
    base = adopting.base_of(paths.user_verbs(context.env), context.system_verbs)
    path = adopting.resolved(arguments.folder, home)
    there = context.verb_folders()
    same = adopting.adopted_as(path, there, base)
    given = vars(arguments)["as"]
    prefix = same.prefix if same and given is None else adopting.prefix_of(given, path)
    if same and prefix != same.prefix:
        name = quoted(adopting.label(same))
        what = f"{quoted(path)} is added already, as {adopting.label(same)!r}"
        raise Failure(USAGE, f"{what}; to change that, first run: homelab verbs remove {name}")
    others = [folder for folder in there if same is None or folder.index is not same]
    index_folder = same.folder if same else adopting.folder_for(prefix, path, base)
    index = Index(index_folder, path, prefix)
    # a personal folder, because root accepts the scripts as they are by adopting them
    folder = VerbFolder(path, True, prefix=prefix, index=index)
    found, theirs = adopting.survey(folder, trusted(others), context.built_in)
    adopting.refuse_taken(prefix, others, theirs)
    adopting.refuse_unwritable(base, home)
    count = sum(each.state == listing.RUNS for each in found.listed)
    written = bool(count) and not arguments.dry_run
    if written:
        index.lines = adopting.stamped(folder, found.listed, context.clock())
        adopting.write(base, home, index)
    everything = arguments.all or arguments.json or arguments.csv
    return Table(
        "homelab.verbs-add/1",
        COLUMNS,
        _rows(found, folder, everything),
        facts={
            "checkout": path,
            "prefix": list(prefix),
            "verbs": count,
            "not_verbs": len(found.skipped),
            "written": written,
        },
        notes=(*_for_all(path, base, count), *_notes(found, folder, count, arguments)),
        code=0 if count else NO,
    )


def _rows(found: Survey, folder: VerbFolder, everything: bool) -> list[tuple[Cell, ...]]:
    listed = sorted(found.listed, key=lambda each: _ORDER.index(each.state))
    rows: list[tuple[Cell, ...]] = []
    for each in listed:
        wrong = each.problem
        why = f"{wrong.why}; {wrong.fix}" if wrong and wrong.fix else wrong and wrong.why
        rows += [
            (adopting.below(path, folder), each.dropin.verb, each.state, why or None)
            for path in (each.dropin.path, *each.dropin.rivals)
        ]
    if everything:
        rows += [
            (adopting.below(path, folder), None, "not a verb", why) for path, why in found.skipped
        ]
    return rows


def _notes(found: Survey, folder: VerbFolder, count: int, arguments: Values) -> list[str]:
    notes = []
    missed = skipped.missed(found.skipped)
    if missed and not arguments.all:
        notes.append(skipped.sentence(missed))
    if found.shadows:
        shown = ", ".join(found.shadows[:3]) + (" …" if len(found.shadows) > 3 else "")
        notes.append(f"they replace existing verbs: {shown}")
    label = quoted("/".join(folder.prefix) or folder.path)
    if not count:
        what = "it has no script that can run as a verb" if found.listed else "it has no script"
        notes.append(f"{quoted(folder.path)} is not added: {what}")
        return notes
    verbs = "1 verb" if count == 1 else f"{count} verbs"
    if arguments.dry_run:
        notes.append(
            f"{verbs}; nothing was written; run it without --dry-run to add {quoted(folder.path)}"
        )
        return notes
    troubled = len(found.listed) - count
    if troubled:
        do = "does" if troubled == 1 else "do"
        check = " ".join(["homelab verbs check", *folder.prefix])
        notes.append(f"{troubled} {do} not run; {check} says why")
    first = next(each for each in found.listed if each.state == listing.RUNS)
    notes.append(
        f"{verbs} (homelab verbs --own lists them); try: homelab {first.dropin.verb} --help;"
        f" homelab verbs remove {label} undoes it"
    )
    return notes


def _for_all(path: str, base: Base, count: int) -> list[str]:
    """The note that verbs of root are for every account; or if other accounts can't enter their
    folder, that only root can run them."""
    if base.personal or not count:
        return []
    closed = adopting.closed_to_others(path)
    if not closed:
        what = "added as root, these verbs are for every account of this host"
        return [f"{what}, and their runs are counted by name"]
    fix = f"chmod o+{'rx' if closed == path else 'x'} {quoted(closed)}"
    return [f"other accounts can't enter {quoted(closed)}, so only root can run these verbs; {fix}"]
