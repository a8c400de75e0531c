"""Rows as plain columns: two spaces between, header in capitals, numbers to the right.

The same rows and columns come out at a terminal and in a pipe; only a terminal has a width to
respect. What it would act on is shown escaped in both: most pipes end at a terminal.
"""

from __future__ import annotations

from homelab import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.output.answer import Cell, Column, Table

RIGHT = ("bytes", "count", "share", "change", "seconds")
_INDENT = "    "
_WIDEST = 500  # columns; a wider cell makes no other row longer, or few would fill the memory
_LEAST, _FAIR = 8, 24  # columns of a terminal for text that gives way; where others do, too
_ENDLESS = 100_000  # characters, of which nobody needs to know how wide they are
_BARS = "▁▂▃▄▅▆▇█"
# Characters that show nothing though `isprintable` holds: fillers, joiners, variation selectors.
_ASCII = bytes(range(128))
_EMOJI_STYLE = "\ufe0e\ufe0f"
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
).union(map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0)))


def render(table: Table, header: bool = True, width: int = 0, draws: bool = False) -> str:
    """The table as text without its folded rows, each line ended. `width` is the terminal's (0: not
    a terminal), which `draws` where it can show block elements."""
    rows = table.rows[: len(table.rows) - table.folded]
    return Widening(table.columns, header, width, draws).lines(rows)


class Widening:
    """Rows that come in batches: each is as wide as the widest so far, and the header, if there is
    one, stands above the first."""

    def __init__(
        self, columns: tuple[Column, ...], header: bool, width: int, draws: bool = False
    ) -> None:
        shown = [
            not c.detail and c.kind != "lines" and (c.kind != "bars" or (draws and width > 0))
            for c in columns
        ]
        self._shown = [index for index, is_shown in enumerate(shown) if is_shown]
        self._below = [index for index, column in enumerate(columns) if column.kind == "lines"]
        self._columns = [columns[index] for index in self._shown]
        self._header = header
        self._width = width
        self._widths = [0] * len(self._columns)

    def lines(self, rows: list[tuple[Cell, ...]]) -> str:
        """A batch as text, each line ended."""
        columns = self._columns
        lines = [
            [shown(row[index], column) for index, column in zip(self._shown, columns)]
            for row in rows
        ]
        if self._header:
            lines.insert(0, [column.header for column in columns])
            self._header = False
        lines = [[visible(cell) for cell in line] for line in lines]
        for index, cells in enumerate(zip(*lines)):
            usual = [width for width in map(columns_of, cells) if width <= _WIDEST]
            self._widths[index] = max(self._widths[index], *usual, 0)
        widths = list(self._widths)
        if self._width:
            columns, lines, widths = _dropped(columns, lines, widths, self._width)
            _narrow(columns, lines, widths, self._width)
        texts = [_line(line, columns, widths) for line in lines]
        if self._below:
            above = len(texts) - len(rows)
            texts[above:] = [text + self._indented(row) for text, row in zip(texts[above:], rows)]
        return "".join(texts)

    def _indented(self, row: tuple[Cell, ...]) -> str:
        """The lines that stand below a row."""
        lines: list[str] = []
        for index in self._below:
            cell = row[index]
            if isinstance(cell, tuple):
                lines += [_INDENT + visible(str(line)) for line in cell]
        return "".join((cut(line, self._width) if self._width else line) + "\n" for line in lines)


def shown(cell: Cell, column: Column) -> str:
    """The text of a cell, as columns and pages have it."""
    if cell is None:
        return "-"
    if column.kind == "share" and isinstance(cell, (int, float)):
        return f"{cell * 100:.0f}%" if cell >= 0.1 or not cell else f"{cell * 100:.1f}%"
    if column.kind == "bytes" and isinstance(cell, int):
        return _size(cell)
    if column.kind == "change" and isinstance(cell, (int, float)):
        return f"{cell * 100:+.0f}%" if round(cell * 100) else "0%"
    if column.kind == "seconds" and isinstance(cell, (int, float)):
        return times.took(cell)
    if column.kind == "moment" and isinstance(cell, int):
        return times.local(cell, seconds=column.seconds)
    if isinstance(cell, dict):
        pairs = sorted(pair for pair in cell.items() if pair[0] not in column.omit)
        return " ".join(f"{name}={value}" for name, value in pairs) or "-"
    if isinstance(cell, tuple):
        counts = [count for count in cell if isinstance(count, int)]
        most = max(counts, default=0)
        return "".join(" " if not n else _BARS[-(-n * len(_BARS) // most) - 1] for n in counts)
    return str(cell)


def _size(number: int) -> str:
    """Bytes for a reader: `512 B`, `1.5 KiB`, `23 MiB`."""
    size, units = float(number), ["B", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1000 and len(units) > 1:
        size /= 1024
        del units[0]
    digits = 1 if size < 10 and units[0] != "B" else 0
    return f"{size:.{digits}f} {units[0]}"


def visible(text: str) -> str:
    """`text` on one line, without what a terminal would act on (controls of ASCII and Latin-1, and
    the marks that turn the writing direction around) or not show at all."""
    if is_visible(text):
        return text
    before = ["", *text]
    return "".join(map(_escaped, text, before))


def visible_lines(text: str) -> str:
    """A text of several lines, each of them as `visible` has it; tabs stay."""
    if is_visible(text.replace("\n", "").replace("\t", "")):
        return text
    lines = text.split("\n")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in lines)


def is_visible(text: str) -> bool:
    """Whether all of `text` shows, on one line."""
    if text.isascii() or not text.isprintable():
        return text.isprintable()
    # the few characters beyond ASCII alone: to look at each one takes ten times as long
    return _INVISIBLE.isdisjoint(text.encode().translate(None, _ASCII).decode())


def is_shown(character: str, before: str) -> bool:
    """Whether a character may stand as it is behind the one `before` it."""
    if character == "\u3000" or (character.isprintable() and character not in _INVISIBLE):
        return True
    # behind a sign it chooses between two pictures: \u26a0\ufe0f
    return character in _EMOJI_STYLE and not (before.isascii() or before.isalnum())


def _escaped(character: str, before: str) -> str:
    """A character as it is shown behind the one `before` it."""
    if is_shown(character, before):
        return character
    if character in "\t\r\n":
        return {"\t": "\\t", "\r": "\\r", "\n": "\\n"}[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def columns_of(text: str) -> int:
    """How many columns of a terminal `text` takes: wide signs take two, combining ones none."""
    if text.isascii() or len(text) > _ENDLESS:
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


class _Widths(dict[str, int]):
    """How many columns a character takes."""

    def __missing__(self, sign: str) -> int:
        import unicodedata

        wide = unicodedata.east_asian_width(sign) in "WF"
        width = self[sign] = 0 if unicodedata.combining(sign) else 1 + wide
        return width


_WIDTHS = _Widths()  # of the characters that were seen in this process


def _dropped(
    columns: list[Column], lines: list[list[str]], widths: list[int], width: int
) -> tuple[list[Column], list[list[str]], list[int]]:
    """Without the columns that may be dropped, as many as there is no room for; what was there is
    an ellipsis."""
    surplus = _surplus(widths, width)
    droppable = [index for index, column in enumerate(columns) if column.drop]
    if surplus <= 0 or not droppable:
        return columns, lines, widths
    surplus += 3  # the ellipsis
    gone = []
    for index in droppable:
        if surplus > 0:
            gone.append(index)
            surplus -= widths[index] + 2
    first, *rest = gone
    kept = [index for index in range(len(columns)) if index not in rest]
    lines = [["…" if index == first else line[index] for index in kept] for line in lines]
    widths = [1 if index == first else widths[index] for index in kept]
    return [columns[index] for index in kept], lines, widths


def _surplus(widths: list[int], width: int) -> int:
    return sum(widths) + 2 * (len(widths) - 1) - width


def _narrow(columns: list[Column], lines: list[list[str]], widths: list[int], width: int) -> None:
    flexible = [column.flexible for column in columns]
    least = [min(w, _LEAST) if gives else w for gives, w in zip(flexible, widths)]
    if any(flexible) and _surplus(least, width) > 0:
        # there is no room: a long name makes its own row too wide, and not all of them
        wanted = [min(w, _FAIR) if gives else w for gives, w in zip(flexible, widths)]
        widest = max(range(len(columns)), key=lambda index: wanted[index])
        if columns[widest].kind not in RIGHT and not flexible[widest]:
            widths[widest] = max(wanted[widest] - _surplus(wanted, width), _FAIR)
    surplus = _surplus(widths, width)
    for index, column in enumerate(columns):
        if column.flexible and surplus > 0:
            room = max(widths[index] - surplus, _LEAST)
            for line in lines:
                line[index] = cut(line[index], room)
            surplus -= widths[index] - room
            widths[index] = room


def cut(text: str, room: int) -> str:
    """`text`, with its end left out where it takes more than `room` columns of a terminal."""
    if columns_of(text) <= room:
        return text
    if text.isascii():
        return text[: max(room - 1, 0)] + "…"
    left = room - 1
    for place, sign in enumerate(text):
        left -= columns_of(sign)
        if left < 0:
            return text[:place] + "…"
    return text + "…"


def _line(cells: list[str], columns: list[Column], widths: list[int]) -> str:
    parts = []
    for cell, column, width in zip(cells, columns, widths):
        if column is columns[-1] and column.kind not in RIGHT:
            padding = ""  # one long line makes no other one longer
        else:
            padding = " " * (width - columns_of(cell))
        parts.append(padding + cell if column.kind in RIGHT else cell + padding)
    return "  ".join(parts).rstrip(" ") + "\n"
