"""docs/reference.md is what the catalogue says, docs/README.md what the pages say."""

from __future__ import annotations

import re

from support.world import ROOT

import reference
from homelab.describe import markdown
from homelab.describe.known_words import VARIABLES
from homelab.settings import SETTINGS
from homelab.verbs import BUILT_IN

PAGE = (ROOT / "docs/reference.md").read_text(encoding="utf-8")


def test_the_reference_is_not_stale() -> None:
    assert reference.page(BUILT_IN) == PAGE, "run python3 build.py docs"


def test_the_list_of_pages_is_not_stale() -> None:
    pages = {path.name: path.read_bytes() for path in (ROOT / "docs").glob("*.md")}
    assert reference.index(pages).encode() == pages["README.md"], "run python3 build.py docs"


def test_each_link_within_it_has_a_heading() -> None:
    headings = [line.lstrip("# ") for line in PAGE.split("\n") if re.match("#+ ", line)]
    anchors = [heading.lower().replace(" ", "-") for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= set(anchors)
    assert {verb.path for verb in BUILT_IN.every()} <= set(headings)


def test_nothing_is_left_out() -> None:
    for verb in BUILT_IN.every():
        section = PAGE.partition(f"\n### {verb.path}\n")[2].partition("\n### ")[0]
        for argument in verb.arguments:
            assert f"`{argument.name}" in section, (verb.path, argument.name)
        assert all(example in section for example in verb.examples), verb.path
    for name in (*(name for name, _ in VARIABLES), *(each.env for each in SETTINGS)):
        assert f"`{name}`" in PAGE or not name


def test_it_shows_what_the_descriptions_say() -> None:
    """No sign of a description is taken for Markdown."""
    shown = " ".join(markdown.render(PAGE, 1000).split())
    for verb in BUILT_IN.every():
        assert " ".join(verb.details.split()) in shown, verb.path


def test_the_glossary_is_sorted_and_has_a_sentence_for_each_word() -> None:
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)[1:]
    words = [word for word, _ in rows]
    assert words == sorted(words, key=str.lower)
    assert {"account", "host", "verb", "run", "event"} <= set(words)
    assert all(len(meaning) < 100 and not meaning.endswith(".") for _, meaning in rows)
