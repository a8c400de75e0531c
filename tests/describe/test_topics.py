"""`homelab help TOPIC`: the docs pages, from inside the one file."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.world import ROOT, World, at_a_terminal

from homelab.describe import markdown
from homelab.verbs import BUILT_IN

PAGES = sorted(path for path in (ROOT / "docs").glob("*.md") if markdown.topic(path.name))
NAMES = [path.stem for path in PAGES]


def _help(world: World, *words: str) -> str:
    done = world.run("help", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_page_is_there(path: Path, world: World) -> None:
    name = path.stem
    text = path.read_text(encoding="utf-8")
    words = ["topics", name] if name in BUILT_IN.families else [name]
    assert _help(world, *words) == markdown.render(text, verbs=BUILT_IN.families)
    if name in BUILT_IN.families:
        assert f"\nsee also: homelab help topics {name}\n" in _help(world, name)
    assert not world.events()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_page_has_a_title_and_a_summary(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(r"# \S", text)
    assert len(markdown.summary(text)) >= 20


def test_a_page_is_named_like_a_group_or_like_no_verb() -> None:
    """The screen of a group says how to read the page that it hides; that of a verb does not."""
    assert set(NAMES) & set(BUILT_IN.families) <= set(BUILT_IN.groups)
    assert "topics" not in NAMES


def test_the_list_of_topics(world: World) -> None:
    starts = re.findall(r"^  ((?:topics )?[a-z-]+)  ", _help(world, "topics"), re.MULTILINE)
    hidden = BUILT_IN.families
    assert sorted(starts) == sorted(f"topics {name}" if name in hidden else name for name in NAMES)
    assert "(list: homelab help topics)" in _help(world)
    assert all(name in _help(world, "--man") for name in ("SEE ALSO", "releases"))


def test_a_source_tree_has_the_same_pages(world: World) -> None:
    for word in ("topics", "releases"):
        done = subprocess.run(
            [sys.executable, "-m", "homelab", "help", word],
            env=world.env, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout == _help(world, word)


def test_no_page_hides_a_verb(world: World) -> None:
    world.dropin("releases", "#!/bin/sh\n# Summary: what came out\n")
    assert _help(world, "releases").startswith("homelab releases - what came out\n")
    assert _help(world, "releases").endswith("\nsee also: homelab help topics releases\n")
    assert _help(world, "topics", "releases").startswith("Releases\n===")
    world.dropin("decisions/list", "#!/bin/sh\n# Summary: what was decided\n")
    assert "decisions list  what was decided\n" in _help(world, "decisions")
    world.dropin("topics", "#!/bin/sh\n# Summary: my own\n")
    assert _help(world, "topics").startswith("homelab topics - my own\n")
    assert _help(world, "topics", "decisions").startswith("Decisions\n===")


def test_a_topic_that_is_not_there(world: World) -> None:
    for words, meant in (("relases", "'releases'"), ("topcs", "'topics'")):
        done = world.run("help", words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"homelab: no verb or topic '{words}'; did you mean {meant}")


def test_headings_are_bold_at_a_terminal_that_may_be_coloured(world: World) -> None:
    assert at_a_terminal(world, "help", "releases").startswith("\x1b[1mReleases\x1b[0m\n")
    for variable in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        shown = at_a_terminal(world, "help", "releases", **variable)
        assert shown.startswith("Releases\n========\n")
        assert "\x1b" not in shown


def test_a_tab_offers_topics(world: World) -> None:
    offered = world.run("completion", "bash", "--", "help", "").stdout.splitlines()
    assert {"topics", "releases", "host"} <= set(offered)
    assert world.run("completion", "bash", "--", "help", "topics", "rel").stdout == "releases\n"


def test_a_file_that_was_overwritten_gets_one_sentence(world: World) -> None:
    """The start of the file is intact; the pages are at the end of the file."""
    path = Path(world.pyz)
    with zipfile.ZipFile(path) as archive:
        first = next(entry for entry in archive.infolist() if entry.filename.startswith("docs/"))
    whole = path.read_bytes()
    path.write_bytes(whole[: first.header_offset].ljust(len(whole), b"\0"))
    try:
        done = world.run("help", "releases")
    finally:
        path.write_bytes(whole)
    assert (done.returncode, done.stdout) == (78, "")
    assert re.fullmatch(
        rf"homelab: {path}: the page releases can't be read \(.*\); copy homelab here again\n",
        done.stderr,
    )
