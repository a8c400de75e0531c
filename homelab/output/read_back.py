"""Pure: read a document of `output.document` back: its facts, and its rows as cells of columns.

It comes from another host, whose homelab may be another version. What this one does not know is
kept, and what has another shape is refused, so that nothing is read as fine by mistake.
"""

from __future__ import annotations

import datetime
import json

from homelab.output.columns import SHOWN_ONLY
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.output.answer import Cell, Column

MOST_VALUES = 1_000_000  # in a document
_DIGITS = 20  # a longer number is slow to read, and none of ours
_NUMBERS = ("bytes", "change", "count", "seconds", "share")
_LARGEST = 1 << 64  # no number of ours is larger, and a float beyond it can't be shown as a time
_EPOCH = datetime.datetime(1970, 1, 1)


class Document:
    """A document: its `schema`, its `facts` (all other members), and its `rows` as objects."""

    __slots__ = ("facts", "rows", "schema")

    def __init__(self, schema: str, facts: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        self.schema = schema
        self.facts = facts
        self.rows = rows


def document(data: bytes, schema: str) -> Document:
    """The document in UTF-8 JSON of that `schema` (`homelab.host-status/1`), of any number. Raises
    ValueError with a clause that says what it is instead."""
    text = data.strip()
    if not text:
        raise ValueError("it printed nothing")
    if sum(map(text.count, (b",", b"[", b"{", b":"))) > 4 * MOST_VALUES:
        raise ValueError(f"its answer has more than {MOST_VALUES} values; ask for less")
    try:
        found = json.loads(
            text.decode("utf-8"), parse_int=_whole, parse_float=_decimal, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        what = "is cut off, or not JSON" if text[:1] == b"{" else "is not JSON"
        raise ValueError(f"its answer {what}: {_beginning(text)}") from None
    name = schema.rpartition("/")[0]
    told = found.get("schema") if isinstance(found, dict) else None
    if not isinstance(told, str) or told.rpartition("/")[0] != name:
        raise ValueError(f"its answer is not a document {schema}: {_beginning(text)}")
    rows = found.pop("rows", None)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"its document {told} has no rows")
    del found["schema"]
    return Document(told, found, rows)


def cells(row: dict[str, Any], columns: tuple[Column, ...]) -> tuple[Cell, ...]:
    """The cells of a row of a document below `columns`; None for a missing one. Raises ValueError
    with a clause for a value that the kind of its column can't have."""
    return tuple(_cell(row.get(column.key), column) for column in columns)


def unknown(rows: list[dict[str, Any]], columns: tuple[Column, ...]) -> list[str]:
    """The keys of the rows that are not those of `columns`, in the order in which they come."""
    known = {column.key for column in columns}
    return [key for key in dict.fromkeys(key for row in rows for key in row) if key not in known]


def moment(text: str) -> int:
    """The moment (ns) of `2026-11-23T20:10:34.883967747Z`, exact to the ns, as `times.rfc3339`
    writes it. Raises ValueError."""
    whole, _, fraction = text[:-1].partition(".")
    if text[-1:] != "Z" or len(whole) != 19 or not whole.isascii() or len(fraction) > 9:
        raise ValueError
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        raise ValueError
    passed = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S") - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * SECOND + int(fraction.ljust(9, "0"))


def _cell(value: Any, column: Column) -> Cell:
    if value is None or column.kind in SHOWN_ONLY:
        return None
    if column.kind == "moment":
        try:
            if isinstance(value, str):
                return moment(value)
        except ValueError:
            pass
    elif column.kind in _NUMBERS:
        number: int | float = value if isinstance(value, (int, float)) else _LARGEST
        if -_LARGEST < number < _LARGEST and not isinstance(value, bool):
            return number
    elif column.kind == "labels":
        if isinstance(value, dict) and all(_is_plain(one) for one in value.values()):
            return {name: one if isinstance(one, int) else str(one) for name, one in value.items()}
    elif column.kind == "lines":
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            return tuple(value)
    elif column.kind == "data":
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return tuple(value)
    elif _is_plain(value):
        return value if isinstance(value, (str, float)) else int(value)
    raise ValueError(f"its column {column.key} has another kind of value than here")


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError
    return int(digits)


def _decimal(text: str) -> float:
    number = float(text)
    if number - number != 0:  # 1e999 is infinite, which JSON can't have
        raise ValueError
    return number


def _no_number(_: str) -> float:
    raise ValueError


def _beginning(text: bytes) -> str:
    """The beginning of a text, for a sentence."""
    first = text.split(b"\n", 1)[0].strip()
    return repr(first[:40].decode("utf-8", "replace") + ("…" if len(first) > 40 else ""))
