"""Reading the journal's runs themselves, in the order of their moments, in bounded memory.

Runs that end at the same time write in any order, and a clock may be set back: the file is in order
but for such breaks. It is looked through for them first; then the stretches between them, each in
order by itself, are merged as they are read.
"""

from __future__ import annotations

import heapq

from homelab.telemetry.event import DIGITS, decode_record
from homelab.usage.counts import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from homelab.output.progress import Progress
    from homelab.usage.counts import Event, Question

    Stretch = tuple[int, int]  # from this byte to before that one

_BATCH = 1000
_STRETCHES = 200  # that are read side by side, each with an open file; more are merged in memory


def read(path: str, account: str, asked: Question, progress: Progress) -> Iterator[list[Event]]:
    """The runs that are asked for, in batches. Raises OSError."""
    progress.says("reading the journal")
    stretches = _stretches(path)
    lines: Iterable[bytes]
    if len(stretches) > _STRETCHES:
        lines = sorted(line for stretch in stretches for line in _lines(path, stretch))
    else:
        lines = heapq.merge(*(_lines(path, stretch) for stretch in stretches))
    batch: list[Event] = []
    known: dict[bytes, tuple[int | str, ...] | None] = {}  # by what stands behind the moment
    for line in lines:
        moment, tail = int(line[:DIGITS]), line[DIGITS:]
        if not asked.start < moment <= asked.end:
            continue
        if tail not in known:
            known[tail] = _values(line, account, asked)
        values = known[tail]
        if values is not None:
            batch.append((moment, *values))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _stretches(path: str) -> list[Stretch]:
    found, start, at, newest = [], 0, 0, b""
    with open(path, "rb") as file:
        for line in file:
            moment = line[:DIGITS]
            if moment < newest and _is_moment(moment):
                found.append((start, at))
                start, newest = at, moment
            elif _is_moment(moment):
                newest = moment
            at += len(line)
    return [*found, (start, at)]


def _is_moment(text: bytes) -> bool:
    return len(text) == DIGITS and text.isdigit()


def _lines(path: str, stretch: Stretch) -> Iterator[bytes]:
    """The whole lines of a stretch that begin with a moment, without their ends."""
    at, end = stretch
    with open(path, "rb") as file:
        file.seek(at)
        for line in file:
            at += len(line)
            if at > end:
                return
            if line.endswith(b"\n") and _is_moment(line[:DIGITS]):
                yield line[:-1]


def _values(line: bytes, account: str, asked: Question) -> tuple[int | str, ...] | None:
    event = decode_record(line.decode("utf-8", "surrogateescape"))
    if event is None or not asked.names(event[1]):
        return None
    return values_of(account, event[1], event[3])
