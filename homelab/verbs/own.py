"""`verbs …`: the verbs of this host, its own scripts among them."""

from __future__ import annotations

import os

from homelab import catalogue, known, resolve
from homelab.dropins import describe, listing
from homelab.dropins.find import ENDINGS, find_shadowed
from homelab.errors import NO, USAGE, Failure
from homelab.output.answer import Column, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_TABLE = (
    Column("verb"),
    Column("source"),
    Column("effect"),
    Column("state"),
    Column("summary", flexible=True),
)
_WHICH = (Column("source"), Column("state"), Column("path"))
_CHECK = (
    Column("verb"),
    Column("level"),
    Column("problem"),
    Column("mend"),
    Column("file", flexible=True),
)


def table(context: Context, arguments: Values) -> Table:
    """Every verb, where it comes from, and whether it runs."""
    rows: list[tuple[Cell, ...]] = []
    if arguments.source in (None, "built-in"):
        rows += [
            (verb.path, "built-in", verb.effect, "ok", verb.summary) for verb in catalogue.every()
        ]
    for each in known.walked(context).listed:
        source = each.dropin.place.name
        kind = source if source in ("personal", "system") else "other"
        if arguments.source in (None, kind):
            header = describe.read(each.dropin, brief=True)
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


def which(context: Context, arguments: Values) -> Table:
    """What runs when the words are typed, and what of the same name does not."""
    words = _words(arguments.verb)
    verb = " ".join(words)
    rows: list[tuple[Cell, ...]] = []
    if catalogue.find(verb):
        rows.append(("built-in", "ok", context.program))
    rows += [
        (each.dropin.place.name, each.state, each.dropin.path)
        for each in known.walked(context, tuple(words[:-1])).listed
        if each.dropin.verb == verb
    ]
    if not rows:
        raise Failure(NO, _nothing(context, words))
    rows.sort(key=lambda row: row[1] != listing.RUNS)
    code = 0 if rows[0][1] == listing.RUNS else NO
    notes = () if code == 0 else (f"{verb!r} does not run; homelab verbs check {verb} says why",)
    return Table("homelab.verbs-which/1", _WHICH, rows, notes=notes, code=code)


def check(context: Context, arguments: Values) -> Table:
    """What is wrong with this host's own verbs, with what mends it; exit code 1 where something
    is."""
    from homelab.dropins import lint

    words = tuple(_words(arguments.verb))
    found = known.walked(context)
    chosen = [each for each in found.listed if each.dropin.words[: len(words)] == words]
    if words and not chosen:
        if catalogue.find(" ".join(words)):
            raise Failure(USAGE, f"{' '.join(words)!r} is built in; verbs check is for your own")
        raise Failure(NO, _nothing(context, list(words)))
    rows: list[tuple[Cell, ...]] = [
        (each.dropin.verb, level, why, mend or None, path)
        for each in chosen
        for level, why, mend, path in lint.problems(each, context.env)
    ]
    if not words:
        rows += [(None, lint.ERROR, bad.why, bad.mend, bad.path) for bad in found.misnamed]
        rows += [
            (None, lint.ERROR, why, None, place.folder)
            for place in context.places()
            for why in lint.of_place(place)
        ]
    wrong = any(row[1] != lint.NOTE for row in rows)
    what = f"{len(chosen)} {'verb' if len(chosen) == 1 else 'verbs'} of this host's own"
    return Table(
        "homelab.verbs-check/1",
        _CHECK,
        rows,
        facts={"checked": len(chosen)},
        empty=f"nothing is wrong with {what}",
        code=NO if wrong else 0,
    )


def new(context: Context, arguments: Values) -> Text:
    """Write a new drop-in from a template, executable; opens nothing."""
    from homelab.dropins import template
    from homelab.dropins.new import refuse_taken, write

    if arguments.verb.startswith("/"):
        what = f"{arguments.verb} is a path; a verb's words are like nas/df"
        raise Failure(USAGE, what, usage_of="verbs new")
    given = arguments.verb.replace("/", " ").split()
    stem, ending = os.path.splitext(given[-1]) if given else ("", "")
    if ending not in ENDINGS:
        kinds = " ".join(ENDINGS[1:])
        raise Failure(USAGE, f"{ending} is no ending that a verb's file can have; it is {kinds}")
    words = [*given[:-1], stem]
    bad = [word for word in words if not resolve.is_word(word)]
    if bad or not given:
        shown = bad[0] if bad else ""
        raise Failure(
            USAGE,
            f"{shown!r} is no word of a verb; small letters, digits and - only, as in nas/df",
            usage_of="verbs new",
        )
    if words[0] in catalogue.FAMILIES:
        raise Failure(USAGE, f"{words[0]!r} is a word of homelab's own; choose another first word")
    places = context.places()
    place = places[-1] if arguments.system else places[0]
    if not arguments.system and place.name != "personal":
        raise Failure(NO, "no home directory is known; use --system")
    refuse_taken(words, place, places)
    path = write(place, words, ending, template.text(" ".join(words), ending))
    return Text(f"{path}\n")


def run(context: Context, arguments: Values) -> Text:
    """Run a drop-in by its words though something else has its name."""
    from homelab.dropins import start

    words = arguments.words
    places = context.places()
    folder = vars(arguments)["from"]
    if folder:
        chosen = os.path.abspath(folder)
        places = [place for place in places if os.path.abspath(place.folder) == chosen]
        if not places:
            folders = ", ".join(place.folder for place in context.places())
            raise Failure(USAGE, f"{chosen} is no folder of verbs; those are {folders}")
    found = find_shadowed(words, places)
    if found is None:
        raise Failure(USAGE, f"no drop-in {words[0]!r}; homelab verbs shows what is there")
    rest = words[len(found.words) :]
    shown = describe.asked(found, rest)
    if shown:
        return Text(shown)
    return Text("", code=start.run(found, rest, context.env, context.program))


def _words(given: list[str]) -> list[str]:
    """The words of a verb, however they were given: nas df, "nas df", nas/df."""
    return [part for word in given for part in word.replace("/", " ").split()]


def _nothing(context: Context, words: list[str]) -> str:
    paths = catalogue.paths().union(each.dropin.verb for each in known.walked(context).listed)
    verb = " ".join(words)
    inner = resolve.members(" ".join(words[:-1]), paths)
    if resolve.members(verb, paths):
        return f"{verb!r} is a group of verbs and does not run; see homelab help {verb}"
    return f"no verb {verb!r}; {resolve.hint(words, frozenset(inner) or paths)}"
