"""Pure: groups of hosts from the section [groups] of the settings."""

from __future__ import annotations

from homelab.catalogue import resolve
from homelab.errors import UNCONFIGURED, USAGE, Failure
from homelab.remote.hosts import wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    class Line(Protocol):
        """A line of the section (`settings.Entry`): the group's name, its words, and where it is
        (`config.ini:12`)."""

        key: str
        text: str
        origin: str


_FEW = 8  # names of groups in a sentence
_DEEPEST = 20  # groups inside each other


class Groups:
    """The groups by name. A group that has several lines has the words of all of them; a word is a
    host as ssh takes it, or `@` and the name of another group."""

    __slots__ = ("_lines",)

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: dict[str, list[Line]] = {}
        for line in lines:
            name = line.key[line.key[:1] == "@" :]  # `@lab = …` can only mean lab
            self._lines.setdefault(name, []).append(line)

    def names(self) -> list[str]:
        """The names of all groups, sorted."""
        return sorted(self._lines)

    def hosts(self, name: str) -> list[str]:
        """The hosts of a group in their order, without duplicates. Raises Failure: 2 if there is no
        such group, 78 with the line in the settings for a group that can't be used."""
        if name not in self._lines:
            known = self.names()
            meant = resolve.nearest(name, known)
            more = f" and {len(known) - _FEW} more" if len(known) > _FEW else ""
            names = f"the groups are {', '.join(known[:_FEW])}{more}"
            hint = f"did you mean @{meant}?" if meant else names
            if not known:
                hint = "[groups] in the settings names none; a line there is NAME = HOST HOST"
            raise Failure(USAGE, f"no group {name!r}; {hint}")
        return list(dict.fromkeys(self._hosts(name, [], set())))

    def _hosts(self, name: str, above: list[str], done: set[str]) -> Iterator[str]:
        """The hosts of a group that is inside those `above`, without groups that are `done`."""
        path = [*above, name]
        some = False
        for line in self._lines[name]:
            for word in line.text.split():
                some = True
                if word[:1] != "@" or word == "@":
                    why = _why_not(word)
                    if why:
                        secret = "://" in word or (":" in word and "@" in word)
                        shown = "a word" if secret else repr(word)
                        raise _broken(line, f"{shown} is not a host: {why}")
                    yield word
                elif word[1:] in path:
                    circle = [*path[path.index(word[1:]) :], word[1:]]
                    what = " → ".join(f"@{each}" for each in circle)
                    raise _broken(line, f"a group can't contain itself: {what}")
                elif word[1:] not in self._lines:
                    meant = resolve.nearest(word[1:], self._lines)
                    hint = f" (did you mean @{meant}?)" if meant else ""
                    raise _broken(line, f"no group {word[1:]!r}{hint}")
                elif len(path) == _DEEPEST:
                    raise _broken(line, f"more than {_DEEPEST} groups inside each other")
                elif word[1:] not in done:
                    yield from self._hosts(word[1:], path, done)
        if not some:
            raise _broken(self._lines[name][0], f"the group {name!r} has no hosts")
        done.add(name)


def _why_not(word: str) -> str:
    if word[0] in "#;":
        return "a comment needs a line of its own"
    return wrong(word)


def _broken(line: Line, what: str) -> Failure:
    return Failure(UNCONFIGURED, f"{line.origin}: {what}; fix or remove that line")
