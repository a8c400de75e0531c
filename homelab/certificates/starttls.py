"""Asking for TLS on a connection that begins without it, in the protocol that is spoken there."""

from __future__ import annotations

from homelab import texts
from homelab.net import deadline, failures

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

_LINE = 4096  # bytes
_LINES = 200
_SHOWN = 80  # characters of what a server says
# The extended operation that asks for TLS, as message 1 (RFC 4511, 4.14.1), and the result's tag.
_LDAP = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
_LDAP_RESULT = 0x78
_POSTGRES = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"  # SSLRequest


class StarttlsRefused(failures.NetworkError):
    """The server does not go over to TLS; its reason says why."""


def begin(protocol: str, connection: socket.socket, end: float) -> None:
    """Speak the protocol until TLS may begin on the connection, by the moment `end` (monotonic, s).

    Raises StarttlsRefused, failures.Closed, TimeoutError, and any OSError of the connection.
    """
    speaking = _Speaking(connection, end)
    _PROTOCOLS[protocol](speaking)
    if speaking.left:  # whoever stands between could have put it there
        raise StarttlsRefused("it sends more before TLS begins, which is not to be trusted")


class _Speaking:
    """Lines over a connection, bounded in length, count and time."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        self._connection = connection
        self._end = end
        self._count = 0
        self.left = b""

    def say(self, words: bytes) -> None:
        deadline.bound(self._connection, self._end)
        self._connection.sendall(words)

    def some(self, count: int) -> bytes:
        """The next `count` bytes."""
        while len(self.left) < count:
            self._more()
        found, self.left = self.left[:count], self.left[count:]
        return found

    def line(self) -> bytes:
        """The next line without its end."""
        self._count += 1
        while b"\n" not in self.left:
            if len(self.left) > _LINE:
                raise StarttlsRefused("a line of its greeting has no end; it speaks something else")
            self._more()
        if self._count > _LINES:
            raise StarttlsRefused("its greeting has no end; it speaks something else")
        line, _, self.left = self.left.partition(b"\n")
        return line.rstrip(b"\r")

    def _more(self) -> None:
        deadline.bound(self._connection, self._end)
        more = self._connection.recv(4096)
        if not more:
            raise failures.Closed
        self.left += more


def _shown(line: bytes) -> str:
    return texts.printable(line[:_SHOWN].decode("utf-8", "replace")) or "an empty line"


def _expected(line: bytes, start: bytes, protocol: str) -> None:
    if not line.startswith(start):
        raise StarttlsRefused(f"it speaks no {protocol}, or refuses: {_shown(line)}")


def _reply(speaking: _Speaking) -> list[bytes]:
    """A reply of SMTP or FTP (RFC 5321, 4.2.1; RFC 959, 4.2): its lines."""
    lines = [speaking.line()]
    code = lines[0][:3]
    if lines[0][3:4] == b"-":
        while not (lines[-1][:3] == code and lines[-1][3:4] in (b" ", b"")):
            lines.append(speaking.line())
    return lines


def _smtp(speaking: _Speaking) -> None:
    _expected(_reply(speaking)[0], b"220", "SMTP")
    speaking.say(b"EHLO homelab.invalid\r\n")
    offered = _reply(speaking)
    _expected(offered[0], b"250", "ESMTP")
    if not any(line[4:].strip().upper() == b"STARTTLS" for line in offered):
        raise StarttlsRefused("it offers no STARTTLS")
    speaking.say(b"STARTTLS\r\n")
    _expected(_reply(speaking)[0], b"220", "STARTTLS")


def _ftp(speaking: _Speaking) -> None:
    _expected(_reply(speaking)[0], b"220", "FTP")
    speaking.say(b"AUTH TLS\r\n")
    _expected(_reply(speaking)[0], b"234", "TLS")


def _imap(speaking: _Speaking) -> None:
    _expected(speaking.line(), b"* OK", "IMAP")
    speaking.say(b"a STARTTLS\r\n")
    line = speaking.line()
    while line.startswith(b"* "):
        line = speaking.line()
    _expected(line, b"a OK", "STARTTLS")


def _pop3(speaking: _Speaking) -> None:
    _expected(speaking.line(), b"+OK", "POP3")
    speaking.say(b"STLS\r\n")
    _expected(speaking.line(), b"+OK", "STLS")


def _ldap(speaking: _Speaking) -> None:
    from homelab.certificates import der

    speaking.say(_LDAP)
    head = speaking.some(2)
    if head[0] != der.SEQUENCE or (head[1] > 0x7F and not 0x81 <= head[1] <= 0x84):
        raise StarttlsRefused(f"it speaks no LDAP: {_shown(head)}")
    length = head[1]
    if length > 0x7F:  # some servers write lengths longer than they need be
        length = int.from_bytes(speaking.some(length & 0x7F), "big")
    if length > _LINE:
        raise StarttlsRefused("its answer is too long for LDAP")
    try:
        reader = der.Reader(speaking.some(length))
        reader.take(der.INTEGER, "number")
        tag, result = reader.any("result")
        code = der.Reader(result).take(0x0A, "code") if tag == _LDAP_RESULT else b"\xff"
    except der.Malformed as error:
        raise StarttlsRefused(f"its answer is no LDAP: {error}") from None
    if code != b"\0":
        raise StarttlsRefused("it refuses StartTLS")


def _postgres(speaking: _Speaking) -> None:
    speaking.say(_POSTGRES)
    answer = speaking.some(1)
    if answer != b"S":
        raise StarttlsRefused("it has TLS off" if answer == b"N" else "it speaks no PostgreSQL")


_PROTOCOLS: dict[str, Callable[[_Speaking], None]] = {
    "ftp": _ftp,
    "imap": _imap,
    "ldap": _ldap,
    "pop3": _pop3,
    "postgres": _postgres,
    "smtp": _smtp,
}
