"""`logs labels`, `series` and `volume` over a longer time than one index query may cover."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request, parse_time
from support.reading import Sink
from support.world import World

SECOND = 10**9
DAY = 86_400 * SECOND
AHEAD = 600 * SECOND


@pytest.fixture
def old() -> Iterator[FakeLoki]:
    """Lines from 70, 40 and 0 days ago, the last two from one app; and from a service, 70 days
    ago."""
    now = time.time_ns()
    ago = 0
    with FakeLoki(clock=lambda: time.time_ns() - ago) as loki:
        for days, app in ((70, "gone"), (40, "stays"), (0, "stays")):
            ago = days * DAY
            labels = {"app": app, f"of_{days}": "x"}
            Sink(loki.url).push(labels, [(now - ago - SECOND, "x" * 100)])
        ago = 70 * DAY
        Sink(loki.url).push({"compose_service": "older"}, [(now - ago, "of the service")])
        ago = 0
        yield loki


def asked(world: World, loki: FakeLoki, *words: str) -> Any:
    del loki.requests[:]
    done = world.run("logs", *words, "--json", HOMELAB_LOKI_URL=loki.url, HOMELAB_TELEMETRY="0")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def bounds(loki: FakeLoki, path: str) -> list[tuple[int, int]]:
    """The windows of the queries, the newest first."""
    return [
        (int(each.value("start")), int(each.value("end")))
        for each in loki.requests
        if each.path.endswith(path)
    ]


def test_volume_sums_all_of_it(world: World, old: FakeLoki) -> None:
    answer = asked(world, old, "volume", "--by", "app", "--since", "90d")
    assert [(row["app"], row["bytes"]) for row in answer["rows"]] == [("stays", 200), ("gone", 100)]
    assert answer["bytes"] == 300
    windows = sorted(bounds(old, "/index/volume"), reverse=True)  # they are asked at once
    assert len(windows) == 3
    assert [low for low, _ in windows[:-1]] == [high for _, high in windows[1:]]
    since = parse_time(answer["since"], 0)
    assert since == windows[-1][0]
    assert 0 <= windows[0][1] - since - 90 * DAY - AHEAD < 60 * SECOND  # with lines stamped ahead


def test_volume_read_from_the_lines(world: World, old: FakeLoki) -> None:
    old.hook = lambda request: (
        Answer(404, "text/plain", b"404 page not found\n") if "volume" in request.path else None
    )
    answer = asked(world, old, "volume", "--by", "app", "--since", "90d")
    assert [(row["app"], row["bytes"]) for row in answer["rows"]] == [("stays", 200), ("gone", 100)]


def test_series_and_labels_are_united(world: World, old: FakeLoki) -> None:
    rows = asked(world, old, "series", "--since", "90d")["rows"]
    assert sorted(row["labels"]["service_name"] for row in rows) == [
        "gone", "stays", "stays", "unknown_service",
    ]  # fmt: skip
    rows = asked(world, old, "labels", "--since", "90d")["rows"]
    named = {row["label"]: row["values"] for row in rows}
    assert named == {
        "app": 2, "compose_service": 1, "of_0": 1, "of_40": 1, "of_70": 1, "service_name": 3,
    }  # fmt: skip
    rows = asked(world, old, "labels", "app", "--since", "90d")["rows"]
    assert [row["value"] for row in rows] == ["gone", "stays"]


def test_a_flag_finds_a_name_that_is_long_gone(world: World, old: FakeLoki) -> None:
    """And the label that knew it."""
    answer = asked(world, old, "query", "--app", "older", "--since", "90d")
    assert answer["query"] == '{compose_service="older"}'
    assert [row["line"] for row in answer["rows"]] == ["of the service"]


def test_a_loki_that_is_asked_for_less_at_once(world: World, old: FakeLoki) -> None:
    """The Loki has a smaller max_query_length, which its refusal names."""

    def tighter(request: Request) -> Answer | None:
        length = int(request.value("end") or 0) - int(request.value("start") or 0)
        said = b"the query time range exceeds the limit (query length: 720h0m0s, limit: 20d)"
        return Answer(400, "text/plain", said) if length > 20 * DAY else None

    old.hook = tighter
    answer = asked(world, old, "volume", "--by", "app", "--since", "90d")
    assert [(row["app"], row["bytes"]) for row in answer["rows"]] == [("stays", 200), ("gone", 100)]
    answered = [low for low, high in bounds(old, "/index/volume") if high - low <= 20 * DAY]
    assert len(answered) == 5
