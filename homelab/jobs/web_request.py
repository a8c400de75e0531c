"""Pure: a request that a job sends, and whether its answer says that it arrived."""

from __future__ import annotations

import json

from homelab.net import web_page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Headers = tuple[tuple[str, str], ...]

ANSWER = 4096  # bytes of an answer that are looked at
_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class WebRequest:
    """A request to `url`: GET without a `body`, else POST unless `method` says otherwise. It says
    that it arrived by any 2xx that is no web page, and with `says_ok` by `{"ok": true}` alone. A
    `notice` is for a person, and goes to a chat or the like instead of a dead-man's switch."""

    __slots__ = ("body", "headers", "method", "notice", "says_ok", "url")

    def __init__(
        self,
        url: str,
        headers: Headers = (),
        body: bytes = b"",
        method: str = "",
        says_ok: bool = False,
        notice: bool = False,
    ) -> None:
        self.url = url
        self.headers = headers
        self.body = body
        self.method = method or ("POST" if body else "GET")
        self.says_ok = says_ok
        self.notice = notice


class Address:
    """What a file of the user's names: the `url`, its `kind` ("" where none is written before it),
    and the request's own `headers`, as a bearer token. All of it is secret."""

    __slots__ = ("headers", "kind", "url")

    def __init__(self, kind: str, url: str, headers: Headers = ()) -> None:
        self.kind = kind
        self.url = url
        self.headers = headers


def address(text: str, kinds: tuple[str, ...] = ()) -> Address:
    """The address in a file: a URL on the first line that is no comment, behind one of `kinds` and
    a colon if that is written (`ntfy:https://…`), and headers (`Authorization: Bearer …`) on the
    lines below. Raises ValueError with what is wrong; nothing of the file is in it."""
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line and line[0] != "#"]
    url = lines[0][1] if lines else ""
    before, colon, rest = url.partition(":")
    kind = before if colon and before in kinds else ""
    url = rest if kind else url
    if not _is_url(url):
        raise ValueError("its first line is no URL like https://hc-ping.com/…")
    headers = []
    for number, line in lines[1:]:
        name, colon, value = line.partition(":")
        if not (
            colon
            and name not in ("", "http", "https")
            and _TOKEN.issuperset(name)
            and _is_plain(value)
        ):
            raise ValueError(f"line {number} is no header like Authorization: Bearer …")
        headers.append((name, value.strip()))
    return Address(kind, url, tuple(headers))


def _is_url(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        good = good and parts.port != 0
    except ValueError:
        return False
    return bool(good) and _is_plain(text) and " " not in text


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def with_query(url: str, values: Mapping[str, str]) -> str:
    """The URL with these values in its query, in the place of those that it has of that name."""
    from urllib.parse import quote, urlsplit

    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair.partition("=")[0] not in values]
    pairs = [f"{name}={quote(value, safe='')}" for name, value in values.items()]
    query = "&".join(filter(None, [*kept, *pairs]))
    return parts._replace(query=query, fragment="").geturl()


def not_arrived(request: WebRequest, content_type: str, said: bytes) -> str:
    """Why a request did not arrive though it was answered with 2xx, by the Content-Type and the
    first ANSWER bytes of the answer; "" where it did."""
    if web_page.is_page(content_type, said):
        return "a web page answered, which counts nothing"
    if request.notice:  # whose server may say again what it got, with any words in it
        return ""
    if b"not found" in said[:100]:  # healthchecks.io says so with 200, and has counted nothing
        return "the switch does not know this URL"
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        found = None
    ok = found.get("ok") if isinstance(found, dict) else None
    if ok is False or (request.says_ok and ok is not True):
        return 'the answer is not {"ok": true}'
    return ""
