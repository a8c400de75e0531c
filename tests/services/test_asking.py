"""The result of asking a service: up if it is up for a browser or curl."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support import certificates as made
from support import tls_servers as servers
from support.tls_servers import LOOPBACK, Saying
from support.world import World

from homelab.net import connect
from homelab.net.url import Url
from homelab.services import expected
from homelab.services.expected import USUAL, Service
from homelab.services.judge import Result, judged
from homelab.services.options import RequestOptions
from homelab.services.timed_get import is_same, visit, visit_service

DAY = 86_400 * 10**9


@pytest.fixture(scope="module")
def options() -> RequestOptions:
    return RequestOptions(60, follows=True)


def result(url: str, options: RequestOptions, contains: str = "") -> Result:
    service = Service(Url(url), USUAL, contains)
    found = visit(service.url, options, contains)
    return judged(service, found, time.time_ns(), 21 * DAY, options.insecure)


class Pages(BaseHTTPRequestHandler):
    """A lab's services, each at its path."""

    def do_GET(self) -> None:
        cookie = self.headers.get("Cookie", "")
        head: dict[str, str] = {}
        body, status = b"hello", 200
        if self.path == "/login":  # a load balancer sets a cookie and redirects to itself (B7)
            if cookie != "seen=1":
                status, head = 302, {"Location": "/login", "Set-Cookie": "seen=1; Path=/"}
        elif self.path == "/steps":
            steps = cookie.count("=")
            if steps < 3:
                head = {"Location": "steps", "Set-Cookie": f"step{steps}=1"}
                status = 307
        elif self.path == "/loop":
            status, head = 302, {"Location": "/loop", "Set-Cookie": "same=1; Path=/"}
        elif self.path == "/gzip":
            head, body = {"Content-Encoding": "gzip"}, gzip.compress(b"hello")
        elif self.path == "/br":
            head = {"Content-Encoding": "br"}
        elif self.path == "/not-gzip":
            head = {"Content-Encoding": "gzip"}
        elif self.path == "/latin":
            head = {"Content-Type": "text/html; charset=ISO-8859-1"}
            body = "grün".encode("latin-1")
        self.send_response(status)
        for name, value in {**head, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    with ThreadingHTTPServer((LOOPBACK, 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
        server.shutdown()


def test_cookies_live_for_the_hops_of_one_check(pages: str, options: RequestOptions) -> None:
    """B7"""
    for path in ("/login", "/steps", "/login"):  # and in no other check
        found = result(pages + path, options)
        assert (found.state, found.visit.status) == ("ok", 200)
        assert found.visit.redirect == pages + path
    found = result(f"{pages}/loop", options)
    assert found.state == "critical"
    assert found.detail.startswith("redirect: more than 10 in a row")


@pytest.mark.parametrize(
    ("path", "wanted", "state", "detail"),
    [
        ("/gzip", "hello", "ok", ""),
        ("/gzip", "adieu", "critical", "'adieu' is not in the body"),
        ("/br", "hello", "unknown", "the body is br-encoded, so it was not searched"),
        ("/br", "", "ok", ""),
        ("/not-gzip", "", "ok", ""),
        (
            "/not-gzip", "hello", "critical",
            "body: the body is not in the encoding that its header names (gzip)",
        ),
        ("/latin", "grün", "ok", ""),
    ],
)  # fmt: skip
def test_an_encoded_text_is_found_or_the_reason_is_given(
    pages: str, options: RequestOptions, path: str, wanted: str, state: str, detail: str
) -> None:
    """B5"""
    found = result(pages + path, options, wanted)
    assert (found.state, found.detail) == (state, detail)


def test_an_endless_body(pages: str) -> None:
    """B6"""
    short = RequestOptions(0.3)
    for kind in (b"audio/mpeg", b"text/plain"):
        head = b"HTTP/1.0 200 OK\r\nContent-Type: " + kind + b"\r\n\r\n"
        with Saying(None, head, b"ID3 hello", hold=True) as server:
            url = f"http://{LOOPBACK}:{server.port}/"
            assert result(url, short).state == "ok"
            assert result(url, short, "hello").state == "ok"
            found = result(url, short, "adieu")
            assert found.detail == "'adieu' is not in the part of the body that came in time"


# -- TLS


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    made.authority(folder)
    made.issued(folder, "nas", names=f"IP:{LOOPBACK}", key=("rsa:2048",))
    return folder


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    ("words", "detail"),
    [
        (("-tls1",), "its newest version of TLS is TLSv1, which is obsolete"),
        (("-tls1_1",), "its newest version of TLS is TLSv1.1, which is obsolete"),
        (
            ("-tls1_2", "-cipher", "AES256-GCM-SHA384"),
            "uses TLS without forward secrecy (AES256-GCM-SHA384)",
        ),
        (
            ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"),
            "uses TLS with a SHA-1 checksum (ECDHE-RSA-AES128-SHA)",
        ),
        (
            ("-tls1_2", "-cipher", "AES128-SHA"),
            "uses TLS without forward secrecy and with a SHA-1 checksum (AES128-SHA)",
        ),
        (("-tls1_2", "-cipher", "ECDHE+AESGCM"), ""),
        (("-tls1_3",), ""),
    ],
)
def test_old_tls_is_a_warning_on_every_python(
    lab: Path, words: tuple[str, ...], detail: str
) -> None:
    """B3: with --insecure, too."""
    if "-cipher" not in words and "-tls1_3" not in words:
        words = (*words, "-cipher", "DEFAULT:@SECLEVEL=0")
    with servers.s_server(lab, "nas", "-www", *words) as port:
        url = f"https://{LOOPBACK}:{port}/"
        found = result(url, RequestOptions(60, ca_file=f"{lab}/ca.crt"))
        assert (found.state, found.detail) == ("warning" if detail else "ok", detail)
        assert found.visit.status == 200
        found = result(url, RequestOptions(60, insecure=True))
        assert found.visit.status == 200
        assert detail in found.detail


# -- without a scheme


def test_a_name_in_another_script_is_shown_as_written(
    options: RequestOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B8"""

    def unknown(dial: object, seconds: float) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(connect, "look_up", unknown)
    assert result("http://straße.lan/", options).detail == "lookup: straße.lan: no such name"


def test_a_host_alone_is_asked_by_https_and_then_by_http(pages: str, lab: Path) -> None:
    where = pages.partition("://")[2]
    short = RequestOptions(60, ca_file=f"{lab}/ca.crt")
    service, found = visit_service(expected.service(f"{where}/gzip", USUAL, "hello"), short)
    assert (service.url.shown, found.status) == (f"{pages}/gzip", 200)
    assert found.contains
    with servers.s_server(lab, "nas", "-www") as port:
        service, found = visit_service(expected.service(f"{LOOPBACK}:{port}", USUAL, ""), short)
        assert (service.url.shown, found.status) == (f"https://{LOOPBACK}:{port}/", 200)
        # an untrusted certificate is an answer too
        service, found = visit_service(
            expected.service(f"{LOOPBACK}:{port}", USUAL, ""), RequestOptions(60)
        )
        assert (service.url.tls, found.failed) == (True, ("TLS", ""))
    service, found = visit_service(expected.service(f"{LOOPBACK}:1", USUAL, ""), short)
    assert service.url.shown == f"https://{LOOPBACK}:1/"
    assert found.failed == ("connect", "connection refused at 127.0.0.1 (https and http)")
    # the failure of https is a remark if http answers
    service, found = visit_service(expected.service(f"{where}/gzip", USUAL, ""), short)
    detail = judged(service, found, time.time_ns(), None, False).detail
    assert detail.startswith("https failed first: TLS: the port answers without TLS")


class Redirects(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Location", f"https://{LOOPBACK}:{self.server.leads}{self.path}")  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize("status", [200, 301])
@pytest.mark.parametrize("how", ["refuses", "wants a client's", "silent", "refused"])
def test_failed_https_does_not_make_http_fine(how: str, status: int, lab: Path) -> None:
    """A failed TLS handshake counts as an answer, and a redirect to the refused URL does not."""
    with contextlib.ExitStack() as servers_:
        plain = servers_.enter_context(ThreadingHTTPServer((LOOPBACK, 0), Redirects))
        plain.status, plain.leads = status, 1  # type: ignore[attr-defined]
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        servers_.callback(plain.shutdown)
        port = 1
        if how == "refuses":
            only = ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")
            port = servers_.enter_context(servers.s_server(lab, "nas", *only))
        elif how == "wants a client's":
            only = ("-tls1_2", "-Verify", "1")
            port = servers_.enter_context(servers.s_server(lab, "nas", *only))
        elif how == "silent":
            port = servers_.enter_context(Saying(None, hold=True)).port
        plain.leads = port  # type: ignore[attr-defined]
        service = expected.service(LOOPBACK, USUAL, "")
        assert service.plain
        service.url.port, service.plain.port = port, plain.server_port
        seconds = 2 if how == "silent" else 60
        asked, found = visit_service(service, RequestOptions(seconds, ca_file=f"{lab}/ca.crt"))
        shown = judged(asked, found, time.time_ns(), None, False)
    if how == "refused" and status == 200:
        assert (shown.state, asked.url.tls) == ("ok", False)
        assert "https failed first: connect: connection refused" in shown.detail
    else:
        assert (shown.state, asked.url.tls) == ("critical", True)


@pytest.mark.parametrize(
    ("location", "same"),
    [
        ("https://nas.lan/x", True), ("https://u:p@NAS.lan:443/", True),
        ("https://nas2.lan/", False),
        ("https://nas.lan:8443/app", False), ("http://nas.lan/", False), ("/x", False),
    ],
)  # fmt: skip
def test_which_redirect_leads_back_to_https(location: str, same: bool) -> None:
    there = Url("http://nas.lan/").towards(location)
    assert is_same(there, Url("https://nas.lan/")) == same
    assert is_same(Url("http://[::1]/").towards("https://[::1]/x"), Url("https://[::1]/"))
    assert is_same(
        Url("http://straße.lan").towards("https://straße.lan/"), Url("https://straße.lan")
    )


def test_after_the_handshake_the_whole_time_is_left(lab: Path) -> None:
    """A host without a scheme has more than half of the time."""
    with servers.s_server(lab, "nas", "-www") as port:
        asked = RequestOptions(60, ca_file=f"{lab}/ca.crt")
        found = visit(Url(f"https://{LOOPBACK}:{port}/"), asked, "", opening=1)
        assert found.status == 200
    with Saying(None, hold=True) as silent:
        found = visit(Url(f"https://{LOOPBACK}:{silent.port}/"), asked, "", opening=0.2)
        assert found.failed == ("TLS", "handshake not complete within 0.2 s")


def test_a_handshake_that_curl_refuses_is_a_warning(lab: Path) -> None:
    """B3: the handshake succeeds and is reported. Its signatures use SHA-1."""
    words = ("-www", "-tls1_2", "-sigalgs", "RSA+SHA1", "-cipher", "DEFAULT:@SECLEVEL=0")
    made.issued(lab, "rsa", "ca", "IP:127.0.0.1", key=("rsa:2048",))
    with servers.s_server(lab, "rsa", *words) as port:
        service = Service(Url(f"https://{LOOPBACK}:{port}/"), USUAL, "")
        found = visit(service.url, RequestOptions(60, ca_file=f"{lab}/ca.crt"))
        shown = judged(service, found, time.time_ns(), None, False)
    assert (found.status, shown.state) == (200, "warning"), shown.detail
    assert "curl and browsers refuse its TLS" in shown.detail


def test_a_silent_https_port_leaves_time_for_http() -> None:
    with Saying(None, b"HTTP/1.0 200 OK\r\n\r\nhello", hold=True) as server:
        # an http server waits for the end of the "request"
        silent = expected.service(f"{LOOPBACK}:{server.port}", USUAL, "hello")
        service, found = visit_service(silent, RequestOptions(4))
        assert (service.url.tls, found.status, found.contains) == (False, 200, True)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("nas.lan", ["https://nas.lan/", "http://nas.lan/"]),
        ("nas", ["https://nas/", "http://nas/"]),
        ("nas.lan:8443/a/b", ["https://nas.lan:8443/a/b", "http://nas.lan:8443/a/b"]),
        ("10.0.0.5", ["https://10.0.0.5/", "http://10.0.0.5/"]),
        ("[fd00::7]:81", ["https://[fd00::7]:81/", "http://[fd00::7]:81/"]),
        ("fd00::7", ["https://[fd00::7]/", "http://[fd00::7]/"]),
        ("straße.lan", ["https://straße.lan/", "http://straße.lan/"]),
        ("http://nas.lan", ["http://nas.lan"]),
        ("HTTPS://nas.lan/", ["https://nas.lan/"]),
    ],
)
def test_which_urls_a_word_names(text: str, urls: list[str]) -> None:
    assert [url.shown for url in expected.service(text, USUAL, "").urls] == urls
    if text in ("nas", "straße.lan"):  # a list may be any file, so a word in it may be a secret
        with pytest.raises(ValueError, match="line 1: its first word does not begin with"):
            expected.listed(f"{text}\n", USUAL, "")
        return
    (listed,) = expected.listed(f"{text} contains=x y\n", USUAL, "")
    assert [url.shown for url in listed.urls] == urls
    assert listed.contains == "x y"


@pytest.mark.parametrize(
    "text",
    ["al:geheim@nas.lan", "nas.lan?t=geheim", "http:/nas.lan", "ftp://nas.lan", "//nas.lan/", "",
     "nas.lan:99999", "nas lan", "javascript:alert(1)", "/etc/geheim"],
)  # fmt: skip
def test_words_that_name_no_service_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like https://nas\.lan/") as wrong:
        expected.service(text, USUAL, "")
    assert "geheim" not in str(wrong.value)


def test_an_agents_hosts_hold_for_a_host_without_a_scheme(world: World, pages: str) -> None:
    """Only allowed URLs are asked: here http on its own port."""
    where = pages.partition("://")[2]
    done = world.run("service", "check", "--json", where, HOMELAB_HOSTS=where)
    (row,) = json.loads(done.stdout)["rows"]
    assert (done.returncode, row["url"]) == (0, f"{pages}/")
    done = world.run("service", "check", LOOPBACK, HOMELAB_HOSTS=where)
    assert (done.returncode, done.stdout) == (77, "")
