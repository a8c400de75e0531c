"""Pure: the events that wait for Loki, and how they are pushed so that each is counted once.

The facts are those of a Loki 3.8 (tests/loki/transcripts.json, and tests against a real one):

- The same stream, moment and line is stored once, so a push may be repeated unchanged.
- An entry too far behind the newest of its stream is refused: by more than half of
  `max_chunk_age`, which is an hour, and half an hour with the sample configurations of older
  Lokis. All hosts of an account share a stream. So late events have a stream of their own, by
  the label `late`, their quarter of an hour.
- If a push has several streams, only the last one's such refusal is reported: a refusal before it
  vanishes in a 204. So each stream is pushed alone. Events of the last minutes can't be too far
  behind, so they are pushed together; each stream is pushed again alone if the answer has no Date,
  or one that says that they were older.
- An event that may have been stored (request sent, no clear answer) is repeated with the labels of
  its first try. So the choice is written into the event's file name before anything is sent.
- An event that was pushed as fresh and is refused later as too far behind may be stored all the
  same. Loki is asked for it. Its "no" is believed only for events younger than TRUSTED: after a
  crash, no query shows older entries that Loki holds only in memory, until it has written them out.

The life of an event, by the mark in front of its file name (tests/telemetry/test_life.py walks it
by chance). The mark is written when the connection is up and before the request is sent.

    mark       the event                 what happens to it
    none       is not in Loki            sent as fresh: f. Sent as late: q.
    f          may be in Loki, without   Answer 2xx: delivered.
               the label `late`          Refused as too far behind: Loki is asked. It shows the
                                         event: delivered. It does not: q, or held until its
                                         "no" can be trusted. It can't ever be asked: refused.
                                         No answer, a 5xx or a 429: sent again as f.
    q          may be in Loki, with its  Answer 2xx: delivered. Refused as too far behind: refused.
               quarter of an hour        No answer, a 5xx or a 429: sent again as q.
    l          may be in Loki, with its  As f. Early builds sent late events so.
               hour
    f or l,    is held: Loki did not     As f or l. Loki is asked every AGAIN, and its "no" is
    and .SINCE show it since then        trusted after HELD.

    F and Q    as f and q, with the account in structured metadata (account_as = metadata). If
               Loki does not accept metadata any more, it is asked, and its "no" is trusted as
               with l: then the event is one that was not tried.

    Early builds wrote t for f; and no mark, but a process id after the moment, for l.

In each of these states:

- A redirect, a 401, 403, 404, 405 or 407, or a page with a status below 500 does not come from
  Loki: nothing was stored, and the mark that this push wrote is removed again. The same holds if
  the event is too far ahead of Loki's clock.
- A 2xx is Loki's 204, or the answer of another server that has its push API; but not a page.
- A 413, 414 or 431, or a page with a 400, is from a proxy: the push is halved. If a single event is
  refused with 413, no smaller push can send it: refused.
- Too old for Loki, or over the outbox's limit: dropped. Refused alone for another reason: refused.
- A file name of another shape than an event's (`event.is_sendable`) was written by someone else.
  It is refused before anything is sent.
- Dated before EARLIEST, or a name of ours that is damaged: dropped before anything is sent. Dated
  by a clock that was ahead: it waits for its time if that is near, else it is dropped.
- Delivered, refused and dropped events are counted in the ledger, which also has their names, and
  then removed. If the sender is killed in between, the next one removes them.
"""

from __future__ import annotations

import time

from homelab.telemetry.event import DIGITS, EARLIEST, TOO_NEW, decode_record, is_sendable
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.telemetry.ledger import Ledger

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
FRESH = 15 * MINUTE  # leaves room for the clocks of other hosts, at most 10 min ahead
TOGETHER = 5 * MINUTE  # as FRESH, if Loki's window is half as long
TRUSTED = 150 * MINUTE  # younger: Loki also looks for it in its memory
AGAIN = 30 * MINUTE  # between two queries for events that Loki does not show
RETRY = 5 * MINUTE  # pause after a push, for events too far ahead of Loki's clock
GIVEN_UP = 7 * 24 * HOUR  # further ahead of all clocks than any event may be late
HELD = 6 * HOUR  # of answers: by then Loki has written its memory to disk
MOST = 10_000

AS_FRESH, AS_LATE, AS_HOUR = "f", "q", "l"  # marks before a file name: the labels of the first try
IN_METADATA = {AS_FRESH: "F", AS_LATE: "Q"}  # with the account in structured metadata
_TRIED = "t"  # AS_FRESH in the file names of an early build
_MARKS = AS_FRESH + AS_LATE + AS_HOUR + _TRIED + "".join(IN_METADATA.values())
_PROCESS = 1 << 23  # below: a process id, which earlier builds wrote after the moment


class Entry:
    """An event in the outbox: `name` is that of its file, `moment` in ns; `mark` says with which
    labels it may have been stored, "" that it was not.

    `first` is the mark with which this sender found it. `since` (s since the epoch by Loki's clock,
    or 0) is when Loki was first asked for it and did not show it, which did not prove anything yet.
    """

    __slots__ = ("first", "line", "mark", "moment", "name", "since", "verb")

    def __init__(
        self, name: str, moment: int, line: str, verb: str, mark: str, number: int = 0
    ) -> None:
        self.name = name
        self.moment = moment
        self.line = line
        self.verb = verb
        self.mark = self.first = mark
        self.since = number if number >= _PROCESS else 0


class Batch:
    """Entries of one push, the oldest first. `mark` says with which labels."""

    __slots__ = ("entries", "mark")

    def __init__(self, entries: list[Entry], mark: str) -> None:
        self.entries = entries
        self.mark = mark

    def streams(self) -> list[Batch]:
        """The batch split by stream."""
        apart: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries:
            apart.setdefault((entry.verb, late(entry.moment, self.mark)), []).append(entry)
        return [Batch(entries, self.mark) for entries in apart.values()]

    def pieces(self, size: int) -> list[Batch]:
        """The batch in pieces of at most `size` entries."""
        starts = range(0, len(self.entries), size)
        return [Batch(self.entries[start : start + size], self.mark) for start in starts]

    def halves(self) -> list[Batch]:
        """The batch in two halves, to find the refused entry."""
        return self.pieces((len(self.entries) + 1) // 2)

    def events(self) -> list[tuple[int, str, str, str]]:
        """For `event.push_body`: (moment, verb, line, text of the label `late` or "")."""
        return [
            (entry.moment, entry.verb, entry.line, late(entry.moment, self.mark))
            for entry in self.entries
        ]


class Plan:
    """The plan for all waiting events: `batches` to push in this order, `surplus` to drop, `early`
    entries, from before EARLIEST, to drop too, and `foreign` ones, which homelab did not write, to
    refuse."""

    __slots__ = ("batches", "early", "foreign", "surplus")

    def __init__(
        self,
        batches: list[Batch],
        surplus: list[Entry],
        early: list[Entry],
        foreign: list[Entry],
    ) -> None:
        self.batches = batches
        self.surplus = surplus
        self.early = early
        self.foreign = foreign


def parsed(name: str) -> Entry | None:
    """Parse an outbox's file name; None if the file is not ours."""
    stamp, _, rest = name.partition(" ")
    mark = stamp[:1] if stamp[:1] in tuple(_MARKS) else ""
    moment, _, number = stamp[len(mark) :].partition(".")
    ours = number.isascii() and number.isdigit() and len(number) <= DIGITS and "/" not in name
    event = decode_record(f"{moment} {rest}") if ours else None
    if event is None:
        return None
    if mark == _TRIED:
        mark = AS_FRESH
    elif not mark and 0 < int(number) < _PROCESS:
        mark = AS_HOUR  # an early build may have sent it so without a mark, and never as fresh
    return Entry(name, event[0], event[2], event[1], mark, int(number))


def is_damaged(name: str) -> bool:
    """Whether a file name is one of ours, including drafts, but does not name an event any more."""
    stamp, _, rest = name.partition(" ")
    moment, _, number = stamp.lstrip(f".{_MARKS}").partition(".")
    ours = (moment + number).isascii() and moment.isdigit() and number.isdigit()
    shaped = ours and rest.startswith("exit=") and "/" not in name
    return shaped and parsed(name[1:] if name[:1] == "." else name) is None


def marked(name: str, mark: str) -> str:
    """The file name of an event with a mark; without one if `mark` is ""."""
    return mark + name.lstrip(_MARKS)


def held(name: str, since: int) -> str:
    """The file name of an event that Loki does not show since then (s since the epoch by
    Loki's clock)."""
    stamp, _, rest = name.partition(" ")
    return f"{stamp.partition('.')[0]}.{since} {rest}"


def surplus(entries: list[Entry], now: int) -> list[Entry]:
    """The entries over MOST that are furthest from `now` (ns), past or future: the outbox is
    bounded."""
    over = max(0, len(entries) - MOST)
    return sorted(entries, key=lambda entry: -abs(now - entry.moment))[:over]


def plan(entries: list[Entry], now: int, book: Ledger, metadata: bool = False) -> Plan:
    """Plan the push of all waiting events; `now` (ns) is our clock, and the ledger knows how far
    Loki's is ahead of it. With `metadata`, events that were not tried yet are sent with the account
    in structured metadata; the others as they were tried. While Loki does not answer, new events
    are sent as late ones from the start, which can be repeated as long as necessary.

    That estimate chooses labels, either of which Loki accepts or clearly refuses; it drops nothing,
    since it may be wrong. Events too far ahead are tried now and then. The outbox is bounded.
    """
    foreign = [entry for entry in entries if not is_sendable(entry.verb, entry.line)]
    if foreign:
        entries = [entry for entry in entries if is_sendable(entry.verb, entry.line)]
    early = [entry for entry in entries if entry.moment < EARLIEST]
    if early:
        entries = [entry for entry in entries if entry.moment >= EARLIEST]
    gone = surplus(entries, now)
    left = {entry.name for entry in gone}
    waiting = sorted([entry for entry in entries if entry.name not in left], key=_moment)
    ahead = max(book.clock, 0)  # a Date that is behind may be a proxy's own
    silent = book.failures and book.last_silence == book.last_failure
    young: list[Entry] = []
    older: list[Entry] = []  # and fresh
    as_fresh, as_late = (IN_METADATA[mark] if metadata else mark for mark in (AS_FRESH, AS_LATE))
    marks = (AS_FRESH, AS_LATE, AS_HOUR, *IN_METADATA.values())
    apart: dict[str, list[Entry]] = {mark: [] for mark in marks}
    for entry in waiting:
        age = now + ahead - entry.moment
        if entry.since and 0 <= now - book.last_question < AGAIN:
            continue
        lead = entry.moment - now - book.clock
        # an event that no clock will reach is tried at once, and dropped: each push renews the rest
        if TOO_NEW < lead <= GIVEN_UP and 0 <= now - book.last_push < RETRY:
            continue
        if entry.mark:
            apart[entry.mark].append(entry)
        elif age > FRESH or silent:
            apart[as_late].append(entry)
        elif age > TOGETHER:
            older.append(entry)
        else:
            young.append(entry)
    batches = [Batch(near, as_fresh) for near in _near(young)] + Batch(older, as_fresh).streams()
    for mark, each in apart.items():
        batches += Batch(each, mark).streams()
    batches.sort(key=lambda batch: batch.entries[0].moment)
    return Plan(batches, gone, early, foreign)


def is_in_metadata(mark: str) -> bool:
    """Whether a mark says that the account is in structured metadata, not among the labels."""
    return mark in IN_METADATA.values()


def as_late(mark: str) -> str:
    """The mark of a late event that has its account in the same place as this mark."""
    return IN_METADATA[AS_LATE] if is_in_metadata(mark) else AS_LATE


def late(moment: int, mark: str) -> str:
    """The label `late` of a mark, in UTC: the event's own quarter of an hour, `2026-11-22T17:15`,
    or hour, `2026-11-22T17`, or none."""
    if mark == AS_HOUR:
        return time.strftime("%Y-%m-%dT%H", time.gmtime(moment // SECOND))
    if mark == as_late(mark):
        quarter = moment - moment % (15 * MINUTE)
        return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(quarter // SECOND))
    return ""


def trusted(entry: Entry, now: int, book: Ledger) -> bool:
    """Whether Loki's answer that it does not have an event is proof, at `now` (ns) by our clock. If
    that takes time, the time starts again whenever Loki was unreachable: it may have crashed. The
    time is Loki's: a correction of our clock meanwhile does not shorten it."""
    there = now + max(book.clock, 0)
    since = max(entry.since * SECOND, book.last_silence + book.clock) if entry.since else there
    return there - entry.moment < TRUSTED or there - since > HELD


def rest(failures: int) -> int:
    """How long (ns) to wait after so many failures in a row: 5 s, doubled each time, 5 min at most.
    It never gives up."""
    return min(5 << min(max(failures, 1) - 1, 10), 300) * SECOND


def _near(entries: list[Entry]) -> list[list[Entry]]:
    """The entries, the oldest first, in parts that span FRESH at most. A push that spans more than
    Loki's window can advance a stream beyond events that it has just stored."""
    parts: list[list[Entry]] = []
    for entry in entries:
        if parts and entry.moment - parts[-1][0].moment <= FRESH:
            parts[-1].append(entry)
        else:
            parts.append([entry])
    return parts


def _moment(entry: Entry) -> int:
    return entry.moment
