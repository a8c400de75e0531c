"""Why a service did not answer, in words, by the phase that failed."""

from __future__ import annotations

import http.client
import socket
import ssl

from homelab.net import ports, trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.net.connect import Place

_SHOWN = 60  # characters of what a server says


def _late(error: Exception) -> bool:
    return isinstance(error, (TimeoutError, socket.timeout))


def lookup(error: OSError, host: str, seconds: float) -> str:
    """Why a name has no address."""
    if _late(error):
        return f"no name server answers for {host} within {seconds:g} s"
    return f"{host}: {ports.unnamed(error)}"


def connect(error: OSError, places: list[Place], seconds: float) -> str:
    """Why no address takes a connection."""
    where = ", ".join(dict.fromkeys(str(place) for place in places[:3]))
    if _late(error):
        return f"no answer at {where} within {seconds:g} s"
    if isinstance(error, ConnectionRefusedError):
        return f"connection refused at {where}"
    return f"{ports.unreached(error)}: {where}"


def tls(error: Exception, seconds: float) -> str:
    """Why no TLS came about, but for a certificate that is not trusted."""
    if _late(error):
        return f"no whole handshake within {seconds:g} s"
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        if reason in trust.PLAIN:
            return "what answers there speaks no TLS; is it an http one?"
        if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or "EOF" in reason:
            return _CLOSED
        if "UNRECOGNIZED_NAME" in reason:
            return "it has no certificate for that name, and says so"
        if reason == "EXCESSIVE_MESSAGE_SIZE":
            return "its certificates are more than a client takes (100 KiB)"
        if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
            return (
                "it refuses the handshake: no version or cipher in common, or it wants a client's"
            )
        words = reason.replace("_", " ").lower()
        return f"the handshake failed: {words or 'no reason given'}"
    if isinstance(error, ConnectionError):
        return _CLOSED
    if isinstance(error, OSError):
        return f"the handshake failed: {error.strerror or 'no reason given'}"
    return "no name that TLS could ask for"


_CLOSED = "it closed the connection in the handshake"


def answer(error: Exception, seconds: float, begun: bool) -> str:
    """Why no status and headers came, or not all of them where some had `begun` to."""
    if _late(error) and begun:
        return f"its headers were not whole within {seconds:g} s"
    if _late(error):
        return f"it took the request, and no answer came within {seconds:g} s"
    if isinstance(error, http.client.RemoteDisconnected):
        return "it closed the connection without an answer"
    if isinstance(error, http.client.BadStatusLine):
        return f"it speaks something else: {_said(str(error))}"
    if isinstance(error, http.client.UnknownProtocol):
        return f"it speaks another version: {_said(str(error))}"
    if isinstance(error, http.client.LineTooLong):
        return "a line of its headers is over 64 KiB"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "no reason given").replace("_", " ").lower()
        if "certificate required" in reason:
            return "it wants a client's certificate"
        return f"TLS broke off: {reason}"
    if isinstance(error, ConnectionError):
        return "it broke the connection off without an answer"
    if isinstance(error, http.client.HTTPException):
        return _said(str(error)) or "its headers can't be read"
    if isinstance(error, OSError):
        return (error.strerror or "no answer").lower()
    return "its headers can't be read"


def body(error: Exception, seconds: float) -> str:
    """Why the answer did not come whole."""
    if _late(error):
        return f"its text was not whole within {seconds:g} s"
    return "it broke the connection off in the middle of its text"


def _said(line: str) -> str:
    """What a server said, short and on one line."""
    text = "".join(sign if sign.isprintable() else "?" for sign in line.strip())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
