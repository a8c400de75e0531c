"""The load-balancer dial: HTTP connections that go to `Address.dial`, and still speak the name of
the URL, in the Host header and as the TLS server name."""

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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.loki.address import Address

SPARE = 1.0  # s that a new connection has no answer before one that is served is tried


class TlsFiles:
    """The files that TLS takes, each "" where it is not set: the CAs to trust beside none of this
    host's, the client's own certificate, and its key ("": it is in the same file)."""

    __slots__ = ("ca", "client_cert", "client_key")

    def __init__(self, ca: str = "", client_cert: str = "", client_key: str = "") -> None:
        self.ca = ca
        self.client_cert = client_cert
        self.client_key = client_key


def trust(files: TlsFiles, seconds: float) -> ssl.SSLContext:
    """The TLS context for Loki: the CAs of `files`, each of which has `seconds` to be read, or this
    host's, and the client's certificate. Raises Failure (78)."""
    context = _authorities(files.ca, seconds)
    if files.client_cert:
        _show(context, files.client_cert, files.client_key, seconds)
    elif files.client_key:
        what = "loki.client_key_file is set, and loki.client_cert_file is not; set both"
        raise Failure(UNCONFIGURED, what)
    return context


def _authorities(ca_file: str, seconds: float) -> ssl.SSLContext:
    from homelab.net.trust import loaded, verified
    from homelab.system.ownership import Untrusted

    if not ca_file:
        return verified()
    try:
        return loaded(ca_file, verified, seconds, True)
    except Untrusted as error:
        what = f"loki.ca_file {ca_file} is not read: {error.strerror}"
        raise Failure(UNCONFIGURED, what) from None
    except OSError as error:
        why = "no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise Failure(
            UNCONFIGURED, f"loki.ca_file {ca_file} can't be used: {why}; name a PEM file"
        ) from error


def _show(context: ssl.SSLContext, cert_file: str, key_file: str, seconds: float) -> None:
    """Let a context show the client's certificate to a server that asks for one. Both files are
    the operator's or this account's own, as those with passwords are. Raises Failure (78)."""
    cert, key = f"loki.client_cert_file {cert_file}", f"loki.client_key_file {key_file}"
    key = key if key_file else cert

    def passphrase() -> str:  # else OpenSSL asks at the terminal
        what = f"{key} has a passphrase, which homelab does not ask for; name a key without one"
        raise Failure(UNCONFIGURED, what)

    def load(cert_path: str, key_path: str) -> None:
        try:
            context.load_cert_chain(cert_path, key_path, passphrase)
        except ssl.SSLError as error:
            if "MISMATCH" in (error.reason or ""):
                what = f"{key} is not the key of the certificate in {cert_file}; name its own"
            elif not _has(cert_path, b"BEGIN CERTIFICATE", b"BEGIN TRUSTED CERTIFICATE"):
                what = f"{cert} can't be used: no certificate in PEM; name a PEM file"
            elif not key_file:
                what = f"{cert} has no private key in it; set loki.client_key_file"
            else:
                what = f"{key} can't be used: no private key in PEM; name a PEM file"
            raise Failure(UNCONFIGURED, what) from None

    def with_cert(cert_path: str) -> None:
        if key_file:
            name = "loki.client_key_file"
            _from_file(name, key_file, seconds, lambda key_path: load(cert_path, key_path))
        else:
            load(cert_path, cert_path)

    _from_file("loki.client_cert_file", cert_file, seconds, with_cert)


def _from_file(name: str, path: str, seconds: float, load: Callable[[str], None]) -> None:
    """Call `load` with a path at which the content of a secret file is. Raises Failure (78)."""
    from homelab.net.trust import loaded
    from homelab.system.ownership import Untrusted

    try:
        loaded(path, load, seconds, trusted=True)
    except OSError as error:
        if "/" not in path:  # it may be the secret itself
            what = f"{name} is not the path of a file; name the PEM file"
        elif isinstance(error, Untrusted):
            what = f"{name}: {path} is not read: {error.strerror}"
        else:
            what = f"{name}: {path} can't be read: {error.strerror}"
            what += "; name a file this account may read"
        raise Failure(UNCONFIGURED, what) from None


def _has(path: str, *marks: bytes) -> bool:
    with open(path, "rb") as file:
        content = file.read()
    return any(mark in content for mark in marks)


def connected(address: Address, seconds: float) -> socket.socket:
    """A connection to `address.dial`, the lookup of its name and the connecting each within
    `seconds`. Raises OSError, NoNameServer and ConnectTimeout among them."""
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
    """A request that calls `standing`, if it is set, when its connection stands and nothing is sent
    yet. With `keep` it may take a connection that an earlier one left, and leaves it to the next
    one, and is sent again on another one where no answer comes for long: only for what changes
    nothing."""

    standing: Callable[[], None] | None = None
    keep = False


class _Asked:
    """What a thread is asking: the connections that it uses, whether it has its place among those
    that are asked at once, and whether it was broken off."""

    __slots__ = ("connections", "hung_up", "inside")

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.hung_up = self.inside = False


class Dial(urllib.request.AbstractHTTPHandler):
    """The handler of urllib that connects to `address.dial` within `seconds`, and speaks TLS where
    there is a `context` for it. Any number of threads may ask, each of which has connections of its
    own while it does; `done` has to be called when its answer was read."""

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
        """The answer on a connection that an earlier request left; None where there is none, or it
        has ended: as a rule the server closed it since nobody used it for a while."""
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
        """A connection that an earlier request left, taken by this thread. On one that a server
        ended, or says something on that nobody asked for, the next answer would be another's."""
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
        """Another connection on which the request was sent once more: one that is known to be
        served, if there is one."""
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
                why = f"it was connected and does not greet in TLS within {self._seconds:g} s"
                raise failures.ConnectTimeout(why) from None
        wire.settimeout(request.timeout)
        connection.sock = connection.wire = wire
        if connection.hung_up or self._busy[get_ident()].hung_up:  # meanwhile
            raise ConnectionAbortedError
        if request.standing:
            request.standing()

    def _send(self, connection: Connection, request: Request) -> None:
        headers = {name.title(): value for name, value in request.header_items()}
        headers["Connection"] = "keep-alive" if request.keep else "close"
        connection.request(request.get_method(), request.selector, request.data, headers)

    def _answer(self, connection: Connection, request: Request) -> http.client.HTTPResponse:
        """The answer to what was sent on a connection, or on another one since."""
        seconds = request.timeout or 0.0  # which is always given
        late = min(self._hedge.after, seconds)
        if not connection.served:
            late = min(late, SPARE)
        if not request.keep or soonest([connection], late):
            return connection.getresponse()
        again, spare = partial(self._again, request), partial(self._is_spare, connection)
        single = self._room.is_single
        return self._hedge.answer(connection, late, seconds, again, self._drop, spare, single)

    def _is_spare(self, connection: Connection) -> bool:
        """Whether the only connection that was ever served has nothing to do, while this one waits
        to be: a server may take no second one beside it."""
        busy = [each for asked in list(self._busy.values()) for each in list(asked.connections)]
        return not connection.served and len(self._idle) == 1 and not any(e.served for e in busy)

    def done(self, whole: bool) -> None:
        """This thread's request is over. Its connection is left to the next one if that was asked
        for and the answer was read to its end, `whole`; else it is closed."""
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
        """Break off the request of another thread, which raises OSError there."""
        asked = self._busy.get(thread)
        if asked is None:
            return
        asked.hung_up = True
        for connection in list(asked.connections):
            connection.hung_up = True
            if connection.wire:
                try:  # not the method of TLS, which forgets what the other thread is using
                    socket.socket.shutdown(connection.wire, socket.SHUT_RDWR)
                except OSError:
                    pass
