"""Read the journal: every line and every day count that it has at one moment, each once.

    usage.log          the lines of the newest runs; every run appends here, whatever its version
    usage.7.log        a usage.log that a fold moved away; a run that had it open may still append
    usage.history      the folded runs: day counts of old ones, then the lines of newer ones

The head of the history says how many bytes of each moved file are in the history. So one rename, of
a new history over the old one, turns lines into counts; and a reader that sees the same history
before and after it opens the other files misses no run and counts none twice.

    homelab-usage-history 1
    moved 7               the number of the newest file that was moved away
    folded 20410          the newest day with counts, in days since the epoch; -1 for none
    counts 213            bytes of the day counts, which follow the empty line
    absorbed 7 81234      bytes of usage.7.log that are in this history

    1763500106342321843 12 exit=0 ver=0.6.0 verb=logs query

A day count has the moment (ns) of the newest run, the number of runs, and the rest of their lines:
runs of one day (UTC) whose lines differ only in the moment are one row. Once the day is older than
telemetry.journal_days, the moment is the end of that day: no run keeps a moment of its own.
"""

from __future__ import annotations

import os
import stat
import sys
from bisect import bisect_right

from homelab.errors import UNCONFIGURED, Failure
from homelab.system.clock import now
from homelab.system.ownership import Untrusted, own_folder
from homelab.system.paths import open_regular
from homelab.telemetry import FULL, HISTORY, JOURNAL
from homelab.telemetry.event import DIGITS
from homelab.times import DAY, SECOND, day_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = tuple[int, int, bytes]  # newest moment (ns), runs, the line after the moment

MAGIC = b"homelab-usage-history 1"
GREATEST: int = 10**DIGITS - 1  # ns, of a moment in a line
LONGEST = 4096  # bytes of a line; ours have about sixty
_BLOCK = 1 << 20  # bytes
_HEAD = 1 << 16  # bytes, more than any head has
_QUIET = 60 * SECOND  # after a move, any run that found the file by its old name has opened it
_NO_DATA = 6  # ENXIO, from lseek(2) in the hole at the end of a file
_KINDS = {
    stat.S_IFDIR: "Is a directory",
    stat.S_IFLNK: "it is a symbolic link",
    stat.S_IFIFO: "it is a pipe",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
}


class Part:
    """Whole lines of one open file: from byte `start` to before byte `end`."""

    __slots__ = ("end", "file", "name", "start")

    def __init__(self, name: str, file: int, start: int, end: int) -> None:
        self.name = name
        self.file = file
        self.start = start
        self.end = end

    def blocks(self, size: int = _BLOCK) -> Iterator[tuple[int, list[bytes]]]:
        """The lines without their line ends, in blocks of about `size` bytes, each with the offset
        at which it begins. Little more than one block is in memory: a line longer than a block is
        left out. Raises OSError."""
        at, rest, whole = self.start, b"", True  # whether `rest` begins its line
        while at < self.end:
            block = os.pread(self.file, min(size, self.end - at), at)
            if not block:
                return
            first = at - len(rest)
            at += len(block)
            if not whole:  # the rest of a line that is too long
                end = block.find(b"\n") + 1
                if not end:
                    at = min(_next_data(self.file, at), self.end)
                    continue
                first += end
                block, whole = block[end:], True
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            if len(rest) > LONGEST:
                rest, whole = b"", False
            if lines:
                yield first, lines


class Journal:
    """The opened journal of a state folder: `with Journal(folder) as journal:`. Empty if there is
    none. Raises Failure (78) if one of its files can't be read, or is not a regular file.

    `parts` have the lines. `moved`, `folded` and `absorbed` ({number: bytes}) are from the
    history's head. `numbers` are those of the moved files that exist.
    """

    __slots__ = (
        "_counts", "_files", "_folder", "_quiet", "absorbed", "folded", "moved", "numbers", "parts",
    )  # fmt: skip

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __enter__(self) -> Journal:
        self._files: list[int] = []
        self._forget()
        try:
            opened = own_folder(self._folder, make=False)
        except FileNotFoundError:
            return self
        except OSError as error:
            raise unreadable(self._folder, JOURNAL, error) from None
        try:
            while not self._open(opened):  # a fold ended meanwhile
                self.__exit__()
        except BaseException:
            self.__exit__()
            raise
        finally:
            os.close(opened)
        return self

    def __exit__(self, *_: object) -> None:
        while self._files:
            os.close(self._files.pop())

    def size(self) -> int:
        """Bytes of all lines, valid or not."""
        return sum(part.end - part.start for part in self.parts)

    def begins(self) -> int:
        """The moment (ns) after which every run is a line; earlier runs are day counts."""
        return (self.folded + 1) * DAY

    def due(self) -> bool:
        """Whether a fold has something to do, apart from old lines: there are more than FULL bytes
        of lines, or a file was moved away some time ago."""
        return self.size() > FULL or self._quiet

    def late(self) -> bool:
        """Whether a moved file has lines that are not in the history."""
        return any(
            part.name not in (JOURNAL, HISTORY) and part.end > part.start for part in self.parts
        )

    def days(self) -> Iterator[tuple[int, list[Row]]]:
        """The days that have counts, with the rows of each, the newest run last. Raises OSError."""
        rows: list[Row] = []
        for _, lines in self._counts.blocks() if self._counts else ():
            for line in lines:
                try:
                    moment, runs, tail = line.split(b" ", 2)
                    row = (int(moment), int(runs), b" " + tail)
                except ValueError:
                    raise _damaged(self._folder) from None
                if rows and day_of(row[0]) != day_of(rows[0][0]):
                    yield day_of(rows[0][0]), rows
                    rows = []
                rows.append(row)
        if rows:
            yield day_of(rows[0][0]), rows

    def lines(self) -> Iterator[list[bytes]]:
        """The lines that begin with a moment, in blocks; each block is sorted. Raises OSError."""
        for part in self.parts:
            for _, lines in part.blocks():
                lines = dated(lines)
                if lines:
                    lines.sort()
                    yield lines

    def _forget(self) -> None:
        self.parts: list[Part] = []
        self._counts: Part | None = None
        self._quiet = False
        self.moved, self.folded = 0, -1
        self.absorbed: dict[int, int] = {}
        self.numbers: list[int] = []

    def _open(self, folder: int) -> bool:
        """Open all files; return whether no fold ended meanwhile. Each file's lines are read even
        if it is moved meanwhile: usage.log is opened first, then the moved files."""
        self._forget()
        history = self._add(folder, HISTORY, 0)
        if history:
            self._read_head(history)
        newest = self._add(folder, JOURNAL, 0)
        self.numbers = sorted(filter(None, map(number_of, os.listdir(folder))))
        for number in self.numbers:
            status = self._add(folder, moved_name(number), self.absorbed.get(number, 0))
            if status is None:
                return False
            if newest and os.path.samestat(status, newest):  # moved since it was opened
                self.parts.pop()
            elif quiet(status):
                self._quiet = True
        try:
            now = os.stat(HISTORY, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return history is None
        return history is not None and os.path.samestat(now, history)

    def _add(self, folder: int, name: str, start: int) -> os.stat_result | None:
        """Open a file as a part, and return its status; None if it does not exist."""
        try:
            file = open_regular(folder, name, os.O_RDONLY)
            status = os.fstat(file)
            self._files.append(file)
            end = last_line(file, start, status.st_size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(self._folder, name, error) from None
        self.parts.append(Part(name, file, start, end))
        return status

    def _read_head(self, status: os.stat_result) -> None:
        """Read the history's head, and split its part into one of counts and one of lines."""
        file = self.parts.pop().file
        head, blank, _ = os.pread(file, _HEAD, 0).partition(b"\n\n")
        magic, *facts = head.split(b"\n")
        try:
            numbers = {fact.rpartition(b" ")[0]: int(fact.rpartition(b" ")[2]) for fact in facts}
            self.moved, self.folded = numbers.pop(b"moved"), numbers.pop(b"folded")
            start = len(head + blank)
            end = start + numbers.pop(b"counts")
            self.absorbed = {
                int(name[len(b"absorbed ") :]): numbers[name]
                for name in numbers
                if name.startswith(b"absorbed ")
            }
        except (KeyError, ValueError):
            raise _damaged(self._folder) from None
        if magic != MAGIC or not blank or not start <= end <= status.st_size:
            raise _damaged(self._folder)
        self._counts = Part(HISTORY, file, start, end)
        self.parts.append(Part(HISTORY, file, end, status.st_size))


def moved_name(number: int) -> str:
    """The file name of the usage.log that was moved away as the number-th."""
    return f"usage.{number}.log"


def number_of(name: str) -> int:
    """The number in the name of a moved file; 0 in any other name."""
    digits = name[len("usage.") : -len(".log")]
    number = int(digits) if digits.isdecimal() and len(digits) < 10 else 0
    return number if name == moved_name(number) else 0


def quiet(status: os.stat_result) -> bool:
    """Whether a moved file was moved some time ago; no if the clock was set back."""
    return not 0 <= now() - status.st_ctime_ns < _QUIET


def limit(now: int, days: int) -> int:
    """The midnight (ns) up to which lines are old at `now` (ns), if runs are kept for `days`
    days."""
    return (now - days * DAY) // DAY * DAY


def dated(lines: list[bytes]) -> list[bytes]:
    """The lines that begin with a moment and are no longer than LONGEST, each moment with DIGITS
    digits, so that they sort by moment."""
    moments = b"".join([line[:DIGITS] for line in lines])
    if (
        len(moments) == DIGITS * len(lines)
        and moments.isdigit()
        and max(map(len, lines), default=0) <= LONGEST
    ):
        return lines
    return [good for good in map(_dated, lines) if good]


def _dated(line: bytes) -> bytes:
    moment, blank, tail = line.partition(b" ")
    if not (blank and moment.isdigit() and len(moment) <= DIGITS and len(line) <= LONGEST):
        return b""
    return moment.zfill(DIGITS) + blank + tail


def by_day(lines: list[bytes], at: int, last: int) -> Iterator[tuple[int, list[bytes]]]:
    """The lines from `at` to before `last`, of a sorted block, by day."""
    while at < last:
        day = day_of(int(lines[at][:DIGITS]))
        cut = bisect_right(lines, up_to((day + 1) * DAY), at, last)
        yield day, lines[at:cut]
        at = cut


def tally(lines: list[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """The lines of a sorted block without their moments, each with the number of its runs and the
    moment (ns) of the newest. C code does the work for each line: there are few kinds of lines."""
    tails = [line[DIGITS:] for line in lines]
    newest = dict(zip(tails, lines))
    runs: dict[bytes, int] = {}
    for tail in tails:
        runs[tail] = runs.get(tail, 0) + 1
    for tail, count in runs.items():
        yield tail, count, int(newest[tail][:DIGITS])


def up_to(moment: int) -> bytes:
    """A key that sorts after every line of that moment and before every later one. No line sorts
    after the last moment that fits in DIGITS, which a clock that is centuries ahead gives to its
    runs."""
    return b"%019d\xff" % min(moment, GREATEST)


def unreadable(folder: str, name: str, error: OSError) -> Failure:
    """Return the failure (78) to read a file of the journal."""
    try:
        kind = _KINDS.get(stat.S_IFMT(os.lstat(f"{folder}/{name}").st_mode))
    except OSError:
        kind = None
    if kind:
        why = f"{kind}; move it away: the next run makes a new journal"
    elif isinstance(error, Untrusted):
        why = str(error.strerror)
    elif isinstance(error, PermissionError) and error.strerror:
        why = f"{error.strerror}; make it readable for this account"
    elif isinstance(error, PermissionError):  # raised by own_folder
        why = f"{error}; read it as that account"
    else:
        why = f"{error.strerror or error}; check that its folder is a folder, on a disk that works"
    return Failure(UNCONFIGURED, f"the journal {folder}/{name} can't be read: {why}")


def _damaged(folder: str) -> Failure:
    what = f"the journal {folder}/{HISTORY} can't be read: it is damaged, or from a newer homelab"
    return Failure(
        UNCONFIGURED, f"{what}; read it with the newest version, or move it away with its counts"
    )


def _next_data(file: int, at: int) -> int:
    """The first byte of a file from `at` on that is not in a hole, which reads as NULs: reading
    gigabytes of them would take seconds."""
    try:
        return os.lseek(file, at, os.SEEK_DATA)
    except OSError as error:
        return sys.maxsize if error.errno == _NO_DATA else at


def last_line(file: int, start: int, size: int) -> int:
    """The offset after the last whole line of a file: a run may be writing the next one. A line
    longer than LONGEST is not ours, so its end is not awaited."""
    first = max(start, size - LONGEST - 1)
    rest = os.pread(file, max(size - first, 0), first)
    end = rest.rfind(b"\n")
    if end >= 0:
        return first + end + 1
    return max(start, size) if len(rest) > LONGEST else start
