"""Ask file systems that may hang: whether one answers, and how full several are, concurrently. A
child asks each."""

from __future__ import annotations

import os
import time

from homelab.system.detached import ForkedCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Union

    Answer = Union[tuple[str, "SpaceUsage"], OSError]

# Local file systems without a block device: they answer as long as the host does.
_LOCAL = frozenset("tmpfs ramfs overlay zfs btrfs bcachefs devtmpfs squashfs aufs rootfs".split())
_NAMES = ("unit", "blocks", "free", "available", "inodes", "inodes_free")
_LONGEST = 8192  # bytes of an answer: a path and six numbers


class SpaceUsage:
    """The space usage of a file system, from statvfs(3), in blocks of `unit` bytes."""

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
    """Whether the file system of a path answers within `seconds`. Only one of another host or of a
    process (FUSE) is asked, by a child. True if that is unknown or no child can be made."""
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
            pass  # an error is an answer too
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


_silent: dict[bytes, float] = {}  # mounts that did not answer → until when they are not asked again
_ASKED_AGAIN = 5.0  # s


def _remote(path: str) -> bytes | None:
    """The mount of a path (without links) if it may be on another host, from proc_pid_mountinfo(5),
    without accessing the path itself."""
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
        if inside and len(place) >= best:  # the last of several mounts at one place is on top
            best = len(place)
            kind = fields[fields.index(b"-") + 1].decode("ascii", "replace")
            local = fields[2].partition(b":")[0] != b"0" or kind in _LOCAL
            found = None if local else place
    return found


def begun(
    paths: list[str], seconds: float, usage: Callable[[str], SpaceUsage]
) -> Callable[[], list[Answer]]:
    """Start to ask; call the result to wait for the answers. For each path: the path without links
    and the result of `usage`, or the OSError; TimeoutError if it does not answer within `seconds`
    from now."""
    import select

    end = time.monotonic() + seconds
    found: list[Answer] = [TimeoutError(f"no answer within {seconds:.0f} s") for _ in paths]
    asking: dict[int, tuple[int, ForkedCall]] = {}  # by its reader: the path's index, the call
    poller = select.poll()
    for index, path in enumerate(paths):
        try:
            # a child works in /, so a relative path is made absolute
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
                late = left <= 0  # answers that are already there count
                for reader, _ in poller.poll(max(0, int(1000 * left))):
                    poller.unregister(reader)
                    index, call = asking.pop(reader)
                    answer = call.answer(_LONGEST)
                    if answer or time.monotonic() < end:  # else the kernel ended the child
                        found[index] = _told(answer)
        finally:
            for _, call in asking.values():
                call.end()
        return found

    return answers


def _asker(path: str, usage: Callable[[str], SpaceUsage]) -> Callable[[int], None]:
    """The function that a child runs to ask and to report to its parent."""
    import json  # imported before the fork, since the parent needs it too

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
