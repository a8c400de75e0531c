"""The configuration files that a page in docs/ shows, as the page has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from support.world import ROOT

DOCS = ROOT / "docs"


def text(name: str) -> str:
    """A page of docs/ by its name."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def fences(page: str, heading: str, language: str) -> list[str]:
    """The contents of the fenced blocks in a language, in the section below one heading."""
    section = re.split(r"^#+ ", page.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.M)[0]
    assert section, f"no section is called {heading}"
    return re.findall(rf"^```{language}\n(.*?)^```$", section, flags=re.M | re.S)


def with_values(configuration: str, values: Mapping[str, str | Path]) -> str:
    """A configuration with each text replaced, all of which it must have."""
    for old, new in values.items():
        assert old in configuration, f"the page does not have {old!r} any more"
        configuration = configuration.replace(old, str(new))
    return configuration
