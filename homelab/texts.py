"""Pure: make texts from other programs and people fit into our sentences."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WIDTH = 78  # columns of a text that is not on a terminal
WIDEST = 100  # longer lines are hard to read
_NARROWEST = 40  # a narrower terminal breaks the lines itself


def text_width(terminal: int) -> int:
    """How many columns a text for readers gets at a `terminal` with that many (0: no terminal)."""
    return min(max(terminal, _NARROWEST), WIDEST) if terminal else WIDTH


def clipped(text: str, most: int) -> str:
    """The text cut to `most` characters; `…` is the last one if it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def numbered(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 entry`, `2 entries`. The default of `many` is `one` plus an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def filled(
    parts: Iterable[str], width: int, indent: str = "", measure: Callable[[str], int] = len
) -> list[str]:
    """Parts of a text (as a rule words), joined by blanks to lines of at most `width` columns, each
    but the first after an `indent`. Parts are not divided: a longer one has a line of its own.
    `measure` returns the columns of a text."""
    found: list[str] = []
    for part in parts:
        if found and measure(found[-1]) + 1 + measure(part) <= width:
            found[-1] += f" {part}"
        else:
            found.append(indent + part if found else part)
    return found


def wrapped(sentence: str, width: int, indent: str = "") -> list[str]:
    """A sentence on lines of at most `width` characters, each but the first after an `indent`. Only
    blanks are broken. A clause after `; ` (as a rule what to do, often a command to copy) is not
    divided if it fits on one line."""
    parts: list[str] = []
    *clauses, last = sentence.split("; ")
    for text in (*(f"{clause};" for clause in clauses), last):
        whole = len(indent) + len(text) <= width
        parts += [text] if whole else text.split(" ")
    return filled(parts, width, indent)


def lines(text: str) -> list[str]:
    r"""The lines of a text from the kernel or another program that ends lines only with `\n`.
    `str.splitlines` would also split at `\r`, `\v`, U+0085 and U+2028, which names may contain.
    """
    parts = text.split("\n")
    return parts if parts[-1] else parts[:-1]


def fields(line: str) -> list[str]:
    """The fields of a line, separated only by blanks and tabs. `str.split` would also split at
    characters that a name may contain, such as U+00A0."""
    return [field for field in line.replace("\t", " ").split(" ") if field]


def printable(text: str) -> str:
    """The text with `?` in place of each character that is not printable: a terminal could act on
    it."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def quoted(path: str) -> str:
    """The path quoted for a shell, as one word."""
    plain = path.replace("/", "").replace("-", "").replace("_", "").replace(".", "")
    if plain.isascii() and plain.isalnum():
        return path
    return "'" + path.replace("'", "'\\''") + "'"
