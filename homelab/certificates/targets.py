"""Pure: parse the target of `cert check`: a server's host, port and protocol."""

from __future__ import annotations

from homelab.net import hostport, masking

# Scheme of a URL → its port, and the protocol of its STARTTLS, "" if TLS begins with the first
# byte.
SCHEMES = {
    "ftp": (21, "ftp"),
    "ftps": (990, ""),
    "https": (443, ""),
    "imap": (143, "imap"),
    "imaps": (993, ""),
    "ldap": (389, "ldap"),
    "ldaps": (636, ""),
    "mariadb": (3306, "mysql"),
    "mysql": (3306, "mysql"),
    "pop3": (110, "pop3"),
    "pop3s": (995, ""),
    "postgres": (5432, "postgres"),
    "postgresql": (5432, "postgres"),
    "sieve": (4190, "sieve"),
    "smtp": (25, "smtp"),
    "smtps": (465, ""),
    "wss": (443, ""),
    "xmpp": (5222, "xmpp"),
    "xmpp-server": (5269, "xmpp-server"),
    "xmpps": (5223, ""),
}
# Ports on which STARTTLS is used if the target names no protocol.
_ASKING = {port: protocol for port, protocol in SCHEMES.values() if protocol}
_ASKING[587] = "smtp"
# File name endings of certificates, and of files that people take for certificates. No host name
# ends like that.
_FILES = (
    ".pem", ".crt", ".cer", ".cert", ".der", ".p7b", ".p7c", ".p12", ".pfx", ".jks", ".json",
    ".key", ".csr", ".crl",
)  # fmt: skip


class Target:
    """A server: `host` (a name or an address), `port`, and the `protocol` of its STARTTLS, "" if
    TLS begins with the first byte."""

    __slots__ = ("host", "port", "protocol")

    def __init__(self, host: str, port: int, protocol: str) -> None:
        self.host = host
        self.port = port
        self.protocol = protocol

    def __str__(self) -> str:
        return hostport.written(self.host, self.port)


def target(text: str, protocol: str = "") -> Target:
    """`nas.lan`, `nas.lan:8443`, `[fd00::7]:443`, `fd00::7`, `https://nas.lan/` → the server. A
    given `protocol` is used whatever the port. Raises ValueError, which says what is wrong."""
    whole, shown = text, masking.masked(text, bare=True)
    scheme, apart, rest = text.partition("://")
    default, asked = 443, ""
    if apart:
        if scheme.lower() not in SCHEMES:
            known = ", ".join(SCHEMES)
            shown = masking.scheme(scheme)
            raise ValueError(f"{shown!r} is not a known scheme ({known})")
        default, asked = SCHEMES[scheme.lower()]
        for end in "/?#":
            rest = rest.partition(end)[0]
        text = rest.rpartition("@")[2]
    elif protocol:
        default = SCHEMES[protocol][0]
    if text.count(":") > 1 and text[0] != "[":
        text = f"[{text}]"  # an address alone
    try:
        host, port = hostport.dial(text)
    except ValueError:
        if not masking.has_user(whole):
            raise
        raise ValueError(f"{shown!r} does not name a server; write it like nas.lan:443") from None
    port = port or default
    if not (apart and not protocol):
        asked = protocol or _ASKING.get(port, "")
    return Target(host, port, asked)


def is_file(text: str) -> bool:
    """Whether a word can only mean a file: it is a path, or ends like a certificate's file."""
    return "://" not in text and ("/" in text or text.lower().endswith(_FILES))
