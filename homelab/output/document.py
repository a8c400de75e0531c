"""Rows as one JSON document: `schema`, the facts, `rows` as objects. Its shape is a contract."""

from __future__ import annotations

import json

from homelab import times
from homelab.errors import Failure
from homelab.output.columns import SHOWN_ONLY, is_shown, is_visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from homelab.output.answer import Cell, Column, Stream, Table

_string = json.encoder.encode_basestring
_encoded = json.JSONEncoder(ensure_ascii=False).encode
_OURS = ("share", "change", "seconds")
_CHANGED = ("moment", *_OURS)  # kinds of columns whose cells are converted
_KNOWN = 1000  # cells whose text is kept
_ROW = "\n    "  # before a row in a document


def render(table: Table) -> str:
    """The document, ended by a newline, safe for a terminal. Moments are RFC 3339 in UTC, exact to
    the ns; unknown values are null."""
    facts = _indented({"schema": table.schema, **table.facts}, "\n", "  ")[:-2]
    rows = f",{_ROW}".join(_texts(table.rows, table.columns, f"{_ROW}  "))
    return _shown(f'{facts},\n  "rows": ' + (f"[{_ROW}{rows}\n  ]" if rows else "[]") + "\n}\n")


def streamed(stream: Stream) -> Iterator[str]:
    """The JSON of rows that come in batches: one document with a row on each line and the facts
    after them; or, if the rows are apart, a document for each row.

    If a Failure ends the rows, the document is still closed, so that a program can read it:
    `complete` is false in it and `error` says why. The Failure is raised after that, and at once if
    there was no row.
    """
    if stream.apart:
        for batch in stream.batches:
            stream.count += len(batch)
            yield lines(batch, stream.columns)
        return
    before = f'{{"schema": {json.dumps(stream.schema)}, "rows": [\n'
    facts, failed = stream.facts, None
    try:
        for batch in stream.batches:
            stream.count += len(batch)
            if batch:
                yield before + _shown(",\n".join(_texts(batch, stream.columns)))
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


def lines(rows: Sequence[tuple[Cell, ...]], columns: tuple[Column, ...]) -> str:
    """Each row as a JSON document on a line of its own."""
    return _shown("".join(f"{text}\n" for text in _texts(rows, columns)))


def dumps(value: object, indent: int | None = None) -> str:
    """JSON that is safe for any terminal: characters that control it, or show nothing, are escaped,
    as JSON allows; no others are, so that grep finds a text. A program reads the same values from
    it."""
    return _shown(_encoded(value) if indent is None else _indented(value, "\n", " " * indent))


def _shown(text: str) -> str:
    """JSON with escapes for characters that control a terminal or show nothing."""
    if is_visible(text.replace("\n", "")):
        return text
    return "\n".join(map(_escaped, text.split("\n")))  # line ends within values are escaped already


def _escaped(line: str) -> str:
    if is_visible(line):
        return line
    before = ["", *line]
    return "".join(
        sign if is_shown(sign, previous) else json.dumps(sign)[1:-1]
        for sign, previous in zip(line, before)
    )


def _texts(
    rows: Sequence[tuple[Cell, ...]], columns: tuple[Column, ...], margin: str = ""
) -> Iterator[str]:
    """Each row as a JSON object, on one line, or each member after its own `margin`. As these texts
    are put together here, only cells that are objects or lists need an encoder, and a cell that
    many rows share, such as the labels of a stream, needs it once."""
    shown = [
        (at, f"{_string(column.key)}: ", column if column.kind in _CHANGED else None)
        for at, column in enumerate(columns)
        if column.kind not in SHOWN_ONLY
    ]
    between = f",{margin or ' '}"
    end = margin[:-2] + "}"
    known: dict[int, tuple[Cell, str]] = {}  # by the cell's id, unique while the cell exists
    for row in rows:
        members = []
        for at, name, column in shown:
            cell = value(row[at], column) if column else row[at]
            if isinstance(cell, str):
                members.append(name + _string(cell))
                continue
            if id(cell) not in known:
                if len(known) >= _KNOWN:
                    known.clear()
                known[id(cell)] = cell, _indented(cell, margin, "  ") if margin else _encoded(cell)
            members.append(name + known[id(cell)][1])
        yield "{" + margin + between.join(members) + end if members else "{}"


def _indented(value: object, margin: str, step: str) -> str:
    """JSON as json.dumps writes it with an indent, after a line end and `margin`. Flat values are
    encoded in C, which can't indent."""
    members: Collection[object]
    if isinstance(value, dict):
        members = value.values()
    elif isinstance(value, (list, tuple)):
        members = value
    else:
        return _encoded(value)
    inner = margin + step
    if not any(isinstance(member, (dict, list, tuple)) for member in members):
        text = json.JSONEncoder(ensure_ascii=False, separators=(f",{inner}", ": ")).encode(value)
    elif isinstance(value, dict):
        pairs = [f"{_string(name)}: {_indented(one, inner, step)}" for name, one in value.items()]
        text = "{" + f",{inner}".join(pairs) + "}"
    else:
        text = f"[{f',{inner}'.join(_indented(one, inner, step) for one in value)}]"
    return f"{text[0]}{inner}{text[1:-1]}{margin}{text[-1]}" if members else text


def value(cell: Cell, column: Column) -> Cell:
    """A cell as JSON and CSV contain it: numbers from others unchanged, since only a table is for
    people. Computed or measured numbers are rounded to millionths."""
    if column.kind == "moment" and isinstance(cell, int):
        return times.rfc3339(cell)
    ours = column.kind in _OURS
    return round(cell, 6) if ours and isinstance(cell, float) else cell
