"""Dial the load balancer: HTTP connections go to `Address.dial`, and keep the name of the URL in
the Host header and as the TLS server name."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.request
from _thread import get_ident
from functools import partial

from homelab.errors import UNCONFIGURED, Failure
from homelab.loki.connection import Connection, soonest
from homelab.loki.hedge import Hedge
from homelab.loki.room import Room
from homelab.net import connect, failures
from homelab.settings import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homelab.loki.address import Address

SPARE = 1.0  # s that a new connection may be without an answer before another one is tried


class TlsFiles:
    """The files for TLS, each "" if it is not set: the CAs to trust instead of this host's, the
    client's own certificate, and its key ("": in the same file). `origins` has where each setting
    is set, by its name."""

    __slots__ = ("ca", "client_cert", "client_key", "origins")

    def __init__(
        self,
        ca: str = "",
        client_cert: str = "",
        client_key: str = "",
        *,
        origins: Mapping[str, str] | None = None,
    ) -> None:
        self.ca = ca
        self.client_cert = client_cert
        self.client_key = client_key
        self.origins = origins or {}

    def named(self, name: str) -> str:
        """A setting and where it is set, for messages."""
        return named(name, self.origins.get(name, ""))


def trust(files: TlsFiles, seconds: float) -> ssl.SSLContext:
    """The TLS context for Loki: the CAs of `files`, each file read within `seconds`, or this
    host's, and the client's certificate. Raises Failure (78)."""
    context = _authorities(files, seconds)
    if files.client_cert:
        _show(context, files, seconds)
    elif files.client_key:
        what = f"{files.named('loki.client_key_file')} is set, and loki.client_cert_file is not"
        raise Failure(UNCONFIGURED, f"{what}; set both")
    return context


def _authorities(files: TlsFiles, seconds: float) -> ssl.SSLContext:
    from homelab.net.trust import loaded, verified

    if not files.ca:
        return verified()
    setting = files.named("loki.ca_file")
    try:
        return loaded(files.ca, verified, seconds, True)
    except ssl.SSLError:
        what = f"{setting}: {files.ca} can't be used: no certificate in PEM; name a PEM file"
        raise Failure(UNCONFIGURED, what) from None
    except OSError as error:
        from homelab.loki.setting_file import unread

        raise unread(setting, files.ca, error, secret=False) from None


def _show(context: ssl.SSLContext, files: TlsFiles, seconds: float) -> None:
    """Let a context present the client's certificate to a server that asks for one. Both files must
    belong to the operator or this account, as password files must. Raises Failure (78)."""
    names = ("loki.client_cert_file", "loki.client_key_file")
    cert, key = (
        f"{files.named(name)}: {path}"
        for name, path in zip(names, (files.client_cert, files.client_key))
    )
    key = key if files.client_key else cert

    def passphrase() -> str:  # without it, OpenSSL asks at the terminal
        what = f"{key} has a passphrase, which homelab does not ask for; name a key without one"
        raise Failure(UNCONFIGURED, what)

    def load(cert_path: str, key_path: str) -> None:
        try:
            context.load_cert_chain(cert_path, key_path, passphrase)
        except ssl.SSLError as error:
            if "MISMATCH" in (error.reason or ""):
                of = files.client_cert
                what = f"{key} is not the key of the certificate in {of}; name its own"
            elif not _has(cert_path, b"BEGIN CERTIFICATE", b"BEGIN TRUSTED CERTIFICATE"):
                what = f"{cert} can't be used: no certificate in PEM; name a PEM file"
            elif not files.client_key:
                what = f"{cert} has no private key in it; set loki.client_key_file"
            else:
                what = f"{key} can't be used: no private key in PEM; name a PEM file"
            raise Failure(UNCONFIGURED, what) from None

    def with_cert(cert_path: str) -> None:
        if files.client_key:
            setting = files.named(names[1])
            _from_file(setting, files.client_key, seconds, lambda path: load(cert_path, path))
        else:
            load(cert_path, cert_path)

    _from_file(files.named(names[0]), files.client_cert, seconds, with_cert)


def _from_file(setting: str, path: str, seconds: float, load: Callable[[str], None]) -> None:
    """Call `load` with a path that has the content of a secret file. Raises Failure (78)."""
    from homelab.net.trust import loaded

    try:
        loaded(path, load, seconds, trusted=True)
    except OSError as error:
        from homelab.loki.setting_file import unread

        raise unread(setting, path, error) from None


def _has(path: str, *marks: bytes) -> bool:
    with open(path, "rb") as file:
        content = file.read()
    return any(mark in content for mark in marks)


def connected(address: Address, seconds: float) -> socket.socket:
    """A connection to `address.dial`, with `seconds` each to look up its name and to connect.
    Raises OSError, including NoNameServer and ConnectTimeout."""
    try:
        places = connect.look_up(address.dial, seconds)
    except TimeoutError:
        raise failures.NoNameServer from None
    try:
        connection, _ = connect.connect(places, seconds)
    except (failures.Timeout, TimeoutError, socket.timeout):
        host, port = address.dial
        why = f"nothing answers at {host}:{port} within {seconds:g} s"
        raise failures.ConnectTimeout(why) from None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Request(urllib.request.Request):
    """A request that calls `on_connect`, if set, once its connection is made and before anything is
    sent. With `keep` it may reuse a connection of an earlier request, leaves its own to the next
    one, and is sent again on another connection if no answer comes for long: only for requests that
    change nothing."""

    on_connect: Callable[[], None] | None = None
    keep = False


class _Asked:
    """The state of a thread's request: its connections, whether it has its place in the Room
    (`inside`), and whether it was broken off."""

    __slots__ = ("connections", "hung_up", "inside")

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.hung_up = self.inside = False


class Dial(urllib.request.AbstractHTTPHandler):
    """The urllib handler that connects to `address.dial` within `seconds`, with TLS if there is a
    `context`. Any number of threads may use it, each with its own connections during a request; the
    caller must call `done` after reading the answer."""

    def __init__(self, address: Address, seconds: float, context: ssl.SSLContext | None) -> None:
        super().__init__()
        self._address = address
        self._seconds = seconds
        self._context = context
        self._hedge = Hedge()
        self._room = Room()
        self._idle: list[Connection] = []
        self._busy: dict[int, _Asked] = {}  # by thread

    def __del__(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def http_open(self, request: Request) -> http.client.HTTPResponse:
        asked = self._busy[get_ident()] = _Asked()
        try:
            if not request.keep:
                return self._answer(self._new(request), request)
            self._room.enter(asked)
            try:
                answer = self._kept(request) or self._answer(self._new(request), request)
            except (OSError, http.client.HTTPException):
                if not asked.hung_up:
                    self._room.refused()
                raise
            self._room.answered(answer.status)
            return answer
        except BaseException:
            self.done(False)
            raise

    https_open = http_open
    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_

    def _kept(self, request: Request) -> http.client.HTTPResponse | None:
        """The answer on a connection of an earlier request; None if there is none, or it has ended,
        usually since the server closed it after a while without use."""
        connection = self._left()
        if connection is None:
            return None
        try:
            self._send(connection, request)
            return self._answer(connection, request)
        except (TimeoutError, socket.timeout):
            raise
        except (OSError, http.client.BadStatusLine):
            if connection.hung_up:
                raise
            for each in list(self._mine()):
                self._drop(each)
            return None

    def _left(self) -> Connection | None:
        """A connection of an earlier request, taken by this thread. One that the server closed, or
        sent unexpected bytes on, is skipped: the next answer on it would be another's."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread may have taken the last one
                return None
            if connection.is_quiet():
                self._mine().append(connection)
                return connection
            connection.close()

    def _new(self, request: Request) -> Connection:
        """A new connection on which the request was sent."""
        connection = Connection(request.host or "")
        self._mine().append(connection)
        try:
            self._connect(connection, request)
            self._send(connection, request)
        except BaseException:
            self._drop(connection)
            raise
        return connection

    def _again(self, request: Request) -> Connection:
        """Another connection on which the request was sent once more: one that has served an answer
        before, if there is one."""
        connection = self._left()
        if connection is None:
            return self._new(request)
        try:
            self._send(connection, request)
        except BaseException:
            self._drop(connection)
            raise
        return connection

    def _mine(self) -> list[Connection]:
        return self._busy[get_ident()].connections

    def _drop(self, connection: Connection) -> None:
        self._mine().remove(connection)
        connection.close()

    def _connect(self, connection: Connection, request: Request) -> None:
        wire = connected(self._address, self._seconds)
        if self._context:
            try:
                name = connect.tls_name(self._address.name)
                wire = self._context.wrap_socket(wire, server_hostname=name)
            except (TimeoutError, socket.timeout):
                why = f"it accepts the connection and does not start TLS within {self._seconds:g} s"
                raise failures.ConnectTimeout(why) from None
        wire.settimeout(request.timeout)
        connection.sock = connection.wire = wire
        # another thread called hang_up meanwhile
        if connection.hung_up or self._busy[get_ident()].hung_up:
            raise ConnectionAbortedError
        if request.on_connect:
            request.on_connect()

    def _send(self, connection: Connection, request: Request) -> None:
        headers = {name.title(): value for name, value in request.header_items()}
        headers["Connection"] = "keep-alive" if request.keep else "close"
        connection.request(request.get_method(), request.selector, request.data, headers)

    def _answer(self, connection: Connection, request: Request) -> http.client.HTTPResponse:
        """The answer to the request on this connection, or on another one tried meanwhile."""
        seconds = request.timeout or 0.0  # always set
        late = min(self._hedge.after, seconds)
        if not connection.served:
            late = min(late, SPARE)
        if not request.keep or soonest([connection], late):
            return connection.getresponse()
        again, spare = partial(self._again, request), partial(self._is_spare, connection)
        single = self._room.is_single
        return self._hedge.answer(connection, late, seconds, again, self._drop, spare, single)

    def _is_spare(self, connection: Connection) -> bool:
        """Whether the only connection that ever served an answer is idle while this one waits: the
        server may not accept a second one beside it."""
        busy = [each for asked in list(self._busy.values()) for each in list(asked.connections)]
        return not connection.served and len(self._idle) == 1 and not any(e.served for e in busy)

    def done(self, whole: bool) -> None:
        """End this thread's request. If it has `keep` and its answer was read to the end (`whole`),
        its connections are left to the next request; else they are closed."""
        asked = self._busy.pop(get_ident(), None)
        if asked is None:
            return
        for connection in asked.connections:
            if whole and connection.sock and not connection.hung_up:
                connection.served = True
                self._idle.append(connection)
            else:
                connection.close()
        self._room.leave(asked)

    def hang_up(self, thread: int) -> None:
        """Break off the request of another thread, which gets OSError."""
        asked = self._busy.get(thread)
        if asked is None:
            return
        asked.hung_up = True
        for connection in list(asked.connections):
            connection.hung_up = True
            if connection.wire:
                try:  # not the TLS method, which drops state that the other thread uses
                    socket.socket.shutdown(connection.wire, socket.SHUT_RDWR)
                except OSError:
                    pass
