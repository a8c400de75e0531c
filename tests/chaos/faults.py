"""The faults. Each is a generator: the code before a `yield` runs before a burst of runs, and the
code after the last one ends the fault. With one `yield`, the second burst has no fault."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Generator, Iterator
from typing import Callable, NamedTuple

from fakes.loki.server import SILENCE, TEXT, Answer, Request
from fakes.loki.store import RateLimit

from chaos.cpu_share import limited
from chaos.hosts import DAY, HOUR, MINUTE
from chaos.lab import Lab
from chaos.slow_disk import slowed
from chaos.subject import PUSH

Faulty = Generator[None, None, None]
Making = Callable[[Lab, random.Random], Faulty]
PAGES = {
    502: b"<html>502 Bad Gateway</html>",
    503: b"<html>503 Service Unavailable</html>",
    504: b"<html>504 Gateway Time-out</html>",
}
NO_REPLICA = b"at least 1 live replicas required, could only find 0 - unhealthy instances: \n"


class Fault(NamedTuple):
    name: str
    make: Making
    needs: tuple[str, ...] = ()


def none(lab: Lab, rng: random.Random) -> Faulty:
    yield


# Loki and the proxies in front of it


def killed(lab: Lab, rng: random.Random) -> Faulty:
    lab.loki.crash()
    try:
        yield
    finally:
        lab.loki.restart()


def _stores_and_dies(lab: Lab, answers: int) -> Callable[[Request], Answer | None]:
    """Loki answers this many pushes, stores one more, and dies without an answer."""
    left = [answers]

    def fault(request: Request) -> Answer | None:
        if request.path != PUSH:
            return None
        left[0] -= 1
        if left[0] >= 0:
            return None
        if left[0] == -1:
            lab.loki.take(request)
            lab.loki.crash()
        return SILENCE

    return fault


@contextlib.contextmanager
def _fault(lab: Lab, fault: Callable[[Request], Answer | None]) -> Iterator[None]:
    lab.loki.fault = fault
    try:
        yield
    finally:
        lab.loki.fault = None


@contextlib.contextmanager
def _dies(lab: Lab, answers: int) -> Iterator[None]:
    """Loki dies during one of the pushes; at the end it runs again."""
    with _fault(lab, _stores_and_dies(lab, answers)):
        try:
            yield
        finally:
            lab.loki.crash()  # if too few pushes came for it to die
            lab.loki.restart()


def killed_after_storing(lab: Lab, rng: random.Random) -> Faulty:
    lab.gateway()
    with _dies(lab, rng.randrange(3)):
        yield


def down_for_hours(lab: Lab, rng: random.Random) -> Faulty:
    """Killed after it stored a push, and back when entries that only its log has are old."""
    lab.gateway()
    hours = rng.uniform(3.1, 6)
    if lab.loki.real:  # its clock can't be set, so the events are as old as that
        lab.skew(-int(hours * HOUR))
    with _dies(lab, rng.randrange(2)):
        yield
        if not lab.loki.real:
            lab.later(int(hours * HOUR))
    if lab.loki.real:
        lab.skew(int(hours * HOUR))
    yield


def waits_for_hours(lab: Lab, rng: random.Random) -> Faulty:
    """Nothing of the hours-old events was sent when Loki is back."""
    lab.loki.crash()
    try:
        yield
        lab.later(int(rng.uniform(0.4, 5) * HOUR))
    finally:
        lab.loki.restart()
    yield


def loses_answers(lab: Lab, rng: random.Random) -> Faulty:
    def fault(request: Request) -> Answer | None:
        if request.path != PUSH or rng.random() < 0.4:
            return None
        lab.loki.take(request)
        return SILENCE

    lab.gateway()
    with _fault(lab, fault):
        yield
        yield


def paused(lab: Lab, rng: random.Random) -> Faulty:
    """It stores the pushes of that time when it continues."""
    going = threading.Event()

    def fault(request: Request) -> Answer | None:
        going.wait(60)
        return None

    with lab.loki.stopped() as stopped:
        if not stopped:
            lab.gateway()
            lab.loki.fault = fault
        try:
            yield
        finally:
            lab.loki.fault = None
            going.set()
    yield


def answers_5xx_after_storing(lab: Lab, rng: random.Random) -> Faulty:
    status = rng.choice(sorted(PAGES))

    def fault(request: Request) -> Answer | None:
        if request.path == PUSH:
            lab.loki.take(request)
        return Answer(status, "text/html", PAGES[status])

    lab.gateway()
    with _fault(lab, fault):
        yield
        if rng.random() < 0.5 and not lab.loki.real:
            lab.later(40 * MINUTE)
    yield


def _behind(kind: str) -> Making:
    def dies(lab: Lab, rng: random.Random) -> Faulty:
        """It stores a push and dies: nginx answers 502, and haproxy, which tries again, 503."""
        lab.through(kind)
        with _dies(lab, rng.randrange(2)):
            yield
            if rng.random() < 0.5 and not lab.loki.real:
                lab.later(40 * MINUTE)
        yield

    return dies


def proxy_restarts(lab: Lab, rng: random.Random) -> Faulty:
    proxy = lab.through(rng.choice(sorted(lab.proxies)))
    end = threading.Timer(rng.random() * 0.5, proxy.stop)
    end.start()
    try:
        yield
    finally:
        end.join()
        proxy.start()
    yield


def proxy_times_out(lab: Lab, rng: random.Random) -> Faulty:
    """The proxy waits 300 ms for a Loki that stores the push later."""
    going = threading.Event()

    def fault(request: Request) -> Answer | None:
        if rng.random() < 0.6:
            going.wait(60)
        return None

    lab.through(rng.choice(sorted(lab.proxies)))
    with _fault(lab, fault):
        try:
            yield
        finally:
            going.set()
    yield


def too_large_for_a_proxy(lab: Lab, rng: random.Random) -> Faulty:
    """413 above 400 bytes: waiting events leave in small pushes or not at all."""
    lab.loki.crash()
    try:
        yield
    finally:
        lab.loki.restart()
    lab.through("nginx", "/small")
    yield


def limits_the_rate(lab: Lab, rng: random.Random) -> Faulty:
    """A push of more than a few lines is always too large."""
    store = lab.loki.front.store
    store.rate_limit = RateLimit(rate=200, burst=rng.randrange(20, 120), clock=lab.now)
    lab.gateway()
    try:
        yield
        yield
    finally:
        store.rate_limit = None


def not_ready(lab: Lab, rng: random.Random) -> Faulty:
    def fault(request: Request) -> Answer | None:
        return Answer(500, TEXT, NO_REPLICA) if request.path == PUSH else None

    lab.gateway()
    with _fault(lab, fault):
        yield
    yield


def short_window(lab: Lab, rng: random.Random) -> Faulty:
    """max_chunk_age is 1h, and one host's clock is behind the others'."""
    store = lab.loki.front.store
    before = store.window
    store.window = HOUR // 2
    behind = rng.choice(lab.hosts)
    lost = int(rng.uniform(25, 65) * MINUTE)
    behind.skew -= lost
    try:
        yield
        yield
    finally:
        behind.skew += lost
        lab.loki.flush()
        store.window = before


# Hosts


def kills(lab: Lab, rng: random.Random) -> Faulty:
    lab.kills = rng
    try:
        yield
        yield
    finally:
        lab.kills = None


def disk_full(lab: Lab, rng: random.Random) -> Faulty:
    host = rng.choice(lab.hosts)
    filler = host.state / "filler"
    try:
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 4096)
        yield
        yield
    finally:
        filler.unlink()


def no_inode_left(lab: Lab, rng: random.Random) -> Faulty:
    """Events can't be written, so they are sent at once, if that works."""
    host = rng.choice(lab.hosts)
    filler = host.state / "filler"
    filler.mkdir()
    host.best_effort = True
    try:
        with contextlib.suppress(OSError):
            for number in range(1 << 20):
                (filler / str(number)).touch()
        yield
        yield
    finally:
        for path in filler.iterdir():
            path.unlink()
        filler.rmdir()
        host.best_effort = False


def disk_slow(lab: Lab, rng: random.Random) -> Faulty:
    host = rng.choice(lab.hosts)
    assert lab.slow_disk is not None
    host.env = slowed(lab.slow_disk, host.state, rng.choice((50, 200, 400)))
    try:
        yield
    finally:
        host.env = {}
    yield


def no_locks(lab: Lab, rng: random.Random) -> Faulty:
    """The lock service of an NFS server is down, for one host."""
    host = rng.choice(lab.hosts)
    host.env = {"LD_PRELOAD": str(lab.no_locks)}
    try:
        yield
    finally:
        host.env = {}
    yield


def little_cpu(lab: Lab, rng: random.Random) -> Faulty:
    host = rng.choice(lab.hosts)
    with limited(0.05, host.processes) as wrapper:
        host.wrapper = wrapper
        try:
            yield
        finally:
            host.wrapper = []
    yield


def clock_frozen(lab: Lab, rng: random.Random) -> Faulty:
    """All hosts stop at one second."""
    for host in lab.hosts:
        host.frozen = lab.now()
    try:
        yield
        yield
    finally:
        for host in lab.hosts:
            host.frozen = 0


def _clock_wrong(ahead: Callable[[random.Random], float]) -> Making:
    def wrong(lab: Lab, rng: random.Random) -> Faulty:
        host = rng.choice(lab.hosts)
        off = int(ahead(rng))
        host.skew += off
        try:
            yield
        finally:
            host.skew -= off
        yield

    return wrong


AROUND_LOKI = [
    Fault("nothing around Loki", none),
    Fault("Loki killed", killed, ("kill",)),
    Fault("Loki killed after it stored a push", killed_after_storing, ("kill",)),
    Fault("Loki killed, back hours later", down_for_hours, ("kill", "faketime")),
    Fault("Loki down for hours", waits_for_hours, ("fake", "faketime")),
    Fault("answers lost", loses_answers),
    Fault("Loki paused", paused),
    Fault("502, 503 or 504 after the push was stored", answers_5xx_after_storing),
    Fault("Loki dies behind nginx", _behind("nginx"), ("nginx", "kill", "faketime")),
    Fault("Loki dies behind haproxy", _behind("haproxy"), ("haproxy", "kill", "faketime")),
    Fault("proxy restarted", proxy_restarts, ("nginx", "haproxy")),
    Fault("proxy timed out", proxy_times_out, ("nginx", "haproxy")),
    Fault("413 of a proxy", too_large_for_a_proxy, ("nginx", "kill")),
    Fault("rate limit", limits_the_rate),
    Fault("Loki not ready", not_ready),
    Fault("window of 30 min", short_window, ("fake", "faketime")),
]
ON_HOSTS = [
    Fault("nothing on the hosts", none),
    Fault("runs and senders killed", kills),
    Fault("disk full", disk_full, ("namespaces",)),
    Fault("no inode left", no_inode_left, ("namespaces",)),
    Fault("disk slow", disk_slow, ("gcc",)),
    Fault("no locks", no_locks, ("gcc",)),
    Fault("5 % of a core", little_cpu),
    Fault("clock frozen", clock_frozen, ("faketime",)),
    Fault("clock hours back", _clock_wrong(lambda rng: -rng.uniform(0.6, 5) * HOUR), ("faketime",)),
    Fault("clock 8 days back", _clock_wrong(lambda rng: -8 * DAY), ("faketime",)),
    Fault("clock ahead", _clock_wrong(lambda rng: rng.uniform(11, 90) * MINUTE), ("faketime",)),
]
