"""One request over a connection that stands, and what may answer there."""

from __future__ import annotations

import socket
import time

import pytest

from homelab.net.http import Exchange
from homelab.net.url import Url


@pytest.mark.parametrize(
    ("kind", "charset"),
    [
        ("text/html; charset=ISO-8859-1", "iso-8859-1"),
        ("text/html", "utf-8"),
        ("a/b; charset*=utf-8'en'x; charset*0=a", "utf-8"),  # on which email raises TypeError
        ("a/b;charset*;charset*0", "utf-8"),
        ("a/b; x=" + "y" * 2000 + "; charset=latin-1", "utf-8"),
    ],
)
def test_a_content_type_names_a_character_set_or_none(kind: str, charset: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        answer = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 2\r\n\r\nhi"
        theirs.sendall(answer.encode("ascii"))
        exchange = Exchange(ours, time.monotonic() + 60)
        head = exchange.head(Url("http://nas.lan/"))
        assert (head.status, head.charset) == (200, charset)
        assert exchange.body(10)[:2] == (b"hi", 2)
