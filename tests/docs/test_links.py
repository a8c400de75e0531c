"""The links of the documentation lead somewhere: files and headings that are there, and well-formed
https URLs. No request is made."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from support.world import ROOT

from docs.links import Link, anchors, links

PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
# Schemes and hosts of URLs that are named as examples, or that speak no https.
_LAB = re.compile(r"^https?://([\w.-]+\.lan|localhost|127\.0\.0\.1)([:/]|$)")


def _wrong(page: Path, link: Link) -> str:
    """The problem of a link, "" if it has none."""
    target = link.target
    if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
        return "" if target.startswith("mailto:") or _LAB.match(target) else _wrong_url(target)
    name, _, anchor = target.partition("#")
    path = (page.parent / unquote(name)).resolve() if name else page
    if ROOT not in path.parents and path != ROOT:
        return "it leads out of the project"
    if not path.exists():
        return "there is no such file"
    if anchor and path.suffix == ".md" and anchor not in anchors(path.read_text("utf-8")):
        return f"{path.name} has no such heading"
    return ""


def _wrong_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme != "https":
        return "it is not https"
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", parts.hostname or ""):
        return "its host is not a name"
    return "" if url.isascii() and " " not in url else "it has characters that are not escaped"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    wrong = [
        f"{page.name}:{link.line}: {link.target}: {why}"
        for link in links(page.read_text(encoding="utf-8"))
        if (why := _wrong(page, link))
    ]
    assert wrong == []


def test_every_page_is_two_steps_from_the_readme() -> None:
    near = _leads_to(ROOT / "README.md")
    far = near.union(*(_leads_to(path) for path in near))
    assert [page.name for page in PAGES if page not in far | {ROOT / "README.md"}] == []


def _leads_to(page: Path) -> set[Path]:
    targets = (link.target.partition("#")[0] for link in links(page.read_text(encoding="utf-8")))
    found = {
        (page.parent / unquote(name)).resolve() for name in targets if name and ":" not in name
    }
    found |= {path / "README.md" for path in found if (path / "README.md").exists()}
    return {path for path in found if path.suffix == ".md" and path.is_file()}


PAGE = """\
# The `first` page

See [one](a.md#x), ![a picture](pictures/a.svg "title") and https://example.org/a_(b).
`[not](this.md)` ``nor `[this](x.md)` `` <https://example.org/c>

## What's sent? (all)
## Twice
## Twice
```sh
# not a heading [nor](a.link)
```
<!-- [left](out.md) --> <img src="b.png">

[ref]: https://example.org/d
"""


def test_links_and_anchors_of_a_page() -> None:
    assert links(PAGE) == [
        Link(3, "a.md#x"),
        Link(3, "pictures/a.svg"),
        Link(3, "https://example.org/a_"),
        Link(4, "https://example.org/c"),
        Link(12, "b.png"),
        Link(14, "https://example.org/d"),
    ]
    assert anchors(PAGE) == {"the-first-page", "whats-sent-all", "twice", "twice-1"}


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://grafana.com/docs/loki/latest/", True),
        ("http://grafana.com/", False),
        ("https://nowhere", False),
        ("https://a.org:99999/", False),
        ("https://a.org/ä", False),
    ],
)
def test_urls(url: str, good: bool) -> None:
    assert (_wrong_url(url) == "") is good
