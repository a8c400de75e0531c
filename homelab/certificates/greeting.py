"""Pure: the protocol of a server that does not begin with TLS, by its first bytes or its port."""

from __future__ import annotations

# Protocols by their first bytes, and whether TLS may start later in them: if it may, the server may
# have TLS although it does not begin with it.
_NO_TLS, _LATER = "which has no TLS", "whose STARTTLS homelab does not know"
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
# Usual protocols by port, for servers that wait for the client to speak first.
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
    """The protocol (of `certificates.starttls`) in which a server with these first bytes starts
    TLS; "" if there is none, or if two protocols begin like that."""
    line = first.partition(b"\n")[0].upper()
    if first[3:5] == b"\0\x0a" or (first[3:5] == b"\0\xff" and first[2:3] == b"\0"):
        return "mysql"
    if line.startswith((b"220 ", b"220-")):
        # SMTP and FTP have this greeting; most servers name the protocol in it
        mail, files = b"SMTP" in line or b"MAIL" in line, b"FTP" in line
        return "" if mail == files else "smtp" if mail else "ftp"
    if line.startswith(b"* OK"):
        return "imap"
    if line.startswith(b"+OK"):
        return "pop3"
    return "sieve" if line.startswith(b'"IMPLEMENTATION"') else ""


def spoken(first: bytes, port: int) -> str:
    """The sentence that names the protocol of a server without TLS; "" if it is unknown. `first`
    are the bytes that it sends first, b"" if it waits for the client."""
    for start, name, how in _FIRST:
        if first.startswith(start):
            return f"it speaks {name}, {how}"
    if first[:4] in (b"220 ", b"220-"):
        return "it speaks SMTP or FTP; use --starttls smtp or --starttls ftp"
    if first[:4] in (b"200 ", b"201 "):
        return f"it speaks NNTP, {_LATER}"
    if first[:1] == b":" and b" NOTICE " in first.partition(b"\n")[0]:
        return f"it speaks IRC, {_LATER}"
    if not first and port in _PORTS:
        name, how = _PORTS[port]
        return f"it does not begin with TLS; port {port} is usually {name}, {how}"
    return ""
