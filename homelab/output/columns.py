"""Rows as plain columns: two spaces in between, header in capitals, numbers to the right.

A pipe gets every row and column, each row on one line, without colours. Only a terminal has a
width: there `flexible` columns are cut, then whole columns are left out (first those without
content), and the text of the last column continues on the next line. Control characters are escaped
in both: most pipes end at a terminal.
"""

from __future__ import annotations

from homelab import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.output.answer import Cell, Column, Table

RIGHT = ("bytes", "count", "share", "change", "seconds", "estimate")
SHOWN_ONLY = ("bars", "estimate")  # kinds of columns that are not in JSON and CSV
_INDENT = "    "
_NOTHING = "-"  # shown for a cell without content
_WIDEST = 500  # columns; a wider cell does not widen other rows, or a few would fill the memory
_LEAST, _FAIR = 8, 24  # columns of a terminal for text that is cut; if others are, too
_READABLE = 32  # columns of a terminal for the last column's text; others are left out for it
_WORD = 16  # columns of a word that is left out whole where a text is cut
_FEW = 4  # at most one row in this many may be too wide for the column with its name
_FIRST = 5  # lines below a row of a `detail` column
_NAMED = 6  # columns that the sentence about left-out columns names
_ENDLESS = 100_000  # characters; the exact width of a longer text does not matter
_STATES = ("state", "level")  # keys of columns that have colours
_BARS = "▁▂▃▄▅▆▇█"
# Characters that show nothing although `isprintable` is true: fillers, joiners, variation
# selectors.
_ASCII = bytes(range(128))
_EMOJI_STYLE = "\ufe0e\ufe0f"
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
).union(map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0)))


def render(
    table: Table, header: bool = True, width: int = 0, draws: bool = False, coloured: bool = False
) -> str:
    """The table as text without its folded rows, each line ended. `width` is the terminal's (0: not
    a terminal), `draws` whether it can show block elements, `coloured` whether it may have colours.
    Columns that do not fit are named in the table's `left_out`."""
    rows = table.rows[: len(table.rows) - table.folded]
    widening = Widening(table.columns, header, width, draws, coloured)
    text = widening.lines(rows, whole=True)
    table.left_out = widening.left_out()
    return text


class Widening:
    """Rows that come in batches: each is as wide as the widest so far, and the header, if there is
    one, is above the first."""

    def __init__(
        self,
        columns: tuple[Column, ...],
        header: bool,
        width: int,
        draws: bool = False,
        coloured: bool = False,
    ) -> None:
        shown = [
            not c.detail and c.kind != "lines" and (c.kind != "bars" or (draws and width > 0))
            for c in columns
        ]
        self._shown = [index for index, is_shown in enumerate(shown) if is_shown]
        self._below = [index for index, column in enumerate(columns) if column.kind == "lines"]
        self._short = {index for index in self._below if columns[index].detail}
        self._columns = [columns[index] for index in self._shown]
        self._header = header
        self._width = width
        self._painted: Callable[[str, str], str] | None = None
        if coloured:
            from homelab.output.colours import painted  # most pipes want none

            self._painted = painted
        self._widths = [0] * len(self._columns)
        self._gone: list[str] = []  # headers of columns that did not fit

    def lines(self, rows: list[tuple[Cell, ...]], whole: bool = False) -> str:
        """A batch as text, each line ended. If it is the `whole` table, columns that have no
        content are known, and are the first to be left out."""
        columns = self._columns
        lines = [
            [shown(row[index], column) for index, column in zip(self._shown, columns)]
            for row in rows
        ]
        empty = set()
        if whole and self._width:
            contents = map(set, zip(*lines))
            empty = {at for at, cells in enumerate(contents) if at and cells == {_NOTHING}}
        if self._header:
            lines.insert(0, [column.header for column in columns])
            self._header = False
        lines = [[visible(cell) for cell in line] for line in lines]
        for index, cells in enumerate(zip(*lines)):
            usual = [width for width in map(columns_of, cells) if width <= _WIDEST]
            self._widths[index] = max(self._widths[index], *usual, 0)
        widths = list(self._widths)
        if self._width:
            kept = _kept(columns, widths, self._width, empty)
            named = (at for at in range(len(columns)) if at not in kept and at not in empty)
            gone = [columns[at].header for at in named]
            self._gone += [name for name in gone if name not in self._gone]
            lines = [[line[index] for index in kept] for line in lines]
            widths = [widths[index] for index in kept]
            columns = [columns[index] for index in kept]
            _narrow(columns, lines, widths, self._width)
        above = len(lines) - len(rows)  # the header
        shortest = 0
        if above and self._width:
            lasts = (columns_of(line[-1]) for line in lines[above:])
            shortest = min((width for width in lasts if width > 1), default=0)
        texts = [
            self._line(line, columns, widths, shortest if at < above else 0)
            for at, line in enumerate(lines)
        ]
        if self._below:
            texts[above:] = [text + self._indented(row) for text, row in zip(texts[above:], rows)]
        return "".join(texts)

    def left_out(self) -> str:
        """The sentence about the columns that did not fit, "" if all did."""
        if not self._gone:
            return ""
        more = len(self._gone) - _NAMED
        names = ", ".join(self._gone[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"hidden, because the terminal has {self._width} columns: {names} (--json has all)"

    def _line(
        self, cells: list[str], columns: list[Column], widths: list[int], least: int = 0
    ) -> str:
        """A row. Its last text goes where one of at least the `least` width would, so that a header
        is above the texts of its column."""
        parts = []
        for cell, column, width in zip(cells, columns, widths):
            # one long line does not widen the others
            endless = column is columns[-1] and column.kind not in RIGHT
            padding = "" if endless else " " * (width - columns_of(cell))
            if self._painted and column.key in _STATES:
                cell = self._painted(cell, cell)
            parts.append(padding + cell if column.kind in RIGHT else cell + padding)
        line = "  ".join(parts).rstrip(" ")
        if self._width and _wraps(columns) and columns_of(cells[-1]) > 1:
            start = sum(widths[:-1]) + 2 * (len(widths) - 1)
            before = "  ".join(parts[:-1])
            taken = sum(max(columns_of(cell), width) + 2 for cell, width in zip(cells[:-1], widths))
            needed = max(columns_of(cells[-1]), least)
            if taken + needed > self._width:
                line = _continued(before, taken, cells[-1], start, self._width, needed)
        return line + "\n"

    def _indented(self, row: tuple[Cell, ...]) -> str:
        """The lines below a row."""
        lines: list[str] = []
        for index in self._below:
            cell = row[index]
            if isinstance(cell, tuple):
                shown = cell
                if index in self._short and len(cell) > _FIRST:
                    from homelab.texts import numbered  # most tables have no such lines

                    more = numbered(len(cell) - _FIRST, "more line")
                    shown = (*cell[:_FIRST], f"… {more} (--json has all)")
                lines += [_INDENT + visible(str(line)) for line in shown]
        return "".join((cut(line, self._width) if self._width else line) + "\n" for line in lines)


def shown(cell: Cell, column: Column) -> str:
    """The text of a cell in columns and pages."""
    if cell is None:
        return _NOTHING
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
    if isinstance(cell, float) and column.kind == "count":
        return f"{cell:.6g}"
    if isinstance(cell, dict):
        pairs = [pair for pair in cell.items() if pair[0] not in column.omit]
        pairs.sort(key=lambda pair: (len(pair[0]) if pair[0].isdigit() else 0, pair[0]))
        return " ".join(f"{name}={value}" for name, value in pairs) or _NOTHING
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
    """`text` on one line, with all characters escaped that control a terminal (controls of ASCII
    and Latin-1, and marks that reverse the writing direction) or show nothing."""
    if is_visible(text):
        return text
    before = ["", *text]
    return "".join(map(_escaped, text, before))


def visible_lines(text: str) -> str:
    """A text of several lines, each escaped like `visible`; tabs stay."""
    if is_visible(text.replace("\n", "").replace("\t", "")):
        return text
    lines = text.split("\n")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in lines)


def is_visible(text: str) -> bool:
    """Whether all of `text` is visible, on one line."""
    if text.isascii() or not text.isprintable():
        return text.isprintable()
    # look only at the few characters beyond ASCII: looking at each one takes ten times as long
    return _INVISIBLE.isdisjoint(text.encode().translate(None, _ASCII).decode())


def is_shown(character: str, before: str) -> bool:
    """Whether a character may be printed unchanged after the one `before` it."""
    if character == "\u3000" or (character.isprintable() and character not in _INVISIBLE):
        return True
    # after a symbol it chooses between two pictures: \u26a0\ufe0f
    return character in _EMOJI_STYLE and not (before.isascii() or before.isalnum())


def _escaped(character: str, before: str) -> str:
    """A character as it is shown after the one `before` it."""
    if is_shown(character, before):
        return character
    if character in "\t\r\n":
        return {"\t": "\\t", "\r": "\\r", "\n": "\\n"}[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def columns_of(text: str) -> int:
    """How many columns of a terminal `text` takes: wide characters take two, combining ones
    none."""
    if text.isascii() or len(text) > _ENDLESS:
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


class _Widths(dict[str, int]):
    """The number of columns of each character."""

    def __missing__(self, sign: str) -> int:
        import unicodedata

        wide = unicodedata.east_asian_width(sign) in "WF"
        width = self[sign] = 0 if unicodedata.combining(sign) else 1 + wide
        return width


_WIDTHS = _Widths()  # of the characters seen in this process


def _wraps(columns: list[Column]) -> bool:
    """Whether the last column is text that continues on the next line: a `flexible` one is cut
    instead."""
    last = columns[-1]
    return last.kind == "text" and not last.flexible and len(columns) > 1


def _kept(columns: list[Column], widths: list[int], width: int, empty: set[int]) -> list[int]:
    """The indices of the columns that fit, once text has been cut. The `empty` ones are the first
    to go."""
    wanted = [
        w if column.kind in RIGHT else min(w, _FAIR if column.flexible else _READABLE)
        for column, w in zip(columns, widths)
    ]
    surplus = _surplus(wanted, width)
    places = range(len(columns))
    gone = []
    for index in sorted(places, key=lambda place: (place not in empty, columns[place].drop)):
        if (columns[index].drop or index in empty) and surplus > 0:
            gone.append(index)
            surplus -= wanted[index] + 2
    for index in reversed(gone):  # after a wide one is gone, a narrow one may fit
        if index not in empty and wanted[index] + 2 + surplus <= 0:
            gone.remove(index)
            surplus += wanted[index] + 2
    return [index for index in places if index not in gone]


def _continued(before: str, taken: int, text: str, start: int, width: int, needed: int) -> str:
    """A row whose last `text` continues on further lines, broken at blanks only: a long word (a
    path, a URL) can be copied whole. `before` are its other columns, `taken` how many columns of
    the terminal they take, `start` where the last column begins, `needed` the columns of the text
    without breaks."""
    from homelab.texts import filled  # late: only some terminals need it

    if width - start < min(_FAIR, needed):
        start = len(_INDENT)
    lines = filled(text.split(" "), width - start, measure=columns_of)
    if taken != start:  # there is no room beside the other columns
        lines.insert(0, "")
    first, *more = lines
    return "".join((f"{before}  {first}".rstrip(" "), *(f"\n{' ' * start}{line}" for line in more)))


def _surplus(widths: list[int], width: int) -> int:
    return sum(widths) + 2 * (len(widths) - 1) - width


def _narrow(columns: list[Column], lines: list[list[str]], widths: list[int], width: int) -> None:
    flexible = [column.flexible for column in columns]
    wrapped = _wraps(columns)
    if wrapped:  # the others are cut to make the last one readable
        widths[-1] = min(widths[-1], _READABLE)
    least = [min(w, _LEAST) if gives else w for gives, w in zip(flexible, widths)]
    if (wrapped or any(flexible)) and _surplus(least, width) > 0:
        # there is no room: a long name widens its own row, but not all rows
        wanted = [min(w, _FAIR) if gives else w for gives, w in zip(flexible, widths)]
        named = range(len(columns) - wrapped)
        widest = max(named, key=lambda index: wanted[index])
        if columns[widest].kind not in RIGHT and not flexible[widest]:
            room = max(wanted[widest] - _surplus(wanted, width), _FAIR)
            long = sum(columns_of(line[widest]) > room for line in lines)
            if not wrapped or long * _FEW <= len(lines):  # otherwise the last column begins below
                widths[widest] = min(widths[widest], room)
    surplus = _surplus(widths, width)
    for index, column in enumerate(columns):
        if column.flexible and surplus > 0:
            room = max(widths[index] - surplus, _LEAST)
            for line in lines:
                line[index] = cut(line[index], room)
            surplus -= widths[index] - room
            widths[index] = room


def cut(text: str, room: int) -> str:
    """`text` in at most `room` columns of a terminal. If it is longer, it ends with `…`, after a
    whole word unless that word is long."""
    if columns_of(text) <= room:
        return text
    end = max(room - 1, 0)
    if not text.isascii():
        left = room - 1
        for place, sign in enumerate(text):
            left -= columns_of(sign)
            if left < 0:
                end = place
                break
    blank = text.rfind(" ", max(end - _WORD, end // 2), end + 1)
    whole = text[: max(blank, 0)].rstrip(" ")
    return (whole or text[:end].rstrip(" ")) + "…"
