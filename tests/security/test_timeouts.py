"""Every verb ends within its --timeout plus a second, whatever a peer does. A busy machine can
delay anything, so no clock decides: the verb ends by its own deadline (shown by its exit code and
its sentence) while a twin with a longer deadline still waits, and its CPU time is bounded."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes.engine import listening
from fakes.loki.server import FakeLoki
from support.tls_servers import stopped
from support.world import World

TIMEOUT = 1.0  # s
HUNG = 120.0  # s, after which a verb is killed, and its test fails
Peer = Callable[[socket.socket, threading.Event], None]


def _silent(connection: socket.socket, over: threading.Event) -> None:
    """Accept the request, and never answer."""


def _dripping(connection: socket.socket, over: threading.Event) -> None:
    """Send a byte of a header now and then, so no single read takes long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not over.wait(0.1):
        connection.sendall(b"y")


def _flooding(connection: socket.socket, over: threading.Event) -> None:
    """Send endless chunks of nested lists, as fast as they are read."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in itertools.repeat(b"10\r\n[[[[[[[[[[[[[[[[\r\n" * 1000):
        if over.is_set():
            return
        connection.sendall(piece)


PEERS: dict[str, Peer] = {"silent": _silent, "dripping": _dripping, "flooding": _flooding}
VERBS = {
    "logs query": ("logs", "query", '{app="x"}'),
    "logs labels": ("logs", "labels"),
    "logs errors": ("logs", "errors"),
    "service check": ("service", "check", "http://PLACE/", "--contains", "x"),
    "cert check": ("cert", "check", "PLACE"),
    "container list": ("container", "list", "--socket", "PATH"),
}
# Runs that another limit ends before the deadline: the peer sent too much, or no TLS.
ENDED_SOONER = {(verb, "flooding") for verb in VERBS} | {("cert check", "dripping")}


class Places:
    """The addresses of a peer: `place` as HOST:PORT, and `path`, a socket in the file system."""

    def __init__(self, place: str, path: str) -> None:
        self.place = place
        self.path = path


@contextmanager
def serving(peer: Peer) -> Iterator[Places]:
    """A peer that keeps each connection until the end of this context."""
    over = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(1 << 16)
                peer(connection, over)
            except OSError:
                return  # the verb has ended
            over.wait(2 * HUNG)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def speak(connection: socket.socket, target: str) -> None:
        try:
            peer(connection, over)
        except OSError:
            return
        over.wait(2 * HUNG)

    with socket.create_server(("127.0.0.1", 0), backlog=64) as server, listening(speak) as path:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield Places(f"127.0.0.1:{server.getsockname()[1]}", path)
        finally:
            over.set()
            stopped(server, accepting)


def started(world: World, words: list[str], name: str) -> subprocess.Popen[bytes]:
    """Start the built file; its output goes to files with that name."""
    output, errors = world.folder / f"{name}.out", world.folder / f"{name}.err"
    with output.open("wb") as out, errors.open("wb") as err:
        return subprocess.Popen(
            [sys.executable, world.pyz, *words], env=world.env, stdin=subprocess.DEVNULL,
            stdout=out, stderr=err,
        )  # fmt: skip


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; return the CPU time (s) of it and of its children."""
    killer = threading.Timer(HUNG, os.kill, (process.pid, 9))
    killer.start()
    try:
        _, status, used = os.wait4(process.pid, 0)
    finally:
        killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def text(folder: Path, name: str) -> str:
    return (folder / f"{name}.out").read_text() + (folder / f"{name}.err").read_text()


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_ends_by_its_own_deadline(verb: str, peer: str, world: World) -> None:
    with serving(PEERS[peer]) as places:
        world.env.update(HOMELAB_LOKI_URL=f"http://{places.place}", HOMELAB_TELEMETRY="0")
        words = [
            word.replace("PLACE", places.place).replace("PATH", places.path) for word in VERBS[verb]
        ]
        twin = started(world, [*words, "--timeout", f"{10 * HUNG:.0f}s"], "twin")
        try:
            process = started(world, [*words, "--timeout", f"{TIMEOUT:.0f}s"], "verb")
            cpu = cpu_seconds(process)
            twin_waits = twin.poll() is None
        finally:
            twin.kill()
            twin.wait()
    said = text(world.folder, "verb")
    assert "Traceback" not in said
    assert process.returncode in (1, 69, 124), said
    assert cpu < TIMEOUT + 1
    if (verb, peer) not in ENDED_SOONER:
        assert "within 1 s" in said
        assert twin_waits


@pytest.mark.parametrize(
    "words",
    [
        ("logs", "labels"),
        ("logs", "query", '{job="x"}'),
        ("logs", "errors"),
        ("cert", "check", "127.0.0.1:1"),
        ("service", "check", "http://127.0.0.1:1/"),
        ("port", "check", "127.0.0.1:1"),
        ("container", "list"),
    ],
    ids=" ".join,
)
def test_a_timeout_longer_than_a_socket_takes_is_no_crash(
    words: tuple[str, ...], loki: FakeLoki, world: World
) -> None:
    for timeout in ("5w", "20000w"):
        done = world.run(*words, "--timeout", timeout, HOMELAB_LOKI_URL=loki.url)
        assert done.returncode in (0, 1, 69), done.stderr
