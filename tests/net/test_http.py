"""A request over an open connection, and the answers that it may get."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from homelab.net.body_text import TextSearch
from homelab.net.http import Exchange
from homelab.net.url import Url


@pytest.mark.parametrize(
    ("kind", "charset"),
    [
        ("text/html; charset=ISO-8859-1", "iso-8859-1"),
        ("text/html", ""),
        ("a/b; charset*=utf-8'en'x; charset*0=a", ""),  # the email module raises TypeError for it
        ("a/b;charset*;charset*0", ""),
        ("a/b; x=" + "y" * 2000 + "; charset=latin-1", ""),
    ],
)
def test_the_charset_of_a_content_type(kind: str, charset: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        answer = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 2\r\n\r\nhi"
        theirs.sendall(answer.encode("ascii"))
        exchange = Exchange(ours, time.monotonic() + 60)
        head = exchange.head(Url("http://nas.lan/"))
        assert (head.status, head.charset) == (200, charset)
        body = exchange.body(10)
        assert (body.kept, body.read, body.endless) == (b"hi", 2, False)


def asked(answer: bytes, hold: bool = False) -> Exchange:
    """The exchange of a request that gets this answer; then the connection is closed, unless `hold`
    is set."""
    ours, theirs = socket.socketpair()
    theirs.sendall(answer.replace(b"\n", b"\r\n"))
    kept.append(ours)
    if hold:
        kept.append(theirs)
    else:
        theirs.shutdown(socket.SHUT_WR)
        kept.append(theirs)
    return Exchange(ours, time.monotonic() + (0.2 if hold else 60))


kept: list[socket.socket] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while kept:
        kept.pop().close()


HERE = Url("http://nas.lan/")
FINAL = b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"


@pytest.mark.parametrize(
    "before",
    [
        b"HTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload\n\n",
        b"HTTP/1.1 100 Continue\n\nHTTP/1.1 102 Processing\n\nHTTP/1.1 103 Early Hints\na: b\n\n",
        b"HTTP/1.1 103 Early Hints\n\n" * 50,
    ],
)
def test_provisional_answers_are_skipped(before: bytes) -> None:
    """B4"""
    exchange = asked(before + FINAL)
    assert exchange.head(HERE).status == 200
    assert exchange.body(10).kept == b"hi"


def test_other_protocols_begin_with_a_final_answer_and_announcements_end() -> None:
    """B4"""
    assert asked(b"HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\n").head(HERE).status == 101
    with pytest.raises(http.client.HTTPException, match="more than 100 provisional"):
        asked(b"HTTP/1.1 103 Early Hints\n\n" * 101 + FINAL).head(HERE)


@pytest.mark.parametrize(
    ("head", "endless"),
    [
        (b"Content-Type: audio/mpeg", True),
        (b"Content-Type: audio/aacp\nContent-Length: 221183499", True),  # from relays
        (b"Content-Type: text/event-stream", True),
        (b"Content-Type: multipart/x-mixed-replace; boundary=x", True),
        (b"Content-Type: text/plain", True),
        (b"Transfer-Encoding: chunked\n\n9", True),
        (b"Content-Type: text/plain\nContent-Length: 2", False),
    ],
)
def test_a_body_without_an_end_is_not_a_failure(head: bytes, endless: bool) -> None:
    """B6: a slowly sent body has no end either."""
    exchange = asked(b"HTTP/1.1 200 OK\n" + head + b"\n\nhi", hold=True)
    assert exchange.head(HERE).status == 200
    assert exchange.body(10).endless == endless


def test_a_text_is_found_in_a_body_that_goes_on() -> None:
    """B6"""
    for kind in (b"audio/mpeg", b"text/plain"):
        exchange = asked(b"HTTP/1.1 200 OK\nContent-Type: " + kind + b"\n\nhello", hold=True)
        exchange.head(HERE)
        search = TextSearch("hello", "", "")
        assert exchange.body(10, search).endless
        assert search.found


def test_a_song_that_is_whole_is_not_waited_for() -> None:
    """B6: its type may have no end, but this one has."""
    exchange = asked(b"HTTP/1.1 200 OK\nContent-Type: audio/mpeg\nContent-Length: 2\n\nhi", True)
    exchange.head(HERE)
    search = TextSearch("adieu", "", "")
    assert not exchange.body(10, search).endless
    # nor a body that can't be searched
    exchange = asked(b"HTTP/1.1 200 OK\nContent-Type: audio/mpeg\nContent-Encoding: br\n\nhi", True)
    exchange.head(HERE)
    assert exchange.body(10, TextSearch("adieu", "", "br")).read == 0


def test_a_body_with_a_length_must_be_complete() -> None:
    """B6"""
    exchange = asked(b"HTTP/1.1 200 OK\nContent-Length: 9\n\nhi", hold=True)
    exchange.head(HERE)
    with pytest.raises(OSError, match=r"^"):
        exchange.body(10)
