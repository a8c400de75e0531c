"""Texts of others: which characters end a line, and which a field."""

from __future__ import annotations

import pytest

from homelab.systemd import properties
from homelab.texts import fields, lines, wrapped

# Characters that `str.splitlines` takes for the end of a line, and `str.split` for a blank.
ODD = ["\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("sign", ODD)
def test_a_newline_alone_ends_a_line(sign: str) -> None:
    """A12."""
    assert lines(f"a{sign}b\nc\n") == [f"a{sign}b", "c"]
    assert lines(f"a\n\n{sign}") == ["a", "", sign]


@pytest.mark.parametrize("sign", [*ODD, "\xa0", "\u3000"])
def test_blanks_and_tabs_alone_separate_fields(sign: str) -> None:
    """A12."""
    assert fields(f" a{sign}b \t c") == [f"a{sign}b", "c"]


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n", "a\nb"])
def test_lines_are_those_of_splitlines_where_nothing_is_odd(text: str) -> None:
    assert lines(text) == text.splitlines()


def test_names_of_units_are_one_a_line() -> None:
    """A12: in what systemctl lists."""
    assert properties.names("a.service loaded\nb\\x85.mount x\x85y\n") == [
        "a.service",
        "b\\x85.mount",
    ]


def test_a_sentence_is_wrapped_at_blanks_and_a_command_stays_whole() -> None:
    said = "homelab: 3 accounts have no home directory; run homelab verbs check --all"
    assert wrapped(said, 200) == [said]
    assert wrapped(said, 45, "  ") == [
        "homelab: 3 accounts have no home directory;",
        "  run homelab verbs check --all",
    ]
    assert wrapped("a clause that is longer than a line; b", 12, "  ") == [
        "a clause",
        "  that is",
        "  longer",
        "  than a",
        "  line; b",
    ]
    assert wrapped("/a/path/of/many/words is long", 10) == ["/a/path/of/many/words", "is long"]
