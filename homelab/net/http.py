"""One request of HTTP/1.1 and its answer over a connection that stands, bounded in time and size.

The standard library's client reads the answer; what bounds it stands below: a timeout of a socket
bounds each wait, and so none on the whole.
"""

from __future__ import annotations

import http.client
import io
import time

from homelab import __version__
from homelab.net import deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from homelab.net.url import Url

BODY = 1 << 20  # bytes of an answer's text that are read
ERRORS = (OSError, http.client.HTTPException, ValueError)  # what a bad answer is raised as
_HEAD = 256 << 10  # bytes of status line and headers
_PIECE = 64 << 10
_KIND = 1000  # characters of a Content-Type; to read one takes the square of its length
# Kinds of answers that have no end.
_ENDLESS = ("text/event-stream", "multipart/x-mixed-replace")


class Head:
    """Status and headers of an answer: `location` where it leads or "", the text's `charset`."""

    __slots__ = ("charset", "location", "status")

    def __init__(self, status: int, location: str, charset: str) -> None:
        self.status = status
        self.location = location
        self.charset = charset


class Exchange:
    """A request and its answer until the moment `end` (of time.monotonic). `first` is the moment of
    the answer's first byte."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        self._incoming = _Incoming(connection, end)
        self._client = http.client.HTTPConnection("localhost")  # which is never asked
        self._client.sock = _Line(connection, self._incoming, end)
        self._answer: http.client.HTTPResponse | None = None

    @property
    def first(self) -> float:
        return self._incoming.first

    def head(self, url: Url) -> Head:
        """Send the request; what begins the answer. Raises one of ERRORS."""
        self._client.putrequest("GET", url.target, skip_host=True, skip_accept_encoding=True)
        for name, value in _headers(url):
            self._client.putheader(name, value)
        self._client.endheaders()
        answer = self._answer = self._client.getresponse()
        self._incoming.room = 0
        location = answer.getheader("Location") or "" if 300 <= answer.status < 400 else ""
        return Head(answer.status, _readable(location), _charset(answer))

    def body(self, keep: int, wanted: bytes = b"") -> tuple[bytes, int, bool]:
        """The first `keep` bytes of its text, how many of it were read, and whether `wanted` is
        among those. Raises one of ERRORS, IncompleteRead where the connection breaks off before its
        end. No more is kept, since many answers come at once."""
        kept, count, has, last = bytearray(), 0, not wanted, b""
        answer = self._answer
        if answer is None or answer.headers.get_content_type() in _ENDLESS:
            return b"", 0, has
        while count < BODY:
            piece = answer.read(min(_PIECE, BODY - count))
            if not piece:
                if answer.length:
                    raise http.client.IncompleteRead(b"", answer.length)
                break
            count += len(piece)
            kept += piece[: max(keep - len(kept), 0)]
            if not has:
                last += piece
                has = wanted in last
                last = last[-len(wanted) :]
        return bytes(kept), count, has


class _Incoming(io.RawIOBase):
    """What comes over a connection until a moment, and in no more than `room` bytes (0: any)."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        super().__init__()
        self._connection = connection
        self._end = end
        self._count = 0
        self.room = _HEAD + io.DEFAULT_BUFFER_SIZE
        self.first = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        deadline.bound(self._connection, self._end)
        count = self._connection.recv_into(buffer)
        self.first = self.first or time.monotonic()
        self._count += count
        if self.room and self._count > self.room:
            raise http.client.HTTPException(f"its headers are over {_HEAD >> 10} KiB")
        return count


class _Line:
    """What http.client wants of a socket. Whoever opened the connection closes it."""

    def __init__(self, connection: socket.socket, incoming: _Incoming, end: float) -> None:
        self._connection = connection
        self._incoming = incoming
        self._end = end

    def sendall(self, data: bytes) -> None:
        deadline.bound(self._connection, self._end)
        self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._incoming)

    def close(self) -> None:
        pass


def _headers(url: Url) -> list[tuple[str, str]]:
    found = [
        ("Host", url.authority),
        ("User-Agent", f"homelab/{__version__}"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ]
    if url.user or url.password:
        from base64 import b64encode
        from urllib.parse import unquote

        pair = f"{unquote(url.user)}:{unquote(url.password)}".encode()
        found.append(("Authorization", "Basic " + b64encode(pair).decode("ascii")))
    return found


def _charset(answer: http.client.HTTPResponse) -> str:
    """The character set that an answer's Content-Type names, else `utf-8`."""
    if len(answer.getheader("Content-Type") or "") > _KIND:
        return "utf-8"
    try:
        return answer.headers.get_content_charset("utf-8")
    except TypeError:  # email sorts the parts of a parameter, and one may have no number
        return "utf-8"


def _readable(location: str) -> str:
    """The text of a header, which http.client reads as Latin-1, read as UTF-8 where it is that."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location
