"""`job forget`: remove what is kept of a job."""

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
    """Remove record, output and lock of each job, or of none where one can't be. Raises Failure
    (1, 2, 69), and (75) where a run of one goes on."""
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
    """The job's lock, taken. Raises Failure (75) and OSError."""
    busy = Failure(
        BUSY, f"job {name!r} is not forgotten: a run of it goes on; see homelab job list"
    )
    try:
        lock = store.locked(folder, name)
    except BlockingIOError:
        raise busy from None
    before = store.before(folder, name)
    if before is not None and not before.ended and store.alive(before):
        os.close(lock)
        raise busy
    return lock
