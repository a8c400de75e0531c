"""A request of HTTP/1.1 and its answer over an open connection, with limits on time and size.

The standard library's client reads the answer. The limits are below it, in `_Incoming`: a socket's
timeout limits each wait, not the whole.
"""

from __future__ import annotations

import http.client
import io
import time

from homelab import __version__
from homelab.net import deadline, failures
from homelab.net.final_answer import FinalAnswer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from homelab.net.body_text import TextSearch
    from homelab.net.url import Url

BODY = 1 << 20  # bytes of a body that are read
ERRORS = (OSError, http.client.HTTPException, ValueError)  # the exceptions for a bad answer
_HEAD = 256 << 10  # bytes of status line and headers
_PIECE = 64 << 10
_KIND = 1000  # characters of a Content-Type; parsing takes the square of its length
# Types of answers that may not end, whatever length their headers name.
_ENDLESS = ("text/event-stream", "multipart/x-mixed-replace", "audio/", "video/")
_LINGER = 0.5  # s for the rest of a body without a length, once the text is found


class Head:
    """The status and headers of an answer: the `location` of a redirect or "", the `charset` and
    `encodings` of the body from the headers or "", and the Set-Cookie headers (`cookies`)."""

    __slots__ = ("charset", "cookies", "encodings", "location", "status")

    def __init__(
        self,
        status: int,
        location: str = "",
        charset: str = "",
        encodings: str = "",
        cookies: Sequence[str] = (),
    ) -> None:
        self.status = status
        self.location = location
        self.charset = charset
        self.encodings = encodings
        self.cookies = cookies


class Body:
    """The part of a body that was read: its first bytes (`kept`), the number of bytes `read`, and
    whether it is `endless`: it has no length, and its time was up or its type has no end."""

    __slots__ = ("endless", "kept", "read")

    def __init__(self) -> None:
        self.kept = b""
        self.read = 0
        self.endless = False


class Exchange:
    """A request and its answer, until the time `end` (of time.monotonic). `first` is the time of
    the answer's first byte."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        self._incoming = _Incoming(connection, end)
        self._client = http.client.HTTPConnection("localhost")  # the host is never used
        self._client.response_class = FinalAnswer
        self._client.sock = _Line(connection, self._incoming, end)
        self._answer: http.client.HTTPResponse | None = None

    @property
    def first(self) -> float:
        return self._incoming.first

    def head(self, url: Url, cookies: str = "") -> Head:
        """Send the request, with a Cookie header if `cookies` is set. Return the head of the
        answer. Raises one of ERRORS."""
        self._client.putrequest("GET", url.target, skip_host=True, skip_accept_encoding=True)
        for name, value in _headers(url):
            self._client.putheader(name, value)
        if cookies:
            self._client.putheader("Cookie", cookies.encode("latin-1"))
        self._client.endheaders()
        answer = self._answer = self._client.getresponse()
        self._incoming.room = 0
        location = answer.getheader("Location") or "" if 300 <= answer.status < 400 else ""
        return Head(
            answer.status,
            _readable(location),
            _charset(answer),
            answer.getheader("Content-Encoding") or "",
            answer.headers.get_all("Set-Cookie") or (),
        )

    def body(self, keep: int, search: TextSearch | None = None) -> Body:
        """Read the body. Only `keep` bytes are kept, since many answers come concurrently; a
        `search` reads every piece. An endless body is read only for the search. Raises one of
        ERRORS; IncompleteRead if the connection breaks before the end of the body."""
        body, answer = Body(), self._answer
        if answer is None or answer.fp is None:
            return body
        endless = _is_endless(answer)
        left = None if answer.chunked else answer.length
        announced = left is not None and not endless  # the end is known and must come
        looking = search is not None and not search.found and not search.trouble
        body.endless = endless and not looking
        while body.read < BODY and left != 0 and not body.endless:
            most = min(_PIECE, BODY - body.read, _PIECE if left is None else left)
            try:
                # only bytes that are there: a full read of a slow body would not end in time
                piece = answer.read1(most) if answer.chunked else answer.fp.read1(most)
            except OSError as error:
                if announced or not isinstance(failures.of(error), failures.Timeout):
                    raise
                body.endless = True
                break
            if not piece:
                if left and announced:
                    raise http.client.IncompleteRead(b"", left)
                break
            left = None if left is None else left - len(piece)
            body.read += len(piece)
            body.kept += piece[: max(keep - len(body.kept), 0)]
            if search and not search.found:
                search.feed(piece)
                if search.found and not announced:
                    self._incoming.end = min(self._incoming.end, time.monotonic() + _LINGER)
                    body.endless = endless
        return body


class _Incoming(io.RawIOBase):
    """The bytes that come over a connection until the time `end`, at most `room` of them (0: any
    number)."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        super().__init__()
        self._connection = connection
        self.end = end
        self._count = 0
        self.room = _HEAD + io.DEFAULT_BUFFER_SIZE
        self.first = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        deadline.bound(self._connection, self.end)
        count = self._connection.recv_into(buffer)
        self.first = self.first or time.monotonic()
        self._count += count
        if self.room and self._count > self.room:
            raise http.client.HTTPException(f"its headers are longer than {_HEAD >> 10} KiB")
        return count


class _Line:
    """The socket interface that http.client needs. The caller closes the connection."""

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
    """The charset in an answer's Content-Type, else ""."""
    if len(answer.getheader("Content-Type") or "") > _KIND:
        return ""
    try:
        return answer.headers.get_content_charset("")
    except TypeError:  # the email module sorts parts of a parameter, and fails if one has no number
        return ""


def _is_endless(answer: http.client.HTTPResponse) -> bool:
    kind = (answer.getheader("Content-Type") or "")[:_KIND].strip().lower()
    return kind.startswith(_ENDLESS)


def _readable(location: str) -> str:
    """The text of a header, decoded as UTF-8 if possible; http.client decodes it as Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location
