"""Faults of real programs and devices in front of and below telemetry: proxies, a disk, a slow
processor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos.cpu_share import limited
from chaos.hosts import MINUTE, Host, Run
from chaos.slow_disk import compiled, slowed
from fakes.loki.server import SILENCE, Answer, FakeLoki, Request
from support.proxies import proxied
from support.reading import until

PUSH = "/loki/api/v1/push"
SENDER = 60  # s to wait for a sender's end; it lives 5 s, even on a busy machine
ROUNDS = 30  # runs that may be needed until all events are sent


@pytest.fixture
def host(pyz: str, tmp_path: Path) -> Host:
    return Host("host", pyz, tmp_path / "host", ("restore",))


class Turned:
    """A Loki whose clock can be moved ahead by `offset` ns."""

    def __init__(self) -> None:
        self.offset = 0
        self.loki = FakeLoki(clock=self.now, late_invisible=True)

    def now(self) -> int:
        return time.time_ns() + self.offset


@pytest.fixture
def turned() -> Iterator[Turned]:
    turned = Turned()
    with turned.loki:
        yield turned


def run(host: Host, code: int) -> None:
    """Run a verb with exit code `code`, and wait for its sender."""
    started = Run(host, ["mine", str(code)], "(personal)", code, "")
    host.rest_is_over()
    started.start()
    started.finish()
    assert not started.differs
    assert until(lambda: not host.processes(), SENDER)


def codes(loki: FakeLoki) -> list[str]:
    """The exit codes of all counted runs."""
    return sorted(line.split()[0] for _, _, line in loki.entries('{job="homelab-usage"}'))


def drained(host: Host, loki: FakeLoki, first: int) -> None:
    """Run until nothing waits, the first time with exit code `first`."""
    for code in range(first, first + ROUNDS):
        run(host, code)
        if not host.waiting():
            assert codes(loki) == sorted(f"exit={number}" for number in range(1, code + 1))
            return
    raise AssertionError(host.waiting())


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        pytest.param("nginx", "502", marks=pytest.mark.needs("nginx")),
        pytest.param("haproxy", "503", marks=pytest.mark.needs("haproxy")),
    ],
)
@pytest.mark.needs("faketime", "openssl")
def test_events_stored_by_a_loki_that_died_behind_a_proxy_count_once(
    kind: str, status: str, host: Host, turned: Turned, tmp_path: Path
) -> None:
    """nginx answers 502; haproxy tries again, and then answers 503."""
    loki = turned.loki

    def stores_and_dies(request: Request) -> Answer:
        loki.answer(request)
        loki.crash()
        return SILENCE

    with proxied(kind, tmp_path / kind, loki.url, idle=5, again=True) as proxy:
        host.route = {"HOMELAB_LOKI_URL": "http://loki.lan", "HOMELAB_LOKI_LB": proxy.http}
        loki.hook = stores_and_dies
        run(host, 1)
        assert codes(loki) == ["exit=1"]
        told = host.world.run("usage", "status", **host.route).stdout
        assert status in told
        assert len(host.waiting()) == 1
        loki.hook = None
        loki.restart()
        turned.offset = host.offset = 40 * MINUTE
        drained(host, loki, 2)


def test_8_runs_on_5_percent_of_a_core_all_arrive(host: Host, loki: FakeLoki) -> None:
    host.route = {"HOMELAB_LOKI_URL": loki.url}
    with limited(0.05, host.processes) as host.wrapper:
        for code in range(1, 9):
            run(host, code)
        drained(host, loki, 9)


@pytest.mark.parametrize(("ms", "most"), [(1000, 1), (200, 3)])
@pytest.mark.needs("gcc")
def test_a_slow_disk_costs_half_a_second_and_one_call(
    ms: int, most: int, host: Host, loki: FakeLoki, tmp_path: Path
) -> None:
    """The cost is counted in slow calls, which do not depend on how busy the machine is: 0.5 s have
    room for three that take 0.2 s, the last one begun before the end."""
    library = compiled(tmp_path)
    assert library is not None
    log = tmp_path / "calls"
    log.touch()
    host.route = {"HOMELAB_LOKI_URL": loki.url}
    host.env = slowed(library, host.state, ms, log)
    started = Run(host, ["mine", "1"], "(personal)", 1, "")
    started.start()
    started.finish()
    assert not started.differs
    assert 1 <= log.read_text().splitlines().count(str(started.process.pid)) <= most
    assert until(lambda: not host.processes(), SENDER)
    host.env = {}
    drained(host, loki, 2)
