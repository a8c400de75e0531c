"""Pure: texts that somebody else wrote, made fit to stand in a sentence of ours."""

from __future__ import annotations


def clipped(text: str, most: int) -> str:
    """The text in at most `most` characters, the last of them `…` where it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def printable(text: str) -> str:
    """The text with `?` for each character that a terminal would act on."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def quoted(path: str) -> str:
    """A path as one word of a shell's."""
    plain = path.replace("/", "").replace("-", "").replace("_", "").replace(".", "")
    if plain.isascii() and plain.isalnum():
        return path
    return "'" + path.replace("'", "'\\''") + "'"
