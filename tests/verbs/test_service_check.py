"""`service check` with real servers, with fake servers, and with many servers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import certificates as made
from support import tls_servers as servers
from support.balancer import Balancer
from support.memory import measured
from support.reading import until
from support.tls_servers import LOOPBACK, Saying, stopped
from support.world import World, at_a_terminal

from homelab.services import timed_get

SENT = 64 << 10
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
PHASES = ("lookup", "connect", "tls", "first_byte", "total")


def told(world: World, *words: str, code: int, **env: str) -> dict[str, Any]:
    done = world.run("service", "check", "--json", *words, **env)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["problems"] == sum(
        row["state"] in ("critical", "warning") for row in found["rows"]
    )
    return found


def one(world: World, *words: str, code: int, **env: str) -> dict[str, Any]:
    (row,) = told(world, *words, code=code, **env)["rows"]
    assert isinstance(row, dict)
    return row


def reached(row: dict[str, Any]) -> list[str]:
    return [phase for phase in PHASES if row[phase] is not None]


# -- answers


@pytest.mark.needs("nginx", "openssl")
def test_a_service_behind_a_balancer(world: World, balancer: Balancer) -> None:
    """With a connection by address, the request still has the name of the URL."""
    to = ("--connect", balancer.https, "--ca-file", balancer.ca)
    row = one(world, *to, "https://loki.lan/loki/api/v1/labels", code=0)
    assert (row["state"], row["status"], row["detail"]) == ("ok", 200, None)
    assert (row["address"], row["failed"], row["redirect"]) == ("127.0.0.1", None, None)
    assert row["certificate_days"] == 1
    assert reached(row) == [
        "connect",
        "tls",
        "first_byte",
        "total",
    ]  # an address is not a host name
    assert row["total"] >= row["first_byte"] > 0
    assert balancer.seen()[-1] == "loki.lan loki.lan loki.lan /loki/api/v1/labels"
    to = ("--connect", balancer.http, "--timeout", "20s")
    row = one(world, *to, "http://loki.lan/loki/api/v1/labels", code=0)
    assert reached(row) == ["connect", "first_byte", "total"]
    assert row["certificate_days"] is None
    row = one(world, *to, "http://loki.lan/dead/", code=1)
    assert (row["state"], row["status"]) == ("critical", 502)
    assert row["detail"] == "status 502, expected 2xx or 3xx"
    row = one(world, *to, "http://other.lan/", "--expect", "200,404", code=0)
    assert row["status"] == 404
    row = one(world, *to, "http://other.lan/", "--expect", "4xx", "--contains", "not found", code=0)
    row = one(world, *to, "http://other.lan/", "--expect", "4xx", "--contains", "Hello", code=1)
    assert row["detail"] == "'Hello' is not in the body"
    row = one(world, "--connect", balancer.https, "http://loki.lan/", code=1)
    assert row["detail"] == "status 400, expected 2xx or 3xx; the port expects https"


@pytest.mark.needs("nginx", "openssl")
def test_a_certificate_that_ends_soon_is_a_warning(world: World, balancer: Balancer) -> None:
    to = ("--connect", balancer.https, "--ca-file", balancer.ca, "https://loki.lan/loki/ready")
    row = one(world, *to, "--warn", "1h", "--expect", "200,404", code=0)
    # it is valid for two days: that alone does not warn (B2), but --warn decides
    row = one(world, *to, "--expect", "200,404", code=0)
    assert row["state"] == "ok"
    row = one(world, *to, "--warn", "3d", "--expect", "200,404", code=1)
    assert row["state"] == "warning"


@pytest.mark.needs("nginx", "openssl")
def test_a_redirect_is_shown_and_followed_when_asked(world: World, balancer: Balancer) -> None:
    to = ("--connect", balancer.http, "http://loki.lan/moved/x?token=geheim")
    row = one(world, *to, code=0)
    assert (row["state"], row["status"]) == ("ok", 301)
    assert row["redirect"] == "https://loki.lan/moved/x?token=…"
    assert row["detail"] == "redirects to https://loki.lan/moved/x?token=…"
    row = one(world, *to, "--expect", "200", code=1)
    leads = "redirects to https://loki.lan/moved/x?token=…"
    assert (
        row["detail"] == f"status 301, expected 200; use --follow to follow the redirect; {leads}"
    )
    row = one(world, *to, "--follow", code=1)  # to the same port, without TLS
    assert (row["failed"], row["redirect"]) == ("TLS", "https://loki.lan/moved/x?token=…")
    assert row["detail"].startswith("TLS: the port answers without TLS")


def test_a_chain_of_redirects(world: World) -> None:
    with Saying(None, HELLO) as last:
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://{LOOPBACK}:{last.port}/there\r\n\r\n"
        with Saying(None, moved.encode()) as first:
            url = f"http://{LOOPBACK}:{first.port}/"
            row = one(world, "--follow", "--contains", "hello", url, code=0)
            assert (row["status"], row["url"]) == (200, url)
            assert row["redirect"] == f"http://{LOOPBACK}:{last.port}/there"


@pytest.mark.parametrize(
    ("location", "detail"),
    [
        ("/again", "redirect: more than 10 in a row"),
        ("ftp://nas.lan/", "redirect: its target does not begin with http:// or https://"),
        ("file:///etc/passwd", "redirect: its target does not begin with http:// or https://"),
        ("http://[::1", "redirect: its target is not a URL"),
        ("http://a b/", "redirect: its target names no host"),
        ("", "redirect: 302 without a Location"),
    ],
)
def test_redirects_that_lead_nowhere(world: World, location: str, detail: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    with Saying(None, head.encode()) as server:
        row = one(world, "--follow", f"http://{LOOPBACK}:{server.port}/", code=1)
    assert row["state"] == "critical"
    assert row["detail"].partition(";")[0] == detail


def test_a_redirect_that_is_not_followed_may_lead_anywhere(world: World) -> None:
    for location, shown in (("app.lan://callback?code=geheim", "…://callback"), ("", None)):
        head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        with Saying(None, head.encode()) as server:
            row = one(world, f"http://{LOOPBACK}:{server.port}/", code=0)
        assert row["redirect"] == shown


# -- TLS


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's CA, an intermediate, and certificates of servers; their names say what is wrong
    with them."""
    folder = tmp_path_factory.mktemp("lab")
    made.authority(folder, days=900)
    made.authority(folder, "mid", "/CN=mid CA", 400, by="ca")
    made.issued(folder, "gone", subject="/CN=gone CA", days=(-400, -5), extensions=made.CA)
    for name, by, days in (
        ("good", "mid", (-1.0, 90.0)), ("git", "mid", (-1, 90)), ("nas", "mid", (-1, 90)),
        ("soon", "mid", (-80, 10.5)), ("expired", "mid", (-90, -2.5)), ("early", "mid", (3, 90)),
        ("own", "", (-1, 90)), ("wild", "mid", (-1, 90)), ("below-gone", "gone", (-1, 90)),
    ):  # fmt: skip
        names = {"git": "DNS:git.lan", "wild": "DNS:*.lab.lan"}.get(name, "DNS:nas.lan")
        made.issued(folder, name, by, names, days=days)
    mid, ca = ((folder / f"{name}.crt").read_text() for name in ("mid", "ca"))
    (folder / "both.crt").write_text(mid + ca)
    for name in ("nas", "git"):
        with (folder / f"{name}.crt").open("a") as file:
            file.write(mid)
    return folder


@contextlib.contextmanager
def https(lab: Path, name: str, chain: str = "mid") -> Iterator[str]:
    """OpenSSL's own server with one page: its URL with the name nas.lan, and the address to connect
    to."""
    with servers.s_server(lab, name, "-www", chain=chain) as port:
        yield f"{LOOPBACK}:{port}"


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    ("name", "chain", "detail", "days"),
    [
        ("expired", "mid", "certificate expired", -3),
        ("early", "mid", "certificate not valid for another 2 d 23 h: is a clock wrong?", 89),
        ("own", "", "certificate self-signed", 89),
        ("good", "", "certificate issued by mid CA, which is not known", 89),
        ("wild", "mid", "certificate hostname mismatch: not for nas.lan, only for *.lab.lan", 89),
        ("below-gone", "gone", "its issuer gone CA: expired, so clients refuse it", 89),
    ],
)
def test_certificates_that_are_refused_are_named(
    world: World, lab: Path, name: str, chain: str, detail: str, days: int
) -> None:
    with https(lab, name, chain) as there:
        words = ("--ca-file", f"{lab}/ca.crt", "--connect", there, "https://nas.lan/")
        row = one(world, *words, code=1)
        assert (row["state"], row["failed"], row["status"]) == ("critical", "TLS", None)
        assert row["certificate_days"] == days
        assert row["detail"].startswith(detail)
        # with --insecure the output mentions it
        late = name in ("expired", "early")
        row = one(world, *words, "--insecure", code=1 if late else 0)
        assert (row["state"], row["status"]) == ("warning" if late else "ok", 200)
        assert row["certificate_days"] == days
        assert row["detail"].startswith(detail)
        done = world.run("service", "check", *words, "--insecure")
        shown = done.stdout if late else done.stderr
        assert detail in shown


@pytest.mark.needs("openssl")
def test_a_ca_that_is_not_trusted(world: World, lab: Path) -> None:
    with servers.s_server(lab, "good", "-www", chain="both") as port:
        words = ["--connect", f"{LOOPBACK}:{port}", "https://nas.lan/"]
        row = one(world, *words, code=1)
        assert row["detail"] == "certificate issued by lab CA, which is not trusted here"
        assert one(world, *words, "--ca-file", f"{lab}/ca.crt", code=0)["certificate_days"] == 89
    with https(lab, "soon") as there:
        words = ["--connect", there, "--ca-file", f"{lab}/ca.crt", "https://nas.lan/"]
        row = one(world, *words, code=1)
        assert row["state"] == "warning"
        assert row["detail"].startswith("certificate expires in 10 d ")
        assert one(world, *words, "--warn", "5d", code=0)["state"] == "ok"


@pytest.mark.needs("openssl", "nginx")
def test_a_name_that_the_server_does_not_know(world: World, lab: Path) -> None:
    with servers.nginx(lab) as ports:
        to = ("--connect", f"{LOOPBACK}:{ports['https']}", "--ca-file", f"{lab}/ca.crt")
        row = one(world, *to, "https://other.lan/", code=1)
        assert row["detail"] == "TLS: the server says that it has no certificate for this name"
        row = one(world, *to, "https://git.lan/", "--expect", "2xx,4xx", code=0)
        assert row["certificate_days"] == 89
        row = one(world, f"https://{LOOPBACK}:{ports['plain']}/", code=1)
        assert row["detail"] == "TLS: the port answers without TLS; is it http?"


@pytest.mark.needs("openssl")
def test_a_server_that_wants_a_certificate_of_ours(world: World, lab: Path) -> None:
    for version in ("-tls1_2", "-tls1_3"):
        with servers.s_server(lab, "good", "-www", "-Verify", "1", version, chain="mid") as port:
            words = ("--ca-file", f"{lab}/ca.crt", "--connect", f"{LOOPBACK}:{port}")
            row = one(world, *words, "https://nas.lan/", code=1)
            assert row["failed"] in ("TLS", "HTTP")
            assert "certificate" in row["detail"] or "client's" in row["detail"], row["detail"]


# -- fake answers

ENDLESS = [b"x" * SENT] * ((1 << 30) // SENT)
DRIP: list[bytes | float | None] = [b"x", 0.05] * 2000
WRONG: list[tuple[list[bytes | float | None], str]] = [
    ([b"SSH-2.0-OpenSSH_9.2p1 \x1b[31m\r\n", 1.0], "HTTP: the answer is not HTTP: SSH-2.0-"),
    ([None], "HTTP: the server closed the connection without an answer"),
    ([None, 60.0], "HTTP: no answer to the request within 1 s"),
    ([None, b"HTTP/1.1 200 OK\r\n", *DRIP], "HTTP: headers not complete within 1 s"),
    ([None, b"HTTP/1.1 200 OK\r\na: ", *ENDLESS], "HTTP: a header line is longer than 64 KiB"),
    (
        [None, b"HTTP/1.1 200 OK\r\n", *[b"a: " + b"x" * 60_000 + b"\r\n"] * 90],
        "HTTP: its headers are longer than 256 KiB",
    ),
    ([None, b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 200], "HTTP: got more than 100 headers"),
    ([None, b"HTTP/9.9 200 OK\r\n\r\n"], "HTTP: unsupported version of HTTP: HTTP/9.9"),
    (
        [None, b"HTTP/1.1 100 Continue\r\n\r\n" * 20, 60.0],
        "HTTP: headers not complete within 1 s",
    ),
    (
        [None, b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", *DRIP],
        "body: body not complete within 1 s",
    ),
    (
        [None, b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello"],
        "body: the connection broke in the middle of the body",
    ),
    (
        [None, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"],
        "body: the connection broke in the middle of the body",
    ),
    (
        [None, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhel"],
        "body: the connection broke in the middle of the body",
    ),
]


@pytest.mark.parametrize(("words", "detail"), WRONG, ids=[detail for _, detail in WRONG])
def test_errors_name_the_layer_that_failed(
    world: World, words: list[bytes | float | None], detail: str
) -> None:
    with Saying(*words) as server:
        # an answer that ends by itself gets the time that a busy machine needs
        span = "1s" if "1 s" in detail else "50s"
        row = one(world, "--timeout", span, f"http://{LOOPBACK}:{server.port}/", code=1)
    assert row["state"] == "critical"
    assert row["detail"].startswith(detail)
    assert row["detail"].isprintable()
    assert row["failed"] == detail.partition(":")[0]


def test_a_handshake_that_does_not_end(world: World) -> None:
    for words in ([60.0], [b"\x16\x03\x03\x40\x00", *DRIP]):
        with Saying(*words) as server:
            row = one(world, "--timeout", "1s", f"https://{LOOPBACK}:{server.port}/", code=1)
            assert row["detail"] == "TLS: handshake not complete within 1 s"


def test_an_answer_without_end_is_read_to_its_bound(world: World) -> None:
    """A hundred servers send a gigabyte each, concurrently; the bytes read and the memory used are
    limited."""
    with Saying(None, b"HTTP/1.1 200 OK\r\n\r\n", *ENDLESS) as server:
        url = f"http://{LOOPBACK}:{server.port}/"
        row = one(world, "--contains", "y", url, code=1)
        assert row["detail"] == "'y' is not in the first 1024 KiB of the body"
        done, most = measured([world.pyz, "service", "check", "--all", *[url] * 100], world.env)
    assert done.returncode == 0
    assert done.stdout.count("\nok ") == 100
    assert 0 < most < 64 << 10  # KiB


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        (b"utf-16-le", "gr\xfcn".encode("utf-16-le")),
        (b"nosuch", "gr\xfcn".encode()),
        (b"a\0b", "gr\xfcn".encode()),
        (b"us-ascii", "gr\xfcn".encode()),  # but it is not gzip
        (b"x" * 60_000, "gr\xfcn".encode()),
        (b"\xff\x1b[31m", "gr\xfcn".encode()),
    ],
)
def test_a_charset_may_be_anything(world: World, charset: bytes, text: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=" + charset + b"\r\n\r\n"
    with Saying(None, head + text) as server:
        url = f"http://{LOOPBACK}:{server.port}/"
        one(world, url, "--contains", "gr\xfcn", code=0)
        row = one(world, url, "--contains", "r\udcff", code=1)  # from an argument that is not UTF-8
        assert row["detail"] == r"'r\udcff' is not in the body"


def test_a_content_type_that_takes_long_to_read(world: World) -> None:
    head = b'HTTP/1.1 200 OK\r\nContent-Type: a/b;"' + b";" * 65_000 + b"\r\n\r\nhello"
    with Saying(None, head) as server:
        command = [world.pyz, "service", "check", "--contains", "hello"]
        command += [f"http://{LOOPBACK}:{server.port}/"] * 20
        process = subprocess.Popen(command, env=world.env, stderr=subprocess.PIPE)
        _, status, used = os.wait4(process.pid, 0)
        assert process.stderr is not None
        assert b"20 services are fine" in process.stderr.read()
        process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert used.ru_utime < 20  # s; over a minute if it were read


def test_a_stream_of_events_is_not_waited_for(world: World) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n"
    with Saying(None, head, hold=True) as server:
        assert one(world, f"http://{LOOPBACK}:{server.port}/", code=0)["status"] == 200


def test_a_timeout_longer_than_a_socket_takes(world: World) -> None:
    with Saying(None, HELLO) as server:
        url = f"http://{LOOPBACK}:{server.port}/"
        for span in ("5w", "5000w"):
            assert one(world, "--timeout", span, url, code=0)["status"] == 200


def test_services_that_can_not_be_reached(world: World) -> None:
    row = one(world, "http://127.0.0.1:1/", code=1)
    assert (row["detail"], row["failed"]) == ("connect: connection refused at 127.0.0.1", "connect")
    assert reached(row) == ["total"]
    row = one(world, f"https://{'a.' * 150}lan/", code=1)  # longer than any name
    assert row["failed"] == "lookup"


# -- secrets


def test_secrets_are_sent_where_they_belong_and_shown_nowhere(world: World) -> None:
    heard: list[bytes] = []
    listener = socket.create_server((LOOPBACK, 0))
    port = listener.getsockname()[1]

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client:
                    heard.append(client.recv(4096))
                    other = f"http://localhost:{port}/there?key=auch-geheim"
                    moved = f"HTTP/1.1 302 Found\r\nLocation: {other}\r\n\r\n".encode()
                    client.sendall(moved if len(heard) % 2 else HELLO)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    url = f"http://alice:hunter%402@{LOOPBACK}:{port}/x?token=geheim&page=2#part"
    with listener:
        shown = ""
        for form in ("--json", "--csv", "--all"):
            done = world.run("service", "check", "--follow", form, url)
            assert done.returncode == 0, (done.stdout, done.stderr)
            shown += done.stdout + done.stderr
        stopped(listener, serving)
    assert f"http://…@{LOOPBACK}:{port}/x?token=…&page=…" in shown
    assert f"http://localhost:{port}/there?key=…" in shown
    for secret in ("alice", "hunter", "geheim"):
        assert secret not in shown
    pair = b"Authorization: Basic " + b64encode(b"alice:hunter@2") + b"\r\n"
    first, second = heard[0], heard[1]
    assert first.startswith(b"GET /x?token=geheim&page=2 HTTP/1.1\r\n")
    assert pair in first
    assert f"\r\nHost: {LOOPBACK}:{port}\r\n".encode() in first
    assert b"\r\nUser-Agent: homelab/0.6.0\r\n" in first
    assert b"Authorization" not in second  # it belongs to another host


@pytest.mark.parametrize(
    "url",
    [
        "http://alice:geheim@/", "ftp://alice:geheim@nas.lan/", "alice:geheim@nas.lan",
        "http://alice:geheim@nas.lan:99999/", "http://alice:geheim@nas lan/", "nas.lan?x=geheim",
        "http://[fd00::zz]/?geheim", "http://nas.lan/\x1b?geheim", "http://nas.lan:0/?geheim",
    ],
)  # fmt: skip
def test_invalid_urls_are_shown_without_secrets(world: World, url: str) -> None:
    done = world.run("service", "check", url)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "geheim" not in done.stderr
    assert "\x1b" not in done.stderr
    assert "write it like https://nas.lan/" in done.stderr


def test_proxies_of_the_environment_are_not_used(world: World) -> None:
    with Saying(None, HELLO) as server:
        nobody = "http://127.0.0.1:1"
        env = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), nobody)
        one(world, f"http://{LOOPBACK}:{server.port}/", code=0, **env)


# -- lists and many


def test_a_list(world: World) -> None:
    with Saying(None, HELLO) as server:
        url = f"http://{LOOPBACK}:{server.port}/"
        path = world.folder / "services"
        path.write_text(
            f"# the lab\n\n{url}a\n{url}b expect=200 contains=hel lo\n  {url}c expect=404\n"
            f"{url}d expect=2xx,404 contains=hello\n{url}e # the last\n"
        )
        rows = told(world, "--file", str(path), code=1)["rows"]
        assert [row["url"][-1] for row in rows] == list("abcde")  # in the given order
        assert [row["state"] for row in rows] == ["ok", "critical", "critical", "ok", "ok"]
        assert rows[1]["detail"] == "'hel lo' is not in the body"
        assert rows[2]["detail"] == "status 200, expected 404"
        done = world.run("service", "check", "--file", str(path))
        lines = done.stdout.splitlines()
        assert [line.split()[:2] for line in lines[1:]] == [
            ["critical", f"{url}b"], ["critical", f"{url}c"],
        ]  # fmt: skip
        fine = ", ".join(rf"{url}{path} 200 in \d+ ms" for path in "ade")
        assert re.fullmatch(rf"homelab: fine: {fine} \(details: --all\)\n", done.stderr)
        shown = world.run("service", "check", "--all", "--file", str(path))
        assert (len(shown.stdout.splitlines()), shown.stderr) == (6, "")
        named = world.run("service", "check", f"{url}a", f"{url}d", f"{url}e")
        assert (named.stdout, named.stderr.startswith(f"homelab: fine: {url}a 200 in ")) == (
            "",
            True,
        )
        piped = subprocess.run(
            [world.pyz, "service", "check", "--file", "-"],
            input=f"{url}x\n" * 5, env=world.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert piped.stdout == ""
        assert piped.stderr.startswith(f"homelab: 5 services are fine, the slowest {url}x 200 in ")
    path.write_text(f"{url}\n{url} timeout=5s\n")
    done = world.run("service", "check", "--file", str(path))
    assert done.returncode == 2
    assert "line 2: after the URL, only expect=2xx,401 and contains=TEXT are allowed" in done.stderr
    path.write_text("# none\n")
    assert "the list has no URL" in world.run("service", "check", "--file", str(path)).stderr
    done = world.run("service", "check", "--file", str(world.folder / "nosuch"))
    assert (done.returncode, "No such file" in done.stderr) == (2, True)
    assert world.run("service", "check").returncode == 2


def test_a_ca_file_without_certificates(world: World) -> None:
    for path, why in (
        ("/etc/passwd", "it has no certificate in PEM"),
        ("/nosuch", "No such file"),
    ):
        done = world.run("service", "check", "--ca-file", path, "https://nas.lan/")
        assert done.returncode == 2
        assert done.stderr.startswith(f"homelab: --ca-file: '{path}' can't be used: {why}")


def test_two_hundred_are_asked_concurrently(world: World) -> None:
    """A server that answers only after all of them have asked."""
    count = 200
    listener = socket.create_server((LOOPBACK, 0), backlog=count)
    clients: list[socket.socket] = []

    def serve() -> None:
        while len(clients) < count:
            clients.append(listener.accept()[0])
        for client in clients:
            client.sendall(HELLO)
            client.close()

    threading.Thread(target=serve, daemon=True).start()
    url = f"http://{LOOPBACK}:{listener.getsockname()[1]}/"
    with listener:
        path = world.folder / "services"
        path.write_text("".join(f"{url}{number}\n" for number in range(count)))
        rows = told(world, "--jobs", str(count), "--timeout", "50s", "--file", str(path), code=0)[
            "rows"
        ]
    assert [row["url"] for row in rows] == [f"{url}{number}" for number in range(count)]
    assert world.events() == ["exit=0 ver=0.6.0 verb=service check"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(world: World, number: signal.Signals) -> None:
    with Saying(None, 60.0) as server:
        urls = [f"http://{LOOPBACK}:{server.port}/{n}" for n in range(20)]
        words = [world.pyz, "service", "check", "--timeout", "50s", *urls]
        process = subprocess.Popen(
            words, env=world.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert until(lambda: len(_connections(server.port)) >= 20, 30)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (out, err) == (b"", b"")
    assert process.returncode == -number
    assert world.events() == [f"exit={128 + number} ver=0.6.0 verb=service check"]


def _connections(port: int) -> list[str]:
    """The number of established connections with a port of this host (proc(5))."""
    where = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return [line for line in lines if line.split()[2].endswith(where) and line.split()[3] == "01"]


def test_at_a_terminal(world: World) -> None:
    """A server's text is escaped, and a narrow terminal shows the whole URL."""
    head = b"HTTP/1.1 302 Found\r\nLocation: /\x1b[31mred\r\nContent-Length: 0\r\n\r\n"
    with Saying(b"SSH-2.0-\x1b[31mred\xc2\x9b\r\n", 1.0) as ssh, Saying(None, head) as other:
        urls = [f"http://{LOOPBACK}:{server.port}/a/path/of/some/length" for server in (ssh, other)]
        text = at_a_terminal(world, "service", "check", "--all", *urls)
    assert "\x1b[31m" not in text
    assert "\x9b" not in text
    assert all(f"  {url}  " in text for url in urls)


def test_a_visit_is_bounded_as_a_whole() -> None:
    """Each wait is short, but together they would never end."""
    from homelab.net.url import Url
    from homelab.services.options import RequestOptions

    with Saying(
        None, b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    ) as server:
        begun = time.monotonic()
        options = RequestOptions(0.5, follows=True)
        found = timed_get.visit(Url(f"http://{LOOPBACK}:{server.port}/"), options)
        assert found.failed is not None
        assert time.monotonic() - begun < 30
