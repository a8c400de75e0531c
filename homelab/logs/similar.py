"""Pure: lines that differ in numbers and ids alone, counted as one."""

from __future__ import annotations

import re

from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.loki.pages import Entry

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What changes from one line to the next and says nothing: moments, UUIDs and other hex, numbers
# with what joins them (dates, addresses, versions).
_VARIES = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]+"
    r"|0x[0-9a-fA-F]+"
    r"|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{6,}\b"
)
_NUMBER = r"|[0-9]+(?:[.,:/T-]?[0-9]+)*"
_VARIABLE = re.compile(_VARIES + _NUMBER)
# The group is a long word, which may be an id. Whether it mixes letters with digits is looked at
# once: looked at ahead from each hyphen on, a line of hyphens took the square of its length.
_WORD = re.compile(_VARIES + r"|(\b[A-Za-z0-9_-]{12,}\b)" + _NUMBER)
_DIGIT = re.compile("[0-9]")
_LETTER = re.compile("[A-Za-z]")
_LONGEST = 300  # characters by which lines are told apart
MOST = 20_000  # kinds of lines that are kept; the rarest go first
_EXAMPLE = 64_000  # characters that are kept of a line
_ROOM = 16 << 20  # characters of all kinds that are kept
# What a reader would call the sender of a line, the most telling label first.
_SOURCES = (
    "app", "application", "container", "container_name", "compose_service", "unit", "systemd_unit",
    "service_name", "service", "job",
)  # fmt: skip


def folded(line: str) -> str:
    """The line with `#` for each part that varies."""
    text = _COLOUR.sub("", line[: 4 * _LONGEST])
    parts = []
    at = 0
    while True:
        found = _WORD.search(text, at)
        if found is None:
            break
        start, end = found.span()
        parts.append(text[at:start])
        word = found[1]
        at = end
        if not word or (_DIGIT.search(word) and _LETTER.search(word)):
            parts.append("#")
        elif _LETTER.search(word):
            parts.append(_VARIABLE.sub("#", word))
        else:  # numbers, the last of which may go on behind the word
            at = start
            for number in _VARIABLE.finditer(text, start):
                if number.start() >= end:
                    break
                parts += (text[at : number.start()], "#")
                at = number.end()
            parts.append(text[at:end])
            at = max(at, end)
    return "".join((*parts, text[at:]))[:_LONGEST]


def source(labels: Mapping[str, str]) -> str:
    """The app, container or unit that an entry comes from; "-" where its labels do not say."""
    name = next((labels[name] for name in _SOURCES if labels.get(name)), "-")
    return clipped(name, _LONGEST)


class Kind:
    """Lines that are alike: how many, when the `last` came (ns), and that one."""

    __slots__ = ("count", "last", "line", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.count = 0
        self.last = 0
        self.line = ""


class Kinds:
    """Counts lines by source and kind, in bounded memory."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], Kind] = {}
        self._room = _ROOM  # characters, until the rarest go
        self.lines = 0
        self.dropped = 0  # lines of kinds that were forgotten for want of room

    def add(self, entries: list[Entry]) -> None:
        """Count entries in, in whichever order."""
        for labels, moment, line in entries:
            self.lines += 1
            name = source(labels)
            key = (name, folded(line))
            kind = self._kinds.get(key)
            if kind is None:
                kind = self._kinds[key] = Kind(name)
            kind.count += 1
            if moment >= kind.last:
                line = clipped(line, _EXAMPLE)
                self._room -= len(line) - len(kind.line)
                kind.last, kind.line = moment, line
            if len(self._kinds) > MOST or self._room < 0:
                self._make_room()

    def _make_room(self) -> None:
        """Keep half of the kinds, of the characters at most half of what may be kept too."""
        kept = sorted(self._kinds.items(), key=lambda item: -item[1].count)
        self._room, self._kinds = _ROOM, {}
        for key, kind in kept[: (len(kept) + 1) // 2]:
            if self._room - len(kind.line) < _ROOM // 2:
                break
            self._room -= len(kind.line)
            self._kinds[key] = kind
        self.dropped += sum(kind.count for _, kind in kept[len(self._kinds) :])

    def loudest(self) -> list[Kind]:
        """All kinds, those with most lines first."""
        return sorted(self._kinds.values(), key=lambda kind: (-kind.count, -kind.last))
