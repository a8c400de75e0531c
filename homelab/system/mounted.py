"""How full file systems are that may never answer: a child asks each, and all at once."""

from __future__ import annotations

import os

from homelab.system.detached import ForkedCall

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
    asking: dict[int, tuple[int, ForkedCall]] = {}  # by its reader: the path's index, the call
    poller = select.poll()
    for index, path in enumerate(paths):
        try:
            # a child works in /, and a path may begin where this process does
            path = path if path.startswith("/") else os.path.join(os.getcwd(), path)
            call = ForkedCall(_asker(path, usage), seconds + 1)
        except OSError as error:  # no more processes, no more descriptors
            found[index] = error
        else:
            asking[call.reader] = index, call
            poller.register(call.reader, select.POLLIN)

    def answers() -> list[Answer]:
        late = False
        try:
            while asking and not late:
                left = end - time.monotonic()
                late = left <= 0  # what is there already counts
                for reader, _ in poller.poll(max(0, int(1000 * left))):
                    poller.unregister(reader)
                    index, call = asking.pop(reader)
                    answer = call.answer(_LONGEST)
                    if answer or time.monotonic() < end:  # else the kernel ended it
                        found[index] = _told(answer)
        finally:
            for _, call in asking.values():
                call.end()
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
        return OSError(0, "the process that asked exited without an answer")
