"""Pure: parse `loki.url` and `loki.lb`: the host to name in requests, and the address to connect
to."""

from __future__ import annotations

from urllib.parse import urlsplit

from homelab.errors import UNCONFIGURED, Failure

_API = "/loki/api/v1"


class Address:
    """A parsed Loki address: `base` (the URL that requests name, without a slash at its end),
    `name` (the host in the certificate), `dial` (host, port) to connect to, `tls`. `shown` is the
    URL for messages, without its path, which may hold a token. `str()` is for people."""

    __slots__ = ("base", "dial", "dialled", "name", "shown", "tls")

    def __init__(self, url: str, lb: str = "", origin: str = "loki.url") -> None:
        """Raises Failure (78) with `origin` where either is not an address."""

        def wrong(what: str, advice: str) -> Failure:
            from homelab.net.masking import masked

            return Failure(UNCONFIGURED, f"{origin}: {masked(url)!r} {what}; {advice}")

        # before it is parsed: a password may contain any character
        if ("@" in url or "%" in url or not url.isascii()) and _has_user(url):
            from homelab.net.masking import masked

            theirs = " (for LOKI_ADDR: LOKI_USERNAME and LOKI_PASSWORD)"
            raise Failure(
                UNCONFIGURED,
                f"{origin}: {masked(url)} holds a user name or password, which would be"
                " printed and logged; set loki.username and loki.password_file instead"
                f"{theirs if origin == 'LOKI_ADDR' else ''}",
            )
        like = "write it like http://loki.lan or https://loki.lan:3100"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise wrong("is not a URL", like) from None
        if parts.scheme not in ("http", "https"):
            raise wrong("does not begin with http:// or https://", like)
        authority, name = parts.netloc, parts.hostname
        if "%" in authority or not authority.isascii():
            authority, name = _of_request(authority, name or "")
        plain = authority + parts.path
        if not _is_host(name) or not plain.isascii() or not plain.isprintable() or " " in url:
            raise wrong("names no host", like)
        if parts.query or parts.fragment:
            raise wrong("contains ? or #", like)
        self.tls = parts.scheme == "https"
        path = parts.path.rstrip("/")
        if _API in path:  # the push address, as other agents want it written
            path = path[: path.index(_API)]
        self.base = f"{parts.scheme}://{authority}{path}"
        self.shown = f"{parts.scheme}://{parts.netloc}{'/…' if path else ''}"
        self.name = name or ""
        own = (self.name, port or (443 if self.tls else 80))
        self.dial = _dial(lb, own[1]) if lb else own
        self.dialled = bool(lb)

    def __str__(self) -> str:
        if not self.dialled:
            return f"Loki at {self.shown}"
        host, port = self.dial
        return f"Loki at {self.shown} (through {host}:{port})"


def _of_request(authority: str, hostname: str) -> tuple[str, str]:
    """The authority (host and port) for the Host header, and the host to connect to: the ASCII form
    of an international name. The zone of an IPv6 address stays out of the Host header, since it is
    local to this host."""
    from homelab.net import hostport, idna  # late: most addresses need neither

    if ":" in hostname:
        address, bracket, port = authority.partition("]")
        return address.partition("%")[0] + bracket + port, hostport.with_zone(hostname)
    host, colon, port = authority.partition(":")
    try:
        name = idna.to_ascii(host)
    except ValueError:
        return authority, ""
    return name + colon + port, name.lower()


def _has_user(url: str) -> bool:
    from homelab.net.masking import has_user  # late: most addresses need no look at it

    return has_user(url)


def _is_host(name: str | None) -> bool:
    """Whether a name could be looked up at all: labels of 1 to 63 characters (RFC 1035), all of
    them allowed in host names. A password behind a ; or = would otherwise be shown as part of the
    name."""
    labels = (name or "").removesuffix(".").split(".")
    if not all(0 < len(label) < 64 for label in labels):
        return False
    if "".join(labels).replace("-", "").isalnum():
        return True
    from homelab.net.masking import is_host  # late: most names are letters and digits alone

    return is_host(name or "")


def _dial(lb: str, port: int) -> tuple[str, int]:
    host, given, whole = None, None, False
    try:
        parts = urlsplit("//" + lb)
        host, given = parts.hostname, parts.port
        whole = parts.netloc == lb and "@" not in lb and " " not in lb
        if host and ("%" in lb or not lb.isascii()):
            host = _of_request(lb, host)[1]
        elif not lb.isprintable():
            host = None
    except ValueError:
        pass
    if not host or not _is_host(host) or not whole:
        from homelab.net.masking import masked

        raise Failure(
            UNCONFIGURED,
            f"loki.lb: {masked(lb, bare=True)!r} is not an address; write it like 10.0.0.5 or"
            " 10.0.0.5:8443",
        )
    return host, given or port
