"""Rows as comma-separated values (RFC 4180, but with the line ends of the host's text).

Control characters are escaped, as in plain columns, except line ends within a field. A text that a
spreadsheet would run as a formula gets a ' in front.
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


# Characters that begin a formula in a spreadsheet that opens a file (OWASP, CSV Injection), and
# their full-width forms, which some accept too.
_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def render(table: Table, header: bool = True) -> str:
    """The CSV of a table, with the keys of the columns above it; values are those of the JSON."""
    above = _line(_header(table.columns)) if header else ""
    return above + lines(table.rows, table.columns)


def streamed(stream: Stream, header: bool = True) -> Iterator[str]:
    """The CSV of rows that come in batches, with the keys of the columns above them."""
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
    """A row. Until Python 3.13 a writer quotes only the characters of its own line end, so a field
    with a CR in it would break the row: so the writer uses CR LF, which is then replaced at the end
    only."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(fields)
    return text.getvalue()[:-2] + "\n"


def _field(cell: Cell, column: Column) -> object:
    """A cell as a field. The column says whether it is a number, not the look of its text: a -5 or
    +Inf in a number column stays unchanged."""
    value = document.value(cell, column)
    if isinstance(value, tuple):
        value = "\n".join(
            document.dumps(each) if isinstance(each, dict) else str(each) for each in value
        )
    if isinstance(value, dict):
        value = document.dumps(dict(sorted(value.items())))  # escaped as in JSON, so that it parses
    if not isinstance(value, str):
        return value
    return visible_lines(value) if column.kind in RIGHT else _text(value)


def _text(text: str) -> str:
    """A text that no spreadsheet takes for a formula; a lone - means an empty value."""
    shown = visible_lines(text)
    return f"'{shown}" if shown.lstrip(" ")[:1] in _FORMULA and shown != "-" else shown
