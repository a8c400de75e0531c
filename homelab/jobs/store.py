"""The state folder of jobs: for each job a lock, and the record of its last run.

A lock is the kernel's (fcntl): it ends with the process that holds it, however that ends, and no
child inherits it, so that a daemon which a job leaves behind does not block later runs. If homelab
was killed and the command goes on alone, the record says which process that is.

In a home that several hosts share, NFS passes the locks on between them. So the lock decides
whether the job is running, on any host; a leftover file is not a lock. The record says where the
run is. A record without an end and without a lock blocks a new run only if its process can be seen.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time

from homelab.jobs import origin
from homelab.jobs.record import (
    HERE,
    RUNNING,
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

NAMED = "HOMELAB_JOB"  # the variable with the name of the job that a process belongs to
_RECORD = ".json"
_LOCK = ".lock"
OUTPUT = ".out"
PROBLEMS = ".problems"  # what the command of the last run has found (jobs/problems_file)
_LARGEST = 1 << 14  # bytes of a record
_LARGEST_OUTPUT = 1 << 22  # bytes; it is written in less, and rewritten in a fourth of that
MOST = 1000  # jobs to read
_LOOKS, _LOOK = 4, 0.05  # further tries if a job's lock and record do not match, s between them
_LOOKS_IN_ALL = 20  # for all jobs


def folder(env: Mapping[str, str]) -> str:
    """The folder, or "" if there is no home."""
    state = paths.state(env)
    return state and f"{state}/jobs"


def locked(folder: str, name: str) -> int:
    """Take a job's lock and hold it until the descriptor is closed or this process ends. Raises
    BlockingIOError if another process holds it, and OSError if locking is impossible."""
    lock = own_file(folder, name + _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_there(lock, f"{folder}/{name}{_LOCK}"):
            raise BlockingIOError  # `forget` removed it since it was opened: others lock a new one
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
    """Delete the files of a job whose lock is held: output, problems, record, and last the lock
    itself. Missing files are not an error. Raises OSError."""
    for ending in (OUTPUT, PROBLEMS, _RECORD, _LOCK):
        try:
            os.unlink(f"{folder}/{name}{ending}")
        except FileNotFoundError:
            pass


def output(folder: str, name: str) -> bytes | None:
    """The kept output of a job's last run; None if there is none. Raises OSError."""
    return _content(folder, name + OUTPUT)


def problems(folder: str, name: str) -> bytes | None:
    """The problems that the command of a job has found; None if it has written none. Raises
    OSError, and ValueError if the file is not ours."""
    return _content(folder, name + PROBLEMS)


def _content(folder: str, name: str) -> bytes | None:
    try:
        file = _opened(folder, name)
    except FileNotFoundError:
        return None
    with open(file, "rb") as opened:
        return opened.read(_LARGEST_OUTPUT)


def _opened(folder: str, name: str) -> int:
    """Open a file of ours in the folder and return its descriptor. Raises OSError, and ValueError
    if it is not a regular file of this account."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    opened = os.open(f"{folder}/{name}", flags)
    found = os.fstat(opened)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        return opened
    os.close(opened)
    regular = stat.S_ISREG(found.st_mode)
    raise ValueError("another account's file" if regular else "not a regular file")


def _held(folder: str, name: str) -> bool:
    """Whether a process holds a job's lock. This takes the lock for a moment, so that a run that
    wants it has to wait for that."""
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
    """Write a record, completely or not at all. Raises OSError."""
    files.write(f"{folder}/{record.name}{_RECORD}", encoded(record), 0o600)


def read(folder: str, name: str) -> Record:
    """Read the record of a job. Raises FileNotFoundError, OSError, and ValueError if the file is
    not a record."""
    with open(_opened(folder, name + _RECORD), "rb") as file:
        text = file.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise ValueError("too large for a record")
    return decoded(text, name)


def before(folder: str, name: str) -> Record | None:
    """The record of a job, or None if there is none that can be read."""
    try:
        return read(folder, name)
    except (OSError, ValueError):
        return None


def names(folder: str) -> list[str]:
    """The jobs that have records, sorted, at most MOST; none if the folder does not exist. Raises
    OSError, also if the folder is another account's."""
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
    """The status of one job. Raises OSError if its record can't be read."""
    return _standing(folder, name, now, _LOOKS_IN_ALL)[1]


def standings(folder: str, now: int, inside: str = "") -> list[JobStatus]:
    """The status of each job. Raises OSError if the folder can't be read. `inside` is the job that
    this process belongs to, "" if none: while it runs, it is not judged, because a job that checks
    the jobs would fail for ever after two failures."""
    looks = _LOOKS_IN_ALL
    found = []
    for name in names(folder):
        looks, status = _standing(folder, name, now, looks)
        if name == inside and status.result == RUNNING:
            status.state = "ok"
        found.append(status)
    return found


def _standing(folder: str, name: str, now: int, looks: int) -> tuple[int, JobStatus]:
    """The status of a job, after at most `looks` further tries, and how many of those are left."""
    most = min(looks, _LOOKS)
    for looks_left in range(most, -1, -1):
        held = _held(folder, name)  # before the record: a run that ends now has written it
        try:
            record = read(folder, name)
        except OSError as error:
            why = f"its record can't be read: {error.strerror}"
            return looks, JobStatus(name, "unknown", "", why)
        except ValueError:
            why = "its record is damaged; its next run replaces it"
            return looks, JobStatus(name, "unknown", "", why)
        place = where(record, origin.here()) if held or not record.ended else HERE
        if not (held and looks_left and over(record, now, place)):
            break
        time.sleep(_LOOK)  # the run that holds the lock is about to write its record
    alone = not held and not record.ended and alive(record)
    found = standing(record, held or alone, now, place)
    if alone:
        found.state = "warning"
        found.detail = f"homelab was killed; its process {record.process} is still running"
    return looks - (most - looks_left), found


def ticks(process: int) -> str:
    """The start of a process in the kernel's clock ticks, which together with its number is unique
    (proc_pid_stat(5), field 22); "" if it has ended or there is no /proc."""
    fields = foreground.status(process)
    return "" if fields[:1] in ([], [b"Z"], [b"X"]) else fields[19].decode("ascii")


def alive(record: Record) -> bool:
    """Whether the command of a run without a recorded end still runs here."""
    if not record.process or not record.ticks or record.ticks != ticks(record.process):
        return False
    return where(record, origin.here()) == HERE
