"""Servers of this host and others that send too much, or nothing: memory and time are bounded."""

from __future__ import annotations

import errno
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fakes.engine import answer, listening
from support.memory import measured
from support.tls_servers import stopped
from support.world import World

from homelab.containers import engines
from homelab.net import connect, ports
from homelab.output import columns
from homelab.output.answer import Column, Table
from homelab.system.machine import Host

MOST = 300 << 10  # KiB
PING = answer(b"OK", "Api-Version: 1.41", "Server: Docker/20.10")


def _engine(listed: bytes, one: bytes = b"{}") -> Callable[[socket.socket, str], None]:
    def speak(connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(PING)
        else:
            connection.sendall(answer(listed if "all=1" in target else one))

    return speak


@pytest.mark.parametrize(
    "listed",
    [
        b"[" + b"{}," * 1_398_000 + b"{}]",
        b"[" + b"[]," * 1_398_000 + b"[]]",
        b"[" + b'{"":0},' * 599_000 + b"{}]",
        b"[" * 4_000_000,
        b"9" * 4_000_000,
        b"[" + b"9" * 4_000_000 + b"]",
        b"[" + b",".join(b'{"Id":"%012x"}' % n for n in range(100_000)) + b"]",
    ],
    ids=["objects", "lists", "members", "deep", "digits", "a number", "100,000 containers"],
)
def test_a_list_of_containers_is_bounded_in_values(listed: bytes, world: World) -> None:
    with listening(_engine(listed)) as path:
        done, memory = measured([world.pyz, "container", "list", "--socket", path], world.env)
    assert memory < MOST
    assert done.returncode in (1, 69), done
    assert "Traceback" not in done.stderr
    if b'"Id"' in listed:
        assert f"{path}: 99000 containers could not be inspected" in done.stdout


def test_many_engines_share_one_bound() -> None:
    listed = b"[" + b",".join(b'{"Id":"%%s%011x"}' % n for n in range(1500)) + b"]"
    paths: list[str] = []

    class Named(Host):
        def socket(self, path: str) -> tuple[int, int]:
            return 1, paths.index(path)

    def several(number: int) -> None:
        if number:
            with listening(_engine(listed.replace(b"%s", b"%x" % number))) as path:
                paths.append(path)
                several(number - 1)
            return
        found = engines.asked(Named(), [engines.EngineSocket(path) for path in paths], 120)
        counts = [len(engine.containers) for engine in found.engines]
        assert counts == [1000, 1000, 1000, 1000, 0, 0]
        assert [len(engine.missed) for engine in found.engines] == [500] * 4 + [1500] * 2
        assert all(sum(map(bool, engine.missed)) <= 10 for engine in found.engines)

    several(6)


@contextmanager
def web(head: bytes, piece: bytes) -> Iterator[str]:
    """A web server that answers so, repeats the piece, and then holds the connection."""
    over = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(head)
                while piece and not over.is_set():
                    connection.sendall(piece)
            except OSError:
                pass
            over.wait(30)

    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:

        def accept() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            stopped(server, accepting)


OK = b"HTTP/1.1 200 OK\r\n"
HELD = OK + b"Content-Length: 1048576\r\n\r\n" + b"x" * 1_048_575


@pytest.mark.long("each floods two processors for seconds")
@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (HELD, b""),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK, b"a: " + b"x" * 60_000),
        (b"HTTP/1.1 ", b"x" * 60_000),
    ],
    ids=["held", "chunks", "trailers", "continue", "headers", "status"],
)
def test_a_hundred_answers_at_once_take_little_memory(
    head: bytes, piece: bytes, world: World
) -> None:
    with web(head, piece) as place:
        urls = [f"http://{place}/{number}" for number in range(100)]
        words = ["service", "check", "--contains", "zzz", "--timeout", "2s", *urls]
        done, memory = measured([world.pyz, *words], world.env)
    assert memory < MOST
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("protocol", ["smtp", "ftp", "imap", "pop3", "ldap", "postgres"])
def test_a_greeting_without_end_is_given_up(protocol: str, world: World) -> None:
    words = ["cert", "check", "--starttls", protocol, "--timeout", "1s"]
    for piece in (b"220-a\r\n", b"* OK\r\n", b"x" * 60_000):
        with web(b"", piece) as place:
            done, memory = measured([world.pyz, *words, place], world.env)
        assert memory < MOST
        assert done.returncode == 69
        assert "Traceback" not in done.stderr


def test_looking_up_a_name_and_connecting_share_the_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A slow name lookup delays no other host; a name is looked up once."""
    looked: list[str] = []
    given: list[float] = []
    stuck = threading.Event()

    def look_up(dial: tuple[str, int], seconds: float) -> list[connect.SocketAddress]:
        looked.append(dial[0])
        if dial[0] == "stuck":
            stuck.wait(60)
            raise TimeoutError
        stuck.wait(0.3)
        return [connect.SocketAddress(socket.AF_INET, ("127.0.0.1", dial[1]))]

    def connected(places: object, seconds: float) -> object:
        given.append(seconds)
        stuck.set()  # so this host was asked before the other host's name was known
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(connect, "look_up", look_up)
    monkeypatch.setattr(connect, "connect", connected)
    targets = [("stuck", 1), ("slow", 1), ("slow", 2)]
    results = [knock.result for knock in ports.knocks(targets, 50.0, 100)]
    assert results == ["unknown", "refused", "refused"]
    assert sorted(looked) == ["slow", "stuck"]
    assert all(seconds <= 49.8 for seconds in given)


def test_one_wide_cell_makes_no_other_row_wide() -> None:
    rows = [("a" * 1_000_000, "b"), *[("a", "b")] * 10_000]
    text = columns.render(Table("x", (Column("one"), Column("two")), rows))
    assert len(text) < 2_000_000
    assert text.splitlines()[2] == "a    b"


@pytest.mark.parametrize("sign", ["a", "é", "漢", "e\u0301"])
def test_a_text_of_any_length_is_cut(sign: str) -> None:
    assert columns.columns_of(columns.cut(sign * 300_000, 80)) in (79, 80)
    assert json.dumps(columns.cut(sign * 300_000, 1)) == json.dumps("…")
