"""Pure: texts that somebody else wrote, made fit to stand in a sentence of ours."""

from __future__ import annotations


def clipped(text: str, most: int) -> str:
    """The text in at most `most` characters, the last of them `…` where it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def numbered(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 entry`, `2 entries`; `many` is by default `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


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
