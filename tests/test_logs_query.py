"""`logs query`: the newest lines that match, and what is cut is said."""

from __future__ import annotations

import json
import time

import pytest
from conftest import World
from reading import Sink

SECOND = 10**9


@pytest.fixture
def lines(sink: Sink) -> int:
    """30 lines a second apart, from two apps in turn; returns the moment of the last."""
    last = time.time_ns() - 5 * SECOND
    for number in range(30):
        app = ("plex", "traefik")[number % 2]
        sink.push(
            {"job": sink.job, "app": app, "host": "pve1"},
            [(last - (29 - number) * SECOND, f"level=info n={number}")],
        )
    return last


def test_newest_first_over_all_streams(sink: Sink, lines: int, world: World) -> None:
    done = world.run("logs", "query", f'{{job="{sink.job}"}}', "--json", HOMELAB_LOKI_URL=sink.url)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == "homelab.logs-query/1"
    assert told["complete"] is True
    assert [row["line"] for row in told["rows"]] == [f"level=info n={n}" for n in range(29, -1, -1)]
    first = told["rows"][0]
    assert first["labels"]["app"] == "traefik"
    assert first["labels"]["detected_level"] == "info"
    seconds, fraction = divmod(lines, SECOND)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    assert first["time"] == f"{stamp}.{fraction:09d}".rstrip("0") + "Z"


def test_what_is_cut_is_said(sink: Sink, lines: int, world: World) -> None:
    words = ("logs", "query", f'{{job="{sink.job}"}}', "--limit")
    done = world.run(*words, "7", HOMELAB_LOKI_URL=sink.url)
    assert len(done.stdout.splitlines()) == 8
    assert "the newest 7 are shown, more lines match" in done.stderr
    assert world.run(*words, "30", HOMELAB_LOKI_URL=sink.url).stderr == ""


def test_columns_show_the_labels_that_differ(sink: Sink, lines: int, world: World) -> None:
    query = f'{{job="{sink.job}"}} |= "n=1"'
    done = world.run("logs", "query", query, "--limit", "2", HOMELAB_LOKI_URL=sink.url)
    header, first, second = done.stdout.splitlines()
    assert header.split() == ["TIME", "LABELS", "LINE"]
    assert first.endswith("app=traefik service_name=traefik  level=info n=19")
    assert second.endswith("app=plex service_name=plex        level=info n=18")


def test_no_match_is_said_and_is_no_failure(sink: Sink, world: World) -> None:
    done = world.run("logs", "query", f'{{job="{sink.job}"}}', HOMELAB_LOKI_URL=sink.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert "no line matches since" in done.stderr


def test_a_counting_query_is_told_apart(sink: Sink, world: World) -> None:
    query = f'sum(count_over_time({{job="{sink.job}"}}[1h]))'
    done = world.run("logs", "query", query, HOMELAB_LOKI_URL=sink.url)
    assert done.returncode == 2
    assert "counts lines instead of selecting them" in done.stderr


def test_a_line_that_has_control_characters(sink: Sink, world: World) -> None:
    """In a pipe a row stays one line, and nothing else is changed."""
    sink.push({"job": sink.job}, [(time.time_ns() - SECOND, "a\tb\x1b[31mc\nd")])
    done = world.run("logs", "query", f'{{job="{sink.job}"}}', HOMELAB_LOKI_URL=sink.url)
    assert done.stdout.splitlines()[1].endswith("  a\tb\x1b[31mc\\nd")
