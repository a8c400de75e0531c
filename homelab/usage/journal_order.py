"""Read the journal's runs themselves, in order of time, in bounded memory.

Runs that end at the same time write in any order, and a clock may be set back: a file is in order
except for such breaks. The file is searched for them first; then the stretches between them, each
in order, are merged as they are read.
"""

from __future__ import annotations

import heapq

from homelab.telemetry.event import DIGITS, decode_record
from homelab.telemetry.history import Part, dated
from homelab.usage.counts import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from homelab.output.progress import Progress
    from homelab.telemetry.history import Journal
    from homelab.usage.counts import Event, Question

_BATCH = 1000
_STRETCHES = 200  # stretches that are read side by side; more are merged in memory
_BLOCK = 1 << 13  # bytes of each stretch that are in memory while they are merged
_LOOK = 1 << 16  # bytes that are searched for stretches at a time


def read(
    journal: Journal,
    account: str,
    asked: Question,
    progress: Progress,
    shown: Callable[[str], str] = str,
) -> Iterator[list[Event]]:
    """The runs that match the question and are not day counts, in batches; `shown` returns the verb
    that a record's verb is counted under. Raises OSError."""
    progress.says("reading the journal")
    start = max(asked.start, journal.begins())
    stretches = [stretch for part in journal.parts for stretch in _stretches(part)]
    lines: Iterable[bytes]
    if len(stretches) > _STRETCHES:
        lines = sorted(line for stretch in stretches for line in _lines(stretch))
    else:
        lines = heapq.merge(*map(_lines, stretches))
    batch: list[Event] = []
    known: dict[bytes, tuple[int | str, ...] | None] = {}  # by tail, which follows the time
    for line in lines:
        moment, tail = int(line[:DIGITS]), line[DIGITS:]
        if not start < moment <= asked.end:
            continue
        if tail not in known:
            known[tail] = _values(line, account, asked, shown)
        values = known[tail]
        if values is not None:
            batch.append((moment, *values))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _stretches(part: Part) -> list[Part]:
    """A part of the journal, cut into parts that are each in order."""
    stretches, start, newest = [], part.start, b""
    for at, lines in part.blocks(_LOOK):
        moments = [line[:DIGITS] for line in dated(lines)]
        if moments == sorted(moments) and moments[:1] >= [newest]:
            newest = moments[-1]
            continue
        for line in lines:
            for good in dated([line]):
                moment = good[:DIGITS]
                if moment < newest:
                    stretches.append(Part(part.name, part.file, start, at))
                    start = at
                newest = moment
            at += len(line) + 1
    return [*stretches, Part(part.name, part.file, start, part.end)]


def _lines(stretch: Part) -> Iterator[bytes]:
    """The lines of a stretch that begin with a time."""
    for _, lines in stretch.blocks(_BLOCK):
        yield from dated(lines)


def _values(
    line: bytes, account: str, asked: Question, shown: Callable[[str], str]
) -> tuple[int | str, ...] | None:
    event = decode_record(line.decode("utf-8", "surrogateescape"))
    verb = shown(event[1]) if event else ""
    if event is None or not asked.names(verb):
        return None
    return values_of(account, verb, event[3])
