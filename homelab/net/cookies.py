"""Pure: the cookies that a server sets while one request follows its redirects (RFC 6265).

A jar lives for one check: later expiry dates do not matter, and expired cookies are deleted.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.net.url import Url

_MOST = 50  # cookies (RFC 6265, 6.1)
_LONGEST = 4096  # characters of one


class Jar:
    """The cookies of one check."""

    def __init__(self) -> None:
        # by name, domain and path
        self._cookies: dict[tuple[str, str, str], _Cookie] = {}

    def keep(self, url: Url, headers: Sequence[str], now: float) -> None:
        """Store the cookies in the Set-Cookie headers of an answer from `url`, at the time `now` (s
        since 1970). Malformed cookies and cookies for other hosts are ignored."""
        for header in headers[:_MOST]:
            cookie = _parsed(url, header, now)
            if cookie is None:
                continue
            key = (cookie.name, cookie.domain, cookie.path)
            self._cookies.pop(key, None)
            if not cookie.expired and len(self._cookies) < _MOST:
                self._cookies[key] = cookie

    def header(self, url: Url) -> str:
        """The header Cookie of a request to `url`, "" if there are none: longer paths first
        (5.4)."""
        sent = [cookie for cookie in self._cookies.values() if cookie.goes_to(url)]
        sent.sort(key=lambda cookie: -len(cookie.path))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent)


class _Cookie:
    __slots__ = ("domain", "expired", "host_only", "name", "path", "secure", "value")

    def __init__(self, name: str, value: str, domain: str, path: str) -> None:
        self.name = name
        self.value = value
        self.domain = domain
        self.path = path
        self.host_only = True
        self.secure = False
        self.expired = False

    def goes_to(self, url: Url) -> bool:
        host = _host(url)
        if host != self.domain and (self.host_only or not host.endswith(f".{self.domain}")):
            return False
        path = url.target.partition("?")[0]
        below = self.path if self.path.endswith("/") else f"{self.path}/"
        return (path == self.path or path.startswith(below)) and (url.tls or not self.secure)


def _parsed(url: Url, header: str, now: float) -> _Cookie | None:
    """The cookie of a header (RFC 6265, 5.2 and 5.3); None for one to ignore."""
    pair, _, rest = header.partition(";")
    name, equals, value = (part.strip(" \t") for part in pair.partition("="))
    if not equals or not name or len(pair) > _LONGEST or not _is_plain(name + value):
        return None
    cookie = _Cookie(name, value, _host(url), _folder(url))
    ages = []
    for part in rest.split(";"):
        key, _, text = part.partition("=")
        key, text = key.strip(" \t").lower(), text.strip(" \t")
        if key == "secure":
            cookie.secure = True
        elif key == "path":
            cookie.path = text if text.startswith("/") else _folder(url)
        elif key == "domain" and text:
            domain = text.lower().removeprefix(".")
            # a single label is a whole zone (lan, local) with other hosts in it
            if domain != cookie.domain:
                if not cookie.domain.endswith(f".{domain}") or "." not in domain:
                    return None
                if _is_address(cookie.domain):
                    return None
                cookie.domain = domain
            cookie.host_only = _is_address(domain)
        elif key == "max-age" and text.removeprefix("-").isdigit():
            ages.append(text.startswith("-") or not text.strip("0"))
        elif key == "expires" and len(text) < 100:
            ages.insert(0, _is_past(text, now))
    cookie.expired = bool(ages) and ages[-1]  # Max-Age overrides Expires
    if cookie.secure and not url.tls:
        return None
    return cookie


def _host(url: Url) -> str:
    return url.host.lower().removesuffix(".")


def _folder(url: Url) -> str:
    """The default path of a cookie (5.1.4)."""
    return url.target.partition("?")[0].rpartition("/")[0] or "/"


def _is_plain(text: str) -> bool:
    """Whether a text has no character that could end a header; UTF-8 is allowed."""
    return all(" " <= sign <= "\xff" and sign != "\x7f" for sign in text)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _is_past(text: str, now: float) -> bool:
    """Whether a date of Expires has passed; False if it can't be read."""
    from email.utils import parsedate_to_datetime  # late: few cookies have one

    try:
        return parsedate_to_datetime(text.replace("-", " ")).timestamp() <= now
    except (TypeError, ValueError, OverflowError, IndexError):
        return False
