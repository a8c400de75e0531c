"""Pure: detect a web page (a login, a captive portal) where an answer for a program was
expected."""

from __future__ import annotations

_TYPES = ("text/html", "application/xhtml+xml")
_BLANK = b"\xef\xbb\xbf \t\r\n"  # bytes that may precede a page, with a byte order mark
_NO_PAGE = (b"", b"ok")
_HEAD = 4096  # bytes that are checked


def is_page(content_type: str, body: bytes) -> bool:
    """Whether the body is a page for a browser. The type alone does not decide it: Slack sends `ok`
    as text/html, others an empty body; any other text may be a login. XML without HTML is an answer
    for a program."""
    kind = content_type.partition(";")[0].strip().lower()
    head = body[:_HEAD].lstrip(_BLANK).lower()
    if kind in _TYPES:
        return head.rstrip(_BLANK) not in _NO_PAGE
    return head[:1] == b"<" and (head[:5] != b"<?xml" or b"<html" in head)
