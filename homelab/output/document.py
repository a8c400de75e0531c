"""Rows as one JSON document: `schema`, the facts, `rows` as objects. Its shape is a contract."""

from __future__ import annotations

import json

from homelab import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.output.answer import Cell, Column, Table


def render(table: Table) -> str:
    """The document, ended by a newline. Moments are RFC 3339 in UTC, exact to the ns; what is not
    known is null."""
    rows = [
        {column.key: value(cell, column) for cell, column in zip(row, table.columns)}
        for row in table.rows
    ]
    document = {"schema": table.schema, **table.facts, "rows": rows}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def value(cell: Cell, column: Column) -> object:
    """A cell as JSON and CSV hold it."""
    if column.kind == "moment" and isinstance(cell, int):
        return times.rfc3339(cell)
    return round(cell, 6) if isinstance(cell, float) else cell
