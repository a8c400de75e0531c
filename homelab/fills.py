"""How full file systems are that may never answer: a child asks each, and all at once."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = ("unit", "blocks", "free", "available", "inodes", "inodes_free")
_AT_ONCE = 200  # children
_LONGEST = 8192  # bytes of an answer: a path and six numbers


class Usage:
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


def asked(
    paths: list[str], seconds: float, usage: Callable[[str], Usage]
) -> list[tuple[str, Usage] | OSError]:
    """For each path its name without links and what `usage` tells of it, or the OSError; for one
    that does not answer within `seconds` a TimeoutError."""
    found: list[tuple[str, Usage] | OSError] = []
    for begin in range(0, len(paths), _AT_ONCE):
        found += _together(paths[begin : begin + _AT_ONCE], seconds, usage)
    return found


def _together(
    paths: list[str], seconds: float, usage: Callable[[str], Usage]
) -> list[tuple[str, Usage] | OSError]:
    import select
    import time

    from homelab.signals import signal

    asking: dict[int, tuple[int, int]] = {}  # what is read of a child: the path's index, its number
    found: list[tuple[str, Usage] | OSError] = [
        TimeoutError(f"no answer within {seconds:.0f} s") for _ in paths
    ]
    poller = select.poll()
    end = time.monotonic() + seconds
    try:
        for index, path in enumerate(paths):
            try:
                reader, child = _begun(path, usage)
            except OSError as error:  # no more processes, no more descriptors
                found[index] = error
                continue
            asking[reader] = index, child
            poller.register(reader, select.POLLIN)
        while asking and time.monotonic() < end:
            for reader, _ in poller.poll(max(0, int(1000 * (end - time.monotonic())))):
                index, child = asking.pop(reader)
                poller.unregister(reader)
                found[index] = _told(os.read(reader, _LONGEST))
                os.close(reader)
                os.waitpid(child, 0)
    finally:
        for reader, (_, child) in asking.items():
            os.close(reader)
            os.kill(child, signal.SIGKILL)
        for _, child in asking.values():
            os.waitpid(child, os.WNOHANG)  # no more: it may be stuck until its mount is not
    return found


def _begun(path: str, usage: Callable[[str], Usage]) -> tuple[int, int]:
    """A child that asks: where its answer is read, and its number. Raises OSError."""
    import json

    from homelab.signals import signal

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
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
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


def _told(answer: bytes) -> tuple[str, Usage] | OSError:
    import json

    try:
        told = json.loads(answer)
        if len(told) == 2:
            return OSError(*told)
        return told[0], Usage(*told[1:])
    except ValueError:
        return OSError(0, "whoever asked it came to nothing")
