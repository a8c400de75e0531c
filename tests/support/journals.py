"""A journal's state folder, filled like any version of the program fills it, and its content."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from homelab.telemetry.history import Journal
from homelab.times import DAY, SECOND, day_of

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
KINDS = (
    "exit=0 ver=0.6.0 verb=nas df",
    "exit=1 ver=0.5.0 verb=zoë 🐧",
    "exit=0 ver=0.7.0 sched=1 verb=x",
)
Figures = Counter[tuple[int, str]]  # runs by day and the rest of their lines


def append(folder: Path, line: str) -> None:
    """Append a line like version 0.6.0 does, which does not know moved files."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    file = os.open(folder / "usage.log", flags, 0o600)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


def lines(number: int, first: int = NOW - 450 * DAY, last: int = NOW) -> list[str]:
    """So many lines, in order, between two moments (ns)."""
    step = (last - first) // number
    return [f"{first + at * step} {KINDS[at % len(KINDS)]}" for at in range(number)]


def expected(written: list[str]) -> Figures:
    """The content of a journal that has just these lines."""
    parted = [line.partition(" ") for line in written]
    return Counter((day_of(int(moment)), kind) for moment, _, kind in parted)


def figures(folder: Path) -> Figures:
    """The content of a journal, day counts and lines together."""
    found: Figures = Counter()
    with Journal(str(folder)) as journal:
        for day, rows in journal.days():
            for _, runs, tail in rows:
                found[day, tail[1:].decode()] += runs
        for block in journal.lines():
            for line in block:
                moment, _, kind = line.partition(b" ")
                found[day_of(int(moment)), kind.decode()] += 1
    return found
