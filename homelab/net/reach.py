"""The hosts that a run may ask: HOMELAB_HOSTS, which `mcp` sets for the calls of an agent.

Hosts are compared in the form for connecting, after a URL or HOST:PORT is parsed, never as a part
of a string: names in lower case and ASCII form, IPv6 addresses in their short form.
"""

from __future__ import annotations

from homelab.errors import REFUSED, UNCONFIGURED, Failure
from homelab.net import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "HOMELAB_HOSTS"
ANY = "*"
_NOBODY = "none.invalid"  # a host that can't exist (RFC 6761); an empty list would set no limit


class Reach:
    """The hosts that may be asked, each with a port or 0 for all ports; `text` lists them."""

    __slots__ = ("_hosts", "text")

    def __init__(self, text: str) -> None:
        """Parse `nas.lan,pve1:8006,[fd00::7]`, or `*` for any. Raises ValueError, which says what
        is wrong."""
        words = [word.strip() for word in text.split(",")]
        self._hosts = {_entry(word) for word in words if word and word != ANY}
        if ANY in words:
            self._hosts = {(ANY, 0)}
        if not self._hosts:
            raise ValueError("it names no host; write it like nas.lan,pve1.lan:8006")
        self.text = ", ".join(word for word in words if word)

    def permits(self, host: str, port: int) -> bool:
        """Whether this port of a host may be asked."""
        if (ANY, 0) in self._hosts:
            return True
        name = _canonical(host)
        return bool(name) and bool({(name, 0), (name, port)} & self._hosts)

    def within(self, other: Reach) -> str:
        """The hosts that both permit, in the format of HOMELAB_HOSTS; the name of an impossible
        host if there are none."""
        if (ANY, 0) in other._hosts:
            return self.text
        if (ANY, 0) in self._hosts:
            return other.text
        both = {
            entry
            for one, another in ((self, other), (other, self))
            for entry in one._hosts
            if {entry, (entry[0], 0)} & another._hosts
        }
        texts = [hostport.written(host, port) if port else host for host, port in sorted(both)]
        return ",".join(texts) or _NOBODY

    def check(self, host: str, port: int) -> None:
        """Raises Failure (77) if this port of a host may not be asked."""
        if not self.permits(host, port):
            where = hostport.written(host, port) if port else host
            raise Failure(
                REFUSED,
                f"{where} is not allowed: {VARIABLE} allows only {self.text}; choose one of them,"
                " or ask the person who set it to add this host",
            )


def limit(env: Mapping[str, str]) -> Reach | None:
    """The hosts that the environment allows; None if it sets no limit. Raises Failure (78)."""
    text = env.get(VARIABLE, "").strip()
    if not text:
        return None
    try:
        return Reach(text)
    except ValueError as error:
        raise Failure(UNCONFIGURED, f"{VARIABLE}: {error}") from None


def _entry(text: str) -> tuple[str, int]:
    """`nas.lan`, `nas.lan:22`, `fd00::7` or `[fd00::7]:22` as host and port. Raises ValueError."""
    bare = text.count(":") > 1 and text[0] != "["
    host, port = hostport.dial(f"[{text}]" if bare else text)
    name = _canonical(host)
    if not name:
        raise ValueError(f"{text!r} is not a host; write it like nas.lan or nas.lan:22")
    return name, port


def _canonical(host: str) -> str:
    """The canonical spelling of a host, "" if the text can't be a host."""
    import socket  # late: most runs have no limit

    from homelab.net.url import lookup_name

    address, percent, zone = host.partition("%")
    try:
        if ":" in address:
            packed = socket.inet_pton(socket.AF_INET6, address)
            return socket.inet_ntop(socket.AF_INET6, packed) + percent + zone
        return lookup_name(host).lower().removesuffix(".")
    except (OSError, ValueError):
        return ""
