"""Targets for addresses that people type, and for the answers there."""

from __future__ import annotations

import base64
import io
import shlex
import time
from typing import Any

from fuzz.mutation import json_value
from fuzz.samples import answers_of_loki, texts_of
from fuzz.target import Target
from homelab import texts
from homelab.errors import Failure
from homelab.install import bundle, remote_script, signers
from homelab.loki import answer_size
from homelab.net import bounded_json, cookies, hostport, idna, masking, unix_http
from homelab.net import http as exchange
from homelab.net.body_text import TextSearch
from homelab.net.masking import masked
from homelab.net.unix_http import Response, Unanswered
from homelab.net.url import Url
from homelab.remote import hosts
from homelab.remote.groups import Groups
from homelab.remote.reply import HostReply
from homelab.services import expected
from homelab.services.expected import Service, Statuses
from homelab.settings import entries

_SECRET = "hunter2"  # noqa: S105 - what no error may show
_MOST = 2000  # values of a JSON document


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


def _shown(data: bytes) -> list[str]:
    """The parts of a URL, each in the form that is safe to show."""
    text = _text(data)
    return [masking.scheme(text), masking.port(text), masking.path(text), masking.query(text)]


def _are_shown(data: bytes, shown: list[str]) -> None:
    text = _text(data)
    scheme, port, path, query = shown
    assert scheme in ("…", text)
    assert port in ("…", text)
    assert set(path) <= {*text, *"/…@"}
    assert _SECRET not in masking.path(f"/x;token={_SECRET}{path}")
    assert masking.query(f"{text}={_SECRET}")[-1] == "…"
    assert query == "" or query[0] == "?"
    assert not masking.has_user(query)
    assert len(masked(text)) <= 80


def _document(data: bytes) -> object:
    return bounded_json.loads(data, _MOST)


def _is_bounded(data: bytes, document: object) -> None:
    """Assert that the count before reading is an upper bound of the values."""
    count = bounded_json.values(data, _MOST)
    held = _values_of(document)
    assert held <= count <= _MOST
    budget = answer_size.Budget(len(data), count)
    assert budget.spend(data)
    assert (budget.bytes, budget.values) == (0, 0)
    assert not answer_size.Budget(len(data) - 1, count).spend(data)
    assert not answer_size.Budget(len(data), held - 1).spend(data)


def _values_of(document: object) -> int:
    """The number of values and keys in a document."""
    count, left = 0, [document]
    while left:
        value = left.pop()
        count += 1
        if isinstance(value, dict):
            count += len(value)
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif isinstance(value, int):
            assert -(10**20) < value < 10**20
    return count


def _ports(data: bytes, found: list[tuple[str, int]]) -> None:
    assert 0 < len(found) <= hostport.MOST
    for host, port in found[:3]:
        assert hostport.dial(hostport.written(host, port)) == (host, port)
        assert 0 < port < 65536


def _name(data: bytes, name: str) -> None:
    text = _text(data)
    assert name.isascii()
    assert text.isascii() or not set(name) & set("/?#@:%[] ")
    assert idna.to_ascii(name) == name
    assert idna.to_ascii(idna.folded(text)).lower() == name.lower()


def _response(data: bytes, answer: Response) -> None:
    assert 0 <= answer.status <= 999
    assert all(name == name.lower() for name in answer.headers)
    assert data.endswith(answer.body)


class _Connection:
    """A connection on which an answer is ready."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def recv_into(self, buffer: memoryview) -> int:
        return self._data.readinto(buffer)

    def sendall(self, data: bytes) -> None:
        pass

    def settimeout(self, seconds: float) -> None:
        pass


_HERE = Url("http://al:secret@nas.lan/x")


def _exchange(data: bytes) -> tuple[exchange.Head, exchange.Body, TextSearch]:
    connection: Any = _Connection(data)
    asked = exchange.Exchange(connection, time.monotonic() + 600)
    head = asked.head(_HERE)
    search = TextSearch("hello", head.charset, head.encodings)
    return head, asked.body(1000, search), search


def _answered(data: bytes, answer: tuple[exchange.Head, exchange.Body, TextSearch]) -> None:
    head, body, search = answer
    assert head.status == 101 or 200 <= head.status <= 999
    assert len(body.kept) <= min(body.read, 1000)
    assert max(body.read, search.read) <= exchange.BODY
    assert search.trouble.isprintable()
    jar = cookies.Jar()
    jar.keep(_HERE, head.cookies, 0)
    assert not set(jar.header(_HERE)) & set("\r\n\0")
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


def _are_carried(data: bytes, files: list[bundle.BundleFile]) -> None:
    for file in files:
        assert bundle.is_name(file.name)
        assert not file.mode & 0o022
    assert sum(len(file.data) for file in files) <= len(data)


_CARRIED = bundle.packed(
    [
        bundle.BundleFile("config.ini", b"[loki]\n", 0o600),
        bundle.BundleFile("verbs/nas/df.sh", b"#!/bin/sh\n", 0o755),
        bundle.BundleFile("verbs/caf\xe9", b"#!/bin/sh\n", 0o755),
    ]
)


def _signers(data: bytes) -> list[signers.Signer]:
    return signers.signers(_text(data))


def _are_signers(data: bytes, found: list[signers.Signer]) -> None:
    """Assert that each is one line of a file of allowed signers, whose first word is not a
    pattern."""
    for signer in found:
        assert f"{signer.name} {signer.key}".isprintable()
        assert len(f"{signer.name} {signer.key}".split()) == 3
        assert signer.name[0] != "-"
        assert not set(signer.name) & set("*?!\"',#")
        assert signers.fingerprint(signer.blob).isascii()


def _signature(data: bytes) -> tuple[list[str], bytes]:
    return signers.lines(data), signers.signing_key(data)


def _is_signature(data: bytes, found: tuple[list[str], bytes]) -> None:
    lines, key = found
    assert all(0 < len(line) <= 70 and line.isascii() and line.isprintable() for line in lines)
    again = "\n".join(lines).encode()
    assert (signers.lines(again), signers.signing_key(again)) == found
    signers.fingerprint(key)


def _hosts(data: bytes) -> tuple[list[tuple[int, str]], list[str], list[str]]:
    text = _text(data)
    hosts.wrong(text)
    try:
        listed = hosts.listed(text).names
    except ValueError:
        listed = []
    return listed, hosts.configured(text), hosts.known(text)


def _are_hosts(data: bytes, found: tuple[list[tuple[int, str]], list[str], list[str]]) -> None:
    listed, configured, known = found
    assert len(listed) <= len(data) // 2 + 1
    for name in (*configured, *known):
        assert not hosts.wrong(name)
        assert not name.startswith("-")


def _groups(data: bytes) -> list[str]:
    groups = Groups(entries(f"[groups]\n{_text(data)}", "config.ini").get("groups", []))
    return [host for name in groups.names() for host in groups.hosts(name)]


def _are_groups(data: bytes, found: list[str]) -> None:
    assert not any(hosts.wrong(name) for name in found)
    assert len(found) <= (len(data) + 1) ** 2


def _reply(data: bytes) -> HostReply:
    out, _, err = data.partition(b"\0")
    return HostReply(len(err) % 3, out, err)


def _is_reply(data: bytes, reply: HostReply) -> None:
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
        b"HTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 200 OK\nContent-Encoding: gzip, br\n\n",
        (
            b"HTTP/1.1 302 Found\nSet-Cookie: a=b; Domain=.lan; Path=/; Max-Age=5; Secure\n"
            b"Set-Cookie: c=d; Expires=Sun, 06-Nov-94 08:49:37 GMT\nContent-Length: 0\n\n"
        ),
        b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n<?xml encoding='x'?><meta charset='latin1'>",
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
_GROUPS = (
    b"lab = pve1 pve2 @disks\ndisks = nas\ndisks = root@nas2\n",
    b"a = @b\nb = @a x\nc =\n",
    b"lab = -oProxyCommand=x # note\n",
)
_KNOWN = (
    b"nas.lan,10.0.0.5 ssh-ed25519 AAAA\n@revoked [nas]:2222 ssh-rsa AAAA\n|1|x= ssh-rsa A\n",
    b"Host nas *.lan !bad\n  HostName 10.0.0.5\nhost=pve1 pve2\nMatch all\n",
    b"nas.lan  # the big one\nroot@pve1 ansible_host=x\n-oProxyCommand=x\n",
)

_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIJD7WHx3kNISKBt5UbxOVCiJWsK3y046KEH0kvqCovcA"
_SIGNATURE = (
    b"-----BEGIN SSH SIGNATURE-----\n"
    + base64.encodebytes(b"SSHSIG\0\0\0\1\0\0\0\x33" + base64.b64decode(_KEY) + b"\0\0\0\7homelab")
    + b"-----END SSH SIGNATURE-----\n"
)

TARGETS = (
    Target("net.url", lambda data: Url(_text(data)), _url, _URLS, (ValueError,)),
    Target("net.masking", _shown, _are_shown, (*_URLS, b"https", b"22", b"?token=x&y")),
    Target(
        "net.bounded_json",
        _document,
        _is_bounded,
        (
            *answers_of_loki(),
            b'["a,[\\"{:\\\\", {}, [], -99999999999999999999999, {"k": [1.5, null]}]',
        ),
        (ValueError,),
        (json_value,),
        inputs=2000,
    ),
    Target("net.masking:masked", _masked, _is_masked, (b"h/", b"h:80/?token=x", b"[::1]/#x")),
    Target(
        "net.hostport",
        lambda data: hostport.ports(_text(data)),
        _ports,
        (*texts_of("verbs/test_port_check.py"), b"nas.lan:22,80,443", b"[fd00::7]:8000-8010"),
        (ValueError,),
    ),
    Target(
        "net.idna",
        lambda data: idna.to_ascii(_text(data)),
        _name,
        tuple(texts_of("net/test_idna.py")),
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
    Target("install.bundle", bundle.unpacked, _are_carried, (_CARRIED,), (ValueError,), inputs=300),
    Target("install.remote_script", _reply, _is_reply, _REPLIES),
    Target(
        "install.signers",
        _signers,
        _are_signers,
        (f"al ssh-ed25519 {_KEY} al@pve1, b@lab ssh-ed25519 {_KEY}".encode(), b"al ssh-rsa AAAA"),
        (ValueError,),
    ),
    Target("install.signers:signature", _signature, _is_signature, (_SIGNATURE,), (ValueError,)),
    Target("remote.hosts", _hosts, _are_hosts, _KNOWN),
    Target("remote.reply", _reply, _is_reply, _REPLIES),
    Target("remote.groups", _groups, _are_groups, _GROUPS, (Failure,), inputs=500),
    Target(
        "texts",
        _for_sentences,
        _stands_in_sentences,
        (b"/var/lib/x", b"it's", b"a b\nc"),
        inputs=1500,
    ),
)
