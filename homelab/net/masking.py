"""Pure: the only place where URLs become text for display. User names and passwords, values of
queries, and paths that may hold a token are left out."""

from __future__ import annotations

_AT = ("@", "\uff20", "\ufe6b", "%40")  # ends of a user name and password, also mistyped ones
_HEX = frozenset("0123456789abcdefABCDEF:.")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
# Names of values in a query that are secrets.
_SECRETS = frozenset(
    "access_token api_key apikey auth key pass passwd password pw secret sig token".split()
)
_LONGEST_SCHEME = 8  # characters; a longer word, or one with other characters, may be a secret
_LONGEST_LABEL = 20  # characters of a label of a host name without a scheme
_LONGEST = 80  # characters
_LONGEST_PORT = 5  # characters


def has_user(text: str) -> bool:
    """Whether a URL has, or was probably meant to have, a user name or password."""
    return any(sign in text.lower() for sign in _AT)


def has_secret(text: str) -> bool:
    """Whether a URL, with or without its scheme, has a user name or password, or a value in its
    query that is a secret by its name."""
    rest = text.partition("://")[2] or text
    end = min((rest.index(sign) for sign in "/?#\\" if sign in rest), default=len(rest))
    host, tail = rest[:end], rest[end:]
    if has_user(host) or (has_user(tail) and not is_host(host)):  # a password may contain /
        return True
    query = tail.partition("?")[2].partition("#")[0]
    names = [part.partition("=")[0] for part in query.split("&") if "=" in part]
    return any(name.lower().replace("-", "_") in _SECRETS for name in names)


def masked(text: str, bare: bool = False) -> str:
    """The displayable part of a text that should be a URL or HOST:PORT, valid or not: scheme, host
    and ports. Parts that could be a secret become `…`, also a word without a scheme that does not
    look like a host name. A word without a dot does not look like one, unless `bare` names are
    allowed."""
    name, apart, rest = text.strip().partition("://")
    if not apart:
        name, rest = "", text.strip()
        if rest.startswith("//"):
            apart, rest = "//", rest[2:]
    ends = [index for index, sign in enumerate(rest) if sign in "/?#\\"]
    host, tail = (rest[: ends[0]], rest[ends[0] :]) if ends else (rest, "")
    begin = scheme(name) + apart
    if has_user(tail):  # a password may contain /, ? and #
        return begin + "…"
    _, at, host = host.rpartition("@")
    if not is_host(host) or (not name and not _is_like_host(host, bare or bool(at))):
        host = "…"
    end = tail if tail in ("", "/") else "/…" if tail[0] == "/" else ""
    return f"{begin}{'…' + at if at else ''}{host}{end}"[:_LONGEST]


def scheme(text: str) -> str:
    """The displayable form of a text that should be the scheme of a URL."""
    usual = text.lower() in ("http", "https")
    short = len(text) <= _LONGEST_SCHEME and not text.strip(_LETTERS)
    return text if usual or short else "…"


def port(text: str) -> str:
    """The displayable form of a text that should be a port: it may be a password instead."""
    return text if not text.strip(_DIGITS) and len(text) <= _LONGEST_PORT else "…"


def path(text: str) -> str:
    """The displayable form of a URL's path: the part before an @ may be half of a password, and the
    part after a ; or = is a value like in a query (`;…`, `key=…`)."""
    _, at, end = text.rpartition("@")
    parts = (f"/…@{end}" if at else text).split("/")
    return "/".join(_segment(part) for part in parts)


def _segment(text: str) -> str:
    for sign in (";", "%3b", "%3B", "=", "%3d", "%3D"):
        before, found, behind = text.partition(sign)
        if behind:
            text = f"{before}{found}…"
    return text


def query(text: str) -> str:
    """The displayable form of a query with its `?`, without its values: `?token=…`; "" without a
    query."""
    if not text:
        return ""
    if has_user(text):
        return "?…"
    names = [
        f"{name}=…" if equals else "…"
        for name, equals, _ in (part.partition("=") for part in text.split("&"))
    ]
    return "?" + "&".join(names)


def _is_like_host(text: str, bare: bool) -> bool:
    """Whether a host without a scheme looks like a usual host name: `nas.lan`, an address, and with
    `bare` also `nas` or `pve1`."""
    host = text.partition(":")[0]
    if host[:1] in ("", "[") or text.count(":") > 1:
        return True
    plain = not host.strip(_LETTERS + _DIGITS + "-.")
    labels = host.removesuffix(".").split(".")
    if not plain or max(len(label) for label in labels) > _LONGEST_LABEL:
        return False
    if len(labels) > 1 or host == "localhost":
        return True
    return bare and not set(host.rstrip(_DIGITS)) & set(_DIGITS)


def is_host(text: str) -> bool:
    """Whether a text can only be a host, with or without ports."""
    if text[:1] == "[":
        address, _, rest = text[1:].partition("]")
        return _is_ipv6(address) and (not rest or (rest[0] == ":" and _are_ports(rest[1:])))
    if text.count(":") > 1:
        return _is_ipv6(text)
    host, _, ports = text.partition(":")
    return _is_name(host) and _are_ports(ports)


def _is_ipv6(text: str) -> bool:
    """Whether a text has only the characters of an IPv6 address; a zone (`%eth0`) may follow."""
    address, _, zone = text.partition("%")
    return set(address) <= _HEX and _is_name(zone)


def _is_name(text: str) -> bool:
    return all(sign.isalnum() or sign in "-_." for sign in text)


def _are_ports(text: str) -> bool:
    return all(sign in "0123456789,-" for sign in text)
