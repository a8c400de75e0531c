"""The steps to a server, each with a time limit: name lookup, connect, TLS."""

from __future__ import annotations

import errno
import os
import select
import socket
import time

from homelab.net import failures

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl  # late: a fifth of the time of `port check`, which needs no TLS
    from typing import Any

_NEXT = 0.25  # s until the next address is tried while one is silent (RFC 8305, 5)
# The addresses of a name → the one that accepted after an earlier one was silent. So a run waits
# for a dead address only once (RFC 8305, 4: earlier results may change the order).
_WON: dict[frozenset[str], str] = {}


_DER = 2  # Python's _ssl: the DER encoding


class SocketAddress:
    """An address of a name: the `family` and `sockaddr` for a socket."""

    __slots__ = ("family", "sockaddr")

    def __init__(self, family: int, sockaddr: tuple[Any, ...]) -> None:
        self.family = family
        self.sockaddr = sockaddr

    def at(self, port: int) -> SocketAddress:
        """This address with another port."""
        return SocketAddress(self.family, (self.sockaddr[0], port, *self.sockaddr[2:]))

    def __str__(self) -> str:
        scope = (
            self.sockaddr[3] if len(self.sockaddr) == 4 else 0
        )  # the zone of a link-local IPv6 address
        return f"{self.sockaddr[0]}%{scope}" if scope else str(self.sockaddr[0])


class PeerCertificate:
    """The result of a TLS handshake: the `version` of TLS, the certificate's `issuer` and the time
    `until` which it is valid (ns)."""

    __slots__ = ("issuer", "until", "version")

    def __init__(self, version: str, issuer: str, until: int) -> None:
        self.version = version
        self.issuer = issuer
        self.until = until


def is_address(host: str) -> bool:
    """Whether `host` is an address, so no name lookup is needed."""
    try:
        socket.getaddrinfo(host, 1, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return True


def look_up(dial: tuple[str, int], seconds: float) -> list[SocketAddress]:
    """The addresses of (host, port), in the order to try them: the system's order, with IPv6 and
    IPv4 in turn (RFC 8305, 4). Raises OSError (gaierror) if there are none, TimeoutError after
    `seconds`."""
    host, port = dial
    if not host.isascii():
        from homelab.net import idna  # late: few names need its tables

        try:
            host = idna.to_ascii(host)
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    # for text Python would load the codec of IDNA 2003, which takes longer than a request to Loki
    name = host.encode("ascii")

    def ask() -> list[SocketAddress]:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except UnicodeError:  # an empty or too long label
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
        return _in_turn([SocketAddress(family, sockaddr) for family, _, _, _, sockaddr in found])

    if ":" in host or host.replace(".", "").isdigit():
        return ask()  # an address needs no lookup, so no thread
    from homelab.system import parallel

    return parallel.with_timeout(ask, seconds)


def tls_name(host: str) -> str:
    """The host's name for TLS: its ASCII form, without a zone. (Python itself would use IDNA 2003.)
    Raises ValueError if no host can have that name."""
    if not host.isascii():
        from homelab.net import idna

        return idna.to_ascii(host)
    return host.partition("%")[0] if ":" in host else host


def _in_turn(places: list[SocketAddress]) -> list[SocketAddress]:
    """The places with the families in turn, beginning with the first place's family."""
    first: list[SocketAddress] = []
    others: list[SocketAddress] = []
    for place in places:
        (first if place.family == places[0].family else others).append(place)
    ordered = []
    while first or others:
        ordered += first[:1] + others[:1]
        del first[:1], others[:1]
    return ordered


def connect(places: list[SocketAddress], seconds: float) -> tuple[socket.socket, SocketAddress]:
    """A connection to the first of the places that accepts one, within `seconds` in all. The next
    place is tried when one fails, or is silent for 250 ms (RFC 8305). Raises OSError if all fail;
    for several places this is the NetworkError of `failures.of_places`."""
    if len(places) == 1:
        connection = socket.socket(places[0].family, socket.SOCK_STREAM)
        try:
            connection.settimeout(max(seconds, 0.1))
            connection.connect(places[0].sockaddr)
        except BaseException:
            connection.close()
            raise
        return connection, places[0]
    known = frozenset(map(str, places))
    won = _WON.get(known)
    race = _Race(sorted(places, key=lambda place: str(place) != won), seconds)  # that one first
    try:
        connection, place = race.run()
    finally:
        race.close()
    if race.silent:
        _WON[known] = str(place)
    connection.settimeout(max(seconds, 0.1))
    return connection, place


class _Race:
    """An attempt to connect to several places concurrently. `silent`: one of them had not answered
    when another won."""

    def __init__(self, places: list[SocketAddress], seconds: float) -> None:
        self._places = places
        self._end = time.monotonic() + max(seconds, 0.1)
        self._waiting: dict[int, tuple[socket.socket, SocketAddress]] = {}
        self._poller = select.poll()
        self._failed: dict[SocketAddress, OSError] = {}
        self.silent = False

    def run(self) -> tuple[socket.socket, SocketAddress]:
        """The first established connection, and its place. Raises NetworkError."""
        left = list(self._places)
        begin = 0.0  # time of the next attempt
        while left or self._waiting:
            now = time.monotonic()
            if now >= self._end:
                break
            failed = len(self._failed)
            if left and now >= begin:
                # a short time is divided, so that every place is tried
                begin = now + min(_NEXT, (self._end - now) / len(left))
                won = self._begin(left.pop(0))
            else:
                won = self._wait((min(begin, self._end) if left else self._end) - now)
            if won:
                return won
            if len(self._failed) > failed:
                begin = 0.0
        raise failures.of_places(
            [
                (str(place), failures.of(self._failed.get(place, TimeoutError())))
                for place in self._places
            ]
        )

    def _begin(self, place: SocketAddress) -> tuple[socket.socket, SocketAddress] | None:
        """Begin an attempt. Return the connection if it is established at once."""
        try:
            connection = socket.socket(place.family, socket.SOCK_STREAM)
        except OSError as error:  # a kernel without that family
            self._failed[place] = error
            return None
        self._waiting[connection.fileno()] = connection, place
        connection.setblocking(False)
        code = connection.connect_ex(place.sockaddr)
        if code == errno.EINPROGRESS:
            self._poller.register(connection, select.POLLOUT)
            return None
        return self._ended(connection.fileno(), code)

    def _wait(self, seconds: float) -> tuple[socket.socket, SocketAddress] | None:
        """Wait for an attempt to end. Return the connection if one is established."""
        for file, _ in self._poller.poll(max(seconds, 0) * 1000 + 1):
            connection, _ = self._waiting[file]
            self._poller.unregister(file)
            won = self._ended(file, connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            if won:
                return won
        return None

    def _ended(self, file: int, code: int) -> tuple[socket.socket, SocketAddress] | None:
        connection, place = self._waiting.pop(file)
        if not code:
            self.silent = bool(self._waiting)
            return connection, place
        connection.close()
        self._failed[place] = OSError(code, os.strerror(code))
        return None

    def close(self) -> None:
        """Close the connections that are not established yet."""
        for connection, _ in self._waiting.values():
            connection.close()


def verified_path(speaking: ssl.SSLSocket) -> list[bytes]:
    """The chain by which OpenSSL verified the server's certificate, in DER: its own first, a CA of
    this host last; without verification, the certificates that were sent. Empty in Python 3.9,
    which has no access to it; Python 3.10 to 3.12 have it only in a private object."""
    inside: Any = getattr(speaking, "_sslobj", None)
    ask = getattr(inside, "get_verified_chain", None)
    return [each.public_bytes(_DER) for each in ask() or ()] if ask else []


def handshake(connection: socket.socket, trust: ssl.SSLContext, name: str) -> PeerCertificate:
    """Make a TLS handshake for `name` over a new connection, and close it. Raises OSError
    (SSLError)."""
    import ssl

    with trust.wrap_socket(connection, server_hostname=tls_name(name)) as speaking:
        shown: Any = speaking.getpeercert() or {}
        issuer = dict(part[0] for part in shown.get("issuer", ()))
        whose = issuer.get("commonName") or issuer.get("organizationName") or "an unnamed issuer"
        until = ssl.cert_time_to_seconds(shown["notAfter"]) * 1_000_000_000
        return PeerCertificate(speaking.version() or "TLS", whose, until)


def names_in_certificate(connection: socket.socket, trust: ssl.SSLContext, name: str) -> list[str]:
    """The names in the trusted certificate that a server shows to a client asking for `name`,
    whether or not `name` is among them. Sends no data, and closes the connection. Raises OSError
    (SSLError)."""
    trust.check_hostname = False
    try:
        with trust.wrap_socket(connection, server_hostname=tls_name(name)) as speaking:
            shown: Any = speaking.getpeercert() or {}
            return [str(each) for _, each in shown.get("subjectAltName", ())]
    finally:
        trust.check_hostname = True


def certificate(connection: socket.socket, trust: ssl.SSLContext, name: str) -> bytes:
    """The certificate, in DER, that a server shows to a client asking for `name`. Sends no data,
    and closes the connection. Raises OSError (SSLError)."""
    with trust.wrap_socket(connection, server_hostname=tls_name(name)) as speaking:
        return speaking.getpeercert(binary_form=True) or b""
