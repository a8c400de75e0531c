"""Rows as one JSON document: `schema`, the facts, `rows` as objects. Its shape is a contract."""

from __future__ import annotations

import json

from homelab import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from homelab.output.answer import Cell, Column, Stream, Table


def render(table: Table) -> str:
    """The document, ended by a newline. Moments are RFC 3339 in UTC, exact to the ns; what is not
    known is null."""
    rows = [_object(row, table.columns) for row in table.rows]
    document = {"schema": table.schema, **table.facts, "rows": rows}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def streamed(stream: Stream) -> Iterator[str]:
    """The same of rows that come in batches, a row on a line, the facts behind them; or, where the
    rows are apart, each row a document."""
    if not stream.apart:
        yield f'{{"schema": {json.dumps(stream.schema)}, "rows": ['
    between = "\n"
    for batch in stream.batches:
        stream.count += len(batch)
        rows = [_line(_object(row, stream.columns)) for row in batch]
        if stream.apart:
            yield "".join(f"{row}\n" for row in rows)
        elif rows:
            yield between + ",\n".join(rows)
            between = ",\n"
    if not stream.apart:
        facts = json.dumps(stream.facts, ensure_ascii=False)[1:-1]
        yield "\n]" + (f", {facts}" if facts else "") + "}\n"


def _line(row: dict[str, object]) -> str:
    """A row that any terminal may have: what it would act on is escaped, as JSON lets it be."""
    text = json.dumps(row, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(row)


def _object(row: tuple[Cell, ...], columns: tuple[Column, ...]) -> dict[str, object]:
    return {
        column.key: value(cell, column)
        for cell, column in zip(row, columns)
        if column.kind != "bars"
    }


def value(cell: Cell, column: Column) -> object:
    """A cell as JSON and CSV hold it."""
    if column.kind == "moment" and isinstance(cell, int):
        return times.rfc3339(cell)
    return round(cell, 6) if isinstance(cell, float) else cell
