"""Start TLS on a connection that begins without it (STARTTLS), in the server's protocol."""

from __future__ import annotations

from homelab import texts
from homelab.net import deadline, failures

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

_LINE = 4096  # bytes
_LINES = 200
_SHOWN = 80  # characters of a server's text in a message
# The extended operation StartTLS, as message 1 (RFC 4511, 4.14.1), and the tag of its result.
_LDAP = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
_LDAP_RESULT = 0x78
_POSTGRES = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"  # SSLRequest


# The part of a MySQL client's answer that comes before TLS: capabilities (protocol 4.1, TLS,
# authentication by plugin), the largest packet, and UTF-8.
_MYSQL_TLS = 0x0800
_MYSQL = b"\x20\0\0\x01" + (0x8A00).to_bytes(4, "little") + b"\0\0\0\x01\x2d" + b"\0" * 23
_MYSQL_ERROR = 0xFF
_FEATURES = 1 << 16  # bytes of an XMPP server's greeting
_XMPP = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:{kind}' version='1.0'"
    " xmlns:stream='http://etherx.jabber.org/streams' to='{name}'>"
)
_XMPP_TLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


class StarttlsRefused(failures.NetworkError):
    """The server does not start TLS; its reason says why."""


def begin(protocol: str, connection: socket.socket, end: float, name: str) -> None:
    """Speak the protocol until TLS can begin on the connection, before the time `end` (monotonic,
    s), as a client that asks for `name`.

    Raises StarttlsRefused, failures.Closed, TimeoutError, and any OSError of the connection.
    """
    speaking = _Speaking(connection, end, name)
    _PROTOCOLS[protocol](speaking)
    if speaking.left:  # an attacker on the path could have inserted it
        raise StarttlsRefused("it sends more data before TLS begins, which could be an attack")


class _Speaking:
    """A connection that is read by lines, bounded in length, count and time."""

    def __init__(self, connection: socket.socket, end: float, name: str) -> None:
        self._connection = connection
        self._end = end
        self._count = 0
        self.name = name
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

    def until(self, *ends: bytes) -> bytes:
        """The bytes up to and with one of these ends, and any that came with it."""
        while not any(end in self.left for end in ends):
            if len(self.left) > _FEATURES:
                raise StarttlsRefused("its greeting has no end, so it speaks another protocol")
            self._more()
        found, self.left = self.left, b""
        return found

    def line(self) -> bytes:
        """The next line without its end."""
        self._count += 1
        while b"\n" not in self.left:
            if len(self.left) > _LINE:
                raise StarttlsRefused(
                    "a line of its greeting has no end, so it speaks another protocol"
                )
            self._more()
        if self._count > _LINES:
            raise StarttlsRefused("its greeting has no end, so it speaks another protocol")
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
        raise StarttlsRefused(f"it does not speak {protocol}, or refuses: {_shown(line)}")


def _reply(speaking: _Speaking) -> list[bytes]:
    """The lines of a reply of SMTP or FTP (RFC 5321, 4.2.1; RFC 959, 4.2)."""
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
        raise StarttlsRefused("the server does not offer STARTTLS")
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
        raise StarttlsRefused(f"it does not speak LDAP: {_shown(head)}")
    length = head[1]
    if length > 0x7F:  # some servers write lengths with more bytes than needed
        length = int.from_bytes(speaking.some(length & 0x7F), "big")
    if length > _LINE:
        raise StarttlsRefused("its answer is too long for LDAP")
    try:
        reader = der.Reader(speaking.some(length))
        reader.take(der.INTEGER, "number")
        tag, result = reader.any("result")
        code = der.Reader(result).take(0x0A, "code") if tag == _LDAP_RESULT else b"\xff"
    except der.Malformed as error:
        raise StarttlsRefused(f"its answer is not LDAP: {error}") from None
    if code != b"\0":
        raise StarttlsRefused("it refuses StartTLS")


def _postgres(speaking: _Speaking) -> None:
    speaking.say(_POSTGRES)
    answer = speaking.some(1)
    if answer != b"S":
        raise StarttlsRefused(
            "TLS is off on the server" if answer == b"N" else "it does not speak PostgreSQL"
        )


def _mysql(speaking: _Speaking) -> None:
    """MySQL, and MariaDB with the same protocol: read the greeting, and answer up to TLS."""
    size = int.from_bytes(speaking.some(4)[:3], "little")
    if not 1 < size <= _LINE:
        raise StarttlsRefused("it does not speak MySQL")
    greeting = speaking.some(size)
    if (
        greeting[0] == _MYSQL_ERROR
    ):  # this host is blocked or not allowed, or the server has too many connections
        why = greeting[9:] if greeting[3:4] == b"#" else greeting[3:]
        raise StarttlsRefused(f"it refuses: {_shown(why)}")
    _, _, rest = greeting[1:].partition(b"\0")
    if greeting[0] != 10 or len(rest) < 15:
        raise StarttlsRefused("it does not speak MySQL, or only a version from before 2005")
    if not int.from_bytes(rest[13:15], "little") & _MYSQL_TLS:
        raise StarttlsRefused("TLS is off on the server")
    speaking.say(_MYSQL)


def _sieve(speaking: _Speaking) -> None:
    """ManageSieve (RFC 5804, 1.7 and 2.2)."""
    offered = []
    line = speaking.line()
    while line[:1] == b'"':
        offered.append(line.upper())
        line = speaking.line()
    _expected(line.upper(), b"OK", "ManageSieve")
    if not any(line.startswith(b'"STARTTLS"') for line in offered):
        raise StarttlsRefused("the server does not offer STARTTLS")
    speaking.say(b"STARTTLS\r\n")
    _expected(speaking.line().upper(), b"OK", "STARTTLS")


def _xmpp(speaking: _Speaking, kind: str = "client") -> None:
    """XMPP (RFC 6120, 5.4)."""
    name = "".join(f"&#{ord(sign)};" if sign in "&<>'\"" else sign for sign in speaking.name)
    speaking.say(_XMPP.format(kind=kind, name=name).encode("utf-8", "replace"))
    begun = speaking.some(1)
    if begun != b"<":
        raise StarttlsRefused(f"it does not speak XMPP: {_shown(begun + speaking.left)}")
    said = speaking.until(b"features>", b"features/>", b"</stream:stream>", b"</stream:error>")
    if b"host-unknown" in said:
        raise StarttlsRefused("the server does not know this domain; set another with --name")
    if b"features" not in said:
        raise StarttlsRefused(f"it does not speak XMPP, or refuses: {_shown(said)}")
    if b"urn:ietf:params:xml:ns:xmpp-tls" not in said:
        raise StarttlsRefused("the server does not offer STARTTLS")
    speaking.say(_XMPP_TLS)
    _expected(speaking.until(b">").lstrip(), b"<proceed", "STARTTLS")


def _xmpp_server(speaking: _Speaking) -> None:
    _xmpp(speaking, "server")


_PROTOCOLS: dict[str, Callable[[_Speaking], None]] = {
    "ftp": _ftp,
    "imap": _imap,
    "ldap": _ldap,
    "mysql": _mysql,
    "pop3": _pop3,
    "postgres": _postgres,
    "sieve": _sieve,
    "smtp": _smtp,
    "xmpp": _xmpp,
    "xmpp-server": _xmpp_server,
}
