"""Fold the journal: old runs, and those over the size limit, become day counts, so that its size is
bounded.

A fold writes a new history, moves usage.log away, and renames the new history over the old one.
Only that last rename changes anything for a reader: if a fold ends before it (a kill, a full disk),
its work is discarded, and the next one starts over. Nothing is blocked: a run that has usage.log
open appends to the moved file, and its late lines are read from there until a later fold takes them
over. A moved file is removed when no process can append to it.

Day counts keep every run with its whole line, and the moment of the newest run of each kind of
line. A fold drops the moments of the others: `usage export` begins after the days with counts. For
days older than telemetry.journal_days no moment is kept at all: single runs are gone then, and only
how often which verb ended with which result on that day is left. A clock that is years ahead makes
every line old, and costs no more than that.
"""

from __future__ import annotations

import fcntl
import os
from bisect import bisect_right

from homelab.system.clock import now as clock_now
from homelab.system.locks import Lock
from homelab.system.ownership import own_folder
from homelab.system.paths import open_regular
from homelab.telemetry import FOLD_LOCK, FULL, HISTORY, JOURNAL
from homelab.telemetry.event import decode_record
from homelab.telemetry.history import (
    GREATEST,
    MAGIC,
    Journal,
    by_day,
    last_line,
    limit,
    moved_name,
    number_of,
    quiet,
    tally,
    up_to,
)
from homelab.times import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.telemetry.history import Part

    Kinds = dict[bytes, list[int]]  # the line after its moment → [runs, newest moment (ns)]

_NEW = "usage.history.new"
_LEFT = FULL * 3 // 4  # bytes of lines that a fold for size leaves, so that the next is not soon
_WEEK = 7 * DAY  # ns
_LONGEST = 600.0  # s, for a fold on a slow disk
_WAIT = 30.0  # s to wait for a running fold; one of FULL bytes takes a second or two


def fold(
    folder: str,
    now: int,
    days: int,
    old: bool = True,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Fold the lines of whole days that ended `days` days before `now` (ns), if some may be so
    `old`, and the oldest days beyond FULL bytes of lines. Does nothing while another process folds.
    `tick` is called regularly. Raises OSError, and Failure as Journal does."""
    opened = own_folder(folder)
    try:
        lock = open_regular(opened, FOLD_LOCK, os.O_RDWR | os.O_CREAT)
        held = Lock(opened, lock, FOLD_LOCK, _LONGEST)
        try:
            held.take()
            if old:
                os.utime(lock, ns=(now, now))  # `journal.fold_daily` reads it
            with Journal(folder) as journal:
                _remove_moved(opened, journal)
                if old or journal.size() > FULL or journal.late():
                    _fold(opened, journal, limit(now, days), tick)
        except BlockingIOError:
            pass
        finally:
            held.release()
            os.close(lock)
    finally:
        os.close(opened)


def files(folder: str) -> list[str]:
    """The names of all files of the journal in a state folder."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(name for name in names if name in (HISTORY, JOURNAL, _NEW) or number_of(name))


def remove(folder: str) -> list[str]:
    """Delete the journal, and return the names of its files. Waits for a running fold, which would
    write the journal again. A run that has usage.log open loses its line. Raises BlockingIOError if
    the fold does not end, and OSError."""
    opened = own_folder(folder)
    try:
        lock = open_regular(opened, FOLD_LOCK, os.O_RDWR | os.O_CREAT)
        held = Lock(opened, lock, FOLD_LOCK, _LONGEST)
        try:
            held.take(_WAIT)
            names = files(folder)
            for name in names:
                os.unlink(name, dir_fd=opened)
            return names
        finally:
            held.release()
            os.close(lock)
    finally:
        os.close(opened)


def _fold(folder: int, journal: Journal, oldest: int, tick: Callable[[], None]) -> None:
    counts, sizes = _counted(journal, tick)
    kept = oldest  # moments after this are kept, in lines or in day counts
    oldest = _bounded(sizes, kept)
    folded = {day: kinds for day, kinds in counts.items() if day * DAY < oldest}
    due = bool(folded) or journal.size() > FULL or journal.late()
    for day, rows in journal.days():
        for newest, runs, tail in rows:
            _add(folded.setdefault(day, {}), tail, runs, newest)
            due = due or (day * DAY < kept and newest != _end(day))
    if not due:
        return
    for day, kinds in folded.items():
        if day * DAY < kept:
            for count in kinds.values():
                count[1] = _end(day)
    ends = {part.name: part.end for part in journal.parts}
    absorbed = {number: ends.get(moved_name(number), 0) for number in journal.numbers}
    number = max([journal.moved, *journal.numbers])
    current = next((part for part in journal.parts if part.name == JOURNAL and part.end), None)
    if current:
        number += 1
        absorbed[number] = current.end
    try:
        _write(folder, journal, _head(number, folded, absorbed), oldest, tick)
        if current and not _moved(folder, current, moved_name(number)):
            return
        os.rename(_NEW, HISTORY, src_dir_fd=folder, dst_dir_fd=folder)
        _sync(folder)
    finally:
        try:
            os.unlink(_NEW, dir_fd=folder)
        except FileNotFoundError:
            pass  # it is the history


def _end(day: int) -> int:
    """The last moment (ns) of a day on a clock that shows that day's date."""
    return min((day + 1) * DAY - 1, GREATEST)


def _counted(journal: Journal, tick: Callable[[], None]) -> tuple[dict[int, Kinds], dict[int, int]]:
    """The lines as counts by day, without invalid ones, and the bytes of each day's lines."""
    counts: dict[int, Kinds] = {}
    sizes: dict[int, int] = {}
    ours: dict[bytes, bool] = {}
    for lines in journal.lines():
        tick()
        for day, of_day in by_day(lines, 0, len(lines)):
            sizes[day] = sizes.get(day, 0) + sum(map(len, of_day)) + len(of_day)
            kinds = counts.setdefault(day, {})
            for tail, runs, newest in tally(of_day):
                if tail not in ours:
                    record = (b"%019d" % newest + tail).decode("utf-8", "surrogateescape")
                    ours[tail] = decode_record(record) is not None
                if ours[tail]:
                    _add(kinds, tail, runs, newest)
    return counts, sizes


def _add(kinds: Kinds, tail: bytes, runs: int, newest: int) -> None:
    before = kinds.setdefault(tail, [0, 0])
    before[0] += runs
    before[1] = max(before[1], newest)


def _bounded(sizes: dict[int, int], oldest: int) -> int:
    """The midnight (ns) after which lines stay lines: `oldest`, or a later one if too many bytes
    would stay."""
    days = sorted(day for day in sizes if day * DAY >= oldest)
    size = sum(sizes[day] for day in days)
    if size > FULL:
        for day in days:
            size -= sizes[day]
            oldest = (day + 1) * DAY
            if size <= _LEFT:
                break
    return oldest


def _head(moved: int, folded: dict[int, Kinds], absorbed: dict[int, int]) -> bytes:
    """The head and the day counts of a history."""
    rows = sorted(
        (newest, runs, tail)
        for kinds in folded.values()
        for tail, (runs, newest) in kinds.items()
    )  # fmt: skip
    counts = b"".join([b"%019d %d%s\n" % row for row in rows])
    facts = {"moved": moved, "folded": max(folded, default=-1), "counts": len(counts)}
    facts.update((f"absorbed {number}", end) for number, end in absorbed.items())
    head = "".join(f"{name} {value}\n" for name, value in facts.items())
    return MAGIC + b"\n" + head.encode("ascii") + b"\n" + counts


def _write(
    folder: int, journal: Journal, head: bytes, oldest: int, tick: Callable[[], None]
) -> None:
    """Write the new history, with the lines after `oldest` (ns)."""
    file = open_regular(folder, _NEW, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        _write_whole(file, head)
        for lines in journal.lines():
            tick()
            left = lines[bisect_right(lines, up_to(oldest)) :]
            if left:
                _write_whole(file, b"\n".join(left) + b"\n")
        os.fsync(file)
    finally:
        os.close(file)


def _write_whole(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _moved(folder: int, part: Part, name: str) -> bool:
    """Move usage.log away, and return whether it was the file of that part: if someone removed or
    replaced it meanwhile, they want its runs forgotten."""
    status = os.fstat(part.file)
    if not os.path.samestat(os.stat(JOURNAL, dir_fd=folder, follow_symlinks=False), status):
        return False
    os.rename(JOURNAL, name, src_dir_fd=folder, dst_dir_fd=folder)
    _sync(folder)  # before the history refers to that file
    return os.path.samestat(os.stat(name, dir_fd=folder, follow_symlinks=False), status)


def _sync(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError:
        pass  # some file systems can't


def _remove_moved(folder: int, journal: Journal) -> None:
    """Remove the moved files that are in the history as a whole and that no process can append
    to."""
    parts = {part.name: part for part in journal.parts}
    for number in list(journal.numbers):
        part = parts.get(moved_name(number))
        if part is None or number not in journal.absorbed:
            continue
        status = os.fstat(part.file)
        if quiet(status) and _unused(part.file, status):
            size = os.fstat(part.file).st_size  # after the last run could write
            if last_line(part.file, part.start, size) == part.start:
                os.unlink(part.name, dir_fd=folder)
                journal.numbers.remove(number)


def _unused(file: int, status: os.stat_result) -> bool:
    """Whether no process has a moved file open for writing. The kernel knows: it gives a read lease
    (fcntl(2), F_SETLEASE) only on such a file. Without leases (NFS), wait a week instead."""
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return False
    except (AttributeError, OSError):
        return clock_now() - status.st_ctime_ns > _WEEK
    return True
