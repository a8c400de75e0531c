"""How full file systems are that may never answer: a child asks each, and all at once."""

from __future__ import annotations

import os

from homelab.system.detached import detached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Union

    Answer = Union[tuple[str, "SpaceUsage"], OSError]

_NAMES = ("unit", "blocks", "free", "available", "inodes", "inodes_free")
_LONGEST = 8192  # bytes of an answer: a path and six numbers


class SpaceUsage:
    """The fill of a file system, as statvfs(3) has it; blocks of `unit` bytes."""

    __slots__ = ("available", "blocks", "free", "inodes", "inodes_free", "unit")

    def __init__(
        self, unit: int, blocks: int, free: int, available: int, inodes: int, inodes_free: int
    ) -> None:
        self.unit = unit
        self.blocks = blocks
        self.free = free
        self.available = available
        self.inodes = inodes
        self.inodes_free = inodes_free


def begun(
    paths: list[str], seconds: float, usage: Callable[[str], SpaceUsage]
) -> Callable[[], list[Answer]]:
    """Begin to ask; calling what is returned waits for the answers. They are, for each path, its
    name without links and what `usage` tells of it, or the OSError; for one that does not answer
    within `seconds` from now a TimeoutError."""
    import select
    import time

    end = time.monotonic() + seconds
    found: list[Answer] = [TimeoutError(f"no answer within {seconds:.0f} s") for _ in paths]
    asking: dict[int, int] = {}  # the path's index, by what is read of its child
    poller = select.poll()
    for index, path in enumerate(paths):
        try:
            reader = detached(_asker(path, usage), seconds, answers=True)
            poller.register(reader, select.POLLIN)
            asking[reader] = index
        except OSError as error:  # no more processes, no more descriptors
            found[index] = error

    def answers() -> list[Answer]:
        late = False
        while asking and not late:
            left = end - time.monotonic()
            late = left <= 0  # what is there already counts
            for reader, _ in poller.poll(max(0, int(1000 * left))):
                poller.unregister(reader)
                answer = os.read(reader, _LONGEST)
                if answer or time.monotonic() < end:  # else its time was up before anybody looked
                    found[asking[reader]] = _told(answer)
                os.close(reader)
                del asking[reader]
        for reader in asking:
            os.close(reader)
        return found

    return answers


def _asker(path: str, usage: Callable[[str], SpaceUsage]) -> Callable[[int], None]:
    """What a child does to ask, and to tell its parent."""
    import json  # here, since the parent takes it too

    def ask(writer: int) -> None:
        try:
            plain = os.path.realpath(path)
            fill = usage(plain)
            answer: object = [plain, *(getattr(fill, name) for name in _NAMES)]
        except OSError as error:
            answer = [error.errno or 0, error.strerror or "can't be asked"]
        os.write(writer, json.dumps(answer).encode("ascii"))

    return ask


def _told(answer: bytes) -> Answer:
    import json

    try:
        told = json.loads(answer)
        if len(told) == 2:
            return OSError(*told)
        return told[0], SpaceUsage(*told[1:])
    except ValueError:
        return OSError(0, "whoever asked it came to nothing")
