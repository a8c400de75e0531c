"""Pure: a request that a job sends, and whether its answer means that it was delivered."""

from __future__ import annotations

import json

from homelab.net import web_page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Headers = tuple[tuple[str, str], ...]

ANSWER = 4096  # bytes of an answer that are read
_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class WebRequest:
    """A request to `url`: GET without a `body`, else POST unless `method` says otherwise. It is
    delivered if the answer is a 2xx that is not a web page; with `says_ok`, only if it is `{"ok":
    true}`. A `notice` goes to a person, by a chat for example, instead of to a dead-man's
    switch."""

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
    """The content of a user's file: the `url`, its `kind` ("" if none is written before it), and
    `headers` for the request, such as a bearer token. All of it is secret."""

    __slots__ = ("headers", "kind", "url")

    def __init__(self, kind: str, url: str, headers: Headers = ()) -> None:
        self.kind = kind
        self.url = url
        self.headers = headers


def address(text: str, kinds: tuple[str, ...] = ()) -> Address:
    """Parse the address in a file: a URL on the first line that is not a comment, after one of
    `kinds` and a colon if that is written (`ntfy:https://…`), and headers (`Authorization: Bearer
    …`) on the lines below. Raises ValueError with the reason, which quotes nothing from the
    file."""
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line and line[0] != "#"]
    url = lines[0][1] if lines else ""
    before, colon, rest = url.partition(":")
    kind = before if colon and before in kinds else ""
    url = rest if kind else url
    if not _is_url(url):
        raise ValueError("its first line is not a URL like https://hc-ping.com/…")
    headers = []
    for number, line in lines[1:]:
        name, colon, value = line.partition(":")
        if not (
            colon
            and name not in ("", "http", "https")
            and _TOKEN.issuperset(name)
            and _is_plain(value)
        ):
            raise ValueError(f"line {number} is not a header like Authorization: Bearer …")
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
    """The URL with these values in its query; they replace values of the same name."""
    from urllib.parse import quote, urlsplit

    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair.partition("=")[0] not in values]
    pairs = [f"{name}={quote(value, safe='')}" for name, value in values.items()]
    query = "&".join(filter(None, [*kept, *pairs]))
    return parts._replace(query=query, fragment="").geturl()


def not_arrived(request: WebRequest, content_type: str, said: bytes) -> str:
    """Why a request was not delivered although it was answered with 2xx, from the Content-Type and
    the first ANSWER bytes of the answer; "" if it was delivered."""
    if web_page.is_page(content_type, said):
        return "a web page answered, so nothing was recorded"
    if request.notice:  # its server may repeat the notice, with any words in it
        return ""
    if b"not found" in said[:100]:  # healthchecks.io answers so with 200, and records nothing
        return "the switch does not know this URL"
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        found = None
    ok = found.get("ok") if isinstance(found, dict) else None
    if ok is False or (request.says_ok and ok is not True):
        return 'the answer is not {"ok": true}'
    return ""
