"""`usage vocabulary`: every label that an event can have."""

from __future__ import annotations

from homelab.output.answer import Column, Table
from homelab.telemetry import consent, event
from homelab.telemetry.vocabulary import WISHES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_VOCABULARY = (Column("label"), Column("meaning"))


def vocabulary(context: Context, arguments: Values) -> Table:
    """Every label that an event can have on this host: nothing else can leave."""
    rows: list[tuple[Cell, ...]] = [
        (event.of_verb(verb).text, "a built-in verb")
        for verb in context.built_in.every()
        if verb.recorded and not verb.discovery
    ]
    rows.append(("(installed path)", f"a drop-in below {context.system_verbs}, by its path"))
    rows.append((event.PERSONAL.text, "a drop-in of the account's own, whatever its name"))
    rows.append((event.UNKNOWN.text, "a word that is no verb and not in this list"))
    own = consent.vocabulary(context.settings)
    for word in sorted(WISHES | own):
        whose = "the operator's list" if word in own - WISHES else "the shipped wish-list"
        rows.append((event.of_unknown(word, own).text, f"no verb; a word of {whose}"))
    return Table("homelab.usage-vocabulary/1", _VOCABULARY, rows)
