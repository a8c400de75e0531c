"""The steps to a server, each bounded in time: name lookup, connect, TLS."""

from __future__ import annotations

import socket
import ssl
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SocketAddress:
    """One address of a name: the `family` and `sockaddr` that a socket takes."""

    __slots__ = ("family", "sockaddr")

    def __init__(self, family: int, sockaddr: tuple[Any, ...]) -> None:
        self.family = family
        self.sockaddr = sockaddr

    def at(self, port: int) -> SocketAddress:
        """This address with another port."""
        return SocketAddress(self.family, (self.sockaddr[0], port, *self.sockaddr[2:]))

    def __str__(self) -> str:
        scope = self.sockaddr[3] if len(self.sockaddr) == 4 else 0  # of a link-local IPv6 address
        return f"{self.sockaddr[0]}%{scope}" if scope else str(self.sockaddr[0])


class PeerCertificate:
    """What a TLS handshake showed: `version` of TLS, the certificate's `issuer` and the moment
    `until` (ns) which it is good."""

    __slots__ = ("issuer", "until", "version")

    def __init__(self, version: str, issuer: str, until: int) -> None:
        self.version = version
        self.issuer = issuer
        self.until = until


def is_address(host: str) -> bool:
    """Whether `host` is an address, so that no name has to be looked up."""
    try:
        socket.getaddrinfo(host, 1, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return True


def look_up(dial: tuple[str, int], seconds: float) -> list[SocketAddress]:
    """The addresses of (host, port), in the order in which connecting tries them. Raises OSError
    (gaierror) where there are none, TimeoutError after `seconds`."""
    host, port = dial
    # as bytes it needs no IDNA, whose tables take longer to import than a request to Loki does
    name = host.encode() if host.isascii() else host

    def ask() -> list[SocketAddress]:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except UnicodeError:  # a label that is empty or too long
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
        return [SocketAddress(family, sockaddr) for family, _, _, _, sockaddr in found]

    if ":" in host or host.replace(".", "").isdigit():
        return ask()  # an address takes no time, and no thread
    from homelab.system import parallel

    return parallel.with_timeout(ask, seconds)


def connect(places: list[SocketAddress], seconds: float) -> tuple[socket.socket, SocketAddress]:
    """A connection to the first of the places that takes one, as `socket.create_connection` finds
    it, but with one bound over all of them. Raises the first place's OSError where none does."""
    end = time.monotonic() + seconds
    failed: list[OSError] = []
    for index, place in enumerate(places):
        share = (end - time.monotonic()) / (len(places) - index)
        connection = socket.socket(place.family, socket.SOCK_STREAM)
        try:
            connection.settimeout(max(share, 0.1))
            connection.connect(place.sockaddr)
            return connection, place
        except OSError as error:
            connection.close()
            failed.append(error)
    raise failed[0]


def handshake(connection: socket.socket, trust: ssl.SSLContext, name: str) -> PeerCertificate:
    """Speak TLS as `name` over a fresh connection, which is closed. Raises OSError (SSLError)."""
    with trust.wrap_socket(connection, server_hostname=name) as speaking:
        shown: Any = speaking.getpeercert() or {}
        issuer = dict(part[0] for part in shown.get("issuer", ()))
        whose = issuer.get("commonName") or issuer.get("organizationName") or "nobody named"
        until = ssl.cert_time_to_seconds(shown["notAfter"]) * 1_000_000_000
        return PeerCertificate(speaking.version() or "TLS", whose, until)


def names_in_certificate(connection: socket.socket, trust: ssl.SSLContext, name: str) -> list[str]:
    """The names in the certificate that a server shows to a client asking for `name`, where it is
    trusted, whether or not `name` is among them. The connection is closed, and no data was sent
    over it. Raises OSError (SSLError)."""
    trust.check_hostname = False
    try:
        with trust.wrap_socket(connection, server_hostname=name) as speaking:
            shown: Any = speaking.getpeercert() or {}
            return [str(each) for _, each in shown.get("subjectAltName", ())]
    finally:
        trust.check_hostname = True
