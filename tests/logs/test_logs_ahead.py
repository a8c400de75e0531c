"""Read a Loki whose hosts' clocks differ, and one that refuses long windows."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.generated import Event, fake
from support.reading import Sink
from support.world import World

from homelab.times import DAY, SECOND, date

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
NOW = 1795465834 * SECOND  # 2026-11-23 20:30:34 UTC


@pytest.fixture(scope="module")
def ahead() -> Iterator[FakeLoki]:
    """A line from 5 minutes ago, and one stamped 5 minutes ahead."""
    now = time.time_ns()
    with FakeLoki() as loki:
        entries = [(now - 5 * MINUTE, "level=error past"), (now + 5 * MINUTE, "level=error ahead")]
        for app, entry in zip(("a", "b"), entries):
            Sink(loki.url).push({"app": app}, [entry])
        yield loki


def told(world: World, loki: FakeLoki, *words: str) -> Any:
    done = world.run("logs", *words, "--json", HOMELAB_LOKI_URL=loki.url, HOMELAB_TELEMETRY="0")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_line_that_is_stamped_ahead_is_in_all_reading(ahead: FakeLoki, world: World) -> None:
    """C12: by default, and up to an --until that is ahead; an --until now leaves it out."""
    rows = told(world, ahead, "query")["rows"]
    assert [row["line"].split()[1] for row in rows] == ["ahead", "past"]
    assert [row["lines"] for row in told(world, ahead, "errors")["rows"]] == [1, 1]
    assert told(world, ahead, "count")["rows"][0]["lines"] == 2
    assert len(told(world, ahead, "series")["rows"]) == 2
    assert len(told(world, ahead, "volume", "--by", "app")["rows"]) == 2
    assert len(told(world, ahead, "query", "--until", "in 10m")["rows"]) == 2
    assert len(told(world, ahead, "query", "--until", "now")["rows"]) == 1
    when = rows[0]["time"]
    found = told(world, ahead, "context", when, "--within", "1m")["rows"]
    assert [row["time"] for row in found] == [when]


def test_counts_of_the_past_do_not_end_ahead_of_now(ahead: FakeLoki, world: World) -> None:
    """C12: `[1m]` at the end of the window is the last minute, not a future one."""
    ahead.requests.clear()
    before = time.time_ns()
    told(world, ahead, "query", 'sum(count_over_time({app=~".+"}[1m]))')
    assert before <= int(ahead.requests[-1].value("time")) <= time.time_ns()


def test_a_run_of_a_host_whose_clock_is_ahead_is_counted(tmp_path: Path) -> None:
    """C12: it counts on this host's day, close to midnight too."""
    end = NOW // DAY * DAY + DAY - MINUTE
    events = [
        Event(end - HOUR, "alice", "host status", 0, "0.6.0"),
        Event(end + 5 * MINUTE, "bob", "host status", 0, "0.6.0"),
    ]
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, events, end)
        code, stdout, stderr = filled.run("usage", "top", "--json")
        assert (code, stderr.count("\n")) == (0, 1)  # the note since when runs are counted
        [row] = json.loads(stdout)["rows"]
        assert (row["runs"], row["users"]) == (2, 2)
        code, stdout, _ = filled.run("usage", "top", "--by", "day", "--json", "--since", "1h")
        assert [(row["day"], row["runs"]) for row in json.loads(stdout)["rows"]] == [
            (date(end // DAY), 1)
        ]
        assert len(filled.run("usage", "export", "--csv", "--no-header")[1].splitlines()) == 2


@pytest.fixture(scope="module")
def short() -> Iterator[FakeLoki]:
    """A Loki with `max_query_length: 6h` that has a line of each hour of two days."""
    now = time.time_ns()
    with FakeLoki() as loki:
        sink = Sink(loki.url)
        sink.push({"app": "plex"}, [(now - n * HOUR - SECOND, f"n={n}") for n in range(47, -1, -1)])
        loki.longest = "6h"
        yield loki


@pytest.mark.parametrize("step", [(), ("--step", "1h"), ("--step", "1d"), ("--step", "7h")])
def test_a_count_over_more_than_loki_takes_at_once_is_exact(
    step: tuple[str, ...], short: FakeLoki, world: World
) -> None:
    """C13: a step that is longer than max_query_length is counted in parts."""
    answer = told(world, short, "count", "--app", "plex", "--since", "2d", *step)
    assert sum(row["lines"] for row in answer["rows"]) == 48
    if step == ("--step", "1d"):
        assert [row["from"][11:] for row in answer["rows"]] == ["00:00:00Z"] * len(answer["rows"])


def test_all_other_reading_is_cut_alike(short: FakeLoki, world: World) -> None:
    """C13."""
    asked = ("--app", "plex", "--since", "2d")
    assert len(told(world, short, "query", *asked, "--all")["rows"]) == 48
    assert len(told(world, short, "series", *asked)["rows"]) == 1
    assert told(world, short, "volume", "--since", "2d")["bytes"] > 0
    samples = ("query", 'sum(count_over_time({app="plex"}[1h]))', "--since", "2d", "--step", "1h")
    rows = told(world, short, *samples)["rows"]
    assert sum(row["value"] for row in rows) in (47, 48)  # the first point looks further back
    assert len({row["time"] for row in rows}) == len(rows)
    middle = ("context", "1d", "--app", "plex", "--within", "1d", "--before", "20", "--after", "20")
    assert len(told(world, short, *middle)["rows"]) == 40


@pytest.mark.parametrize("longest", ["6h", "1d", "7d"])
def test_usage_over_more_than_loki_takes_at_once_is_exact(longest: str, tmp_path: Path) -> None:
    """C13: figures, days and last times."""
    events = [
        Event(NOW - n * 5 * HOUR - SECOND, "alice", verb, 0, "0.6.0")
        for n, verb in zip(range(39, -1, -1), ["host status", "port check"] * 20)
    ]
    events.insert(0, Event(NOW - 8 * DAY - 15 * HOUR, "alice", "cert check", 0, "0.6.0"))
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, events, NOW)
        asked = ("usage", "top", "--since", "9d", "--json")
        whole = filled.run(*asked)
        server.longest = longest
        pieces = filled.run(*asked)
        rows = json.loads(whole[1])["rows"]
        assert json.loads(pieces[1])["rows"] == rows
        assert pieces[0] == whole[0] == 0
        assert [row["runs"] for row in rows] == [20, 20, 1]
        assert all(row["last"] for row in rows)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("context", "now", "--app", "a", "--within", "9999999w", "--before", "1"), 0),
        (("count", "--app", "plex", "--step", "9999999w"), 2),
        (("query", 'sum(count_over_time({app="plex"}[1h]))', "--step", "9999999w"), 2),
    ],
)
def test_absurd_lengths_of_time_are_no_question_to_loki(
    words: tuple[str, ...], code: int, ahead: FakeLoki, world: World
) -> None:
    """C14: they are bounded or refused here, in a sentence of ours."""
    done = world.run("logs", *words, HOMELAB_LOKI_URL=ahead.url)
    assert done.returncode == code
    assert ("--step is longer than 10 years" in done.stderr) == (code == 2)


def test_what_loki_reads_no_further_back_is_missing_aloud(tmp_path: Path) -> None:
    """C13: `max_query_lookback`: Loki 3 refuses a query that reaches back further."""
    events = [Event(NOW - DAY * n, "alice", "host status", 0, "0.6.0") for n in (8, 5, 1)]
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, events, NOW)
        server.longest = "6h"

        def hook(request: Request) -> Answer | None:
            counting = "count_over_time" in request.value("query")
            old = counting and int(request.value("end")) < NOW - 6 * DAY
            said = b"this data is no longer available, it is past now - max_query_lookback (6d)"
            return Answer(400, "text/plain", said) if old else None

        server.hook = hook
        code, stdout, stderr = filled.run("usage", "top", "--since", "9d", "--json")
    assert code == 1
    told = json.loads(stdout)
    assert [row["runs"] for row in told["rows"]] == [2]
    assert len(told["missing"]) == 1
    assert told["missing"][0]["since"] == told["since"]
    assert "max_query_lookback (6d)" in stderr
