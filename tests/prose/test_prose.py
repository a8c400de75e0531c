"""The prose check finds phrases where people read them, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prose import OPENING, Phrase, findings, of_markdown, phrases

HARD = [Phrase(re.compile(r"\bwhoever\b"), "anyone"), Phrase(re.compile(r"comes\s+to"), "fails")]


def _found(tmp_path: Path, name: str, text: str) -> list[tuple[int, str]]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return [(line, words) for line, words, _ in findings(path, HARD)]


def test_comments_docstrings_and_strings_are_prose(tmp_path: Path) -> None:
    text = '"""For whoever."""\n\n# whoever\nX = "whoever"  # whoever\nwhoever = 1\n'
    assert _found(tmp_path, "a.py", text) == [(line, "whoever") for line in (1, 3, 4, 4)]


def test_a_phrase_is_found_over_two_lines(tmp_path: Path) -> None:
    text = 'X = (\n    "it comes"\n    " to nothing"\n)\n# it comes\n# to nothing\n'
    assert _found(tmp_path, "a.py", text) == [(2, "comes to"), (5, "comes to")]
    doc = 'def f() -> None:\n    """F.\n\n    It comes\n    to nothing.\n    """\n'
    assert _found(tmp_path, "a.py", doc) == [(4, "comes to")]


def test_formatted_strings_are_prose(tmp_path: Path) -> None:
    assert _found(tmp_path, "a.py", 'x = 1\ny = f"{x} whoever {x!r}"\n') == [(2, "whoever")]


@pytest.mark.parametrize("opening", ["The same, in UTC.", "Those of a row.", "What it costs."])
def test_a_docstring_makes_sense_alone(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "a.py"
    path.write_text(f'def f() -> None:\n    """{opening}"""\n\n\nX = "{opening}"\n', "utf-8")
    assert [(found.line, found.instead) for found in findings(path, HARD)] == [(2, OPENING)]


def test_code_in_markdown_is_not_prose(tmp_path: Path) -> None:
    text = "# whoever\n\n```sh\nwhoever\n```\n\n    whoever\n\n`whoever` is whoever\n"
    assert _found(tmp_path, "a.md", text) == [(1, "whoever"), (9, "whoever")]
    assert of_markdown("~~~~\n~~~\nwhoever\n~~~~\n")[0].text.strip() == ""


def test_each_phrase_has_a_replacement() -> None:
    avoided = phrases()
    assert len(avoided) > 40
    assert all(phrase.instead for phrase in avoided)
    said = ["it is no value", "whoever asked it came to nothing", "it stands in the file"]
    for text in said:
        assert any(phrase.pattern.search(text) for phrase in avoided), text
    for text in ["there is no value", "it is no longer there", "LB stands for load balancer"]:
        assert not any(phrase.pattern.search(text) for phrase in avoided), text


def test_a_line_without_a_tab_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "phrases.txt"
    path.write_text("# a comment\n\nwhoever anyone\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no tab in 'whoever anyone'"):
        phrases(path)
