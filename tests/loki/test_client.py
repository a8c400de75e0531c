"""The client against other servers in Loki's place: each gets a sentence and the right exit
code."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.world import ROOT, World

TEXT = "text/plain; charset=utf-8"
JSON, NOT = "application/json", "not Loki's JSON"
LOGIN = b"<!doctype html><title>Sign in</title>"
SELECTOR = '{job="homelab-usage"}'


def _data(kind: str, result: str) -> bytes:
    text = f'{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}}}'
    return text.encode()


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (Answer(401, TEXT, b"", (("WWW-Authenticate", 'Basic realm="x"'),)), 77, "(Basic); set"),
        (Answer(403, TEXT, b"Forbidden"), 77, "403, this account or address is not allowed"),
        (Answer(404, TEXT, b"404 page not found\n"), 69, "load balancer has no such route"),
        (Answer(200, "text/html", LOGIN), 77, "HTML page, not Loki's JSON"),
        (Answer(200, "application/json", LOGIN), 77, "HTML page, not Loki's JSON"),
        (Answer(302, TEXT, b"", (("Location", "http://127.0.0.1:1/login"),)), 77, "redirect"),
        (Answer(200, "application/json", b"{nope"), 69, "not Loki's JSON"),
        (Answer(200, "application/json", b"[1]"), 69, "not Loki's JSON"),
        (Answer(200, "application/json", b'{"status":"success"}'), 69, "not Loki's JSON"),
        (Answer(200, JSON, _data("streams", "null")), 69, NOT),
        (Answer(200, JSON, _data("streams", "[{}]")), 69, NOT),
        (Answer(200, JSON, _data("matrix", "[{}]")), 69, NOT),
        (Answer(200, JSON, b"[" * 100_000), 69, NOT),
        (Answer(429, TEXT, b"too many outstanding requests"), 69, "too many outstanding"),
        (Answer(500, TEXT, b"ring is empty"), 69, "500, ring is empty"),
        (Answer(502, "text/html", b"<html>Bad Gateway"), 69, "Loki behind it is down or slow"),
        (Answer(504, TEXT, b"Gateway Timeout"), 69, "Loki behind it is down or slow"),
        (Answer(0, None, b""), 69, "connection closed"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else None,
)
@pytest.mark.parametrize("verb", [("logs", "query", SELECTOR), ("usage", "top")])
def test_another_answers(
    answer: Answer, code: int, words: str, verb: tuple[str, ...], world: World, loki: FakeLoki
) -> None:
    loki.hook = lambda request: answer
    done = world.run(*verb, HOMELAB_LOKI_URL=loki.url, HOMELAB_TELEMETRY="0")
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert done.stderr.startswith(f"homelab: Loki at {loki.url}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("query", "words", "near", "column"),
    [
        ("{job=}", "at column 6: syntax error: unexpected }, expecting STRING", "{job=}", 5),
        ('rate({a="b"}[5])', "at column 13: not a valid", 'rate({a="b"}[5])', 12),
        ('{job="a"}\n | \tzoë日 ~ "x"', "at line 2, column 10: ", ' | \\tzoë日 ~ "x"', 11),
        (f'{{job="{"a" * 99}" unit="b"}}', "at column 108: ", f'…{"a" * 32}" unit="b"}}', 35),
    ],
)
def test_loki_refuses_the_query_and_the_place_is_marked(
    world: World, loki: FakeLoki, query: str, words: str, near: str, column: int
) -> None:
    done = world.run("logs", "query", query, HOMELAB_LOKI_URL=loki.url)
    assert done.returncode == 2
    sentence, shown, mark = done.stderr.splitlines()
    assert sentence.startswith(f"homelab: Loki can't read the query {words}")
    assert sentence.endswith("; error here")
    assert (shown, mark) == (f"  {near}", f"  {' ' * column}^")


LIMITS = [
    (400, "the query time range exceeds the limit (query length: 960h0m0s, limit: 30d1h)",
     "max_query_length (30d1h)", 2),
    (400, "maximum number of series (500) reached for a single query; consider reducing it",
     "max_query_series (500): maximum number of series (500) reached for a single query; group", 2),
    (400, "the query would read too many bytes (query: 1.5 GB, limit: 1.0 GB); consider adding",
     "max_query_bytes_read (1.0 GB)", 2),
    (400, "max streams matchers per query exceeded, matchers-count > limit (12 > 10)",
     "max_streams_matchers_per_query (10)", 2),
    (429, "too many outstanding requests", "max_outstanding_per_tenant: ", 69),
    (504, "request timed out, decrease the duration of the request or add more label matchers",
     "query_timeout: request timed out; narrow", 69),
    (500, "rpc error: desc = trying to send message larger than max (24006441 vs. 4194304)",
     "grpc_server_max_send_msg_size (4194304)", 69),
]  # fmt: skip


@pytest.mark.parametrize(("status", "text", "words", "code"), LIMITS)
def test_a_limit_is_named_with_its_value(
    world: World, loki: FakeLoki, status: int, text: str, words: str, code: int
) -> None:
    """Limits in the words of Loki 3.8 (pkg/util/validation, pkg/querier, pkg/logqlmodel)."""
    loki.hook = lambda _: Answer(status, TEXT, text.encode())
    query = 'sum(count_over_time({a="b"}[1h]))'
    done = world.run("logs", "query", query, HOMELAB_LOKI_URL=loki.url)
    assert (done.returncode, done.stdout) == (code, "")
    assert f": over Loki's limit {words}" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_time_of_the_whole_answer_is_bounded(world: World, loki: FakeLoki) -> None:
    """A server that accepts the request and never answers, and one that never accepts it."""

    def mute(_: Request) -> Answer:
        time.sleep(2)
        return Answer(0, None, b"")

    loki.hook = mute
    words = ("logs", "query", '{a="b"}', "--timeout", "1s")
    done = world.run(*words, HOMELAB_LOKI_URL=loki.url)
    assert done.returncode == 124
    assert "no whole answer within 1 s; use a longer --timeout" in done.stderr
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # its queue is full
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert world.run(*words, HOMELAB_LOKI_URL=url).returncode == 124
        done = world.run(*words[:-2], HOMELAB_LOKI_URL=url)
        assert done.returncode == 69
        assert f"nothing answers at {url[7:]} within 5 s" in done.stderr


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        ({"HOMELAB_LOKI_TENANT": "lab"}, "X-Scope-OrgID", "lab"),
        (
            {"HOMELAB_LOKI_USERNAME": "alice", "HOMELAB_LOKI_PASSWORD": "hunter2"},
            "Authorization",
            "Basic YWxpY2U6aHVudGVyMg==",
        ),
        ({"HOMELAB_LOKI_TOKEN": "t0ken"}, "Authorization", "Bearer t0ken"),
        ({}, "Authorization", None),
        ({}, "X-Scope-OrgID", None),
    ],
)
def test_credentials(
    settings: dict[str, str], name: str, value: str | None, world: World, loki: FakeLoki
) -> None:
    done = world.run("logs", "query", SELECTOR, HOMELAB_LOKI_URL=loki.url, **settings)
    assert done.returncode == 0
    assert loki.requests[0].header(name) == value
    assert loki.requests[0].header("User-Agent") == "homelab/0.6.0"


def test_credentials_from_files(world: World, loki: FakeLoki) -> None:
    (world.folder / "password").write_text("hunter2\n")
    world.settings(
        f"[loki]\nurl = {loki.url}\nusername = alice\npassword_file = {world.folder}/password\n"
    )
    assert world.run("usage", "top").returncode == 0
    assert loki.requests[0].header("Authorization") == "Basic YWxpY2U6aHVudGVyMg=="
    (world.folder / "password").unlink()
    done = world.run("usage", "top")
    assert done.returncode == 78
    assert "config.ini:4): " in done.stderr
    assert f"{world.folder}/password can't be read: No such file" in done.stderr


def test_no_proxy_of_the_environment_is_used(world: World, loki: FakeLoki) -> None:
    nowhere = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy"), "http://127.0.0.1:1")
    done = world.run("usage", "top", HOMELAB_LOKI_URL=loki.url, **nowhere)
    assert done.returncode == 0


def test_no_redirect_is_followed(world: World, loki: FakeLoki) -> None:
    with FakeLoki() as other:
        moved = Answer(307, TEXT, b"", (("Location", other.url + "/loki/api/v1/series"),))
        loki.hook = lambda request: moved
        token = {"HOMELAB_LOKI_TOKEN": "t0ken"}
        assert world.run("usage", "top", HOMELAB_LOKI_URL=loki.url, **token).returncode == 77
        assert other.requests == []


def test_logs_reads_logclis_settings_and_nothing_else_does(world: World, loki: FakeLoki) -> None:
    theirs = {"LOKI_ADDR": loki.url, "LOKI_USERNAME": "bob", "LOKI_PASSWORD": "x"}
    assert world.run("logs", "query", SELECTOR, **theirs).returncode == 0
    assert loki.requests[0].header("Authorization") == "Basic Ym9iOng="
    asked = len(loki.requests)
    assert world.run("usage", "top", **theirs).returncode == 0
    time.sleep(1)  # longer than any sender lives
    assert len(loki.requests) == asked
    assert {request.method for request in loki.requests} == {"GET"}
    assert world.events() == ["exit=0 ver=0.6.0 verb=logs query"]


def test_logclis_credentials_do_not_go_to_our_loki(world: World, loki: FakeLoki) -> None:
    theirs = {"LOKI_ADDR": "http://elsewhere", "LOKI_USERNAME": "bob", "LOKI_PASSWORD": "x"}
    done = world.run("logs", "query", SELECTOR, HOMELAB_LOKI_URL=loki.url, **theirs)
    assert done.returncode == 0
    assert loki.requests[0].header("Authorization") is None


@contextmanager
def _server(behave: object) -> Iterator[str]:
    """A socket without an HTTP server: `behave(connection)` handles it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=behave, args=(connection,), daemon=True).start()  # type: ignore[arg-type]

        serving = threading.Thread(target=serve)
        serving.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()


def _drip(connection: socket.socket) -> None:
    with connection:
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
                connection.sendall(bytes((byte,)))
                time.sleep(0.2)
        except OSError:
            pass


def test_a_server_that_drips_is_bounded_as_a_whole() -> None:
    """In this process, with a limit of a second: each single wait is far below it."""
    from homelab.errors import Failure
    from homelab.loki.address import Address
    from homelab.loki.client import Loki
    from homelab.loki.deadline import Deadline

    with _server(_drip) as url:
        loki = Loki(Address(url), {}, "homelab/test")
        begun = time.monotonic()
        late = pytest.raises(Failure, match="no whole answer within 1 s")
        with late as caught, Deadline(1.0, str(loki.address)):
            loki.ask("labels", {})
        assert caught.value.code == 69
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "connection closed"),
        (b"", "connection closed"),
    ],
)
def test_what_speaks_no_http(says: bytes, words: str, world: World) -> None:
    def behave(connection: socket.socket) -> None:
        with connection:
            connection.recv(4096)
            connection.sendall(says)

    with _server(behave) as url:
        done = world.run("usage", "top", HOMELAB_LOKI_URL=url)
    assert done.returncode == 69
    assert words in done.stderr


def _cut_short(request: Request) -> Answer:
    full = json.dumps({"status": "success", "data": {"resultType": "streams", "result": []}})
    return Answer(200, "application/json", full.encode()[:-9])


def test_half_a_document_is_not_an_empty_answer(world: World, loki: FakeLoki) -> None:
    loki.hook = _cut_short
    done = world.run("logs", "query", SELECTOR, HOMELAB_LOKI_URL=loki.url)
    assert (done.returncode, done.stdout) == (69, "")


def test_a_request_imports_no_tables_of_idna(loki: FakeLoki) -> None:
    """They would take longer than the request does."""
    code = (
        "import sys; from homelab.loki.address import Address;"
        " from homelab.loki.client import Loki;"
        "print(Loki(Address(sys.argv[1]), {}, 'test').request('GET', '/ready').status,"
        " 'encodings.idna' in sys.modules)"
    )
    for url in (loki.url, loki.url.replace("127.0.0.1", "localhost")):
        done = subprocess.run(
            [sys.executable, "-c", code, url], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout == "200 False\n"
