"""Pure: the links of a Markdown page, and the anchors that its headings have on GitHub."""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1[`~]*$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"(`+)(?:(?!`).|(?!\1)`+)+?\1", re.DOTALL)
_LINKS = (
    re.compile(r"\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+[\"'][^)]*)?\)"),
    re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)", re.MULTILINE),
    re.compile(r"<([a-z][a-z+.-]*:[^\s<>]+)>", re.IGNORECASE),
    re.compile(r"<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)=\"([^\"]*)\"", re.IGNORECASE),
)
_BARE = re.compile(r"(?<![(<\"\w])https?://[^\s<>()\"'`|]+[^\s<>()\"'`|.,;:!?*]")


class Link(NamedTuple):
    """A link of a page, and the line that it is on."""

    line: int
    target: str


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """A text with spaces in place of each match, on the same lines."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def prose(text: str) -> str:
    """A page without its blocks of code, code in lines, and comments."""
    for pattern in (_FENCED, _COMMENT, _CODE):
        text = _blanked(pattern, text)
    return text


def links(text: str) -> list[Link]:
    """All links and images of a page, in its order; bare URLs of the web are links too."""
    plain = prose(text)
    found = {
        (match.start(group), match.group(group))
        for pattern, group in (*((each, 1) for each in _LINKS), (_BARE, 0))
        for match in pattern.finditer(plain)
    }
    return [Link(plain.count("\n", 0, at) + 1, target) for at, target in sorted(found)]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them; a second of one name gets -1."""
    found: set[str] = set()
    for heading in re.findall(
        r"^ {0,3}#{1,6}\s+(.*?)\s*#*$", _blanked(_FENCED, text), re.MULTILINE
    ):
        said = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", said.replace("`", "").lower()).replace(" ", "-")
        name, number = slug, 0
        while name in found:
            number += 1
            name = f"{slug}-{number}"
        found.add(name)
    found.update(re.findall(r"<a (?:name|id)=\"([^\"]+)\"", text))
    return found
