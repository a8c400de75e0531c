"""Pure: which protocol a server speaks that does not begin with TLS, by its first bytes or its
port."""

from __future__ import annotations

# What is spoken where the first bytes are these, and whether TLS may come later in it: where it
# may, nobody can say that the server has none.
_NO_TLS, _LATER = "which has no TLS", "whose TLS is not asked for here"
_FIRST = (
    (b"SSH-", "SSH", _NO_TLS),
    (b"\x05\0\0\0\x0b", "MySQL's X protocol", _LATER),
    (b"RFB ", "VNC", _LATER),
    (b"@RSYNCD:", "rsync", _NO_TLS),
    (b"AMQP", "AMQP", _LATER),
    (b"HTTP/", "HTTP", "not HTTPS"),
    (b"-ERR", "Redis", "with TLS off"),
    (b"-DENIED", "Redis", "with TLS off"),
    (b"INFO {", "NATS", _LATER),
    (b"ERROR :", "IRC", _LATER),
    (b"NOTICE ", "IRC", _LATER),
    (b"\xff\xfb", "Telnet", _LATER),
    (b"\xff\xfd", "Telnet", _LATER),
)
# What is usual on ports where the client speaks first.
_PORTS = {
    80: ("HTTP", "not HTTPS"),
    88: ("Kerberos", _NO_TLS),
    119: ("NNTP", _LATER),
    445: ("SMB", _NO_TLS),
    1433: ("SQL Server", _LATER),
    1521: ("Oracle", _LATER),
    1883: ("MQTT", "with TLS on another port, often 8883"),
    3389: ("RDP", _LATER),
    5672: ("AMQP", "with TLS on another port, often 5671"),
    6379: ("Redis", "with TLS off"),
    11211: ("memcached", "with TLS off"),
    6667: ("IRC", "with TLS on another port, often 6697"),
    27017: ("MongoDB", "with TLS off"),
}


def protocol(first: bytes) -> str:
    """The protocol in which TLS can be asked for (`certificates.starttls`) of a server that begins
    so; "" where there is none, or where two of them begin so."""
    line = first.partition(b"\n")[0].upper()
    if first[3:5] == b"\0\x0a" or (first[3:5] == b"\0\xff" and first[2:3] == b"\0"):
        return "mysql"
    if line.startswith((b"220 ", b"220-")):
        # of the two with that greeting, each says in most servers which it is
        mail, files = b"SMTP" in line or b"MAIL" in line, b"FTP" in line
        return "" if mail == files else "smtp" if mail else "ftp"
    if line.startswith(b"* OK"):
        return "imap"
    if line.startswith(b"+OK"):
        return "pop3"
    return "sieve" if line.startswith(b'"IMPLEMENTATION"') else ""


def spoken(first: bytes, port: int) -> str:
    """What a server without TLS speaks, as the words of a reason; "" where nobody knows. `first`
    is what it says by itself, b"" where it waits for the client."""
    for start, name, how in _FIRST:
        if first.startswith(start):
            return f"it speaks {name}, {how}"
    if first[:4] in (b"220 ", b"220-"):
        return "it speaks SMTP or FTP; --starttls smtp or --starttls ftp asks for TLS"
    if first[:4] in (b"200 ", b"201 "):
        return f"it speaks NNTP, {_LATER}"
    if first[:1] == b":" and b" NOTICE " in first.partition(b"\n")[0]:
        return f"it speaks IRC, {_LATER}"
    if not first and port in _PORTS:
        name, how = _PORTS[port]
        return f"it speaks no TLS at first: on port {port} that is usually {name}, {how}"
    return ""
