"""Pure: the Markdown of docs/*.md as text for a terminal.

It reads what those pages use: headings, paragraphs, lists, tables, fenced or indented code, inline
code, bold, emphasis, links. Images and HTML comments are left out. Characters that a terminal acts
on are shown escaped.
"""

from __future__ import annotations

from homelab.output.columns import columns_of, visible_lines
from homelab.texts import WIDTH, filled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_LEAST = 20  # columns that text gets, however narrow the terminal is
_BOLD, _PLAIN = "\x02", "\x03"  # where bold begins and ends; no page has them after visible_lines
_DEEPEST = 6  # lists or links within each other; text that is deeper stays as it is written
_LINK = 300  # characters of a link's text or target: a page of brackets takes no minutes
_TRIES = 8  # places where emphasis may end
_COLUMNS = 12  # of a table
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": " "}
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def render(text: str, width: int = WIDTH, bold: bool = False, verbs: Collection[str] = ()) -> str:
    """A page as lines of at most `width` columns, each line ended. Words and lines of code are
    never broken. Headings are `bold` or underlined. A link to a page becomes `homelab help NAME`,
    or `homelab help topics NAME` where one of the `verbs` begins with that name."""
    page = _Page(bold, frozenset(verbs))
    lines = page.blocks(_without_comments(_lines(text)), max(width, _LEAST), 0)
    shown = "".join(f"{line.rstrip(' ')}\n" for line in lines)
    on, off = ("\x1b[1m", "\x1b[0m") if bold else ("", "")
    return shown.replace(_BOLD, on).replace(_PLAIN, off)


def topic(file: str) -> str:
    """The name by which `homelab help` shows a file of docs/, "" where it shows it by none."""
    name = file[:-3] if file.endswith(".md") else ""
    return name if set(name) <= _NAME else ""


def summary(text: str) -> str:
    """The first sentence of a page as one line of plain text, "" if there is none."""
    lines = _without_comments(_lines(text))
    first: list[str] = []
    for line in lines:
        if _is_text(line) and line.strip():
            first.append(line.strip())
        elif first:
            break
    said = _Page(False, None).inline(" ".join(first))
    words = said.replace(_BOLD, "").replace(_PLAIN, "").split()
    for at, word in enumerate(words[:-1]):
        after = words[at + 1]
        if word.endswith(".") and (after[0].isupper() or after == "homelab"):
            return " ".join(words[: at + 1])
    return " ".join(words)


def _lines(text: str) -> list[str]:
    return visible_lines(text.replace("\r\n", "\n").replace("\xa0", " ")).expandtabs(4).split("\n")


def _without_comments(lines: list[str]) -> list[str]:
    """The lines without HTML comments that begin a line; code keeps its own."""
    kept: list[str] = []
    fence = ""
    inside = False
    for line in lines:
        if inside or (not fence and line.lstrip(" ").startswith("<!--")):
            _, end, rest = line.partition("-->")
            inside = not end
            if rest.strip():
                kept.append(rest)
            continue
        if not fence:
            fence = _fence(line)
        elif _closes(line, fence):
            fence = ""
        kept.append(line)
    return kept


def _fence(line: str) -> str:
    """The signs that open a block of code: three or more backquotes or tildes; "" for none."""
    start = line.lstrip(" ")
    sign = start[:1]
    count = len(start) - len(start.lstrip(sign)) if sign in ("`", "~") else 0
    return sign * count if count >= 3 and not (sign == "`" and "`" in start[count:]) else ""


def _closes(line: str, fence: str) -> bool:
    text = line.strip(" ")
    return len(text) >= len(fence) and not text.strip(fence[0])


def _heading(line: str) -> int:
    """The level of a heading, 0 where the line is none."""
    level = len(line) - len(line.lstrip("#"))
    return level if level <= 6 and line[level : level + 1] in (" ", "") else 0


def _marker(line: str) -> tuple[str, int]:
    """The mark of a list's item (`-`, `2.`), and where its text begins; ("", 0) if the line
    does not begin one."""
    start = line.lstrip(" ")
    mark, _, rest = start.partition(" ")
    number = mark[:-1] if mark.isascii() and mark.endswith(".") else ""
    if mark not in ("-", "*", "+") and not (number.isdigit() and len(number) < 9):
        return "", 0
    if not rest.strip():
        return "", 0
    return mark, len(line) - len(rest.lstrip(" "))


def _is_rule(line: str) -> bool:
    text = line.replace(" ", "")
    return len(text) >= 3 and text[0] in "-*_" and not text.strip(text[0])


def _is_row(line: str) -> bool:
    return line.lstrip(" ").startswith("|")


def _is_text(line: str) -> bool:
    """Whether the line can go on a paragraph: it begins nothing else."""
    other = _fence(line) or _heading(line) or _marker(line)[0] or _is_rule(line) or _is_row(line)
    return bool(line.strip()) and not other


def _divides(line: str) -> bool:
    """Whether the line is between a table's header and its rows: `|---|:-:|`."""
    return _is_row(line) and "-" in line and not line.strip("|-: ")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Page:
    """How a page is shown. `verbs` are first words that are verbs; None leaves all targets of links
    out."""

    def __init__(self, bold: bool, verbs: frozenset[str] | None) -> None:
        self._bold = bold
        self._verbs = verbs

    def blocks(self, lines: list[str], width: int, depth: int) -> list[str]:
        """The lines of a page, or of a list's item, as lines for the terminal."""
        shown: list[str] = []
        at, apart = 0, False
        while at < len(lines):
            if not lines[at].strip():
                at, apart = at + 1, True
                continue
            is_item = bool(_marker(lines[at])[0]) and depth < _DEEPEST and not _is_rule(lines[at])
            block, end = self._block(lines, at, width, depth)
            if block:
                tight = is_item or bool(shown and depth)
                shown += ["", *block] if shown and (apart or not tight) else block
                apart = False
            at = end
        return shown

    def _block(self, lines: list[str], at: int, width: int, depth: int) -> tuple[list[str], int]:
        """The block that begins at line `at`, as lines for the terminal, and the line after it."""
        line = lines[at]
        fence = _fence(line)
        if fence:
            return self._code(lines, at, fence)
        level = _heading(line)
        if level:
            return self._headed(line[level:].strip(" #"), level, width), at + 1
        if _is_rule(line):
            return [], at + 1
        if _is_row(line) and _divides(lines[at + 1] if at + 1 < len(lines) else ""):
            end = at + 2
            while end < len(lines) and _is_row(lines[end]):
                end += 1
            return self._table([lines[at], *lines[at + 2 : end]], width), end
        mark, start = _marker(line)
        if mark and depth < _DEEPEST:
            return self._item(lines, at, mark, start, width, depth)
        if _indent(line) >= 4 and not depth:
            end = at
            while end < len(lines) and (_indent(lines[end]) >= 4 or not lines[end].strip()):
                end += 1
            return [f"    {each[4:]}" for each in _trimmed(lines[at:end])], end
        end = at + 1
        while end < len(lines) and _is_text(lines[end]):
            end += 1
        said = " ".join(each.strip() for each in lines[at:end])
        return _wrapped(self.inline(said, quoted=True), width), end

    def _code(self, lines: list[str], at: int, fence: str) -> tuple[list[str], int]:
        indent = _indent(lines[at])
        end = at + 1
        while end < len(lines) and not _closes(lines[end], fence):
            end += 1
        inner = [each[min(indent, _indent(each)) :] for each in lines[at + 1 : end]]
        return [f"    {each}" for each in _trimmed(inner)], end + 1

    def _headed(self, text: str, level: int, width: int) -> list[str]:
        said = self.inline(text).replace(_BOLD, "").replace(_PLAIN, "")
        shown = _wrapped(said, width)
        if self._bold:
            return [f"{_BOLD}{each}{_PLAIN}" for each in shown]
        line = {1: "=", 2: "-"}.get(level, "")
        return [*shown, line * max(map(columns_of, shown))] if line and shown else shown

    def _item(
        self, lines: list[str], at: int, mark: str, start: int, width: int, depth: int
    ) -> tuple[list[str], int]:
        """An item of a list with all that is indented below it."""
        inner = [lines[at][start:]]
        end = at + 1
        while end < len(lines):
            line = lines[end]
            if line.strip():
                lazy = _is_text(line) and bool(lines[end - 1].strip())
                if _indent(line) <= _indent(lines[at]) and not lazy:
                    break
                inner.append(line[min(start, _indent(line)) :])
            elif any(_indent(each) > _indent(lines[at]) for each in lines[end + 1 : end + 2]):
                inner.append("")
            else:
                break
            end += 1
        head = "- " if mark in ("-", "*", "+") else f"{mark} "
        block = self.blocks(inner, max(width - len(head), _LEAST), depth + 1)
        blank = " " * len(head)
        return [(blank if index else head) + each for index, each in enumerate(block)], end

    def _table(self, rows: list[str], width: int) -> list[str]:
        """Plain columns. Where they have no room, the last is wrapped, then the others; where even
        their words have none, each row is a list of its cells."""
        cells = [[self.inline(cell) for cell in _cells(row)] for row in rows]
        count = min(len(cells[0]), _COLUMNS)
        cells = [(row + [""] * count)[:count] for row in cells]
        widths = [max(map(_width, column)) for column in zip(*cells)]
        least = [max(_longest(cell) for cell in column) for column in zip(*cells)]
        over = sum(widths) + 2 * (count - 1) - width
        last = count - 1
        others = sorted(range(last), key=lambda index: -widths[index])
        steps = [(last, width // 2), *((index, _LEAST) for index in others)]
        for index, fair in (*steps, *((index, 0) for index in (last, *others))):
            less = min(over, widths[index] - max(least[index], fair))
            if less > 0:
                widths[index] -= less
                over -= less
        if over > 0:
            return self._records(cells, width)
        head, *rest = cells
        shown = []
        if any(map(_width, head)):
            shown = _row([f"{_BOLD}{cell}{_PLAIN}" for cell in head], widths)
            shown += [] if self._bold else ["  ".join("-" * each for each in widths)]
        return shown + [line for row in rest for line in _row(row, widths)]

    def _records(self, cells: list[list[str]], width: int) -> list[str]:
        head, *rest = cells
        shown: list[str] = []
        for row in rest:
            shown += [""] if shown else []
            for name, cell in zip(head, row):
                said = f"{name}: {cell}" if _width(name) else cell
                first, *more = _wrapped(said, width) or [""]
                shown += [first, *(f"  {line}" for line in more)]
        return shown

    def inline(self, text: str, depth: int = 0, quoted: bool = False) -> str:
        """Text without its marks, but with the places where bold begins and ends. Code that is
        `quoted` stands out from the words around it: bold, or between backquotes."""
        parts: list[str] = []
        at = 0
        while at < len(text):
            sign = text[at]
            read = None
            if sign == "\\" and text[at + 1 : at + 2] in _PUNCTUATION:
                read = text[at + 1], at + 2
            elif sign == "`":
                read = _code_span(text, at)
                if read and quoted:
                    code = f"{_BOLD}{read[0]}{_PLAIN}" if self._bold else f"`{read[0]}`"
                    read = code, read[1]
            elif sign == "<":
                read = _angle(text, at)
            elif sign == "&":
                end = text.find(";", at, at + 7) + 1
                entity = _ENTITIES.get(text[at:end])
                read = (entity, end) if entity else None
            elif depth < _DEEPEST and (sign == "[" or text.startswith("![", at)):
                read = self._link(text, at, depth)
            elif depth < _DEEPEST and sign in "*_":
                read = self._stressed(text, at, depth, quoted)
            if read is None:
                count = 1
                while sign in "`*_" and text[at + count : at + count + 1] == sign:
                    count += 1
                read = sign * count, at + count
            parts.append(read[0])
            at = read[1]
        return "".join(parts)

    def _stressed(self, text: str, at: int, depth: int, quoted: bool) -> tuple[str, int] | None:
        """`*emphasis*` or `**bold**` at `at`; None where it is neither."""
        sign = text[at]
        count = 1
        while text[at + count : at + count + 1] == sign:
            count += 1
        start = at + count
        before = text[at - 1 : at] if at else ""
        if count > 3 or text[start : start + 1].strip() == "" or (sign == "_" and before.isalnum()):
            return None
        end = start
        for _ in range(_TRIES):
            end = text.find(sign * count, end + 1)
            if end < 0:
                break
            after = text[end + count : end + count + 1]
            word = sign == "_" and after.isalnum()
            if text[end - 1].strip() and text[end - 1] != "\\" and after != sign and not word:
                said = self.inline(text[start:end], depth + 1, quoted)
                return (f"{_BOLD}{said}{_PLAIN}" if count > 1 else said), end + count
        return None

    def _link(self, text: str, at: int, depth: int) -> tuple[str, int] | None:
        """The text of `[text](target)` with its target, "" for an image; None if it is neither."""
        image = text[at] == "!"
        start = at + 1 + image
        end = _closing(text, start, "[", "]")
        if end < 0 or text[end + 1 : end + 2] != "(":
            return None
        close = _closing(text, end + 2, "(", ")")
        if close < 0:
            return None
        if image:
            return "", close + 1
        target = (text[end + 2 : close].split() or [""])[0].strip("<>")
        return self._linked(self.inline(text[start:end], depth + 1), target), close + 1

    def _linked(self, said: str, target: str) -> str:
        if self._verbs is None:
            return said
        if target.startswith(("http://", "https://", "mailto:")):
            bare = target.partition(":")[2].lstrip("/").rstrip("/")
            if not said or said.rstrip("/") in (target.rstrip("/"), bare):
                return target
            return f"{said} ({target})"
        file = target.partition("#")[0]
        name = topic(file)
        if not name:
            return said or target
        command = f"homelab help {'topics ' if name in self._verbs else ''}{name}"
        plain = said.replace(_BOLD, "").replace(_PLAIN, "")
        return command if plain in ("", name, file, command) else f"{said} ({command})"


def _closing(text: str, at: int, opening: str, closing: str) -> int:
    """Where the bracket ends that opened before `at`, -1 if it does not."""
    depth, last = 0, min(len(text), at + _LINK)
    while at < last:
        if text[at] == "\\":
            at += 1
        elif text[at] == "`":
            span = _code_span(text, at)
            at = span[1] - 1 if span else at
        elif text[at] == opening and depth < _DEEPEST:
            depth += 1
        elif text[at] == opening:
            break
        elif text[at] == closing:
            if not depth:
                return at
            depth -= 1
        at += 1
    return -1


def _code_span(text: str, at: int) -> tuple[str, int] | None:
    """The inline code at `at` and where it ends; None where it is not closed."""
    count = 1
    while text[at + count : at + count + 1] == "`":
        count += 1
    end = text.find("`" * count, at + count)
    while end >= 0 and text[end + count : end + count + 1] == "`":
        while text[end : end + 1] == "`":
            end += 1
        end = text.find("`" * count, end)
    if end < 0:
        return None
    said = text[at + count : end]
    if said.strip() and said[0] == said[-1] == " ":
        said = said[1:-1]
    return said, end + count


def _angle(text: str, at: int) -> tuple[str, int] | None:
    """The address of `<https://…>`, "" for a comment; None if it is neither."""
    if text.startswith("<!--", at):
        end = text.find("-->", at + 4)
        return ("", end + 3) if end >= 0 else None
    end = text.find(">", at)
    inner = text[at + 1 : end] if end >= 0 else ""
    is_url = inner.startswith(("http://", "https://")) and " " not in inner
    return (inner, end + 1) if is_url else None


def _cells(row: str) -> list[str]:
    """The cells of a table's row; `\\|` is a sign in one."""
    cells = [""]
    text = row.strip()[1:]
    text = text[:-1] if text.endswith("|") and not text.endswith("\\|") else text
    at = 0
    while at < len(text):
        if text.startswith("\\|", at):
            cells[-1] += "|"
            at += 1
        elif text[at] == "|":
            cells.append("")
        else:
            cells[-1] += text[at]
        at += 1
    return [cell.strip() for cell in cells]


def _row(cells: list[str], widths: list[int]) -> list[str]:
    """A table's row on as many lines as its longest cell takes."""
    columns = [_wrapped(cell, width) for cell, width in zip(cells, widths)]
    lines = []
    for index in range(max(1, *map(len, columns))):
        parts = [column[index] if index < len(column) else "" for column in columns]
        padded = (part + " " * (width - _width(part)) for part, width in zip(parts, widths))
        lines.append("  ".join(padded))
    return lines


def _trimmed(lines: list[str]) -> list[str]:
    """The lines without empty ones at both ends."""
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return lines[first:last]


def _width(text: str) -> int:
    return columns_of(text.replace(_BOLD, "").replace(_PLAIN, ""))


def _longest(text: str) -> int:
    return max(map(_width, text.split()), default=0)


def _wrapped(text: str, width: int) -> list[str]:
    """The text on lines of at most `width` columns; a longer word stays whole. Bold ends with each
    line and continues in the next."""
    lines = filled(text.split(), width, measure=_width)
    bold = False
    for at, line in enumerate(lines):
        began = bold
        bold = line.rfind(_BOLD) > line.rfind(_PLAIN) or (bold and _PLAIN not in line)
        lines[at] = _BOLD * began + line + _PLAIN * bold
    return lines
