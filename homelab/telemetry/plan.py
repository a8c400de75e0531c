"""Pure: the events that wait for Loki, and how they are pushed so that each is counted once.

The facts are those of a Loki 3.8 (tests/loki/transcripts.json, and tests against a real one):

- The same stream, moment and line is stored once, so a push may be repeated as it was.
- An entry more than an hour behind the newest of its stream is refused, and all hosts of an account
  share a stream. So what is late travels in a stream of its own, by the label `late`, its hour.
- Of several streams in one push only the last one's such refusal is told: a refusal before it
  vanishes in a 204. So a stream that might be refused travels alone; late ones can't be.
- What may have been stored (request sent, no clear answer) is repeated with the labels of its first
  try. So the choice is written into the event's file name before anything is sent.
"""

from __future__ import annotations

import time

from homelab.telemetry.event import decode_record
from homelab.times import DAY, SECOND

MINUTE = 60 * SECOND
TOO_OLD = 7 * DAY - 10 * MINUTE  # by our own clock; Loki refuses from 7 d on
TOO_NEW = 10 * MINUTE  # further ahead of its own clock Loki refuses
FRESH = 30 * MINUTE  # leaves room for the clocks of other hosts, at most 10 min ahead
MOST = 10_000
PIECE = 500  # late events in one push: what is accepted is off the pile, however slow the way

AS_FRESH, AS_LATE = "f", "l"  # marks in front of a file name: tried once, with these labels
_TRIED = "t"  # AS_FRESH in the file names of an earlier build, which gave AS_LATE no mark


class Entry:
    """An event as the outbox keeps it: `name` is its file's, `moment` in ns; `tried` is how it was
    tried before this sender began: AS_FRESH, AS_LATE, or "" for not at all."""

    __slots__ = ("line", "moment", "name", "tried", "verb")

    def __init__(self, name: str, moment: int, line: str, verb: str, tried: str) -> None:
        self.name = name
        self.moment = moment
        self.line = line
        self.verb = verb
        self.tried = tried


class Batch:
    """Entries that travel in one push, all with the label `late` or none."""

    __slots__ = ("entries", "late")

    def __init__(self, entries: list[Entry], late: bool = False) -> None:
        self.entries = entries
        self.late = late

    def halves(self) -> list[Batch]:
        """The batch in two, to find what in it is refused."""
        middle = len(self.entries) // 2
        return [Batch(self.entries[:middle], self.late), Batch(self.entries[middle:], self.late)]

    def events(self) -> list[tuple[int, str, str, str]]:
        """For `event.push_body`: (moment, verb, line, late hour or "")."""
        return [
            (entry.moment, entry.verb, entry.line, hour(entry.moment) if self.late else "")
            for entry in self.entries
        ]


class Plan:
    """What to do with all that waits: `batches` to push in this order, `expired` to give up."""

    __slots__ = ("batches", "expired")

    def __init__(self, batches: list[Batch], expired: list[Entry]) -> None:
        self.batches = batches
        self.expired = expired


def parsed(name: str) -> Entry | None:
    """An outbox's file name → its event; None where the file is none of ours."""
    stamp, _, rest = name.partition(" ")
    tried = stamp[:1] if stamp[:1] in (AS_FRESH, AS_LATE, _TRIED) else ""
    moment, _, process = stamp[len(tried) :].partition(".")
    event = decode_record(f"{moment} {rest}") if process.isdigit() else None
    if event is None:
        return None
    return Entry(name, event[0], event[2], event[1], AS_FRESH if tried == _TRIED else tried)


def marked(name: str, mark: str) -> str:
    """The file name of an event with a mark, or with "" without one."""
    return mark + name.lstrip(AS_FRESH + AS_LATE + _TRIED)


def surplus(entries: list[Entry]) -> list[Entry]:
    """Of more than MOST the oldest: the outbox is bounded."""
    return sorted(entries, key=lambda entry: entry.moment)[: max(0, len(entries) - MOST)]


def plan(entries: list[Entry], now: int, ahead: int = 0) -> Plan:
    """Decide over all that waits; `now` (ns) is our clock, and Loki's is `ahead` of it as far as is
    known.

    That estimate chooses labels, either of which Loki takes or clearly refuses; it gives nothing
    up, since it may be wrong. The outbox is bounded: of more than MOST the oldest expire.
    """
    expired = surplus(entries)
    entries = sorted(entries, key=lambda entry: entry.moment)
    fresh: dict[str, list[Entry]] = {}
    late: list[Entry] = []
    for entry in entries[len(expired) :]:
        if now - entry.moment > TOO_OLD:
            expired.append(entry)
        elif entry.tried == AS_FRESH:
            fresh.setdefault(entry.verb, []).append(entry)
        elif entry.tried == AS_LATE or now + ahead - entry.moment > FRESH:
            late.append(entry)
        else:
            fresh.setdefault(entry.verb, []).append(entry)
    batches = [Batch(late[n : n + PIECE], late=True) for n in range(0, len(late), PIECE)]
    batches += [Batch(of_verb) for of_verb in fresh.values()]
    batches.sort(key=lambda batch: batch.entries[0].moment)
    return Plan(batches, expired)


def hour(moment: int) -> str:
    """The label `late` of an event: its own hour in UTC, `2026-11-22T17`."""
    return time.strftime("%Y-%m-%dT%H", time.gmtime(moment // SECOND))


def rest(failures: int) -> int:
    """How long (ns) to leave Loki alone after so many failures in a row: 5 s, doubled each time,
    5 min at most. To stop trying is no state."""
    return min(5 << min(max(failures, 1) - 1, 10), 300) * SECOND
