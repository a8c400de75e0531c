"""Rows as comma-separated values (RFC 4180, but lines end as the host's text does)."""

from __future__ import annotations

import csv
import io
import json

from homelab.output import document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.output.answer import Cell, Column, Table


def render(table: Table, header: bool = True) -> str:
    """The rows, the keys of the columns above them; the values are those of the JSON document."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow([column.key for column in table.columns])
    for row in table.rows:
        writer.writerow([_field(cell, column) for cell, column in zip(row, table.columns)])
    return text.getvalue()


def _field(cell: Cell, column: Column) -> object:
    value = document.value(cell, column)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value
