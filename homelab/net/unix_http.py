"""A question over HTTP to a socket of this host, bounded in time and size.

HTTP/1.0 on purpose: the answer ends where the server closes, and has no chunks. The standard
library's client costs more to import than all questions together, and bounds each wait on the
socket but not the whole.
"""

from __future__ import annotations

from homelab.net import deadline, failures

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

_PIECE = 1 << 16  # bytes
_HEAD = 1 << 16  # bytes of status line and headers, at most


class Unanswered(Exception):
    """There is no whole answer: `reason` says why, `late` that the time was up, `forbidden` that
    this account may not ask."""

    def __init__(self, reason: str, late: bool = False, forbidden: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.late = late
        self.forbidden = forbidden


class Response:
    """A whole answer; the names of `headers` are in small letters."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


def get(path: str, target: str, end: float, most: int) -> Response:
    """What the socket at `path` answers to GET `target`, by the moment `end` (of time.monotonic)
    and in no more than `most` bytes. Raises Unanswered."""
    import socket

    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            deadline.bound(connection, end)
            connection.connect(path)
            request = f"GET {target} HTTP/1.0\r\nHost: localhost\r\n\r\n"
            connection.sendall(request.encode("ascii"))
            heard = _heard(connection, end, most + _HEAD)
    except OSError as error:
        kind = failures.of(error)
        why = kind.words(_WORDS)
        late, forbidden = (isinstance(kind, of) for of in (failures.Timeout, failures.Forbidden))
        raise Unanswered(why[:1].lower() + why[1:], late, forbidden) from None
    return parsed(heard)


_WORDS: failures.Words = {
    failures.Timeout: "no whole answer in time",
    failures.Busy: "it takes no more connections: what listens there hangs",
    failures.Refused: "nothing listens there any more",
    failures.Closed: "it closed the connection without an answer",
    failures.NetworkError: "{reason}",
}


def _heard(connection: socket.socket, end: float, most: int) -> bytes:
    """All of it, to the end of the connection, or of the length that its headers tell."""
    heard = bytearray()
    whole = 0
    while not whole or len(heard) < whole:
        deadline.bound(connection, end)
        piece = connection.recv(_PIECE)
        if not piece:
            break
        heard += piece
        if len(heard) > most:
            raise Unanswered(f"it answers more than {most >> 20} MiB")
        if not whole and b"\r\n\r\n" in heard[: _HEAD + 4]:
            whole = _length(bytes(heard[:_HEAD]))
    if whole and len(heard) < whole:
        raise Unanswered("it closed the connection in the middle of its answer")
    return bytes(heard)


def _length(heard: bytes) -> int:
    """The bytes of the whole answer where its headers tell, else 0."""
    head, _, _ = heard.partition(b"\r\n\r\n")
    told = _headers(head).get("content-length", "")
    digits = told.isascii() and told.isdigit() and len(told) < 16
    return len(head) + 4 + int(told) if digits else 0


def parsed(heard: bytes) -> Response:
    """The answer in the bytes that came. Raises Unanswered where that is no HTTP."""
    head, blank, body = heard.partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if not heard:
        raise Unanswered("it closed the connection without an answer")
    if not blank or not words[0].startswith(b"HTTP/1.") or len(words) < 2:
        raise Unanswered("it does not speak HTTP")
    if len(words[1]) != 3 or not (words[1].isascii() and words[1].isdigit()):
        raise Unanswered("it does not speak HTTP")
    return Response(int(words[1]), _headers(head), body)


def _headers(head: bytes) -> dict[str, str]:
    found = {}
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip().lower()] = value.strip()
    return found
