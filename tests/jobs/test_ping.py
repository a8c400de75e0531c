"""The dead-man's switch that a job pings: a real server, and all its possible faults."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.loki.server import FakeLoki
from hypothesis import given
from hypothesis import strategies as st
from support.balancer import free_ports
from support.certificates import authority, issued
from support.reading import until
from support.switch import SECRET, Switch
from support.world import World

from homelab.jobs import ping
from homelab.jobs import switch as switches
from homelab.jobs.signals import Wakeup
from homelab.jobs.web_request import WebRequest, address


@pytest.fixture
def switch() -> Iterator[Switch]:
    made = Switch()
    yield made
    made.close()


def run(
    world: World, url: str, *words: str, code: int = 0, name: str = "x"
) -> subprocess.CompletedProcess[str]:
    """Run a job that pings the URL; its exit code is the command's own, and its URL is shown
    nowhere."""
    path = world.folder / "url"
    path.write_text(f"# of healthchecks\n\n{url}\n")
    path.chmod(0o600)
    command = ["--ping-file", str(path), *words]
    done = world.run("job", "run", name, *command, "--", "sh", "-c", f"echo secret; exit {code}")
    assert (done.returncode, done.stdout) == (code, "")
    shown = done.stderr + "".join(
        each.read_text() for each in world.state.rglob("*") if each.is_file()
    )
    assert SECRET not in shown
    return done


def listed(world: World) -> dict[str, object]:
    (row,) = json.loads(world.run("job", "list", "--json").stdout)["rows"]
    return dict(row)


def test_the_switch_gets_start_success_and_failure_only(world: World, switch: Switch) -> None:
    assert run(world, switch.url).stderr == ""
    run(world, switch.url + "/", code=3)
    assert switch.paths() == ["/ping/X/start", "/ping/X", "/ping/X/start", "/ping/X/fail"]
    assert {(each.method, each.body) for each in switch.seen} == {("GET", b"")}
    assert {each.agent for each in switch.seen} == {"homelab/0.6.0"}
    assert "ping" not in str(listed(world)["detail"])


def test_a_query_stays_behind_the_word(world: World, switch: Switch) -> None:
    run(world, switch.url + "?rid=1&x=%20")
    assert switch.paths() == ["/ping/X/start?rid=1&x=%20", "/ping/X?rid=1&x=%20"]


def test_output_is_sent_where_it_is_asked_for(world: World, switch: Switch) -> None:
    run(world, switch.url, "--ping-output", code=1)
    assert [(each.method, each.body) for each in switch.seen] == [
        ("GET", b""), ("POST", b"secret\n"),
    ]  # fmt: skip


def test_no_more_than_its_end(world: World, switch: Switch) -> None:
    path = world.folder / "url"
    path.write_text(switch.url)
    script = "seq 1 100000; exit 1"
    words = ["--ping-file", str(path), "--ping-output", "--", "sh", "-c", script]
    assert world.run("job", "run", "x", *words).returncode == 1
    assert len(switch.seen[-1].body) == switches.BODY
    assert switch.seen[-1].body.endswith(b"99999\n100000\n")


def test_a_run_that_starts_nothing_pings_nothing(world: World, switch: Switch) -> None:
    path = world.folder / "url"
    path.write_text(switch.url)
    words = ["job", "run", "x", "--skip", "--ping-file", str(path), "--"]
    running = subprocess.Popen(
        [world.pyz, *words, "sleep", "60"], env=world.env, stdin=subprocess.DEVNULL
    )
    try:
        assert until(lambda: switch.paths() == ["/ping/X/start"])
        assert until((world.state / "jobs/x.json").exists)
        assert world.run(*words, "true").returncode == 0
        assert switch.paths() == ["/ping/X/start"]
    finally:
        running.terminate()
        running.wait(30)
    assert switch.paths() == ["/ping/X/start", "/ping/X/fail"]


def test_a_command_that_cannot_be_started_has_failed(world: World, switch: Switch) -> None:
    path = world.folder / "url"
    path.write_text(switch.url)
    done = world.run("job", "run", "x", "--ping-file", str(path), "--", "nosuch")
    assert done.returncode == 127
    assert switch.paths() == ["/ping/X/start", "/ping/X/fail"]


def test_a_slow_start_holds_nothing_and_comes_first(world: World, switch: Switch) -> None:
    def slow(path: str) -> tuple[int, bytes, dict[str, str]]:
        if path.endswith("/start"):
            assert until((world.folder / "ran").exists)  # only after the job has started
            time.sleep(0.5)
        return 200, b"OK", {}

    switch.hook = slow
    path = world.folder / "url"
    path.write_text(switch.url)
    done = world.run("job", "run", "x", "--ping-file", str(path), "--", "touch", "ran")
    assert (done.returncode, done.stderr) == (0, "")
    assert switch.paths() == ["/ping/X/start", "/ping/X"]


def test_a_busy_server_is_asked_again(world: World, switch: Switch) -> None:
    answers: Iterator[tuple[int, bytes, dict[str, str]]] = iter(
        [(200, b"", {}), (503, b"", {}), (429, b"", {}), (200, b"OK", {})]
    )
    switch.hook = lambda _: next(answers)
    assert run(world, switch.url).stderr == ""
    assert switch.paths() == ["/ping/X/start", *["/ping/X"] * 3]
    assert listed(world)["detail"] is None


@pytest.mark.parametrize(
    ("status", "body", "headers", "said"),
    [
        (404, b"", {}, "HTTP 404"),
        (302, b"", {"Location": "/login"}, "HTTP 302: a redirect, which is not followed"),
        (301, b"", {"Location": "ftp://x"}, "HTTP 301: a redirect, which is not followed"),
        (200, b"OK (not found)", {}, "the switch does not know this URL"),
    ],
)
def test_failed_pings_are_recorded_and_reported_from_the_third_on(
    status: int, body: bytes, headers: dict[str, str], said: str, world: World, switch: Switch
) -> None:
    switch.hook = lambda _: (status, body, headers)
    for count in (1, 2, 3, 4):
        done = run(world, switch.url)
        if count < 3:
            assert done.stderr == ""
        else:
            shown = f"homelab: the last {count} pings of job 'x' failed: {said}\n"
            assert done.stderr == shown
        row = listed(world)
        assert row["detail"] == f"ping failed: {said}"
        assert row["state"] == ("warning" if count > 2 else "ok")
    assert not any("login" in path for path in switch.paths())
    switch.hook = lambda _: (200, b"OK", {})
    assert run(world, switch.url).stderr == ""
    assert (listed(world)["state"], listed(world)["detail"]) == ("ok", None)


def test_no_server_there(world: World) -> None:
    (port,) = free_ports(1)
    run(world, f"http://127.0.0.1:{port}/{SECRET}", code=4)
    assert listed(world)["detail"] == "never ok; ping failed: Connection refused"
    run(world, f"http://{SECRET}.invalid/x")
    assert listed(world)["detail"] == "ping failed: the name can't be looked up"


def test_a_ping_under_way_holds_nothing_that_a_shell_opened() -> None:
    """A flock(1) around the job holds such a lock, for example."""
    reader, writer = os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as server:  # silent
        sent = ping.Ping(WebRequest(f"http://127.0.0.1:{server.getsockname()[1]}/x"))
        os.close(writer)
        try:
            assert select.select([reader], [], [], 3)[0] == [reader], "its end is held"
            assert select.select([sent._call.reader], [], [], 0)[0] == [], (
                "the ping is over already"
            )
        finally:
            sent._call.end()
            os.close(reader)


def test_without_another_process_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    sent = ping.Ping(WebRequest("http://127.0.0.1:1/x"))
    with Wakeup() as wakeup:
        why = sent.outcome(wakeup)
    assert why == "can't start a process for it: Resource temporarily unavailable"


@pytest.mark.parametrize("how", ["silent", "drips", "rubbish"])
def test_a_server_that_does_not_answer_is_left_alone(how: str, world: World) -> None:
    """The pings for start and end together take no longer than both their limits."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not ended.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = server.accept()
                    threading.Thread(target=speak, args=(connection,), daemon=True).start()

        def speak(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                while not ended.is_set() and how != "rubbish":
                    if how == "drips":
                        connection.sendall(b"H")
                    time.sleep(0.2)
                connection.sendall(b"\0\xff\x1b[2J" * 100_000)

        server.settimeout(0.2)
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/{SECRET}"
        if how == "drips":  # only one of the ways: each limit is waited for
            begin = time.monotonic()
            run(world, url)
            assert time.monotonic() - begin < 40
            detail = str(listed(world)["detail"])
            assert detail.startswith("ping failed: ")
        else:
            with Wakeup() as wakeup:
                detail = ping.Ping(WebRequest(url), 1).outcome(wakeup)
            assert detail in ("no answer within 1 s", "the answer is not HTTP")
        ended.set()
        serving.join()
    assert detail.isprintable()


@pytest.mark.needs("openssl")
def test_a_certificate_of_the_labs_own_ca(world: World, switch: Switch) -> None:
    authority(world.folder)
    issued(world.folder, "switch", names="IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(world.folder / "switch.crt", world.folder / "switch.key")
    switch.server.socket = context.wrap_socket(switch.server.socket, server_side=True)
    url = switch.url.replace("http:", "https:")
    run(world, url)
    assert "certificate not trusted" in str(listed(world)["detail"])
    assert switch.seen == []
    world.env["SSL_CERT_FILE"] = str(world.folder / "ca.crt")
    run(world, url)
    assert switch.paths() == ["/ping/X/start", "/ping/X"]
    assert listed(world)["detail"] is None


@pytest.mark.parametrize(
    "text",
    [None, "", "# only a comment\n", "hc-ping.com/x", "ftp://host/x", "http://", "https://u:p@h/x",
     "http://h/a b", "http://h:x/", "http://h/\x1b[2J", "http://h/é"],
)  # fmt: skip
def test_a_switch_that_is_none_is_said_and_the_job_runs(text: str | None, world: World) -> None:
    path = world.folder / "url"
    if text is not None:
        path.write_text(text)
    done = world.run("job", "run", "x", "--ping-file", str(path), "--", "touch", "ran")
    assert done.returncode == 0
    assert done.stderr.startswith(f"homelab: no ping is sent: {path}: ")
    assert done.stderr.count("\n") == 1
    assert not text or text not in done.stderr
    assert (world.folder / "ran").exists()


def test_no_data_of_a_job_reaches_the_counted_event(world: World, switch: Switch) -> None:
    with FakeLoki() as loki:
        world.env["HOMELAB_LOKI_URL"] = loki.url
        run(world, switch.url, "--ping-output", code=3, name="canary-name")
        labels = '{"job":"homelab-usage"'
        assert until(lambda: any(labels in str(each.body) for each in loki.requests))
        said = repr([(each.path, each.headers, each.body) for each in loki.requests])
        assert "job run" in said
        for canary in (SECRET, "canary", "secret", "ping/"):
            assert canary not in said
    (line,) = [entry[2] for entry in loki.entries('{job="homelab-usage"}')]
    assert line == "exit=3 ver=0.6.0"


def test_a_switch_needs_no_folder_of_ours(world: World, switch: Switch) -> None:
    world.env["XDG_STATE_HOME"] = "/proc/nosuch"
    done = run(world, switch.url, code=2)
    assert "runs without a lock" in done.stderr
    assert switch.paths() == ["/ping/X/start", "/ping/X/fail"]


@given(st.text())
def test_any_file_is_an_address_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"^its first line is not a URL"):
        address(text)


def told(url: str, *event: Any) -> str:
    """The URL of a switch's request for an event, "" if there is none."""
    request = switches.request(address(url), *event)
    return "" if request is None else request.url


START, OK, FAIL = switches.START, switches.SUCCESS, switches.FAIL
KUMA = "https://up.lan/api/push/TOKEN?status=up&msg=OK&ping="
WHY = "failed with exit code 3"


@pytest.mark.parametrize(
    ("url", "event", "expected"),
    [
        ("http://h/x", (START,), "http://h/x/start"),
        ("http://h/x/?rid=1#y", (FAIL,), "http://h/x/fail?rid=1"),
        (KUMA, (START,), ""),
        (KUMA, (OK, "", 1_234_000_000), "https://up.lan/api/push/TOKEN?status=up&msg=OK&ping=1234"),
        (
            KUMA,
            (FAIL, WHY, 2_000_000, 3, b"a\nno space & left\n\n"),
            ("https://up.lan/api/push/TOKEN?status=down"
            "&msg=failed%20with%20exit%20code%203%3A%20no%20space%20%26%20left&ping=2"),
        ),
        (
            "https://up.lan/sub/api/push/TOKEN",
            (FAIL, WHY),
            ("https://up.lan/sub/api/push/TOKEN?status=down&msg=failed%20with%20exit%20code%203"
            "&ping=0"),
        ),
        ("https://up.lan/api/push/T?a=%20&status=up", (OK,),
         "https://up.lan/api/push/T?a=%20&status=up&msg=OK&ping=0"),
        ("https://cronitor.link/p/k/n", (START,), "https://cronitor.link/p/k/n?state=run"),
        ("https://cronitor.link/p/k/n", (FAIL, "x"),
         "https://cronitor.link/p/k/n?state=fail&message=x"),
        ("https://nosnch.in/abc", (START,), ""),
        ("https://nosnch.in/abc", (FAIL, "x", 0, 3), "https://nosnch.in/abc?s=3&m=x"),
        ("https://nosnch.in/abc", (OK,), "https://nosnch.in/abc?s=0&m="),
        ("https://b.lan/api/v1/heartbeat/abc", (START,), ""),
        ("https://b.lan/api/v1/heartbeat/abc", (FAIL,), "https://b.lan/api/v1/heartbeat/abc/fail"),
        ("https://g.lan/api/v1/endpoints/a_b/external?success=true", (FAIL, "x"),
         "https://g.lan/api/v1/endpoints/a_b/external?success=false&error=x"),
    ],
)  # fmt: skip
def test_each_switch_gets_its_own_format(url: str, event: tuple[Any, ...], expected: str) -> None:
    """C23"""
    assert told(url, *event) == expected


def test_a_message_in_a_query_is_short_and_one_line() -> None:
    """C23"""
    url = told(KUMA, FAIL, "failed", 0, 1, b"\x1b[31m" + b"x" * 5000)
    assert len(url) < 400
    assert "%1B" not in url


def test_kuma_gets_a_failure_as_down(world: World, switch: Switch) -> None:
    """C23"""
    switch.hook = lambda _: (200, b'{"ok":true}', {"Content-Type": "application/json"})
    url = switch.url.replace("/ping/", "/api/push/") + "?status=up&msg=OK&ping="
    assert run(world, url).stderr == ""
    run(world, url, code=3)
    well, failed = switch.paths()
    assert well.startswith("/api/push/X?status=up&msg=OK&ping=")
    assert failed.startswith("/api/push/X?status=down&msg=failed%20with%20exit%20code%203%20after")
    assert "ping" not in str(listed(world)["detail"])


@pytest.mark.parametrize(
    ("path", "kind", "body", "said"),
    [
        (
            "/ping/",
            "text/html; charset=utf-8",
            b"hi <b>",
            "a web page answered, so nothing was recorded",
        ),
        ("/ping/", "", b"\n<!DOCTYPE html><p>", "a web page answered, so nothing was recorded"),
        ("/ping/", "application/json", b'{"ok":false}', 'the answer is not {"ok": true}'),
        ("/api/push/", "application/json", b'{"ok":false}', 'the answer is not {"ok": true}'),
        ("/api/push/", "text/plain", b"OK", 'the answer is not {"ok": true}'),
    ],
)
def test_an_answer_of_200_may_have_recorded_nothing(
    path: str, kind: str, body: bytes, said: str, world: World, switch: Switch
) -> None:
    """C23: Uptime Kuma's page answers any path like this."""
    switch.hook = lambda _: (200, body, {"Content-Type": kind} if kind else {})
    run(world, switch.url.replace("/ping/", path))
    assert str(listed(world)["detail"]).startswith(f"ping failed: {said}")


def test_headers_stand_below_the_url() -> None:
    found = address("# x\n\nhttps://h/x\r\nAuthorization: Bearer abc\n# y\nX-A:b\n")
    assert found.headers == (("Authorization", "Bearer abc"), ("X-A", "b"))
    for line in ("secret", "https://h/y", "a b: c", ": c", "A: \x1b"):
        with pytest.raises(ValueError, match=r"^line 2 is not a header like") as error:
            address(f"https://h/x\n{line}\n")
        assert "secret" not in str(error.value)
