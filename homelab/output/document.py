"""Rows as one JSON document: `schema`, the facts, `rows` as objects. Its shape is a contract."""

from __future__ import annotations

import json

from homelab import times
from homelab.errors import Failure
from homelab.output.columns import SHOWN_ONLY, is_shown, is_visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from homelab.output.answer import Cell, Column, Stream, Table


def render(table: Table) -> str:
    """The document, ended by a newline, fit for a terminal. Moments are RFC 3339 in UTC, exact to
    the ns; what is not known is null."""
    rows = [_object(row, table.columns) for row in table.rows]
    document = {"schema": table.schema, **table.facts, "rows": rows}
    return dumps(document, indent=2) + "\n"


def streamed(stream: Stream) -> Iterator[str]:
    """The JSON of rows that come in batches: one document with a row on each line and the facts
    behind them; or, where the rows are apart, a document for each row.

    Where a Failure ends the rows, the document is closed all the same, so that what came can be
    read: `complete` is false in it and `error` says why. The Failure is raised behind that, and at
    once where no row had come."""
    if stream.apart:
        for batch in stream.batches:
            stream.count += len(batch)
            yield "".join(f"{dumps(_object(row, stream.columns))}\n" for row in batch)
        return
    before = f'{{"schema": {json.dumps(stream.schema)}, "rows": [\n'
    facts, failed = stream.facts, None
    try:
        for batch in stream.batches:
            stream.count += len(batch)
            if batch:
                yield before + ",\n".join(dumps(_object(row, stream.columns)) for row in batch)
                before = ",\n"
    except Failure as failure:
        if not stream.count:
            raise
        failed = failure
        facts = {**facts, "complete": False, "error": failure.sentence}
    last = dumps(facts)[1:-1]
    yield ("\n]" if stream.count else f"{before}]") + (f", {last}" if last else "") + "}\n"
    if failed is not None:
        raise failed


def dumps(value: object, indent: int | None = None) -> str:
    """JSON that any terminal may have: what it would act on, or not show, is escaped, as JSON lets
    it be, and nothing else, so that grep finds a text beside it. A program reads the same values
    from it."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    if is_visible(text.replace("\n", "")):
        return text
    return "\n".join(map(_escaped, text.split("\n")))  # line ends within values are escaped by now


def _escaped(line: str) -> str:
    if is_visible(line):
        return line
    before = ["", *line]
    return "".join(
        sign if is_shown(sign, previous) else json.dumps(sign)[1:-1]
        for sign, previous in zip(line, before)
    )


def _object(row: tuple[Cell, ...], columns: tuple[Column, ...]) -> dict[str, object]:
    return {
        column.key: value(cell, column)
        for cell, column in zip(row, columns)
        if column.kind not in SHOWN_ONLY
    }


def value(cell: Cell, column: Column) -> object:
    """A cell as JSON and CSV hold it: what others counted as they gave it, since only a table is
    for people. What is computed or measured here is no finer than millionths."""
    if column.kind == "moment" and isinstance(cell, int):
        return times.rfc3339(cell)
    ours = column.kind in ("share", "change", "seconds")
    return round(cell, 6) if ours and isinstance(cell, float) else cell
