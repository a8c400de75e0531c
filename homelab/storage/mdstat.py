"""Pure: the kernel's md arrays, from /proc/mdstat (md(4), drivers/md/md.c)."""

from __future__ import annotations

import re

from homelab.texts import lines

_ARRAY = re.compile(r"(\S+) : (active|inactive|broken)\b(.*)")
_MEMBER = re.compile(r"([^\s\[\]]+)\[\d+\]((?:\([A-Z-]\))*)", re.ASCII)
_COUNTS = re.compile(r"\[(\d{1,6})/(\d{1,6})\]", re.ASCII)
_BLOCKS = re.compile(r"(\d{1,18}) blocks\b", re.ASCII)
_EXTERNAL = re.compile(r"\bsuper external:([\w/-]+)", re.ASCII)
_PROGRESS = re.compile(
    r"(recovery|resync|check|repair|reshape) *= *(?:(\d{1,3}\.\d)%|(DELAYED|PENDING|REMOTE))",
    re.ASCII,
)
_KIB = 1024  # bytes of one of its blocks


class Array:
    """An array. `level` is "" if it is inactive. `members` are the names of its devices, `failed`
    those marked (F), `spares` those marked (S). Of `wanted` members `working` are in sync; both
    are None for levels without redundancy. It is a `container` if it only holds the metadata of
    others (imsm, ddf). `doing` is what runs (`recovery`, `check`, …), `done` the percentage, None
    if it waits. `size` is in bytes."""

    __slots__ = (
        "active", "broken", "container", "doing", "done", "failed", "level", "members", "name",
        "size", "spares", "wanted", "working",
    )  # fmt: skip

    def __init__(self, name: str, state: str) -> None:
        self.name = name
        self.active = state == "active"
        self.broken = state == "broken"
        self.level = ""
        self.members: list[str] = []
        self.failed: list[str] = []
        self.spares: list[str] = []
        self.wanted: int | None = None
        self.working: int | None = None
        self.container = False
        self.doing = ""
        self.done: float | None = None
        self.size: int | None = None


def arrays(text: str) -> list[Array]:
    """The arrays of /proc/mdstat, in its order."""
    found: list[Array] = []
    for line in lines(text):
        first = _ARRAY.fullmatch(line)
        if first:
            found.append(Array(first[1], first[2]))
            _read_members(found[-1], first[3])
        elif found and line[:1] in (" ", "\t"):
            _read_line(found[-1], line)
        elif not line.strip():
            continue
        elif found:
            break  # `unused devices`
    return found


def _read_members(array: Array, words: str) -> None:
    for word in words.split():
        member = _MEMBER.fullmatch(word)
        if member:
            array.members.append(member[1])
            if "(F)" in member[2]:
                array.failed.append(member[1])
            elif "(S)" in member[2]:
                array.spares.append(member[1])
        elif not array.members and word[0] != "(" and array.active:
            array.level = word


def _read_line(array: Array, line: str) -> None:
    blocks, external = _BLOCKS.search(line), _EXTERNAL.search(line)
    if blocks:
        array.size = int(blocks[1]) * _KIB
        counts = _COUNTS.search(line)
        if counts:
            array.wanted, array.working = int(counts[1]), int(counts[2])
    if external:
        # a volume of a container has the container's path there: external:/md127/0
        array.container = not external[1].startswith("/")
    progress = _PROGRESS.search(line)
    if progress:
        array.doing = progress[1]
        array.done = float(progress[2]) if progress[2] else None
