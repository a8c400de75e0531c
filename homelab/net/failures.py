"""Typed network errors: `of` recognises the errors of socket, ssl, http.client and the system; each
caller has its own words for them, in a table by type.

    NetworkError                          any other, such as a name that can't be encoded
    ├── Timeout
    │   └── ConnectTimeout                before a request could be sent
    ├── LookupFailed                      no one could be asked for the address
    │   ├── NoNameServer                  none answers
    │   └── NoAddress                     a name server, or this host itself, says so
    │       └── NoSuchName
    ├── ConnectionFailed                  reason: the system's own words
    │   ├── Refused                       no program listens on the port
    │   ├── Closed                        by the other side, too early
    │   ├── Busy                          the program accepts no more connections
    │   ├── HostUnreachable
    │   ├── NetworkUnreachable
    │   ├── Forbidden
    │   └── BadAddress
    ├── TlsFailed                         reason: OpenSSL's name of the error
    │   ├── CertificateRefused            reason: OpenSSL's words
    │   │   ├── NameMismatch
    │   │   ├── Expired
    │   │   └── NotYetValid
    │   ├── NotTls                        the other side speaks another protocol
    │   ├── ClosedInHandshake
    │   ├── UnknownServerName
    │   ├── CertificatesTooLong
    │   └── HandshakeRefused
    │       └── ClientCertificateRequired
    └── HttpFailed
        ├── NoAnswer                      the connection was closed before it
        ├── Incomplete
        ├── NotHttp                       reason: the first line of the answer
        ├── UnknownVersion                of HTTP; reason: the version
        └── HeaderTooLong
"""

from __future__ import annotations

import errno
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Words = Mapping[type["NetworkError"], str]


class NetworkError(OSError):
    """The reason why there is no answer; `reason` has the words of the library or the system, or
    "". If several addresses of a name were tried, `by_place` has each address and its error."""

    def __init__(self, reason: str = "", by_place: Sequence[tuple[str, NetworkError]] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.by_place = by_place

    def words(self, table: Words, **values: object) -> str:
        """The table's text for this type, or for the nearest type above it. In it, `{reason}` is
        replaced by the reason, `{plain}` by the reason in lower case, other names by `values`."""
        reason = self.reason or "no reason given"
        text = next(table[kind] for kind in type(self).__mro__ if kind in table)
        return text.format(reason=reason, plain=reason.replace("_", " ").lower(), **values)

    def words_by_place(self, table: Words, where: str, **values: object) -> str:
        """The table's text for each address (as `where`), or one text if all addresses have the
        same type of error."""
        said = [
            (place, error.words(table, where=place, **values)) for place, error in self.by_place
        ]
        if len({type(error) for _, error in self.by_place}) < 2:
            return self.words(table, where=where, **values)
        return "; ".join(words if place in words else f"{place}: {words}" for place, words in said)


# fmt: off
class Timeout(NetworkError): ...
class ConnectTimeout(Timeout): ...
class LookupFailed(NetworkError): ...
class NoNameServer(LookupFailed): ...
class NoAddress(LookupFailed): ...
class NoSuchName(NoAddress): ...
class ConnectionFailed(NetworkError): ...
class Refused(ConnectionFailed): ...
class Closed(ConnectionFailed): ...
class Busy(ConnectionFailed): ...
class HostUnreachable(ConnectionFailed): ...
class NetworkUnreachable(ConnectionFailed): ...
class Forbidden(ConnectionFailed): ...
class BadAddress(ConnectionFailed): ...
class TlsFailed(NetworkError): ...
class CertificateRefused(TlsFailed): ...
class NameMismatch(CertificateRefused): ...
class Expired(CertificateRefused): ...
class NotYetValid(CertificateRefused): ...
class NotTls(TlsFailed): ...
class ClosedInHandshake(TlsFailed): ...
class UnknownServerName(TlsFailed): ...
class CertificatesTooLong(TlsFailed): ...
class HandshakeRefused(TlsFailed): ...
class ClientCertificateRequired(HandshakeRefused): ...
class HttpFailed(NetworkError): ...
class NoAnswer(HttpFailed): ...
class Incomplete(HttpFailed): ...
class NotHttp(HttpFailed): ...
class UnknownVersion(HttpFailed): ...
class HeaderTooLong(HttpFailed): ...
# fmt: on

# Parts of OpenSSL's name of an error, or of Python's class for it.
_TLS = {
    "SSLZeroReturnError": ClosedInHandshake,
    "EOF": ClosedInHandshake,
    "WRONG_VERSION_NUMBER": NotTls,
    "UNKNOWN_PROTOCOL": NotTls,
    "HTTP_REQUEST": NotTls,
    "PACKET_LENGTH_TOO_LONG": NotTls,
    "RECORD_LAYER_FAILURE": NotTls,
    "UNRECOGNIZED_NAME": UnknownServerName,
    "EXCESSIVE_MESSAGE_SIZE": CertificatesTooLong,
    "CERTIFICATE_REQUIRED": ClientCertificateRequired,
    "ALERT_BAD_CERTIFICATE": ClientCertificateRequired,  # none (TLS 1.2), or a wrong one
    "ALERT_UNKNOWN_CA": ClientCertificateRequired,
    "ALERT_CERTIFICATE_": ClientCertificateRequired,  # expired, unknown, revoked
    "HANDSHAKE_FAILURE": HandshakeRefused,
}
# OpenSSL's codes (x509_vfy.h).
_CERTIFICATE = {9: NotYetValid, 10: Expired, 62: NameMismatch, 63: NameMismatch, 64: NameMismatch}
_HTTP = {
    "RemoteDisconnected": NoAnswer,
    "IncompleteRead": Incomplete,
    "BadStatusLine": NotHttp,
    "UnknownProtocol": UnknownVersion,
    "LineTooLong": HeaderTooLong,
}
_SYSTEM = {
    errno.ECONNREFUSED: Refused,
    errno.EAGAIN: Busy,
    errno.EHOSTUNREACH: HostUnreachable,
    errno.ENETUNREACH: NetworkUnreachable,
    errno.EACCES: Forbidden,
    errno.EPERM: Forbidden,
    errno.EINVAL: BadAddress,
}

# Common words of callers: why a name has no address, and why an address is unreachable.
LOOKUP: Words = {
    Timeout: "no name server answers within {seconds:g} s",
    NoNameServer: "no name server answers",
    NoSuchName: "no such name",
    NetworkError: "the name can't be looked up: {plain}",
}
UNREACHED: Words = {
    HostUnreachable: "no host answers at this address, or a router or firewall rejects it",
    NetworkUnreachable: "this host has no route to it",
    Forbidden: "a route or firewall rule of this host forbids it",
    BadAddress: "a route of this host discards it, or the address is incomplete",
    NetworkError: "{plain}",
}


def of(error: object) -> NetworkError:
    """The network error for an exception. Imports no module for it: a module that is not loaded
    can't have raised anything."""
    socket, ssl, client = map(sys.modules.get, ("socket", "ssl", "http.client"))
    if isinstance(error, NetworkError):
        return error
    if isinstance(error, TimeoutError) or (socket and isinstance(error, socket.timeout)):
        return Timeout()  # two classes before Python 3.10
    if socket and isinstance(error, socket.gaierror):
        return _of_lookup(error, socket)
    if ssl and isinstance(error, ssl.SSLError):
        return _of_tls(error, ssl)
    if client and isinstance(error, client.HTTPException):
        return _HTTP.get(type(error).__name__, HttpFailed)(str(error))
    if isinstance(error, ConnectionError):
        return _SYSTEM.get(error.errno or 0, Closed)(error.strerror or "")
    if isinstance(error, OSError) and error.strerror:
        return _SYSTEM.get(error.errno or 0, ConnectionFailed)(error.strerror)
    return NetworkError(str(error))


def of_places(reasons: Sequence[tuple[str, NetworkError]]) -> NetworkError:
    """The failure of a name whose addresses all failed, each for its own reason. Its type is that
    of the first address, or Refused if any host refused, since that host exists."""
    errors = [error for _, error in reasons]
    told = next((error for error in errors if isinstance(error, Refused)), errors[0])
    return type(told)(told.reason, reasons)


def _of_lookup(error: OSError, socket: Any) -> LookupFailed:
    kind: type[LookupFailed] = NoAddress
    if error.errno == socket.EAI_AGAIN:
        kind = NoNameServer
    elif error.errno in (socket.EAI_SYSTEM, socket.EAI_MEMORY):
        kind = LookupFailed
    elif error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
        kind = NoSuchName
    return kind(error.strerror or "")


def _of_tls(error: Any, ssl: Any) -> TlsFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        kind = _CERTIFICATE.get(error.verify_code, CertificateRefused)
        return kind(error.verify_message or "not trusted")
    reason = error.reason or ""
    named = f"{type(error).__name__} {reason}"
    return next((kind for part, kind in _TLS.items() if part in named), TlsFailed)(reason)
