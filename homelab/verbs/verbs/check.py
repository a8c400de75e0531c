"""`verbs check`: the problems of this host's own verbs."""

from __future__ import annotations

from homelab.describe import inventory
from homelab.describe.inventory import nothing, split_words
from homelab.errors import NO, USAGE, Failure
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_CHECK = (
    Column("verb"),
    Column("level"),
    Column("problem"),
    Column("mend"),
    Column("file", flexible=True),
)


def check(context: Context, arguments: Values) -> Table:
    """The problems of this host's own verbs, each with its remedy; exit code 1 if there are any."""
    from homelab.dropins import lint
    from homelab.telemetry import consent
    from homelab.telemetry.vocabulary import listed

    extra = consent.vocabulary(context.settings)
    words = tuple(split_words(arguments.verb))
    found = inventory.walked(context)
    chosen = [each for each in found.listed if each.dropin.words[: len(words)] == words]
    if words and not chosen:
        if context.built_in.find(" ".join(words)):
            raise Failure(USAGE, f"{' '.join(words)!r} is built in; verbs check is for your own")
        raise Failure(NO, nothing(context, list(words)))
    rows: list[tuple[Cell, ...]] = [
        (each.dropin.verb, level, why, mend or None, path)
        for each in chosen
        for level, why, mend, path in lint.problems(
            each, context.env, lambda word: bool(listed(word, extra))
        )
    ]
    if not words:
        rows += [
            (None, lint.ERROR, why, mend or None, folder.path)
            for folder in context.verb_folders()
            for why, mend in lint.of_folder(folder)
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
