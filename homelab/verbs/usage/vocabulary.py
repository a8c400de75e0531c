"""`usage vocabulary`: every label that an event can have, and the built-in that answers a word."""

from __future__ import annotations

from homelab.output.answer import Column, Table
from homelab.telemetry import consent, event
from homelab.telemetry.vocabulary import WISHES, answer, listed, meaning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_VOCABULARY = (Column("label"), Column("meaning"), Column("answer"))


def vocabulary(context: Context, arguments: Values) -> Table:
    """Every label that an event can have on this host, and the built-in that answers a word: no
    other label can leave the host. A label of two parts is shown once for all of its words."""
    rows: list[tuple[Cell, ...]] = [
        (event.of_verb(verb).text, "a built-in verb", None)
        for verb in context.built_in.every()
        if verb.recorded and not verb.discovery
    ]
    folder = context.system_verbs
    rows += [
        ("(installed path)", f"a drop-in below {folder}, by its path", None),
        (event.PERSONAL.text, "a drop-in of the account's own, with any name", None),
        (f"{event.PERSONAL.text} WORD", "one that counts as a WORD of this list", None),
        (event.UNKNOWN.text, "a word that is not a verb and not in this list", None),
    ]
    rows += [
        (f"{event.UNKNOWN.text} {group} WORD", f"such a WORD of this list below {group}", None)
        for group in sorted(context.built_in.groups)
    ]
    own = consent.vocabulary(context.settings)
    words = WISHES | {word for word in own if listed(word, own) == word}
    for word in sorted(words):
        means = meaning(word) if word in WISHES else "a word of the operator's list"
        rows.append((event.of_unknown(word, own).text, means, answer(word) or None))
    wrong = [
        f"{name}: {why}"
        for name, why in consent.without_effect(context.settings)
        if name == consent.VOCABULARY
    ]
    return Table("homelab.usage-vocabulary/1", _VOCABULARY, rows, notes=tuple(wrong))
