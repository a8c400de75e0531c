"""Pure: the certificates in a Certificate message of TLS (RFC 5246, 7.4.2; RFC 8446, 4.4.2)."""

from __future__ import annotations

CERTIFICATE = 11  # the type of the message
_COUNT = 100  # certificates in a chain; OpenSSL follows as many


def chain(message: bytes) -> list[bytes]:
    """The DER of each certificate that a server shows, its own first. `message` is the whole
    message, with its type and length; of a message that is cut off, the certificates before the
    cut."""
    body = message[4:]
    if len(body) < 4:
        return []
    if int.from_bytes(body[:3], "big") == len(body) - 3:  # up to TLS 1.2
        return _entries(body[3:], extended=False)
    return _entries(body[1 + body[0] + 3 :], extended=True)


def _entries(body: bytes, extended: bool) -> list[bytes]:
    found: list[bytes] = []
    start = 0
    while start + 3 <= len(body) and len(found) < _COUNT:
        end = start + 3 + int.from_bytes(body[start : start + 3], "big")
        if end > len(body):
            break
        found.append(body[start + 3 : end])
        start = end
        if extended:
            start += 2 + int.from_bytes(body[end : end + 2], "big")
    return found
