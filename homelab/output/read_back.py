"""Pure: read back what another run of homelab has printed: a document of `output.document`, with
its facts, and its rows as cells of columns; and its message on stderr.

The run may be one on another host, of another version. What this one does not know is kept, and
what has another shape is refused, so that nothing is read as fine by mistake.
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
_DEEPEST = 50  # objects and lists inside each other; writing them again takes a call for each
OURS = "homelab: "  # in front of our sentences on stderr
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
            text.decode("utf-8"),
            parse_int=_whole,
            parse_float=_decimal,
            parse_constant=_no_number,
            object_pairs_hook=_members,
        )
    except _Twice as twice:
        raise ValueError(f"its answer has the key {twice.key!r} twice in one object") from None
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
    if any(_is_deep(value) for values in (found, *rows) for value in values.values()):
        raise ValueError(f"its answer has more than {_DEEPEST} lists or objects inside each other")
    return Document(told, found, rows)


def message(err: str) -> str:
    """The last sentence of homelab in the text of its stderr, without the program's name in front;
    "" if there is none."""
    found = [line[len(OURS) :].strip() for line in err.split("\n") if line.startswith(OURS)]
    return found[-1] if found else ""


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
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and abs(value) < _LARGEST:
            return value  # type: ignore[no-any-return]
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


def _is_deep(value: Any) -> bool:
    """Whether more lists and objects are inside each other than `_DEEPEST`."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(_DEEPEST):
        if not level:
            return False
        inner = [
            one for each in level for one in (each.values() if isinstance(each, dict) else each)
        ]
        level = [one for one in inner if isinstance(one, (dict, list))]
    return bool(level)


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


class _Twice(Exception):
    """An object has two members of that `key`; which of them is true can't be known."""

    def __init__(self, key: str) -> None:
        self.key = key[:40]


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for at, key in enumerate(keys) if key in keys[:at]))
    return members


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError
    return int(digits)


def _decimal(text: str) -> float:
    number = float(text)
    if not abs(number) < _LARGEST:  # 1e999 is infinite, which JSON can't have
        raise ValueError
    return number


def _no_number(_: str) -> float:
    raise ValueError


def _beginning(text: bytes) -> str:
    """The beginning of a text, for a sentence."""
    first = text.split(b"\n", 1)[0].strip()
    return repr(first[:40].decode("utf-8", "replace") + ("…" if len(first) > 40 else ""))
