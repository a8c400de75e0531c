"""An HTTP request to a socket of this host, with limits on time and size.

HTTP/1.0 on purpose: the answer ends when the server closes, and has no chunks. Importing the
standard library's client takes longer than all requests together, and it limits each wait on the
socket, not the whole.
"""

from __future__ import annotations

from homelab.net import deadline, failures

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

_PIECE = 1 << 16  # bytes
_HEAD = 1 << 16  # bytes of status line and headers, at most


class Unanswered(Exception):
    """There is no complete answer: `reason` says why; `late`: the time was up; `forbidden`: this
    account may not ask."""

    def __init__(self, reason: str, late: bool = False, forbidden: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.late = late
        self.forbidden = forbidden


class Response:
    """A complete answer; the names of `headers` are in lower case."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


def get(path: str, target: str, end: float, most: int) -> Response:
    """The answer of the socket at `path` to GET `target`, until the time `end` (of time.monotonic)
    and in at most `most` bytes. Raises Unanswered."""
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
    failures.Timeout: "no complete answer in time",
    failures.Busy: "it accepts no more connections: the program behind the socket hangs",
    failures.Refused: "no program listens on the socket any more",
    failures.Closed: "it closed the connection without an answer",
    failures.NetworkError: "{reason}",
}


def _heard(connection: socket.socket, end: float, most: int) -> bytes:
    """The whole answer: up to the end of the connection, or the length in its headers."""
    heard = bytearray()
    whole = 0
    while not whole or len(heard) < whole:
        deadline.bound(connection, end)
        piece = connection.recv(_PIECE)
        if not piece:
            break
        heard += piece
        if len(heard) > most:
            raise Unanswered(f"its answer is larger than {most >> 20} MiB")
        if not whole and b"\r\n\r\n" in heard[: _HEAD + 4]:
            whole = _length(bytes(heard[:_HEAD]))
    if whole and len(heard) < whole:
        raise Unanswered("it closed the connection in the middle of its answer")
    return bytes(heard)


def _length(heard: bytes) -> int:
    """The size of the whole answer in bytes if its headers say it, else 0."""
    head, _, _ = heard.partition(b"\r\n\r\n")
    told = _headers(head).get("content-length", "")
    digits = told.isascii() and told.isdigit() and len(told) < 16
    return len(head) + 4 + int(told) if digits else 0


def parsed(heard: bytes) -> Response:
    """The answer in the received bytes. Raises Unanswered if they are not HTTP."""
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
