"""The outbox: events that wait for Loki, written before anything is sent.

One empty file an event, whose name is the event. Making a file is one atomic call: no line can be
torn, nobody waits for a lock, a full disk still has room for a name, and what was accepted is
removed by itself. A file that is none of ours is left alone.
"""

from __future__ import annotations

import os

from homelab.system.paths import closed, own_file, own_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.telemetry.ledger import Ledger
    from homelab.telemetry.plan import Entry

FOLDER = "outbox"
LOCK = "lock"
_NEW = ".0"  # behind the moment of an event that nobody has tried: see `plan.Entry.since`


def append(folder: str, record: str) -> None:
    """Write an event's record ahead. Raises FileExistsError where the very same waits already, and
    OSError as `own_file`."""
    moment, _, rest = record.partition(" ")
    name = f"{moment}{_NEW} {rest}"
    closed(own_file(f"{folder}/{FOLDER}", name, os.O_WRONLY | os.O_EXCL))
    if not int(moment) % 256:  # now and then: it stays small where no sender ever comes
        try:
            _bound(folder)
        except OSError:
            pass  # the event has its name, and so it is kept


def _bound(folder: str) -> None:
    """Drop what is over the bound, and count it. Raises OSError, BlockingIOError where a sender is
    at work, who does the same."""
    from homelab.telemetry import ledger, plan

    if len(os.listdir(f"{folder}/{FOLDER}")) > plan.MOST:
        with Outbox(folder) as box:
            book = ledger.read(folder)
            box.settle("dropped", plan.surplus(box.entries()), book)


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

    def settle(self, outcome: str, entries: list[Entry], book: Ledger) -> None:
        """Events wait no longer: they are counted as `outcome` (`delivered`, `dropped`, `refused`)
        and removed. The ledger is written first, with their names: whoever is killed in between has
        counted them, and the next sender removes them."""
        setattr(book, outcome, getattr(book, outcome) + len(entries))
        book.settled = [entry.name for entry in entries]
        book.keep(self._folder)
        self.remove(book)

    def remove(self, book: Ledger) -> None:
        """Remove the events that the ledger has counted already."""
        from homelab.telemetry.plan import parsed

        for name in book.settled:
            try:
                if parsed(name):
                    os.unlink(name, dir_fd=self._opened)
            except FileNotFoundError:
                pass
        book.settled = []

    def still(self, entries: list[Entry]) -> list[Entry]:
        """Those that nobody has deleted meanwhile."""
        return [entry for entry in entries if self._has(entry.name)]

    def _has(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._opened, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def mark(self, entries: list[Entry], mark: str) -> None:
        """Remember with which labels events may have been stored, or with "" that they were not."""
        from homelab.telemetry.plan import marked

        for entry in entries:
            self._rename(entry, marked(entry.name, mark))
            entry.mark = mark

    def hold(self, entries: list[Entry], since: int) -> None:
        """Remember since when (s since the epoch, by Loki's clock) Loki does not show events that
        it may have."""
        from homelab.telemetry.plan import held

        for entry in entries:
            if not entry.since:
                self._rename(entry, held(entry.name, since))
                entry.since = since

    def _rename(self, entry: Entry, name: str) -> None:
        if name != entry.name:
            try:
                os.rename(entry.name, name, src_dir_fd=self._opened, dst_dir_fd=self._opened)
            except FileNotFoundError:
                pass  # deleted a moment ago
            entry.name = name


def waiting(folder: str) -> list[Entry]:
    """The events that wait, read without the lock."""
    try:
        return _entries(f"{folder}/{FOLDER}")
    except OSError:
        return []


def names(folder: str) -> list[str]:
    """The file names of the events that wait, read without the lock."""
    return [entry.name for entry in waiting(folder)]


def clear(folder: str) -> int:
    """Delete what waits; returns how many events that were. A sender at work is waited for, which
    the kernel ends soon: what it is sending is not deleted, it is gone."""
    import time

    for _ in range(120):  # 6 s; a sender lives for 5
        try:
            with Outbox(folder) as box:
                entries = box.entries()
                for entry in entries:
                    os.unlink(f"{folder}/{FOLDER}/{entry.name}")
                return len(entries)
        except BlockingIOError:
            time.sleep(0.05)
        except OSError:
            break
    return 0
