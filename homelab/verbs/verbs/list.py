"""`verbs`: every verb of this host, where it comes from, and whether it runs."""

from __future__ import annotations

from homelab.describe import inventory
from homelab.errors import NO, USAGE, Failure
from homelab.findings import few
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.dropins.listing import Listed
    from homelab.output.answer import Cell

COLUMNS = (
    Column("verb"),
    Column("source", flexible=True, drop=2),
    Column("effect", drop=1),
    Column("state"),
    Column("summary"),
    Column("folder", detail=True),
    Column("why", detail=True),
)


def list_rows(context: Context, arguments: Values) -> Table:
    """Every verb (or the ones that begin with the given words), where it comes from, and whether it
    runs. Raises Failure (2) if no verb begins with the words, and for an unknown source; (1) if
    their checkout can't be used."""
    from homelab.dropins import description, listing, skipped

    words = inventory.split_words(arguments.verb)
    source = _source(context, arguments.source) if arguments.source else None
    rows: list[tuple[Cell, ...]] = [
        (verb.path, "built-in", verb.effect, "ok", verb.summary, None, None)
        for verb in context.built_in.every()
        if source in (None, "built-in")
        and not arguments.own
        and skipped.begins(verb.path.split(" "), words)
    ]
    own = inventory.walked(context, tuple(words[:-1])).listed
    for each in own:
        if skipped.begins(each.dropin.words, words) and source in (None, *_sources(each)):
            header = description.read(each.dropin, brief=True)
            said = (header.effect or None, each.state, header.summary or None)
            folder = each.dropin.folder
            why = each.problem.why if each.problem else None
            rows.append((each.dropin.verb, folder.name, *said, folder.path, why))
    folders = [] if words else _unused(context)
    if words and not rows and source is None and not arguments.own:
        why = inventory.unused(context, words)
        raise Failure(NO, why) if why else Failure(USAGE, _nothing(context, words))
    rows.sort(key=lambda row: str(row[0]).split(" "))
    troubled = sum(row[3] != listing.RUNS for row in rows)
    do = "does" if troubled == 1 else "do"
    check = " ".join(["homelab verbs check", *words])
    notes = [f"{troubled} {do} not run; {check} says why"] if troubled else []
    shown = {str(row[0]) for row in rows if row[1] != "built-in"}
    hidden = list(
        dict.fromkeys(
            each.dropin.verb
            for each in own
            if each.dropin.verb in shown and context.built_in.owner(each.dropin.words)
        )
    )
    if hidden:
        run = f"homelab verbs run {hidden[0] if len(hidden) == 1 else 'WORDS'}"
        notes.append(f"built-in verbs run instead of your own {few(hidden)}; to run yours: {run}")
    if folders:
        are = "is" if len(folders) == 1 else "are"
        notes.append(f"{few(folders)} {are} not used; homelab verbs check says why")
    changes = _changes(context, own, words) if len(words) < 2 else ""
    if changes:
        notes.append(changes)
    none = "no verbs from that source" if source else "this host has no verbs of its own"
    return Table(
        "homelab.verbs/1",
        COLUMNS,
        rows,
        notes=tuple(notes),
        empty=f"{none}; homelab verbs add FOLDER makes verbs from scripts",
    )


def _unused(context: Context) -> list[str]:
    """The names of the adopted checkouts that can't be used."""
    from homelab.dropins.usable import trouble

    return [each.name for each in context.verb_folders() if each.adopted and trouble(each)]


def _changes(context: Context, own: list[Listed], words: list[str]) -> str:
    """The note about changed scripts of the adopted checkouts whose verbs begin with the words.
    `own` are all drop-ins of this host, as `inventory.walked` lists them."""
    from homelab.dropins import adopting
    from homelab.dropins.skipped import begins

    scripts: dict[str, list[Listed]] = {}
    for each in own:
        index = each.dropin.folder.index
        if index is not None:
            scripts.setdefault(index.folder, []).append(each)
    new = changed = gone = 0
    for folder in context.verb_folders():
        if folder.index is None or not begins(folder.prefix, words):
            continue
        try:
            found = adopting.differences(folder, scripts.get(folder.index.folder, []))
        except Failure:  # another note already says that it is not used
            continue
        new += len(found.new)
        changed += len(found.changed)
        gone += len(found.gone)
    return changes_note(new, changed, gone)


def _sources(listed: Listed) -> tuple[str, ...]:
    """The values of --source that select a drop-in."""
    folder = listed.dropin.folder
    usual = folder.name in ("personal", "system") or folder.adopted
    return (folder.name,) if usual else (folder.name, "other")


def _source(context: Context, given: str) -> str:
    """The name of the source that was `given`. The words of a checkout's prefix may have / between
    them, or the spelling of its folder. Raises Failure (2) if this host has no such source."""
    from homelab.dropins.names import fold

    sources = inventory.sources(context)
    words = inventory.split_words([given])
    for name in (given, " ".join(words), " ".join(map(fold, words))):
        if name in sources:
            return name
    from homelab.catalogue.resolve import nearest

    meant = nearest(given, sources)
    hint = f"; did you mean {meant}?" if meant else ""
    raise Failure(USAGE, f"--source: {given!r} is not one of {', '.join(sources)}{hint}")


def _nothing(context: Context, words: list[str]) -> str:
    """The sentence for words with which no verb begins. They may be a mistyped `verbs …` verb."""
    from homelab.catalogue import resolve

    typed = ["verbs", *words]
    below = resolve.members("verbs", context.built_in.paths())
    meant = resolve.nearest(words[0], [path.split(" ")[1] for path in below])
    if len(words) == 1 and meant not in ("", words[0]):
        return f"no verb {' '.join(typed)!r}; {resolve.hint(typed, frozenset(below))}"
    return inventory.nothing(context, words)


def changes_note(new: int, changed: int, gone: int) -> str:
    """The sentence about the scripts of adopted checkouts that have changed since their indexes
    were written; "" if there is none."""
    parts = [
        f"{count} {'is' if count == 1 else 'are'} {how}"
        for count, how in ((new, "new"), (gone, "gone"))
        if count
    ]
    if changed:
        parts.append(f"{changed} {'has' if changed == 1 else 'have'} changed")
    if not parts:
        return ""
    first, *more = parts
    count, _, rest = first.partition(" ")
    noun = "script" if count == "1" else "scripts"
    said = [f"{count} {noun} {rest}", *more]
    listed = ", ".join(said[:-1]) + " and " + said[-1] if more else said[0]
    return f"{listed} since verbs add; homelab verbs diff shows them"
