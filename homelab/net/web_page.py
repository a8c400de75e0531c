"""Pure: whether a web page answered where a program was expected: a login, a captive portal."""

from __future__ import annotations

_TYPES = ("text/html", "application/xhtml+xml")
_BLANK = b"\xef\xbb\xbf \t\r\n"  # what may stand in front of a page: a byte order mark too
_NO_PAGE = (b"", b"ok")
_HEAD = 4096  # bytes that are looked at


def is_page(content_type: str, body: bytes) -> bool:
    """Whether the body is a browser's page. The type alone does not say so: Slack answers `ok` and
    others answer nothing as text/html; any other words may be a login. XML
    without HTML is a program's answer."""
    kind = content_type.partition(";")[0].strip().lower()
    head = body[:_HEAD].lstrip(_BLANK).lower()
    if kind in _TYPES:
        return head.rstrip(_BLANK) not in _NO_PAGE
    return head[:1] == b"<" and (head[:5] != b"<?xml" or b"<html" in head)
