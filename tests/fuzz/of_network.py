"""What people write as addresses, and what answers there."""

from __future__ import annotations

import io
import shlex
import time
from typing import Any

from fuzz.samples import texts_of
from fuzz.target import Target
from homelab import texts
from homelab.install import hosts, remote_script
from homelab.net import hostport, unix_http
from homelab.net import http as exchange
from homelab.net.masking import masked
from homelab.net.unix_http import Response, Unanswered
from homelab.net.url import Url
from homelab.services import expected
from homelab.services.expected import Service, Statuses

_SECRET = "hunter2"  # noqa: S105 - what no error may show


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _url(data: bytes, url: Url) -> None:
    again = Url(url.text) if len(url.text) <= 8192 else url
    assert (again.host, again.port, again.target, again.tls) == (
        url.host, url.port, url.target, url.tls,
    )  # fmt: skip
    assert url.shown.isprintable()
    assert (url.target + url.authority).isascii()
    assert not set(url.target + url.authority) & set(" \r\n\0")
    assert 0 < url.port < 65536
    for location in ("", "/", "//other/x", "http://[", "x?y", _text(data)):
        try:
            there = url.towards(location)
        except ValueError:
            continue
        assert not there.password or there.host == url.host


def _masked(data: bytes) -> str:
    return masked(f"http://al:{_SECRET}@{_text(data)}")


def _is_masked(data: bytes, shown: str) -> None:
    assert _SECRET not in shown


def _ports(data: bytes, found: list[tuple[str, int]]) -> None:
    assert 0 < len(found) <= hostport.MOST
    for host, port in found[:3]:
        assert hostport.dial(hostport.written(host, port)) == (host, port)
        assert 0 < port < 65536


def _response(data: bytes, answer: Response) -> None:
    assert 0 <= answer.status <= 999
    assert all(name == name.lower() for name in answer.headers)
    assert data.endswith(answer.body)


class _Connection:
    """A connection on which an answer stands ready."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def recv_into(self, buffer: memoryview) -> int:
        return self._data.readinto(buffer)

    def sendall(self, data: bytes) -> None:
        pass

    def settimeout(self, seconds: float) -> None:
        pass


_HERE = Url("http://al:secret@nas.lan/x")


def _exchange(data: bytes) -> tuple[exchange.Head, bytes, int, bool]:
    connection: Any = _Connection(data)
    asked = exchange.Exchange(connection, time.monotonic() + 600)
    head = asked.head(_HERE)
    return (head, *asked.body(1000))


def _answered(data: bytes, answer: tuple[exchange.Head, bytes, int, bool]) -> None:
    head, kept, count, _ = answer
    assert 100 <= head.status <= 999
    assert len(kept) <= min(count, 1000)
    assert count <= exchange.BODY
    assert isinstance(head.charset, str)
    try:
        _HERE.towards(head.location)
    except ValueError:
        pass


def _statuses(data: bytes) -> Statuses:
    return Statuses([_text(data)])


def _has_statuses(data: bytes, statuses: Statuses) -> None:
    assert all(100 <= first <= last <= 999 for first, last in statuses.spans)
    assert Statuses([statuses.text.replace(" or ", ",")]).spans == statuses.spans


def _services(data: bytes) -> list[Service]:
    return expected.listed(_text(data), expected.USUAL, "")


def _are_services(data: bytes, found: list[Service]) -> None:
    assert len(found) <= data.count(b"\n") + 1
    for service in found:
        assert service.url.shown.isprintable()


def _hosts(data: bytes) -> tuple[list[tuple[int, str]], list[str], list[str]]:
    text = _text(data)
    hosts.wrong(text)
    return hosts.listed(text), hosts.configured(text), hosts.known(text)


def _are_hosts(data: bytes, found: tuple[list[tuple[int, str]], list[str], list[str]]) -> None:
    listed, configured, known = found
    assert len(listed) <= data.count(b"\n") + 1
    for name in (*configured, *known):
        assert not hosts.wrong(name)
        assert not name.startswith("-")


def _reply(data: bytes) -> remote_script.HostReply:
    out, _, err = data.partition(b"\0")
    return remote_script.HostReply(len(err) % 3, out, err)


def _is_reply(data: bytes, reply: remote_script.HostReply) -> None:
    for result in (
        remote_script.pushed(reply, "0" * 12),
        remote_script.asked(reply, "0.6.0", "0" * 12),
    ):
        assert result.result
        assert result.good != bool(result.reason)
        assert "\n" not in result.reason


def _for_sentences(data: bytes) -> str:
    return _text(data).replace("\0", "")


def _stands_in_sentences(data: bytes, text: str) -> None:
    assert texts.printable(text).isprintable()
    assert len(texts.clipped(text, 40)) <= 40
    assert shlex.split(texts.quoted(text)) == [text]


_HTTP = tuple(
    text.replace(b"\n", b"\r\n")
    for text in (
        b"HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\nContent-Length: 5\n\nhello",
        b"HTTP/1.1 302 Found\nLocation: https://nas.lan/login?next=%2F\nContent-Length: 0\n\n",
        b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\nX: y\n\n",
        b"HTTP/1.0 401 Unauthorized\nWWW-Authenticate: Basic realm=x\nServer: nginx/1.2\n\nno",
        b"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Type: text/event-stream\n\ndata: x",
        b"HTTP/1.1 200 OK\nContent-Type: a/b; charset*=utf-8'en'%C3%BC; charset*0=a\n\n",
        b"HTTP/1.1 200 OK\nApi-Version: 1.41\nLibpod-API-Version: 4.3.1\nServer: Docker/20\n\nOK",
    )
)
_URLS = texts_of("net/test_url.py")
_REPLIES = (
    (
        b"homelab:python=Python 3.11.2\nhomelab:done=current\n{\n"
        b'  "schema": "homelab.version/1",\n  "version": "0.6.0",\n  "build": "000000000000",\n'
        b'  "python": "3.11.2"\n}\n'
    ),
    b"homelab:done=missing\n\0Permission denied (publickey).\r\nexit status 255\n",
)
_KNOWN = (
    b"nas.lan,10.0.0.5 ssh-ed25519 AAAA\n@revoked [nas]:2222 ssh-rsa AAAA\n|1|x= ssh-rsa A\n",
    b"Host nas *.lan !bad\n  HostName 10.0.0.5\nhost=pve1 pve2\nMatch all\n",
    b"nas.lan  # the big one\nroot@pve1 ansible_host=x\n-oProxyCommand=x\n",
)

TARGETS = (
    Target("net.url", lambda data: Url(_text(data)), _url, _URLS, (ValueError,)),
    Target("net.url:masked", _masked, _is_masked, (b"h/", b"h:80/?token=x", b"[::1]/#x")),
    Target(
        "net.hostport",
        lambda data: hostport.ports(_text(data)),
        _ports,
        (*texts_of("verbs/test_port_check.py"), b"nas.lan:22,80,443", b"[fd00::7]:8000-8010"),
        (ValueError,),
    ),
    Target("net.unix_http", unix_http.parsed, _response, _HTTP, (Unanswered,)),
    Target("net.http", _exchange, _answered, _HTTP, exchange.ERRORS),
    Target(
        "services.expected:Statuses",
        _statuses,
        _has_statuses,
        (b"2xx,401", b"200-299", b"100"),
        (ValueError,),
    ),
    Target(
        "services.expected",
        _services,
        _are_services,
        (*_URLS, b"http://h/ expect=2xx,401 contains=a b # c\n# x\n\nhttps://u:p@h:1/?t=x\n"),
        (ValueError,),
    ),
    Target("install.remote_script", _reply, _is_reply, _REPLIES),
    Target("install.hosts", _hosts, _are_hosts, _KNOWN),
    Target(
        "texts",
        _for_sentences,
        _stands_in_sentences,
        (b"/var/lib/x", b"it's", b"a b\nc"),
        inputs=1500,
    ),
)
