"""Help screens fit the terminal, and words are never broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.world import World, at_a_terminal

from homelab.catalogue.verb import Verb
from homelab.describe import help as screens
from homelab.describe.dropin import screen
from homelab.dropins import description
from homelab.dropins.dropin import Dropin, VerbFolder
from homelab.texts import WIDEST, WIDTH, text_width
from homelab.verbs import BUILT_IN


def _widest(text: str, verb: Verb | None = None) -> int:
    """The length of the longest line that is not a command to copy."""
    commands = {f"  {example}" for example in verb.examples} if verb else set()
    return max(len(line) for line in text.splitlines() if line not in commands)


@pytest.mark.parametrize("terminal", [0, 60, 80, 200])
def test_screens_fit_the_terminal(terminal: int) -> None:
    most = text_width(terminal)
    assert most == {0: WIDTH, 200: WIDEST}.get(terminal, terminal)
    for verb in BUILT_IN.every():
        assert _widest(screens.screen(verb, terminal=terminal), verb) <= most, verb.path
    for name, about in BUILT_IN.groups.items():
        inner = [verb for verb in BUILT_IN.every() if verb.path.startswith(f"{name} ")]
        default = BUILT_IN.defaults.get(name, "")
        assert _widest(screens.group(name, about, inner, default, terminal)) <= most
    own = [f"word{number}" for number in range(40)]
    assert _widest(screens.overview(BUILT_IN, own, terminal)) <= most
    pages = {"loki-setup": "a page " * 20, "host": "this host " * 20}
    assert _widest(screens.topics(pages, ["host"], terminal)) <= most


def test_all_verbs_have_one_line_each_where_there_is_no_terminal() -> None:
    verbs = BUILT_IN.every()
    assert len(screens.every(verbs).splitlines()) == len(verbs)
    assert _widest(screens.every(verbs, 80)) <= 80 < _widest(screens.every(verbs))


def test_the_words_of_a_screen_do_not_depend_on_its_width() -> None:
    for verb in BUILT_IN.every():
        narrow, wide = (screens.screen(verb, terminal=width).split() for width in (50, 100))
        assert narrow == wide


def test_a_script_keeps_its_lines_unless_they_are_longer_than_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "df"
    row = "  pool" + " " * 60 + "free"
    long = "-v  " + "shows each of the pools " * 5 + "twice"
    path.write_text(
        f"#!/bin/sh\n# Summary: pools\n# Usage: df {'[-o OPTION] ' * 9}\n#\n#{row}\n# {long}\n"
    )
    path.chmod(0o755)
    dropin = Dropin(("nas", "df"), [str(path)], VerbFolder(str(tmp_path), True, "personal"))
    described = description.read(dropin)
    piped = screen(dropin, described).splitlines()
    assert any(line.strip() == row.strip() for line in piped)
    assert any(line.strip() == long for line in piped)
    shown = screen(dropin, described, 80)
    assert _widest(shown) <= 80
    assert row.strip() in shown
    assert " ".join(shown.split()) == " ".join(" ".join(piped).split())


def test_wide_characters_take_two_columns() -> None:
    verb = Verb("nas df", "空き容量 " * 30, "", source="personal")
    lines = screens.screen(verb, terminal=60).split("\n\n")[0].splitlines()
    assert len(lines) > 4
    assert all(len(line) < 40 for line in lines)


def test_what_a_person_sees_at_80_columns(world: World) -> None:
    for words in ((), ("help",), ("help", "usage"), ("logs",), ("update", "list", "--help")):
        assert _widest(at_a_terminal(world, *words)) <= 80
