"""`usage vocabulary`: every label that an event can have, or the labels of given words, and the
built-in verb that does what a word means."""

from __future__ import annotations

from homelab.errors import DONE, NO
from homelab.output.answer import Column, Table
from homelab.telemetry import consent, event
from homelab.telemetry.vocabulary import WISHES, answer, listed, meaning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_VOCABULARY = (Column("label"), Column("meaning"), Column("answer", header="USE"))
_OF_WORDS = (
    Column("word"),
    Column("label", header="COUNTS AS"),
    Column("meaning"),
    Column("answer", header="USE"),
)


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the answer."""
    return _OF_WORDS if arguments.word else _VOCABULARY


def vocabulary(context: Context, arguments: Values) -> Table:
    """Every label that an event can have on this host, and the built-in verb that does what a word
    means: no other label can leave the host. A label of two parts is shown once for all of its
    words. With words, only their labels; the exit code is 1 if one of them is not public."""
    if arguments.word:
        return _of_words(context, arguments.word)
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
    return Table("homelab.usage-vocabulary/1", _VOCABULARY, rows, notes=_wrong(context))


def _of_words(context: Context, words: list[str]) -> Table:
    """A row for each of the words, as if it was typed after `homelab`."""
    own = consent.vocabulary(context.settings)
    rows: list[tuple[Cell, ...]] = []
    public = True
    for word in words:
        said = " ".join(word.split())
        label, means, does = _of_word(context, said, own)
        public = public and bool(means)
        rows.append((said, label, means or "not public: counted without the word", does or None))
    return Table(
        "homelab.usage-vocabulary/1",
        _OF_WORDS,
        rows,
        notes=_wrong(context),
        code=DONE if public else NO,
    )


def _of_word(context: Context, said: str, own: frozenset[str]) -> tuple[str, str, str]:
    """The label of a run of these words, their meaning ("" if they are not public), and the
    built-in verb that does it."""
    built_in = context.built_in.find(said)
    if built_in:
        recorded = built_in.recorded and not built_in.discovery
        label = event.of_verb(built_in).text if recorded else "(not counted)"
        return label, "a built-in verb", ""
    first, _, second = said.partition(" ")
    if first in context.built_in.groups and second:
        label = event.of_unknown(second, own, first, context.built_in.groups).text
        word = second
    else:
        label, word = event.of_unknown(first, own).text, first
    known = listed(word, own)
    if not known:
        return label, "", ""
    means = meaning(known) if known in WISHES else "a word of the operator's list"
    return label, means, answer(said)


def _wrong(context: Context) -> tuple[str, ...]:
    """A note for a setting of words that has no effect."""
    return tuple(
        f"{name}: {why}"
        for name, why in consent.without_effect(context.settings)
        if name == consent.VOCABULARY
    )
