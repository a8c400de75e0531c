"""The answer of a verb: rows under typed columns, whole or as they come, or plain text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Union

    Cell = Union[
        str,
        int,
        float,
        Mapping[str, "str | int"],
        "tuple[int | str, ...]",
        "tuple[Mapping[str, str | float | None], ...]",
        None,
    ]


class Column:
    """A column: `key` in JSON and CSV, `header` above the plain column.

    `kind` is `text`, `count`, `bytes`, `share` (0 to 1), `change` (0.5 is half more, -1 is all
    gone), `seconds` (a duration), `moment` (ns since the epoch; in plain columns to the minute, or
    with `seconds`), `labels` (names and values; those in `omit` are left out of the plain column),
    `bars` (counts, drawn only on terminals that can), `lines` (of text, below their row in plain
    columns; a list in JSON, one field in CSV), `data` (objects; only for `detail` columns),
    `estimate` (a text only for plain columns; its numbers are in `detail` columns).

    If a row is wider than the terminal, a `flexible` column is cut; then columns are left out:
    those of a Table without content, then those with a `drop`, the lowest number first, of equal
    ones the left one. A `detail` column is only in JSON and CSV; one of
    `lines` is below its row, too, but only in part.

    `of` is how the cell is read from a typed row: the name of an attribute, by default the key, or
    the path to it (`certificate.issuer`); or a function of the row. A path gives None if the row
    has no such attribute, if a part of it is None, and for an empty text.
    """

    __slots__ = ("detail", "drop", "flexible", "header", "key", "kind", "of", "omit", "seconds")

    def __init__(
        self,
        key: str,
        kind: str = "text",
        flexible: bool = False,
        omit: frozenset[str] = frozenset(),
        header: str = "",
        drop: int = 0,
        detail: bool = False,
        seconds: bool = False,
        of: str | Callable[[Any], Cell] = "",
    ) -> None:
        self.key = key
        self.header = header or key.upper()
        self.kind = kind
        self.flexible = flexible
        self.omit = omit
        self.drop = drop
        self.detail = detail
        self.seconds = seconds
        self.of = of or key

    def cell(self, row: Any) -> Cell:
        """Return the cell of a typed row."""
        if not isinstance(self.of, str):
            return self.of(row)
        for name in self.of.split("."):
            row = getattr(row, name, None)
        value: Cell = row
        return None if value == "" else value


class Table:
    """Rows, with everything else that a reader needs. A row is a tuple of cells, or an object that
    the columns read.

    `schema` names and numbers the JSON shape (`homelab.usage-top/1`). `facts` are beside the rows
    in JSON. `notes` and, if there are no rows, `empty` are printed on stderr. `code` is the verb's
    exit code. `left_out` names the columns that did not fit the terminal, once the table is
    printed. The last `folded` rows report no problem: plain columns show the sentence `fine`
    instead of them; JSON and CSV, for programs, have every row.
    """

    __slots__ = (
        "code", "columns", "empty", "facts", "fine", "folded", "left_out", "notes", "rows",
        "schema",
    )  # fmt: skip

    def __init__(
        self,
        schema: str,
        columns: tuple[Column, ...],
        rows: Sequence[Any],
        facts: dict[str, object] | None = None,
        notes: tuple[str, ...] = (),
        empty: str = "",
        code: int = 0,
        folded: int = 0,
        fine: str = "",
    ) -> None:
        self.schema = schema
        self.columns = columns
        self.rows: list[tuple[Cell, ...]] = [
            row if isinstance(row, tuple) else tuple(column.cell(row) for column in columns)
            for row in rows
        ]
        self.folded = folded
        self.left_out = ""
        self.fine = fine
        self.facts = facts or {}
        self.notes = notes
        self.empty = empty
        self.code = code


class Stream:
    """Rows that are printed as they come, batch by batch: for answers that do not fit in memory, or
    have no end. All else is as in a Table, but values that are known only after the last row may be
    set until then: the verb that makes the batches changes `facts`, `notes` and `code`.

    In JSON the facts come after the rows; if the rows are `apart`, each is a document of its own on
    its own line (JSON lines), without schema and facts. Plain columns are as wide as the first
    batch needs, and become wider when a later one needs more; `plain` prints rows that are not
    columns (a batch and the terminal's width → text).
    """

    __slots__ = (
        "apart", "batches", "code", "columns", "count", "empty", "facts", "left_out", "notes",
        "plain", "schema",
    )  # fmt: skip

    def __init__(
        self,
        schema: str,
        columns: tuple[Column, ...],
        batches: Iterator[list[Any]],
        facts: dict[str, object] | None = None,
        empty: str = "",
        apart: bool = False,
        plain: Callable[[list[Any], int], str] | None = None,
    ) -> None:
        self.schema = schema
        self.columns = columns
        self.batches = batches
        self.facts = facts or {}
        self.notes: list[str] = []
        self.empty = empty
        self.code = 0
        self.apart = apart
        self.left_out = ""
        self.plain = plain
        self.count = 0  # rows printed so far

    def close(self) -> None:
        """Close the generator of the batches, when no more of them are wanted: nothing that it has
        begun goes on, even if others still refer to it."""
        close = getattr(self.batches, "close", None)  # of a generator
        if close:
            close()


class Text:
    """An answer that is plain text: lines, without control characters."""

    __slots__ = ("code", "text")

    def __init__(self, text: str, code: int = 0) -> None:
        self.text = text
        self.code = code
