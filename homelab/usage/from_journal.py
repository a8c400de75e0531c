"""Counting in the journal: the runs of a window, in one pass that lets C do the work of each line.

Most lines stand in the order of their moments. So a block of them is sorted, which costs next to
nothing where it is sorted already, cut at the midnights, and what is left of a line behind its
moment is counted as it is: there are no more of those than verbs times exit codes times versions.
"""

from __future__ import annotations

from bisect import bisect_right

from homelab.errors import UNCONFIGURED, Failure
from homelab.system import paths
from homelab.telemetry.account import account
from homelab.telemetry.event import DIGITS, decode_record
from homelab.telemetry.journal import NAME
from homelab.times import DAY, date
from homelab.usage.counts import DAYS, ONLY_DONE, USER, VERB, Counts, day_of, is_failure, key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeVar

    from homelab.context import Context
    from homelab.output.progress import Progress
    from homelab.usage.counts import Event, Question

    Piece = TypeVar("Piece")

_BLOCK = 1 << 20  # bytes


class JournalRuns:
    """The runs that the account's own journal holds; all are the account's. No journal is no
    runs. Lines that are none of ours (torn by a full disk, rubbish) are passed over. Its
    methods raise Failure (78) where the journal is there and can't be read."""

    def __init__(self, context: Context, progress: Progress) -> None:
        self._path = f"{paths.state(context.env)}/{NAME}"
        self._account = self.whose = account()
        self._progress = progress
        self.name = f"{self.whose}'s journal"

    def counts(self, asked: Question) -> Counts:
        """The runs that are asked for."""
        counts = Counts()
        if asked.user not in ("", self._account):
            return counts
        keys: dict[bytes, tuple[str, int, bool] | None] = {}
        for day, lines in self._days(asked.start, asked.end):
            if not b"".join(
                [line[:DIGITS] for line in lines]
            ).isdigit():  # a damaged one among them
                lines = [line for line in lines if line[:DIGITS].isdigit()]
            tails = [line[DIGITS:] for line in lines]
            newest = dict(zip(tails, lines))  # the last of each, and so the newest
            found: dict[bytes, int] = {}
            for tail in tails:
                found[tail] = found.get(tail, 0) + 1
            for tail, runs in found.items():
                if tail not in keys:
                    keys[tail] = self._key(newest[tail], asked, counts)
                key = keys[tail]
                if key is not None:
                    name = date(day) if asked.by == DAYS else key[0]
                    counts.add(name, day, key[1], runs, key[2])
                    if asked.newest:
                        counts.seen(name, int(newest[tail][:DIGITS]))
        return counts

    def events(self, asked: Question) -> Iterator[list[Event]]:
        """The runs themselves, in the order of their moments, in batches."""
        if asked.user in ("", self._account):
            from homelab.usage import journal_order

            progress = self._progress
            yield from self._read(journal_order.read(self._path, self._account, asked, progress))

    def _key(self, line: bytes, asked: Question, counts: Counts) -> tuple[str, int, bool] | None:
        """(key, exit code, failed) of a line; None where it is not asked for. The key of a day is
        left to the caller."""
        event = decode_record(line.decode("utf-8", "surrogateescape"))
        if event is None or not asked.names(event[1]):
            return None
        _, verb, _, fields = event
        code = int(fields["exit"])
        key = "" if asked.by == DAYS else key_of(asked.by, self._account, verb, fields)
        if asked.by in (VERB, USER):
            other = self._account if asked.by == VERB else verb
            counts.with_whom.setdefault(key, set()).add(other)
        return key, code, is_failure(code, asked.answers.get(verb, ONLY_DONE))

    def _days(self, start: int, end: int) -> Iterator[tuple[int, list[bytes]]]:
        """The lines after `start` up to `end`, sorted, in pieces that lie within one day."""
        for lines in self._read(self._blocks()):
            self._progress.says("reading the journal")
            lines.sort()
            at, last = bisect_right(lines, _up_to(start)), bisect_right(lines, _up_to(end))
            while at < last:
                moment = lines[at][:DIGITS]
                if len(moment) < DIGITS or not moment.isdigit():
                    at += 1
                    continue
                day = day_of(int(moment))
                cut = bisect_right(lines, _up_to((day + 1) * DAY), at, last)
                yield day, lines[at:cut]
                at = cut

    def _blocks(self) -> Iterator[list[bytes]]:
        """The whole lines of the file, without their ends, some megabytes at a time."""
        with open(self._path, "rb") as file:
            while True:
                block = file.read(_BLOCK)
                block += file.readline()
                if not block:
                    return
                lines = block.split(b"\n")
                lines.pop()  # nothing, or what a run is just writing
                yield lines

    def _read(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The pieces of a journal; none where there is none."""
        try:
            yield from pieces
        except FileNotFoundError:
            return
        except OSError as error:
            raise Failure(
                UNCONFIGURED, f"the journal {self._path} can't be read: {error.strerror}"
            ) from None


def _up_to(moment: int) -> bytes:
    """What sorts behind every line of that moment and before every later one."""
    return b"%019d\xff" % moment
