"""The shape of what a verb answers: rows under typed columns, whole or as they come,
or a plain text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Union

    Cell = Union[str, int, float, Mapping[str, "str | int"], "tuple[int | str, ...]", None]


class Column:
    """A column: `key` in JSON and CSV, `header` above the plain column.

    `kind` is `text`, `count`, `bytes`, `share` (0 to 1), `change` (0.5 is half more, -1 is all
    gone), `seconds` (how long something took), `moment` (ns since the epoch; in plain columns to
    the minute, or with `seconds`), `labels` (names and values; those in `omit` are left out of the
    plain column), `bars` (counts, drawn where a terminal can, and nowhere else), `lines` (of text,
    which stand below their row in plain columns; a list in JSON, one field in CSV), `estimate` (a
    text of plain columns alone, whose numbers stand beside it in `detail` columns).

    Where a row is wider than the terminal, and only there, a `flexible` column is cut; then columns
    with a `drop` are left out: the lowest number first, of equal ones the left one; 0 never is. A
    `detail` stands in JSON and CSV alone.

    `of` says how the cell is read from a typed row: the name of an attribute, by default the key,
    or the path to it (`certificate.issuer`); or a function of the row. A path gives None where the
    row has no such attribute, where None is on the way, and for an empty text.
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
        """The cell of a typed row."""
        if not isinstance(self.of, str):
            return self.of(row)
        for name in self.of.split("."):
            row = getattr(row, name, None)
        value: Cell = row
        return None if value == "" else value


class Table:
    """Rows, and what a reader needs to know beside them. A row is a tuple of cells, or an object
    that the columns read.

    `schema` names and numbers the JSON shape (`homelab.usage-top/1`). `facts` stand beside the rows
    in JSON. `notes` and, where there are no rows, `empty` are talk for stderr. `code` is the verb's
    exit code. `left_out` names the columns for which the terminal had no room, once it is printed.
    The last `folded` rows tell of nothing wrong: plain columns leave them out, and the sentence
    `fine` stands for them; JSON and CSV, which programs read, have every row.
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
    """Rows that are printed as they come, batch by batch: for answers that memory can't hold, or
    that have no end. All else is as in a Table, but what is known only when the last row has come
    may be set until then: the verb that makes the batches changes `facts`, `notes` and `code`.

    In JSON the facts stand behind the rows; where the rows are `apart`, each is a document of its
    own on a line of its own (JSON lines), without schema and facts. Plain columns are as wide as
    the first batch needs, and wider from where a later one needs more; `plain` writes them instead
    (a batch and the terminal's width → text) where rows are no columns.
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
        """End what makes the batches, where nobody takes more of them: nothing that it has begun
        goes on, whoever still refers to it."""
        close = getattr(self.batches, "close", None)  # of a generator
        if close:
            close()


class Text:
    """An answer that is its own text: lines, without what a terminal would act on."""

    __slots__ = ("code", "text")

    def __init__(self, text: str, code: int = 0) -> None:
        self.text = text
        self.code = code
