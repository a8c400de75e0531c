"""The sources of the pictures in the documentation, so that a test can tell whether they are
stale: the session at a terminal, and the page of `usage report`.

`python3 build.py pictures` draws them (docs/draw.py).
"""

from __future__ import annotations

import hashlib
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from support.world import ROOT

from docs import lab
from docs.same import steady

FOLDER = ROOT / "docs/pictures"
TERMINAL = FOLDER / "terminal.svg"
PAGE = FOLDER / "usage-page.png"
COLUMNS = 106
SESSION = (
    "homelab host status",
    "homelab container list",
    "homelab cert check --ca-file lab-ca.pem git.lan nas.lan mail.lan:993",
    "homelab logs errors",
)
REPORT = "homelab usage report --since 90d -o -"
KEYWORD = "homelab-page"  # of the PNG's text that has the digest of the page
_ESCAPE = re.compile("\x1b\\[[0-9;]*m")
_SVG = "{http://www.w3.org/2000/svg}"


class Shown(NamedTuple):
    """A command at a terminal, and the lines that it leaves there, with their colours."""

    command: str
    lines: list[str]


def session(pyz: str) -> list[Shown]:
    """The session of the picture, run now."""
    answers = lab.run("picture", SESSION, pyz, columns=COLUMNS)
    return [Shown(command, _left(text)) for command, (text, _) in zip(SESSION, answers)]


def _left(output: str) -> list[str]:
    """The lines that stay at a terminal: what a line began with is overwritten after a \\r."""
    lines = output.replace("\r\n", "\n").rstrip("\n").split("\n")
    return [line.rpartition("\r")[2] for line in lines]


def plain(output: str) -> str:
    """The text that a command leaves at a terminal, without colours."""
    return _ESCAPE.sub("", "".join(f"{line}\n" for line in _left(output)))


def text(shown: list[Shown]) -> str:
    """A session as text without colours, with words in place of varying parts (times,
    sizes). Line breaks of the terminal do not count."""
    lines = [line for each in shown for line in (f"$ {each.command}", *each.lines)]
    return _told(_ESCAPE.sub("", line) for line in lines)


def rows(svg: str) -> list[str]:
    """The lines that a picture shows."""
    found: dict[float, list[tuple[float, str]]] = {}
    for each in ET.fromstring(svg).iter(f"{_SVG}text"):  # noqa: S314 - our own picture
        if "clip-path" in each.attrib:  # the title has none
            place = float(each.attrib["x"]), each.text or ""
            found.setdefault(float(each.attrib["y"]), []).append(place)
    return ["".join(word for _, word in sorted(row)) for _, row in sorted(found.items())]


def drawn(svg: str) -> str:
    """The text of a picture, in the form of `text`."""
    return _told(rows(svg))


def _told(lines: Iterable[str]) -> str:
    words = " ".join(lines).replace("\xa0", " ")
    return re.sub(r"\s+", "", steady(re.sub(r"\s+", " ", words)))


def page(pyz: str) -> str:
    """The page of `usage report` of the generated lab, made now."""
    ((text, code),) = lab.run("usage", [REPORT], pyz)
    assert code == 0, text
    return text


def digest(html: str) -> str:
    """A digest of a page without its varying parts."""
    return hashlib.sha256(steady(html).encode()).hexdigest()


def kept(png: bytes) -> str:
    """The digest of the page that a picture shows; "" where it has none."""
    at = 8
    while at + 12 <= len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        if kind == b"tEXt" and body.startswith(KEYWORD.encode() + b"\0"):
            return body.split(b"\0", 1)[1].decode("latin-1")
        at += 12 + size
    return ""


def bytes_of(path: Path) -> bytes:
    """The bytes of a picture, none where it is not there."""
    return path.read_bytes() if path.exists() else b""
