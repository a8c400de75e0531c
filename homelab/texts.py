"""Pure: texts that somebody else wrote, made fit to stand in a sentence of ours."""

from __future__ import annotations


def clipped(text: str, most: int) -> str:
    """The text in at most `most` characters, the last of them `…` where it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def numbered(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 entry`, `2 entries`; `many` is by default `one` with an s."""
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
    r"""The lines of a text that the kernel or another program wrote, which ends them with `\n`
    alone. Names in it may hold what `str.splitlines` takes for an end: `\r`, `\v`, U+0085, U+2028.
    """
    parts = text.split("\n")
    return parts if parts[-1] else parts[:-1]


def fields(line: str) -> list[str]:
    """The fields of a line, separated by blanks and tabs alone. `str.split` also separates at
    characters that may stand in a name, such as U+00A0."""
    return [field for field in line.replace("\t", " ").split(" ") if field]


def printable(text: str) -> str:
    """The text with `?` for each character that a terminal would act on."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def quoted(path: str) -> str:
    """A path as one word of a shell's."""
    plain = path.replace("/", "").replace("-", "").replace("_", "").replace(".", "")
    if plain.isascii() and plain.isalnum():
        return path
    return "'" + path.replace("'", "'\\''") + "'"
