"""Pure: make texts from other programs and people fit into our sentences."""

from __future__ import annotations


def clipped(text: str, most: int) -> str:
    """The text cut to `most` characters; `…` is the last one if it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def numbered(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 entry`, `2 entries`. The default of `many` is `one` plus an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def wrapped(sentence: str, width: int, indent: str = "") -> list[str]:
    """A sentence on lines of at most `width` characters, each but the first after an `indent`. Only
    blanks are broken: a longer word has a line of its own. A clause after `; ` (as a rule what to
    do, often a command to copy) is not divided if it fits on one line."""
    found = [""]
    clauses = sentence.split("; ")
    for number, clause in enumerate(clauses):
        text = clause if number == len(clauses) - 1 else clause + ";"
        whole = len(indent) + len(text) <= width
        for part in [text] if whole else text.split(" "):
            if not found[-1]:
                found[-1] = part
            elif len(found[-1]) + 1 + len(part) <= width:
                found[-1] += " " + part
            else:
                found.append(indent + part)
    return found


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
