"""`verbs check`: the problems of the verbs that this host adds."""

from __future__ import annotations

from homelab.describe import inventory
from homelab.describe.inventory import nothing, split_words
from homelab.errors import NO, USAGE, Failure
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.dropins.dropin import VerbFolder
    from homelab.dropins.listing import Listed
    from homelab.dropins.problems import Problem
    from homelab.output.answer import Cell

_SKIPPED = "skipped"  # the level of a file that is not a verb, which is not a problem
_ALL = (
    Column("verb"),
    Column("level"),
    Column("problem", of="sentence"),
    Column("mend", header="FIX", of="fix"),
    Column("file", flexible=True, of="path"),
)
_SHOWN = (  # of the same rows, for people: only a last column of text wraps
    Column("verb"),
    Column("level"),
    Column("problem", header="PROBLEM AND FIX"),
)
_GROUPS = (
    Column("level"),
    Column("count", "count", header="VERBS"),
    Column("problem", of="sentence"),
    Column("example"),
    Column("fix"),
    Column("kind", detail=True),
    Column("file", detail=True),
    Column("verbs", detail=True),
)


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the answer for programs."""
    return _ALL if arguments.all else _GROUPS


def check(context: Context, arguments: Values) -> Table:
    """The problems of this host's own verbs, and their fixes: one row for each kind, or with --all
    one for each problem. The exit code is 1 if there is an error or a warning."""
    from homelab.dropins import lint, skipped
    from homelab.dropins.problems import NOTE, grouped

    words = split_words(arguments.verb)
    found = inventory.walked(context, tuple(words[:-1]))
    folders = context.verb_folders()
    chosen = [each for each in found.listed if skipped.begins(each.dropin.words, words)]
    others = list(dict.fromkeys(found.skipped))  # nested checkouts list a file twice
    problems = _of_verbs(context, chosen)
    for folder in folders:
        begin = words[: len(folder.prefix)]  # a checkout's verbs begin with its prefix
        if not words or (begin and skipped.begins(folder.prefix, begin)):
            problems += lint.of_folder(folder)
    if words:
        others = skipped.below(others, words, folders)
    if words and not (chosen or others or problems):
        if context.built_in.find(" ".join(words)):
            raise Failure(USAGE, f"{' '.join(words)!r} is built in; verbs check is for your own")
        raise Failure(NO, nothing(context, words))
    code = NO if any(problem.level != NOTE for problem in problems) else 0
    facts: dict[str, object] = {"checked": len(chosen), "skipped": skipped.counts(others)}
    what = f"{len(chosen)} {'verb' if len(chosen) == 1 else 'verbs'} of your own"
    empty = f"no problems in {what}" if chosen else "no such verb to check"
    if not (chosen or words):
        empty = "you have no verbs of your own; homelab verbs add FOLDER makes verbs from scripts"
    for_programs = arguments.json or arguments.csv
    if arguments.all and for_programs:
        rows: list[Problem | tuple[Cell, ...]] = [*problems]
        rows += [(None, _SKIPPED, why, None, path) for path, why in others]
        return Table("homelab.verbs-check/1", _ALL, rows, facts=facts, empty=empty, code=code)
    if arguments.all or (len(chosen) == 1 and words and not for_programs):
        shown = _shown(problems, others if arguments.all else [], folders)
        return Table("homelab.verbs-check/1", _SHOWN, shown, facts=facts, empty=empty, code=code)
    groups = grouped(problems)
    missed = skipped.missed(others) if chosen or not words else others
    notes = [skipped.sentence(missed)] if missed else []
    if len(groups) < len(problems):
        notes.insert(0, f"--all lists each of the {len(problems)} problems")
    return Table(
        "homelab.verbs-check/2",
        _GROUPS,
        groups,
        facts=facts,
        notes=tuple(notes),
        empty=empty,
        code=code,
    )


def _shown(
    problems: list[Problem], others: list[tuple[str, str]], folders: list[VerbFolder]
) -> list[tuple[Cell, ...]]:
    """The rows for people. A file that is not a verb is its path below its folder of verbs."""
    rows: list[tuple[Cell, ...]] = []
    for each in problems:
        what = f"{each.sentence}; {each.fix}" if each.fix else each.sentence
        rows.append((each.verb or _below(each.path, folders), each.level, what))
    return rows + [(_below(path, folders), _SKIPPED, why) for path, why in others]


def _below(path: str, folders: list[VerbFolder]) -> str:
    """The part of a path below the innermost of `folders`; the whole path if it is in none."""
    inside = [each.path for each in folders if each.path and path.startswith(f"{each.path}/")]
    return path[len(max(inside, key=len)) + 1 :] if inside else path


def _of_verbs(context: Context, chosen: list[Listed]) -> list[Problem]:
    from homelab.dropins import lint
    from homelab.telemetry import consent
    from homelab.telemetry.vocabulary import listed

    extra = consent.vocabulary(context.settings)
    return lint.with_packages(
        [
            problem
            for each in chosen
            for problem in lint.problems(
                each, context.env, lambda word: bool(listed(word, extra)), context.built_in
            )
        ]
    )
