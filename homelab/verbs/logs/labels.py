"""`logs labels`: the labels that Loki has, and their values."""

from __future__ import annotations

from homelab import times
from homelab.catalogue.resolve import nearest
from homelab.logs import flags, search
from homelab.logs.answers import window
from homelab.loki import pages
from homelab.loki.client import is_label
from homelab.output.answer import Column, Table
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

_SHOWN = 3  # values of a label that are shown beside its name
_LONGEST = 100  # characters that are shown of each value
_MOST = 100  # most labels whose values are looked up, with a request each

_LABELS = (Column("label"), Column("values", "count"), Column("examples", flexible=True))
_VALUES = (Column("value"),)


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the answer."""
    return _LABELS if arguments.name is None else _VALUES


def labels(context: Context, arguments: Values) -> Table:
    """The labels in the window with the number of their values, or the values of one label."""
    asked = search.begun(context, arguments)
    name: str | None = arguments.name
    if name is None:
        known = [label for label in asked.labels() if label != pages.HIDDEN]
        counted = [label for label in known if is_label(label)][:_MOST]
        values = {label: _counted(known) for label, known in asked.values_of(counted).items()}
        left_out = len(known) - len(counted)
        labels = "labels" if left_out > 1 else "label"
        note = f"the values of {left_out} more {labels} are not counted; homelab logs labels NAME"
        notes = (f"{note} shows them for one",) if left_out else ()
        return Table(
            "homelab.logs-labels/1",
            _LABELS,
            [(label, *values.get(label, (None, None))) for label in known],
            facts={**window(asked), "complete": not left_out},
            notes=notes,
            empty=f"no labels since {times.local(asked.start)}, so no lines either",
        )
    name = flags.as_stored(context, name)
    found = asked.values(name)
    meant = "" if found else nearest(name, asked.labels())
    did = f"; did you mean {meant}?" if meant else "; homelab logs labels lists all labels"
    return Table(
        "homelab.logs-label-values/1",
        _VALUES,
        [(value,) for value in found],
        facts={"label": name, **window(asked)},
        empty=f"no label {name} since {times.local(asked.start)}{did} (structured metadata is not"
        " in the index)",
    )


def _counted(values: list[str]) -> tuple[int, str]:
    """The number of values, and the first of them."""
    some = ", ".join(clipped(value, _LONGEST) for value in values[:_SHOWN])
    return len(values), some + (", …" if len(values) > _SHOWN else "")
