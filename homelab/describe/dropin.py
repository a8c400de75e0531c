"""The help of a drop-in, written from the description in its file."""

from __future__ import annotations

from homelab.describe import help as screens
from homelab.dropins import description, header
from homelab.output.columns import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.dropin import Dropin
    from homelab.dropins.header import Header


def screen(dropin: Dropin, described: Header) -> str:
    """The help screen of a drop-in."""
    path = visible(dropin.path)
    return screens.screen(header.verb(dropin.verb, dropin.folder.name, described), path)


def requested(dropin: Dropin, words: list[str]) -> str:
    """The help screen, where `words` ask for it by `--help` before a `--`; "" where they do not, or
    all words are the script's. `-h` is always a script's own, as in df -h."""
    if "--help" not in (words[: words.index("--")] if "--" in words else words):
        return ""
    described = description.read(dropin)
    return "" if described.raw else screen(dropin, described)
