"""Pure: the colours of states and levels at a terminal, by their words."""

from __future__ import annotations

# SGR parameters (ECMA-48): 1 bold, 2 faint, 31 red, 32 green, 33 yellow, 35 magenta
_BY_WORD = {
    "fatal": "1;31",
    "critical": "1;31",
    "error": "31",
    "warn": "33",
    "warning": "33",
    "unknown": "35",
    "ok": "32",
    "skipped": "2",
    "debug": "2",
    "trace": "2",
}


def painted(text: str, word: str) -> str:
    """Return `text` in the colour of the state or level `word`; unchanged if it has none."""
    code = _BY_WORD.get(word)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text
