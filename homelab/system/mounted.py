"""File systems that may never answer: whether one does, and how full many are, all asked at once.
A child asks each."""

from __future__ import annotations

import os
import time

from homelab.system.detached import ForkedCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Union

    Answer = Union[tuple[str, "SpaceUsage"], OSError]

# File systems that are this host's own though no block device has them: they answer as long as the
# host does.
_LOCAL = frozenset("tmpfs ramfs overlay zfs btrfs bcachefs devtmpfs squashfs aufs rootfs".split())
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


def answers(path: str, seconds: float) -> bool:
    """Whether the file system of a path answers within so many seconds. Only one that may be on
    another host, or another process's (FUSE), is asked, by a child. Where that can't be known or no
    child can be made, it is taken to answer."""
    place = _remote(path)
    if place is None:
        return True
    if time.monotonic() < _silent.get(place, 0):
        return False
    import select

    def ask(writer: int) -> None:
        try:
            os.stat(path)
        except OSError:
            pass  # that is an answer
        os.write(writer, b"!")

    try:
        call = ForkedCall(ask, seconds + 1)
    except OSError:
        return True
    poller = select.poll()
    poller.register(call.reader, select.POLLIN)
    if poller.poll(int(1000 * seconds)):
        return bool(call.answer(1))
    call.end()
    _silent[place] = time.monotonic() + _ASKED_AGAIN
    return False


_silent: dict[bytes, float] = {}  # the mounts that did not answer, until when they are not asked
_ASKED_AGAIN = 5.0  # s


def _remote(path: str) -> bytes | None:
    """The mount that a path (without links) is on, if that may be of another host, by
    proc_pid_mountinfo(5): nothing is asked of the path itself."""
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            lines = file.read().split(b"\n")
    except OSError:
        return None
    wanted, best, found = os.fsencode(path), -1, None
    for line in lines:
        fields = line.split(b" ")
        if len(fields) < 9 or b"-" not in fields:
            continue
        place = fields[4]
        if b"\\" in place:
            for code, sign in ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n")):
                place = place.replace(code, sign)
            place = place.replace(b"\\134", b"\\")
        inside = wanted == place or wanted.startswith(place.rstrip(b"/") + b"/")
        if inside and len(place) >= best:  # of several at one place the last one is on top
            best = len(place)
            kind = fields[fields.index(b"-") + 1].decode("ascii", "replace")
            local = fields[2].partition(b":")[0] != b"0" or kind in _LOCAL
            found = None if local else place
    return found


def begun(
    paths: list[str], seconds: float, usage: Callable[[str], SpaceUsage]
) -> Callable[[], list[Answer]]:
    """Begin to ask; calling what is returned waits for the answers. They are, for each path, its
    name without links and what `usage` tells of it, or the OSError; for one that does not answer
    within `seconds` from now a TimeoutError."""
    import select

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
