"""`logs` through load balancers of two kinds: every way to Loki, every refusal, and their
restarts."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.following import tailing
from support.proxies import IDLE, Proxy, proxied
from support.reading import Sink, until
from support.world import World

SECOND = 10**9
LINES = 12_000


@pytest.fixture(
    params=[
        pytest.param(kind, marks=pytest.mark.needs(kind, "openssl"))
        for kind in ("nginx", "haproxy")
    ]
)
def proxy(request: pytest.FixtureRequest, loki: FakeLoki, tmp_path: Path) -> Iterator[Proxy]:
    with proxied(request.param, tmp_path / request.param, loki.url) as made:
        yield made


@pytest.fixture
def lines(loki: FakeLoki) -> list[str]:
    """Lines of three pages, newest last."""
    begun = time.time_ns() - 300 * SECOND
    found = [f"line {number:05}" for number in range(LINES)]
    for start in range(0, LINES, 2000):
        entries = [(begun + n * 1000, found[n]) for n in range(start, start + 2000)]
        Sink(loki.url).push({"job": "x"}, entries)
    return found


def road(proxy: Proxy, world: World, url: str) -> None:
    """Point the world at Loki's name, through the proxy."""
    lb = proxy.https if url.startswith("https") else proxy.http
    world.settings(f"[loki]\nurl = {url}\nlb = {lb}\nca_file = {proxy.ca}\n")


@pytest.mark.parametrize(
    "url",
    ["http://loki.lan", "https://loki.lan", "http://loki.lan/loki-gw", "https://loki.lan/loki-gw/"],
)
def test_every_road_has_every_line(proxy: Proxy, world: World, lines: list[str], url: str) -> None:
    road(proxy, world, url)
    done = world.run("logs", "query", '{job="x"}', "--all", "--oldest-first", "--output", "raw")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == lines


def test_credentials(proxy: Proxy, world: World, lines: list[str]) -> None:
    road(proxy, world, "https://loki.lan/guarded")
    words = ("logs", "query", '{job="x"}', "--limit", "1", "--output", "raw")
    done = world.run(*words)
    assert (done.returncode, done.stdout) == (77, "")
    assert "401, it requires credentials (Basic); set loki.username" in done.stderr
    secret = {"HOMELAB_LOKI_USERNAME": "alice", "HOMELAB_LOKI_PASSWORD": "hunter2"}
    assert world.run(*words, **secret).stdout == f"{lines[-1]}\n"
    done = world.run(*words, **{**secret, "HOMELAB_LOKI_PASSWORD": "wrong"})
    assert (done.returncode, done.stdout) == (77, "")


def test_who_answered_is_told_apart(proxy: Proxy, world: World, loki: FakeLoki) -> None:
    """No route, nothing behind it, a Loki that is too slow for the proxy, Loki's own parser, its
    limits, the certificate's name, and no server at all: each has its own sentence."""

    def asked(url: str, query: str = '{job="x"}') -> tuple[int, str]:
        road(proxy, world, url)
        done = world.run("logs", "query", query)
        assert done.stdout == ""
        return done.returncode, done.stderr

    code, said = asked("http://other.lan")
    assert code == 69
    assert "404, 404 page not found: the load balancer has no such route" in said
    code, said = asked("http://loki.lan/dead")
    assert code == 69
    assert "the load balancer is up and Loki behind it is down or slow" in said
    code, said = asked("http://loki.lan", "{job=}")
    assert code == 2
    assert "Loki can't read the query at column 6" in said
    code, said = asked("https://other.lan")
    assert code == 69
    assert "the certificate is not valid for other.lan" in said
    loki.hook = slow
    code, said = asked("http://loki.lan")
    assert code == 69
    assert "504, the load balancer is up and Loki behind it is down or slow" in said
    proxy.stop()
    code, said = asked("http://loki.lan")
    assert code == 69
    assert "is out of reach: connection refused" in said


def slow(request: Request) -> Answer | None:
    """A Loki that takes longer than the proxy waits."""
    if request.method == "GET":
        time.sleep(IDLE + 1)
    return None


def test_a_restart_in_the_middle_of_a_query(
    proxy: Proxy, world: World, loki: FakeLoki, lines: list[str]
) -> None:
    """The proxy is gone when the second page is asked for, and yet the whole answer comes."""
    asked = threading.Event()

    def second(request: Request) -> Answer | None:
        if "query_range" in request.path and len(loki.requests) > seen + 1 and not asked.is_set():
            asked.set()
            time.sleep(0.5)  # meanwhile the proxy ends, and its connection with it
        return None

    def restart() -> None:
        asked.wait(30)
        proxy.stop()
        time.sleep(1.5)
        proxy.start()

    road(proxy, world, "http://loki.lan")
    seen = len(loki.requests)
    loki.hook = second
    thread = threading.Thread(target=restart)
    thread.start()
    done = world.run("logs", "query", '{job="x"}', "--all", "--oldest-first", "--output", "raw")
    thread.join()
    assert asked.is_set()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == lines


def test_a_proxy_that_stays_away_is_a_failure_after_what_came(
    proxy: Proxy, world: World, loki: FakeLoki, lines: list[str]
) -> None:
    """The lines that came are printed, and a message says that they are not all."""

    def third(request: Request) -> Answer | None:
        if "query_range" in request.path and next(asked) > 1:
            return Answer(403, "text/plain", b"Forbidden")
        return None

    road(proxy, world, "http://loki.lan")
    asked = itertools.count()
    loki.hook = third
    done = world.run("logs", "query", '{job="x"}', "--all", "--oldest-first", "--output", "raw")
    assert done.returncode == 77
    assert "403, this account or address is not allowed" in done.stderr
    shown = done.stdout.splitlines()
    assert 0 < len(shown) < LINES
    assert shown == lines[: len(shown)]


@pytest.mark.parametrize("url", ["http://loki.lan", "https://loki.lan/loki-gw"])
def test_tail_through_idle_times_and_a_restart(
    proxy: Proxy, world: World, loki: FakeLoki, url: str
) -> None:
    """Silence for longer than the proxy keeps a connection, and an outage of the proxy."""
    sink = Sink(loki.url)
    road(proxy, world, url)
    del loki.requests[:]
    with tailing(world, "", '{job="x"}') as tail:
        assert until(lambda: len(loki.requests) > 2, 20)
        sink.push({"job": "x"}, [(time.time_ns(), "one")])
        assert tail.shows("one")
        time.sleep(IDLE + 1.5)
        sink.push({"job": "x"}, [(time.time_ns(), "two")])
        assert tail.shows("one", "two")
        proxy.stop()
        assert tail.says("is out of reach")
        sink.push({"job": "x"}, [(time.time_ns(), "meanwhile")])
        proxy.start()
        assert tail.says("Loki is back after")
        assert tail.shows("one", "two", "meanwhile")
        time.sleep(2)
        assert tail.out == ["one", "two", "meanwhile"]
