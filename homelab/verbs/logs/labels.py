"""`logs labels`: the labels that Loki has, and their values."""

from __future__ import annotations

from homelab import times
from homelab.logs import search
from homelab.logs.answers import window
from homelab.loki import pages
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

_SHOWN = 3  # values of a label that stand beside its name


def labels(context: Context, arguments: Values) -> Table:
    """The labels in the window with how many values each has, or the values of one."""
    asked = search.begun(context, arguments)
    name: str | None = arguments.name
    if name is None:
        values = {
            each: asked.names(f"label/{each}/values")
            for each in asked.names("labels")
            if each != pages.HIDDEN
        }
        return Table(
            "homelab.logs-labels/1",
            (Column("label"), Column("values", "count"), Column("examples", flexible=True)),
            [(each, len(found), _some(found)) for each, found in values.items()],
            facts=window(asked),
            empty=f"no labels since {times.local(asked.start)}, so no lines either",
        )
    found = asked.names(f"label/{name}/values") if name.isidentifier() else []
    return Table(
        "homelab.logs-label-values/1",
        (Column("value"),),
        [(value,) for value in found],
        facts={"label": name, **window(asked)},
        empty=f"no label {name} since {times.local(asked.start)}; homelab logs labels shows those"
        " that are there",
    )


def _some(values: list[str]) -> str:
    return ", ".join(values[:_SHOWN]) + (", …" if len(values) > _SHOWN else "")
