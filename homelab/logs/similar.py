"""Pure: count lines that differ only in numbers and ids as one kind."""

from __future__ import annotations

import re

from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.loki.pages import Entry

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Parts that change from line to line without meaning: times, UUIDs and other hex, numbers with
# their separators (dates, addresses, versions).
_VARIES = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]+"
    r"|0x[0-9a-fA-F]+"
    r"|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{6,}\b"
)
_NUMBER = r"|[0-9]+(?:[.,:/T-]?[0-9]+)*"
_VARIABLE = re.compile(_VARIES + _NUMBER)
# The group is a long word, which may be an id. Whether it mixes letters with digits is checked
# afterwards: a lookahead at each hyphen made a line of hyphens take quadratic time.
_WORD = re.compile(_VARIES + r"|(\b[A-Za-z0-9_-]{12,}\b)" + _NUMBER)
_DIGIT = re.compile("[0-9]")
_LETTER = re.compile("[A-Za-z]")
_LONGEST = 300  # characters by which lines are told apart
MOST = 20_000  # most kinds of lines kept; the rarest are dropped first
_EXAMPLE = 64_000  # characters of a line that are kept
_ROOM = 16 << 20  # characters kept for all kinds
# Labels that name the sender of a line, the most telling first.
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
        else:  # numbers, the last of which may continue after the word
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
    """The app, container or unit that an entry comes from; "-" if its labels do not say."""
    name = next((labels[name] for name in _SOURCES if labels.get(name)), "-")
    return clipped(name, _LONGEST)


class Kind:
    """A kind of similar lines: their `count`, the time of the `last` one (ns), and its text."""

    __slots__ = ("count", "last", "line", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.count = 0
        self.last = 0
        self.line = ""


class Kinds:
    """A counter of lines by source and kind, in bounded memory."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], Kind] = {}
        self._room = _ROOM  # characters left before the rarest kinds are dropped
        self.lines = 0
        self.dropped = 0  # lines of kinds that were dropped for lack of room

    def add(self, entries: list[Entry]) -> None:
        """Count entries, in any order."""
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
        """Keep the larger half of the kinds, with at most half of the allowed characters."""
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
