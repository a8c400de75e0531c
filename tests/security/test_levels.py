"""A name in a flag is only a name: no part of it is read as a regular expression or as LogQL."""

from __future__ import annotations

import time

import pytest
from fakes.loki.server import FakeLoki
from hypothesis import given
from hypothesis import strategies as st
from support.reading import Sink
from support.world import World

from homelab.logs import levels

SECOND = 10**9
NAMES = "trace, debug, info, warn, error, critical, fatal"


@pytest.fixture
def lines(loki: FakeLoki, world: World) -> None:
    """A line of each level, from a different app and host each."""
    now = time.time_ns() - 10 * SECOND
    for number, level in enumerate(("info", "warn", "error")):
        labels = {
            "level": level,
            "app": f"app-{level}",
            "host": f"h{number}",
            "unit": "ssh.service",
        }
        Sink(loki.url).push(labels, [(now + number, f"a line of {level}")])
    world.env["HOMELAB_LOKI_URL"] = loki.url
    world.env["HOMELAB_TELEMETRY"] = "0"


@pytest.mark.parametrize(
    "level", [".*", "error|info", "e.ror", "(?i)error", "^", '"', "erro", "error,.*", "--", "8"]
)
def test_a_level_that_is_none_is_refused_with_the_list(
    level: str, lines: None, world: World
) -> None:
    for verb in ("query", "errors", "count"):
        done = world.run("logs", verb, f"--level={level}")
        assert (done.returncode, done.stdout) == (2, "")
        wrong = level.rpartition(",")[2]
        meant = " (did you mean error?)" if level in ("erro", "e.ror") else ""  # A10
        assert f"--level: {wrong!r} is not a level{meant}; use {NAMES}" in done.stderr


def test_what_the_label_says_beside_the_levels_is_found_by_label(
    lines: None, world: World, loki: FakeLoki
) -> None:
    now = time.time_ns() - 5 * SECOND
    Sink(loki.url).push({"level": "verbose", "app": "x"}, [(now, "a verbose line")])
    done = world.run("logs", "query", "--level", "verbose")
    assert done.returncode == 2
    assert "or several as in error,warn; --label level=verbose finds another value" in done.stderr
    done = world.run("logs", "query", "--label", "level=verbose", "--output", "raw")
    assert done.stdout == "a verbose line\n"


def test_two_levels_are_either_of_them(lines: None, world: World) -> None:
    """A11: in any spelling."""
    for words in (["--level", "error", "--level", "warn"], ["--level", "error,warn"]):
        done = world.run("logs", "query", *words, "--output", "raw")
        assert sorted(done.stdout.splitlines()) == ["a line of error", "a line of warn"]


def test_a_level_is_refused_before_anything_is_asked(world: World) -> None:
    done = world.run("logs", "query", "--level=.*", HOMELAB_LOKI_URL="http://127.0.0.1:1")
    assert done.returncode == 2
    assert "is not a level" in done.stderr


@pytest.mark.parametrize("level", ["error", "ERR", "3", " Error , err"])
def test_every_spelling_of_a_level_is_one(level: str, lines: None, world: World) -> None:
    done = world.run("logs", "query", f"--level={level}", "--output", "raw")
    assert (done.returncode, done.stdout) == (0, "a line of error\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--app=.*"],
        ["--app=app-(info|warn)"],
        ["--host=h."],
        ["--host=h0|h1"],
        ["--unit=ss."],
        ["--unit=.*"],
        ['--app=x"} or {level="info'],
        ["--label=app=.*"],
        ["--label=level=error|info"],
        ["--grep=a.line"],
        ["--grep=line|of"],
    ],
)
def test_no_name_or_text_is_a_pattern(words: list[str], lines: None, world: World) -> None:
    done = world.run("logs", "query", *words, "--output", "raw")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_regular_expression_is_one_where_it_is_asked_for(lines: None, world: World) -> None:
    done = world.run("logs", "query", "--regex=of (info|warn)$", "--output", "raw")
    assert len(done.stdout.splitlines()) == 2


@given(st.text(max_size=12))
def test_a_filter_has_the_known_spellings_alone(text: str) -> None:
    try:
        found = levels.of_text(text)
    except ValueError as error:
        assert "use trace, debug" in str(error)
    else:
        assert set(found) <= set(levels.SPELLINGS)
        levels.of_filter(found, ["level"])
