"""Several questions at once to a server that accepts fewer: a proxy that refuses more, a server
that accepts one connection after the other. All questions are answered."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from fakes.loki.server import Answer, FakeLoki, Request

from homelab.loki.address import Address
from homelab.loki.client import Loki
from homelab.loki.deadline import Deadline
from homelab.loki.in_flight import MOST, InFlight
from homelab.loki.patience import Patience
from homelab.loki.room import Room

BODY = b'{"status":"success","data":["a"]}'
STRAY = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def _one_after_the_other(behind: bytes = b"") -> Iterator[str]:
    """A server of one thread, which reads a connection until its client ends it, and sends `behind`
    a little later than each answer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)
            if behind:
                time.sleep(0.05)
                self.wfile.write(behind)
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.HTTPServer):
        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _ask(client: Loki, count: int, seconds: float) -> list[list[str]]:
    """The answers to this many questions, four at once."""
    ask: Callable[[], list[str]] = partial(client.values, "app", {})
    patience, bound = Patience(), Deadline(seconds, "Loki")
    with InFlight(client) as flight:
        answers = [flight.ask(ask) for _ in range(count)]
        return [patience.ask(answer, bound) for answer in answers]


def test_a_server_of_one_connection_answers_all() -> None:
    with _one_after_the_other() as url:
        client = Loki(Address(url), {}, "test")
        assert client.values("app", {}) == ["a"]
        assert _ask(client, 20, 20) == [["a"]] * 20
        begun = time.monotonic()
        assert _ask(client, 20, 20) == [["a"]] * 20  # by now it is known
        assert time.monotonic() - begun < 5
        client._dial.__del__()  # or the server waits for more on its connection


@pytest.mark.parametrize("status", [429, 503])
def test_a_proxy_that_refuses_a_second_question_answers_all(status: int, loki: FakeLoki) -> None:
    lock = threading.Lock()
    refused = 0

    def hook(_request: Request) -> Answer:
        nonlocal refused
        if not lock.acquire(blocking=False):
            refused += 1
            return Answer(status, "text/html", b"<html>too many</html>")
        try:
            time.sleep(0.1)
            return Answer(200, "application/json", BODY)
        finally:
            lock.release()

    loki.hook = hook
    assert _ask(Loki(Address(loki.url), {}, "test"), 30, 30) == [["a"]] * 30
    assert refused < 10


def test_what_waits_for_room_is_broken_off(loki: FakeLoki) -> None:
    hold, came = threading.Event(), threading.Event()

    def hook(_request: Request) -> Answer:
        came.set()
        hold.wait(60)
        return Answer(200, "application/json", BODY)

    loki.hook = hook
    before = set(threading.enumerate())
    client = Loki(Address(loki.url), {}, "test")
    client._dial._room.is_single()
    try:
        with InFlight(client) as flight:
            for _ in range(MOST):
                flight.ask(partial(client.values, "app", {}))
            assert came.wait(60)
        workers = set(threading.enumerate()) - before
        assert not [each for each in workers if "process_request_thread" not in each.name]
        assert len(loki.requests) == 1
    finally:
        hold.set()


def test_what_a_server_says_behind_its_answer_answers_nothing() -> None:
    """Some servers send this before they close an unused connection."""
    with _one_after_the_other(STRAY) as url:
        client = Loki(Address(url), {}, "test")
        for _ in range(3):
            assert client.values("app", {}) == ["a"]
            time.sleep(0.2)


def test_room_comes_back_when_answers_do() -> None:
    class Question:
        hung_up = inside = False

    room, questions = Room(), [Question() for _ in range(MOST)]
    for question in questions:
        room.enter(question)
    room.answered(429)
    room.answered(429)
    for question in questions:
        room.leave(question)
    room.enter(questions[0])
    questions[1].hung_up = True
    with pytest.raises(ConnectionAbortedError):
        room.enter(questions[1])
    for _ in range(16):
        room.answered(200)
    room.enter(questions[2])
    assert questions[2].inside
