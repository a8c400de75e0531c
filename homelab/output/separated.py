"""Rows as comma-separated values (RFC 4180, but lines end as the host's text does).

What a terminal would act on is shown escaped, as in plain columns, but for the line ends within a
field. A text that a spreadsheet would run as a formula has a ' in front of it.
"""

from __future__ import annotations

import csv
import io

from homelab.output import document
from homelab.output.columns import RIGHT, SHOWN_ONLY, visible_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from homelab.output.answer import Cell, Column, Stream, Table


# What a formula begins with, in a spreadsheet that opens a file (OWASP, CSV Injection); full-width
# signs too, which some take for them.
_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def render(table: Table, header: bool = True) -> str:
    """The CSV of a table, the keys of the columns above it; values are those of the JSON."""
    above = _line(_header(table.columns)) if header else ""
    return above + lines(table.rows, table.columns)


def streamed(stream: Stream, header: bool = True) -> Iterator[str]:
    """The CSV of rows that come in batches, the keys of the columns above them."""
    if header:
        yield _line(_header(stream.columns))
    for batch in stream.batches:
        stream.count += len(batch)
        yield lines(batch, stream.columns)


def lines(rows: list[tuple[Cell, ...]], columns: tuple[Column, ...]) -> str:
    """The CSV of rows, without a header."""
    shown = [index for index, column in enumerate(columns) if column.kind not in SHOWN_ONLY]
    return "".join(_line([_field(row[index], columns[index]) for index in shown]) for row in rows)


def _header(columns: tuple[Column, ...]) -> list[object]:
    return [_text(column.key) for column in columns if column.kind not in SHOWN_ONLY]


def _line(fields: list[object]) -> str:
    """One row. Until Python 3.13 a writer quotes only what its own line end holds, so a field with
    a CR in it would break the row: it writes CR LF, which is then replaced at the end alone."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(fields)
    return text.getvalue()[:-2] + "\n"


def _field(cell: Cell, column: Column) -> object:
    """A cell as a field. Whether it is a number says the column, and not what its text looks like:
    there a -5 or +Inf stays as it is."""
    value = document.value(cell, column)
    if isinstance(value, tuple):
        value = "\n".join(map(str, value))
    if isinstance(value, dict):
        value = document.dumps(dict(sorted(value.items())))  # escaped as JSON has it, so it parses
    if not isinstance(value, str):
        return value
    return visible_lines(value) if column.kind in RIGHT else _text(value)


def _text(text: str) -> str:
    """A text that no spreadsheet takes for a formula; a lone - says that there is nothing."""
    shown = visible_lines(text)
    return f"'{shown}" if shown.lstrip(" ")[:1] in _FORMULA and shown != "-" else shown
