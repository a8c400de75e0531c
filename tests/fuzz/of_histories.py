"""Targets for shell histories, with any other content of such files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Callable

from fuzz.target import Target
from homelab.habits import bash, copies, entries, fish, nushell, zsh
from homelab.habits.entries import UNREADABLE

_Read = Callable[[Iterable[bytes]], Iterator[tuple[int, str]]]
_Entries = list[tuple[int, str]]


def _target(name: str, read: _Read, *samples: bytes) -> Target:
    def found(data: bytes) -> _Entries:
        return list(read(entries.lines([data])))

    def holds(data: bytes, found: _Entries) -> None:
        pieces = [data[at : at + 7] for at in range(0, len(data), 7)]
        assert list(read(entries.lines(pieces))) == found
        for when, text in found:
            assert when == entries.known_moment(when)
            assert len(text) <= entries.LONGEST
            assert text
            assert UNREADABLE not in text or not text.isprintable()

    return Target(f"habits.{name}", found, holds, samples, inputs=400)


def _copies(data: bytes) -> tuple[int, int]:
    """How many entries a shell has, and how many of these are copies of one of atuin's. The first
    half of the lines is atuin's; a line begins with its moment."""
    rows = [(line[0], line[1:].decode("latin-1")) for line in data.split(b"\n") if line]
    half = len(rows) // 2
    known = copies.Copies()
    for when, text in rows[:half]:
        known.add(when, text)
    known.sort()
    taken = [known.take(when, text) for when, text in rows[half:]]
    return half, sum(taken)


def _are_copies(data: bytes, found: tuple[int, int]) -> None:
    """Assert that each entry of atuin's matches at most one of a shell's."""
    assert 0 <= found[1] <= found[0]


TARGETS = (
    _target(
        "bash", bash.entries,
        b"ls\n#1700000000\nfor x in a\ndo echo 'a\nb'\ndone\n#1700000001\ncat <<-E | x\n\tE\nls\n",
        b'#1700000000\ncase $x in a) ls;; esac\n(a &&\n"b\n")\nif [ $# ]\nthen { a |\nb; }\nfi\n',
    ),
    _target(
        "zsh", zsh.entries,
        b": 1700000000:0;ls\n: 1700000001:12;echo a\\\nb\nls \\ \n#1700000002\n: 1:0;\x83\xa3\n",
    ),
    _target(
        "fish", fish.entries,
        b"- cmd: a\\\\n\\nb\n  when: 1700000000\n  paths:\n    - a\n- cmd: ls\n- cmd: \n",
    ),
    _target("nushell", nushell.entries, b"ls\nif true {<\\n>  ls<\\n>}\n"),
    Target(
        "habits.copies", _copies, _are_copies,
        (b"1ls\n2ls\n2df\n1ls\n2df\n9ls\n\0ls",), inputs=200,
    ),
)  # fmt: skip
