"""Read while one node of several is lost, behind a real haproxy: fakes behave as three processes of
Loki 3.8 with replication factor 3. `chaos.cluster` runs real ones."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loki.server import TEXT, Answer, FakeLoki, Request
from support.cluster import haproxy
from support.reading import Sink
from support.world import World

from homelab.telemetry.event import JOB

pytestmark = pytest.mark.needs("haproxy")

SECOND = 10**9
RUNS = 40
LINES = 6000
# The parts of queries that a lost node takes: two from each of two schedulers (max_concurrent 4).
TAKEN = 4
# Loki 3.8's answer if no scheduler takes a query (pkg/lokifrontend/frontend/v2/frontend.go).
REFUSED = b"failed to enqueue request\n"
# At most this many refusals: `usage` waits 2 s in all, 0.25 s after each refusal, before it asks
# for less, and one run may happen to get all of them.
REFUSALS = 6
READING = {
    "query": ["logs", "query", '{job="x"}', "--all", "--oldest-first", "--output", "raw"],
    "errors": ["logs", "errors", '{job="x"}', "--json"],
    "top": ["usage", "top", "--json"],
    "next": ["usage", "next", "--json"],
}


class Cluster:
    """Two nodes that have all data, and one that accepts connections and never answers."""

    def __init__(self) -> None:
        self.nodes = [FakeLoki(), FakeLoki()]
        self.nodes[1].store = self.nodes[0].store
        self.nodes[1].lock = self.nodes[0].lock
        self.frozen = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()

    def addresses(self) -> list[str]:
        ports = [node.port for node in self.nodes] + [self.frozen.getsockname()[1]]
        return [f"127.0.0.1:{port}" for port in ports]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    with made.nodes[0], made.nodes[1], made.frozen:
        now = time.time_ns()
        sink = Sink(made.nodes[0].url)
        for start in range(0, LINES, 2000):
            lines = [
                (now - 600 * SECOND + number * 1000, f"level=error line {number:05}")
                for number in range(start, start + 2000)
            ]
            sink.push({"job": "x"}, lines)
        runs = [(now - n * 3600 * SECOND, "exit=0 ver=0.6.0") for n in range(1, RUNS + 1)]
        sink.push({"job": JOB, "user": "alice", "verb": "logs query"}, runs[::-1])
        try:
            yield made
        finally:
            made.over.set()


def _read(world: World, url: str) -> dict[str, tuple[int, str, str]]:
    """The answers of all verbs, asked at once: exit code, stdout without times, stderr."""
    env = {**world.env, "HOMELAB_LOKI_URL": url, "HOMELAB_TELEMETRY": "0"}
    running = {
        name: subprocess.Popen(
            [world.pyz, *words],
            env={**env, "XDG_CACHE_HOME": str(world.home / name)},  # an empty cache
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, words in READING.items()
    }
    ended = {name: process.communicate(timeout=120) for name, process in running.items()}
    return {name: (running[name].returncode, *ended[name]) for name in READING}


def _exact(answers: dict[str, tuple[int, str, str]]) -> None:
    for name, (code, _, said) in answers.items():
        assert code == 0, (name, said)
    lines = answers["query"][1].splitlines()
    assert lines == [f"level=error line {number:05}" for number in range(LINES)]
    assert sum(row["lines"] for row in json.loads(answers["errors"][1])["rows"]) == LINES
    assert sum(row["runs"] for row in json.loads(answers["top"][1])["rows"]) == RUNS


def test_what_a_lost_node_took_is_asked_again(
    cluster: Cluster, world: World, tmp_path: Path
) -> None:
    """The first questions have no answer from any node; haproxy sends some to the lost node itself,
    until its second check fails."""
    taken = itertools.count()

    def takes(request: Request) -> Answer | None:
        if "/api/" in request.path and next(taken) < TAKEN:
            cluster.over.wait(120)
        return None

    for node in cluster.nodes:
        node.hook = takes
    with haproxy(tmp_path, cluster.addresses()) as url:
        _exact(_read(world, url))
    assert next(taken) > TAKEN


def test_what_fails_where_a_killed_node_was_is_asked_again(
    cluster: Cluster, world: World, tmp_path: Path
) -> None:
    """Nothing listens there any more, and the others refuse each fourth question, none of them
    twice, until they have refused six."""
    asked = itertools.count()
    refused: set[str] = set()

    def refuses(request: Request) -> Answer | None:
        question = f"{request.path} {request.query}"
        due = "/api/" in request.path and next(asked) % 4 == 0 and len(refused) < REFUSALS
        if due and question not in refused:
            refused.add(question)
            return Answer(500, TEXT, REFUSED)
        return None

    addresses = cluster.addresses()
    cluster.frozen.close()  # nothing listens there any more
    for node in cluster.nodes:
        node.hook = refuses
    with haproxy(tmp_path, addresses) as url:
        _exact(_read(world, url))
