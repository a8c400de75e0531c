"""The outbox: events that wait for Loki, written before anything is sent.

Each event is an empty file, and its name is the event. Creating a file is one atomic call: no line
can be cut off, no lock is needed, a full disk still has room for a name, and an accepted event is
removed on its own. Other files are left alone.
"""

from __future__ import annotations

import os

from homelab.system.clock import now
from homelab.system.ownership import own_file, own_folder
from homelab.system.paths import closed
from homelab.telemetry import ledger
from homelab.telemetry.event import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.telemetry.ledger import Ledger
    from homelab.telemetry.plan import Entry

FOLDER = "outbox"
LOCK = "lock"
_NEW = ".0"  # after the moment of an event that was not tried yet: see `plan.Entry.since`
_DRAFT = "."  # before a file name that is not an event yet
_LONGEST = 240  # bytes of a name, which marks make longer; file systems allow 255
_STALE = 60 * 10**9  # ns; the run of an older draft was killed, or has left it to a child
_WAIT = 6.0  # s to wait for a running sender, which lives for 5
_LONGEST_ROUND = 60.0  # s, far more than that


def append(folder: str, record: str) -> None:
    """Write an event's record to the outbox. Raises FileExistsError if the same record waits
    already, and OSError as `own_file`."""
    draft(folder, record)
    publish(folder, record)


def draft(folder: str, record: str) -> None:
    """Do the first half of `append`: create a file that no sender takes for an event. If a run is
    cut off in this half, both halves may be repeated; if cut off in the other half, only `publish`.
    Raises ValueError for a record that only a journal may have."""
    if f" verb={OWN}" in record:
        raise ValueError("the real name of an own verb is never sent")
    name = _name(record)
    if len(name.encode("utf-8", "surrogateescape")) > _LONGEST:
        raise OSError("a verb's name is too long for a file name")
    box = f"{folder}/{FOLDER}"
    file = own_file(box, _DRAFT + name, os.O_WRONLY | os.O_EXCL)
    closed(file)
    if os.path.lexists(f"{box}/{name}"):
        os.unlink(f"{box}/{_DRAFT}{name}")
        raise FileExistsError(name)


def publish(folder: str, record: str) -> None:
    """Do the second half of `append`: one rename makes the draft an event. Raises FileNotFoundError
    if there is no draft, or no longer."""
    name = _name(record)
    opened = own_folder(f"{folder}/{FOLDER}")
    try:
        os.rename(_DRAFT + name, name, src_dir_fd=opened, dst_dir_fd=opened)
    finally:
        closed(opened)
    if not int(record.partition(" ")[0]) % 256:  # sometimes: it stays small without senders too
        try:
            _bound(folder)
        except OSError:
            pass  # the event has its name, so it is kept


def _name(record: str) -> str:
    moment, _, rest = record.partition(" ")
    return f"{moment}{_NEW} {rest}"


def _bound(folder: str) -> None:
    """Drop the events over the limit, and count them. Raises OSError, and BlockingIOError if a
    sender is running, which does the same."""
    from homelab.telemetry import plan

    if len(os.listdir(f"{folder}/{FOLDER}")) > plan.MOST:
        with Outbox(folder) as box:
            gone = plan.surplus(box.entries(), now())
            box.settle("dropped", gone, ledger.read(folder))


def _entries(folder: int) -> list[Entry]:
    """The events in an outbox, by its descriptor. Raises OSError."""
    from homelab.telemetry.plan import parsed

    return [entry for entry in map(parsed, _names(folder)) if entry]


def _names(folder: int) -> list[str]:
    """The names of the regular files in an opened folder. Nothing else is an event: a folder, for
    example, can't be removed like one, and would be sent again and again."""
    with os.scandir(folder) as inside:
        return [entry.name for entry in inside if entry.is_file(follow_symlinks=False)]


class Outbox:
    """The outbox, opened by one sender at a time; `with Outbox(folder) as box:`. Raises
    BlockingIOError if another sender has had it for `wait` (s)."""

    def __init__(self, folder: str, wait: float = 0.0) -> None:
        self._folder = folder
        self._wait = wait

    def __enter__(self) -> Outbox:
        from homelab.system.locks import Lock

        self._opened = own_folder(f"{self._folder}/{FOLDER}")
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._file = os.open(LOCK, flags, 0o600, dir_fd=self._opened)
        except OSError:
            os.close(self._opened)
            raise
        self._lock = Lock(self._opened, self._file, LOCK, _LONGEST_ROUND)
        try:
            self._lock.take(self._wait)
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        os.close(self._file)
        os.close(self._opened)

    def entries(self) -> list[Entry]:
        """All waiting events."""
        return _entries(self._opened)

    def everything(self) -> list[Entry]:
        """All files of events: waiting, drafts and damaged."""
        return [*self.entries(), *self.drafts(), *self.damaged()]

    def drafts(self) -> list[Entry]:
        """Drafts that runs have not published yet."""
        from homelab.telemetry.plan import parsed

        names = [name for name in _names(self._opened) if name[:1] == _DRAFT]
        entries = {name: parsed(name[1:]) for name in names}
        for name, entry in entries.items():
            if entry:
                entry.name = name
        return [entry for entry in entries.values() if entry]

    def damaged(self) -> list[Entry]:
        """Files of ours that do not name an event any more: from a damaged disk, or a much older
        build."""
        from homelab.telemetry.plan import Entry, is_damaged

        return [Entry(name, 0, "", "", "") for name in _names(self._opened) if is_damaged(name)]

    def adopt(self, now: int) -> None:
        """Publish the drafts that were left behind, at `now` (ns)."""
        from homelab.telemetry.plan import parsed

        for name in _names(self._opened):
            entry = parsed(name[1:]) if name[:1] == _DRAFT else None
            if entry and abs(now - entry.moment) > _STALE:
                self._rename(entry, name[1:], name)

    def settle(self, outcome: str, entries: list[Entry], book: Ledger) -> None:
        """Count events as `outcome` (`delivered`, `dropped`, `refused`) and remove them. The ledger
        is written first, with their names: if the sender is killed in between, they are counted,
        and the next sender removes them. If the ledger can't be written, dropped and refused events
        stay."""
        from homelab.telemetry.ledger import MOST

        for start in range(0, len(entries), MOST):
            some = entries[start : start + MOST]
            setattr(book, outcome, getattr(book, outcome) + len(some))
            if outcome != "delivered":
                book.last_loss = now()
            book.settled = [entry.name for entry in some]
            if not book.keep(self._folder) and outcome != "delivered":
                setattr(book, outcome, getattr(book, outcome) - len(some))
                book.settled = []
                return
            self.remove(book)

    def remove(self, book: Ledger) -> None:
        """Remove the events that the ledger has counted already."""
        from homelab.telemetry.plan import is_damaged, parsed

        for name in book.settled:
            try:
                if parsed(name) or is_damaged(name):
                    os.unlink(name, dir_fd=self._opened)
            except OSError:
                pass  # gone, or it can't be removed now
        book.settled = []

    def still(self, entries: list[Entry]) -> list[Entry]:
        """The entries that still exist."""
        return [entry for entry in entries if self._has(entry.name)]

    def _has(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._opened, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def mark(self, entries: list[Entry], mark: str) -> None:
        """Record with which labels events may have been stored, or with "" that they were not."""
        from homelab.telemetry.plan import marked

        for entry in entries:
            self._rename(entry, marked(entry.name, mark))
            entry.mark = mark

    def hold(self, entries: list[Entry], since: int) -> None:
        """Record since when (s since the epoch, by Loki's clock) Loki does not show events that it
        may have."""
        from homelab.telemetry.plan import held

        for entry in entries:
            if not entry.since:
                self._rename(entry, held(entry.name, since))
                entry.since = since

    def _rename(self, entry: Entry, name: str, before: str = "") -> None:
        before = before or entry.name
        if name != before:
            try:
                os.rename(before, name, src_dir_fd=self._opened, dst_dir_fd=self._opened)
            except FileNotFoundError:
                pass  # deleted a moment ago
            entry.name = name


def waiting(folder: str) -> list[Entry]:
    """The waiting events, read without the lock."""
    try:
        opened = own_folder(f"{folder}/{FOLDER}", make=False)
    except OSError:
        return []
    try:
        return _entries(opened)
    except OSError:
        return []
    finally:
        closed(opened)


def names(folder: str) -> list[str]:
    """The file names of the waiting events, read without the lock."""
    return [entry.name for entry in waiting(folder)]


def stuck(folder: str) -> str:
    """Why the waiting events can't be sent, as a sentence; "" if they can, or if none waits."""
    if not waiting(folder):
        return ""
    try:
        with Outbox(folder):
            return ""
    except BlockingIOError:
        return ""  # a sender is running
    except OSError as error:
        return f"the outbox {folder}/{FOLDER} can't be used: {error.strerror or error}"


def clear(folder: str) -> int:
    """Delete the waiting events; return how many there were. Waits for a running sender, but not
    for ever: the events that it is sending are sent."""
    try:
        with Outbox(folder, _WAIT) as box:
            return _deleted(folder, box.everything())
    except OSError:
        return _deleted(folder, waiting(folder))


def forget(folder: str) -> tuple[int, bool]:
    """Delete the waiting events, the drafts, and the ledger, which names events and has the moments
    of deliveries; return how many events waited, and whether there was a ledger. Waits for the
    running sender, which would write the ledger again. Raises BlockingIOError if it does not end,
    and OSError."""
    if not os.path.lexists(f"{folder}/{FOLDER}"):
        return 0, ledger.remove(folder)
    with Outbox(folder, _WAIT) as box:
        count = _deleted(folder, box.everything())
        return count, ledger.remove(folder)


def _deleted(folder: str, entries: list[Entry]) -> int:
    count = 0
    for entry in entries:
        try:
            os.unlink(f"{folder}/{FOLDER}/{entry.name}")
            count += 1
        except OSError:
            pass
    return count
