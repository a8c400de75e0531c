"""`job forget`: remove the record and the output of a job."""

from __future__ import annotations

import os

from homelab.errors import BUSY, Failure
from homelab.jobs import store
from homelab.output.answer import Text
from homelab.verbs.job import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context


def forget(context: Context, arguments: Values) -> Text:
    """Remove the record, output and lock of every named job; remove nothing if one of them cannot
    be removed. Raises Failure (1, 2, 69), and (75) if one of them is running."""
    wanted = list(dict.fromkeys(arguments.name))
    folder, *_ = [names.folder_of(context, name) for name in wanted]
    locks = []
    try:
        for name in wanted:
            locks.append(_lock(folder, name))
        for name in wanted:
            store.forget(folder, name)
    except OSError as error:
        raise names.unreadable(folder, error) from None
    finally:
        for lock in locks:
            os.close(lock)
    return Text("")


def _lock(folder: str, name: str) -> int:
    """Take the job's lock and return its file descriptor. Raises Failure (75) and OSError."""
    busy = Failure(BUSY, f"job {name!r} is running, so nothing was removed; see homelab job list")
    try:
        lock = store.locked(folder, name)
    except BlockingIOError:
        raise busy from None
    before = store.before(folder, name)
    if before is not None and not before.ended and store.alive(before):
        os.close(lock)
        raise busy
    return lock
