"""Handlers of urllib that connect with net.connect: to the addresses of a name concurrently.
Proxies, redirects and authentication are handled by urllib."""

from __future__ import annotations

import http.client
import urllib.request

from homelab.net import connect
from homelab.net.final_answer import FinalAnswer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import ssl

_SECONDS = 10.0  # if urllib passes no timeout


def _opened(dial: tuple[str, int], timeout: object = None, *_: object) -> socket.socket:
    """The socket that `socket.create_connection` would return."""
    seconds = timeout if isinstance(timeout, (int, float)) else _SECONDS
    connection, _place = connect.connect(connect.look_up(dial, seconds), seconds)
    return connection


class _Plain(http.client.HTTPConnection):
    response_class = FinalAnswer

    def connect(self) -> None:
        self._create_connection = _opened  # each instance has this attribute, in Python 3.9 to 3.14
        super().connect()


class _Secure(http.client.HTTPSConnection):
    response_class = FinalAnswer

    def connect(self) -> None:
        self._create_connection = _opened
        super().connect()


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Plain, request)


class _SecureHandler(urllib.request.HTTPSHandler):
    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(context=context)
        self._trust = context

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Secure, request, context=self._trust)


def handlers(context: ssl.SSLContext | None = None) -> list[urllib.request.BaseHandler]:
    """The handlers for `build_opener`; `context` verifies certificates, by default Python's own."""
    return [_PlainHandler(), _SecureHandler(context)]
