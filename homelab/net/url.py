"""Pure: parse URLs of services, and make their displayable form (`homelab.net.masking`)."""

from __future__ import annotations

from urllib.parse import quote, unquote, urljoin, urlsplit

from homelab.net import masking

_LONGEST = 8192  # characters; servers accept no more
_PATH = "/%:@!$&'()*+,;=~"  # characters that need no escape (RFC 3986, 3.3)
_PORTS = {"http": 80, "https": 443}


class Url:
    """A parsed URL: `tls`; `host` in the form for lookup (an IDN in its ASCII form, an address
    without brackets) and `named` in the form for display; `port`; the `target` of the request line;
    `user` and `password` or "". str() gives the displayable form."""

    __slots__ = ("host", "named", "password", "port", "shown", "target", "text", "tls", "user")

    def __init__(self, text: str) -> None:
        """Raises ValueError; its text says what is wrong and continues a sentence that begins with
        the URL."""
        if len(text) > _LONGEST:
            raise ValueError(f"is longer than {_LONGEST} characters")
        if not (text if text.isascii() else _without_joiners(text)).isprintable():
            raise ValueError("contains control characters")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise ValueError("is not a URL") from None
        if parts.scheme not in _PORTS:
            raise ValueError("does not begin with http:// or https://")
        self.tls = parts.scheme == "https"
        own = _PORTS[parts.scheme]
        if port == 0:
            raise ValueError("names port 0")
        self.port = port or own
        named = _named(parts.netloc, parts.hostname or "")
        if "[" in parts.netloc and ":" not in named:  # older Python versions accept this
            raise ValueError("names no host")
        self.host = lookup_name(named)
        self.user = parts.username or ""
        self.password = parts.password or ""
        path = quote(parts.path or "/", safe=_PATH)
        query = quote(parts.query, safe=_PATH + "?")
        self.target = path + (f"?{query}" if query else "")
        named = named if named.isprintable() else self.host  # it has invisible joiners
        self.named = named
        where = f"[{named}]" if ":" in named else named
        where += f":{self.port}" if self.port != own else ""
        escaped = where.replace("%", "%25")  # the % before a zone (RFC 6874, 2)
        self.text = f"{parts.scheme}://{escaped}{self.target}"  # has no user and password
        hidden = "…@" if "@" in parts.netloc else ""
        shown = masking.path(parts.path) + masking.query(parts.query)
        if masking.has_user(parts.query + parts.fragment):
            shown = "/…"  # everything before an @ there may be part of a password
        self.shown = f"{parts.scheme}://{hidden}{where}{shown}"

    def __str__(self) -> str:
        return self.shown

    @property
    def authority(self) -> str:
        """The text of the Host header, without the zone of an address (RFC 6874, 3)."""
        host = self.host.partition("%")[0]
        where = f"[{host}]" if ":" in host else host
        return where if self.port == _PORTS["https" if self.tls else "http"] else self._with(where)

    def _with(self, where: str) -> str:
        return f"{where}:{self.port}"

    @property
    def name(self) -> str:
        """The server name for TLS: the host without a zone and without a dot at its end."""
        return self.host.partition("%")[0].removesuffix(".")

    def towards(self, location: str) -> Url:
        """The target of a redirect from this URL. User and password are kept only for the same
        scheme, host and port. Raises ValueError like a new URL."""
        try:
            joined = urljoin(self.text, location)
        except ValueError:
            raise ValueError("is not a URL") from None
        there = Url(joined)
        same = (there.tls, there.host, there.port) == (self.tls, self.host, self.port)
        there.user, there.password = (self.user, self.password) if same else ("", "")
        return there


def _without_joiners(text: str) -> str:
    """A URL without the invisible characters that a host name may contain (net.idna)."""
    from homelab.net import idna  # late: few URLs need its tables

    begin, apart, rest = text.partition("://")
    end = min((index for index in map(rest.find, "/?#") if index >= 0), default=len(rest))
    return begin + apart + idna.joined(rest[:end]) + rest[end:]


def _named(netloc: str, hostname: str) -> str:
    """The host in the form for display. `hostname` is urllib's form."""
    address, percent, zone = hostname.partition("%")
    if ":" in address and percent:
        # a zone should be escaped (RFC 6874, 2), but most people write it plain
        escaped = zone.startswith("25") and len(zone) > 2
        return f"{address}%{unquote(zone[2:] if escaped else zone)}"
    if hostname.isascii() or ":" in hostname:
        return hostname
    from homelab.net import idna

    # urllib's str.lower turns a Σ at the end of a word into ς
    return idna.folded(netloc.rpartition("@")[2].partition(":")[0])


def lookup_name(name: str) -> str:
    """A host's name in the form for lookup. Raises ValueError."""
    if ":" in name:  # possible only in brackets
        if not masking.is_host(f"[{name}]"):
            raise ValueError("names no host")
        return name
    if not name.isascii():
        from homelab.net import idna  # late: few names need its tables

        try:
            name = idna.to_ascii(name)
        except ValueError:
            raise ValueError("names no host that can be looked up") from None
    labels = name.removesuffix(".").split(".")
    if not all(0 < len(label) < 64 for label in labels) or not all(
        sign.isalnum() or sign in "-_." for sign in name
    ):
        raise ValueError("names no host")
    return name
