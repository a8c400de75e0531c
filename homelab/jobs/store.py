"""The state folder of jobs: for each a lock, and the record of its last run.

A lock is the kernel's (fcntl): it ends with the process that has it, however that ends, and no
child inherits it, so that a daemon which a job leaves behind holds up no later run. Where homelab
was killed and the command goes on alone, the record tells which process that is.

In a home that several hosts share, NFS passes the locks on between them. So the lock decides
whether a run goes on, wherever that is; a file that is left over is no lock. The record tells where
the run is. A record without an end and without a lock holds up a run only where its process is
seen.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time

from homelab.jobs import origin
from homelab.jobs.record import (
    HERE,
    JobStatus,
    Record,
    decoded,
    encoded,
    is_name,
    over,
    standing,
    where,
)
from homelab.system import files, foreground, paths
from homelab.system.ownership import own_file, own_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_RECORD = ".json"
_LOCK = ".lock"
OUTPUT = ".out"
_LARGEST = 1 << 14  # bytes of a record
_LARGEST_OUTPUT = 1 << 22  # bytes; it is written in less, and rewritten in a fourth of that
MOST = 1000  # jobs that are looked at
_LOOKS, _LOOK = 4, 0.05  # further looks at a job whose lock and record do not fit, s between them
_LOOKS_IN_ALL = 20  # at all jobs


def folder(env: Mapping[str, str]) -> str:
    """The folder, or "" where there is no home."""
    state = paths.state(env)
    return state and f"{state}/jobs"


def locked(folder: str, name: str) -> int:
    """Take a job's lock; it is held until the descriptor is closed or this process ends. Raises
    BlockingIOError where another has it, and OSError where there can be none."""
    lock = own_file(folder, name + _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_there(lock, f"{folder}/{name}{_LOCK}"):
            raise BlockingIOError  # `forget` took it away since it was opened: the next has another
    except OSError:
        os.close(lock)
        raise
    return lock


def _is_there(opened: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), os.lstat(path))
    except FileNotFoundError:
        return False


def forget(folder: str, name: str) -> None:
    """Delete what is kept of a job whose lock is held: the output, the record, and the lock itself,
    last of all. Raises OSError; what is gone already is no error."""
    for ending in (OUTPUT, _RECORD, _LOCK):
        try:
            os.unlink(f"{folder}/{name}{ending}")
        except FileNotFoundError:
            pass


def output(folder: str, name: str) -> bytes | None:
    """The output that is kept of a job's last run; None where there is none. Raises OSError."""
    try:
        file = _opened(folder, name + OUTPUT)
    except FileNotFoundError:
        return None
    with open(file, "rb") as opened:
        return opened.read(_LARGEST_OUTPUT)


def _opened(folder: str, name: str) -> int:
    """Descriptor of a file of ours in the folder. Raises OSError, and ValueError where it is no
    regular file of this account's."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    opened = os.open(f"{folder}/{name}", flags)
    found = os.fstat(opened)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        return opened
    os.close(opened)
    regular = stat.S_ISREG(found.st_mode)
    raise ValueError("another account's file" if regular else "not a regular file")


def _held(folder: str, name: str) -> bool:
    """Whether somebody has a job's lock. It is taken for a moment, which whoever wants it then
    waits for."""
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        lock = os.open(f"{folder}/{name}{_LOCK}", flags)
    except OSError:
        return False
    try:
        fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(lock)
    return False


def write(folder: str, record: Record) -> None:
    """Keep a record, whole or not at all. Raises OSError."""
    files.write(f"{folder}/{record.name}{_RECORD}", encoded(record), 0o600)


def read(folder: str, name: str) -> Record:
    """The record of a job. Raises FileNotFoundError, OSError, and ValueError where the file is no
    record."""
    with open(_opened(folder, name + _RECORD), "rb") as file:
        text = file.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise ValueError("too large for a record")
    return decoded(text, name)


def before(folder: str, name: str) -> Record | None:
    """The record of a job, where there is one that can be read."""
    try:
        return read(folder, name)
    except (OSError, ValueError):
        return None


def names(folder: str) -> list[str]:
    """The jobs that there are records of, sorted, the first MOST; none where there is no folder.
    Raises OSError, also where the folder is another account's."""
    try:
        opened = own_folder(folder, make=False)
    except FileNotFoundError:
        return []
    try:
        found = [name[: -len(_RECORD)] for name in os.listdir(opened) if name.endswith(_RECORD)]
    finally:
        os.close(opened)
    return sorted(filter(is_name, found))[:MOST]


def status(folder: str, name: str, now: int) -> JobStatus:
    """How one job stands. Raises OSError where its record can't be read."""
    return _standing(folder, name, now, _LOOKS_IN_ALL)[1]


def standings(folder: str, now: int) -> list[JobStatus]:
    """How each job stands. Raises OSError where the folder can't be read."""
    looks = _LOOKS_IN_ALL
    found = []
    for name in names(folder):
        looks, status = _standing(folder, name, now, looks)
        found.append(status)
    return found


def _standing(folder: str, name: str, now: int, looks: int) -> tuple[int, JobStatus]:
    """How a job stands, after at most so many further looks, and how many of those are left."""
    most = min(looks, _LOOKS)
    for looks_left in range(most, -1, -1):
        held = _held(folder, name)  # before the record: what ends meanwhile has written it
        try:
            record = read(folder, name)
        except OSError as error:
            why = f"its record can't be read: {error.strerror}"
            return looks, JobStatus(name, "unknown", "", why)
        except ValueError:
            why = "its record is damaged; its next run mends it"
            return looks, JobStatus(name, "unknown", "", why)
        place = where(record, origin.here()) if held or not record.ended else HERE
        if not (held and looks_left and over(record, now, place)):
            break
        time.sleep(_LOOK)  # who has the lock is about to write its record
    alone = not held and not record.ended and alive(record)
    found = standing(record, held or alone, now, place)
    if alone:
        found.state = "warning"
        found.detail = f"homelab was killed, process {record.process} goes on"
    return looks - (most - looks_left), found


def ticks(process: int) -> str:
    """The start of a process in the kernel's clock ticks, which tells it from any other that had or
    has its number (proc_pid_stat(5), field 22); "" where it has ended or there is no /proc."""
    fields = foreground.status(process)
    return "" if fields[:1] in ([], [b"Z"], [b"X"]) else fields[19].decode("ascii")


def alive(record: Record) -> bool:
    """Whether the command of a run still runs here, where the record has no end of it."""
    if not record.process or not record.ticks or record.ticks != ticks(record.process):
        return False
    return where(record, origin.here()) == HERE
