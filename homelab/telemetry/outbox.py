"""The outbox: events that wait for Loki, written before anything is sent.

One empty file an event, whose name is the event. Making a file is one atomic call: no line can be
torn, nobody waits for a lock, a full disk still has room for a name, and what was accepted is
removed by itself. A file that is none of ours is left alone.
"""

from __future__ import annotations

import os

from homelab.telemetry.folder import own_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.telemetry.waiting import Entry

FOLDER = "outbox"
LOCK = "lock"


def name_of(record: str, process: int) -> str:
    """A file name that holds the whole event; `process` (a pid) makes it this process's own."""
    moment, _, rest = record.partition(" ")
    return f"{moment}.{process} {rest}"


def append(folder: str, record: str) -> None:
    """Write an event's record ahead. Raises OSError where the state folder can't be written or is
    another account's."""
    opened = own_folder(f"{folder}/{FOLDER}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        os.close(os.open(name_of(record, os.getpid()), flags, 0o600, dir_fd=opened))
    finally:
        os.close(opened)


class Outbox:
    """The outbox, opened by the one sender at a time; `with Outbox(folder) as box:`. Raises
    BlockingIOError where another sender has it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __enter__(self) -> Outbox:
        import fcntl

        self._opened = own_folder(f"{self._folder}/{FOLDER}")
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._lock = os.open(LOCK, flags, 0o600, dir_fd=self._opened)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)
        os.close(self._opened)

    def entries(self) -> list[Entry]:
        """All that waits."""
        from homelab.telemetry.waiting import parsed

        return [entry for entry in map(parsed, os.listdir(self._opened)) if entry]

    def remove(self, entries: list[Entry]) -> None:
        """Forget events: they were accepted, or given up."""
        for entry in entries:
            try:
                os.unlink(entry.name, dir_fd=self._opened)
            except FileNotFoundError:
                pass

    def mark(self, entries: list[Entry], tried: bool) -> None:
        """Remember that events may have been stored as fresh ones, or that they were not."""
        from homelab.telemetry.waiting import marked

        for entry in entries:
            name = marked(entry.name, tried)
            if name != entry.name:
                os.rename(entry.name, name, src_dir_fd=self._opened, dst_dir_fd=self._opened)
                entry.name, entry.tried = name, tried


def names(folder: str) -> list[str]:
    """The file names of the events that wait, read without the lock."""
    from homelab.telemetry.waiting import parsed

    try:
        return [name for name in os.listdir(f"{folder}/{FOLDER}") if parsed(name)]
    except OSError:
        return []


def clear(folder: str) -> int:
    """Delete what waits; returns how many events that were."""
    count = 0
    for name in names(folder):
        try:
            os.unlink(f"{folder}/{FOLDER}/{name}")
            count += 1
        except FileNotFoundError:
            pass
    return count
