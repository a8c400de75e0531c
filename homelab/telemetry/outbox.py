"""The outbox: events that wait for Loki, written before anything is sent.

One empty file an event, whose name is the event. Making a file is one atomic call: no line can be
torn, nobody waits for a lock, a full disk still has room for a name, and what was accepted is
removed by itself. A file that is none of ours is left alone.
"""

from __future__ import annotations

import os

from homelab.system.paths import own_file, own_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.telemetry.plan import Entry

FOLDER = "outbox"
LOCK = "lock"


def name_of(record: str, process: int) -> str:
    """A file name that holds the whole event; `process` (a pid) makes it this process's own."""
    moment, _, rest = record.partition(" ")
    return f"{moment}.{process} {rest}"


def append(folder: str, record: str) -> None:
    """Write an event's record ahead. Raises OSError as `own_file`."""
    folder = f"{folder}/{FOLDER}"
    name = name_of(record, os.getpid())
    os.close(own_file(folder, name, os.O_WRONLY | os.O_EXCL))
    if not int(name[:19]) % 256:  # now and then: it stays small where no sender ever comes
        from homelab.telemetry.plan import surplus

        for entry in surplus(_entries(folder)):
            os.unlink(f"{folder}/{entry.name}")


def _entries(folder: int | str) -> list[Entry]:
    """The events in an outbox, by its descriptor or path. Raises OSError."""
    from homelab.telemetry.plan import parsed

    return [entry for entry in map(parsed, os.listdir(folder)) if entry]


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
        return _entries(self._opened)

    def remove(self, entries: list[Entry]) -> None:
        """Forget events: they were accepted, or given up."""
        for entry in entries:
            try:
                os.unlink(entry.name, dir_fd=self._opened)
            except FileNotFoundError:
                pass

    def still(self, entries: list[Entry]) -> list[Entry]:
        """Those that were not deleted meanwhile, by `usage off`."""
        there = set(os.listdir(self._opened))
        return [entry for entry in entries if entry.name in there]

    def mark(self, entries: list[Entry], mark: str) -> None:
        """Remember with which labels events may have been stored, or with "" that they were not."""
        from homelab.telemetry.plan import marked

        for entry in entries:
            name = marked(entry.name, mark)
            if name != entry.name:
                os.rename(entry.name, name, src_dir_fd=self._opened, dst_dir_fd=self._opened)
                entry.name = name


def names(folder: str) -> list[str]:
    """The file names of the events that wait, read without the lock."""
    try:
        return [entry.name for entry in _entries(f"{folder}/{FOLDER}")]
    except OSError:
        return []


def clear(folder: str) -> int:
    """Delete what waits; returns how many events that were. A sender at work is waited for, which
    the kernel ends soon: what it is sending is not deleted, it is gone."""
    import time

    for _ in range(20):
        try:
            with Outbox(folder) as box:
                entries = box.entries()
                box.remove(entries)
                return len(entries)
        except BlockingIOError:
            time.sleep(0.05)
        except OSError:
            break
    return 0
