"""Rows as comma-separated values (RFC 4180, but lines end as the host's text does). At a terminal
what that would act on is shown escaped, as in plain columns."""

from __future__ import annotations

import csv
import io
import json

from homelab.output import document
from homelab.output.columns import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from homelab.output.answer import Cell, Column, Stream, Table


def render(table: Table, header: bool = True, terminal: bool = False) -> str:
    """The CSV of a table, the keys of the columns above it; values are those of the JSON."""
    above = _line(_header(table.columns)) if header else ""
    return above + lines(table.rows, table.columns, terminal)


def streamed(stream: Stream, header: bool = True, terminal: bool = False) -> Iterator[str]:
    """The CSV of rows that come in batches, the keys of the columns above them."""
    if header:
        yield _line(_header(stream.columns))
    for batch in stream.batches:
        stream.count += len(batch)
        yield lines(batch, stream.columns, terminal)


def lines(rows: list[tuple[Cell, ...]], columns: tuple[Column, ...], terminal: bool = False) -> str:
    """The CSV of rows, without a header."""
    shown = [index for index, column in enumerate(columns) if column.kind != "bars"]
    return "".join(
        _line([_field(row[index], columns[index], terminal) for index in shown]) for row in rows
    )


def _header(columns: tuple[Column, ...]) -> list[object]:
    return [column.key for column in columns if column.kind != "bars"]


def _line(fields: list[object]) -> str:
    """One row. Until Python 3.13 a writer quotes only what its own line end holds, so a field with
    a CR in it would break the row: it writes CR LF, which is then replaced at the end alone."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(fields)
    return text.getvalue()[:-2] + "\n"


def _field(cell: Cell, column: Column, terminal: bool) -> object:
    value = document.value(cell, column)
    if isinstance(value, tuple):
        return "\n".join(map(str, value))
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return visible(value, terminal) if terminal and isinstance(value, str) else value
