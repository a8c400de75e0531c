"""How full file systems are that may never answer: a child asks each, and all at once."""

from __future__ import annotations

import os

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
    import time

    end = time.monotonic() + seconds
    found: list[Answer] = [TimeoutError(f"no answer within {seconds:.0f} s") for _ in paths]
    asking: dict[int, tuple[int, int]] = {}  # what is read of a child: the path's index, its number
    for index, path in enumerate(paths):
        try:
            reader, child = _child(path, usage, seconds + 1)
            asking[reader] = index, child
        except OSError as error:  # no more processes, no more descriptors
            found[index] = error

    def answers() -> list[Answer]:
        _gather(asking, found, end)
        return found

    return answers


def _gather(asking: dict[int, tuple[int, int]], found: list[Answer], end: float) -> None:
    import select
    import time

    from homelab.system.signals import signal

    poller = select.poll()
    for reader in asking:
        poller.register(reader, select.POLLIN)
    late = False
    try:
        while asking and not late:
            left = end - time.monotonic()
            late = left <= 0  # what is there already counts
            for reader, _ in poller.poll(max(0, int(1000 * left))):
                index, child = asking.pop(reader)
                poller.unregister(reader)
                answer = os.read(reader, _LONGEST)
                os.close(reader)
                _, status = os.waitpid(child, 0)
                if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
                    continue  # its time was up before anybody looked
                found[index] = _told(answer)
    finally:
        for reader, (_, child) in asking.items():
            os.close(reader)
            os.kill(child, signal.SIGKILL)
        for _, child in asking.values():
            os.waitpid(child, os.WNOHANG)  # no more: it may be stuck until its mount is not


def _child(path: str, usage: Callable[[str], SpaceUsage], seconds: float) -> tuple[int, int]:
    """A child that asks: where its answer is read, and its number. The kernel ends it after
    `seconds`, whatever has become of its parent. Raises OSError."""
    import json

    from homelab.system.signals import signal

    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if child:
        os.close(writer)
        return reader, child
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        _let_go(writer)
        try:
            plain = os.path.realpath(path)
            fill = usage(plain)
            answer: object = [plain, *(getattr(fill, name) for name in _NAMES)]
        except OSError as error:
            answer = [error.errno or 0, error.strerror or "can't be asked"]
        os.write(writer, json.dumps(answer).encode("ascii"))
    finally:
        os._exit(0)


def _let_go(writer: int) -> None:
    """Hold nothing of the parent's but the pipe: a child that is stuck for ever would keep whoever
    reads our output waiting, and the other children's pipes open."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.closerange(3, writer)
    os.closerange(writer + 1, max(writer, null) + 64)


def _told(answer: bytes) -> Answer:
    import json

    try:
        told = json.loads(answer)
        if len(told) == 2:
            return OSError(*told)
        return told[0], SpaceUsage(*told[1:])
    except ValueError:
        return OSError(0, "whoever asked it came to nothing")
