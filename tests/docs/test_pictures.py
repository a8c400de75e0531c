"""The pictures show what the program shows now: the terminal word for word, and the page by a
digest of its source."""

from __future__ import annotations

import difflib
import re

import pytest

from docs import pictures, sandbox
from docs.labs import NEEDS

_HINT = "python3 build.py pictures draws it again; look at it before you keep it"


@pytest.mark.needs(*sandbox.NEEDS, *NEEDS["picture"])
def test_the_terminal_is_not_stale(pyz: str) -> None:
    drawn = pictures.drawn(pictures.TERMINAL.read_text(encoding="utf-8"))
    now = pictures.text(pictures.session(pyz))
    assert drawn == now, f"{_HINT}\n" + "\n".join(difflib.ndiff([drawn], [now]))


@pytest.mark.needs(*sandbox.NEEDS)
def test_the_page_is_not_stale(pyz: str) -> None:
    kept = pictures.kept(pictures.bytes_of(pictures.PAGE))
    assert kept == pictures.digest(pictures.page(pyz)), _HINT


def test_the_terminal_loads_nothing() -> None:
    svg = pictures.TERMINAL.read_text(encoding="utf-8")
    addresses = re.findall(r"\b[a-z]+://[^\s\"'<>)]+", svg)
    assert set(addresses) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"@import|@font-face|<script|<image|<foreignObject|href", svg) == []
    assert len(svg) < 60_000
    lines = pictures.rows(svg)
    assert 20 <= len(lines) <= 40


def test_the_page_is_small() -> None:
    assert 20_000 < len(pictures.bytes_of(pictures.PAGE)) < 200_000
