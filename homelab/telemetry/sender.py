"""The sender: pushes the waiting events to Loki. It runs in a detached child that the kernel ends,
and imports HTTP only if it has something to send. It may be killed at any point: nothing is lost
then, or counted twice. `plan` has the rules."""

from __future__ import annotations

from homelab import times
from homelab.errors import REFUSED, UNREACHABLE, Failure
from homelab.system.clock import now
from homelab.telemetry import event, ledger, plan
from homelab.telemetry.account import in_metadata, label
from homelab.telemetry.outbox import Outbox, names
from homelab.telemetry.plan import Batch, Entry
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from homelab.loki.client import Loki, Reply
    from homelab.settings import Settings
    from homelab.system.detached import Life

REQUEST = 0.8  # s, for connecting, and for the request and its answer
_ENOUGH = 1 << 16  # bytes of an answer; the reason of a refusal is at its start
_APART = SECOND  # ns from one sender's push to the next one's: a burst of runs needs few pushes
_SHORT = 0.3  # s of life in which no further push is begun
_LAST = 1.5  # s of life in which a sender leaves newly arrived events to a new one
_QUESTIONS = 10  # pages of 5,000 entries to look through for one batch
# A proxy in front of Loki answers these before Loki sees the push. A 5xx proves nothing: a proxy
# also sends it if Loki went away after it had stored the push.
_NOT_STORED = frozenset((*range(300, 400), 401, 403, 404, 405, 407))
_TOO_LARGE = frozenset((413, 414, 431))  # answered by a proxy, with any page or none
_REFUSED = _TOO_LARGE | {400, 422}  # a part of the push, or its size
_LOKIS = ("entry", "entries", "stream", "label", "loghttp.PushRequest")  # words in its refusals
# A Loki from 2.9 on refuses structured metadata by that name; an older one refuses the whole push
# as JSON that it does not understand.
_NO_METADATA = ("structured metadata", "loghttp.PushRequest")
METADATA_REMEDY = (
    "set telemetry.account_as = label here, or in Loki's limits_config allow_structured_metadata:"
    " true, which needs schema v13"
)
_CLOCK = "this host's clock"  # begins a reason that is over when the clock is correct again
_SUSPICIOUS = 3  # refusals without Loki's words, and none accepted: it is not a Loki


class Gone(Exception):
    """Loki did not accept a push; the text is the reason."""


class _Crowded(Exception):
    """Loki has too many entries between the first and the last event of a query."""


def body_of(
    user: str,
    events: list[tuple[int, str, str, str]],
    job: str = event.JOB,
    metadata: bool = False,
) -> bytes:
    """The request's body, which `HOMELAB_TELEMETRY=print` shows and the sender sends."""
    import json

    document = event.push_body(user, events, job, metadata)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "backslashreplace"
    )


def push_once(settings: Settings, happened: event.Event, life: Life) -> None:
    """Push one event once, if the state folder can't be written; failures are ignored."""
    loki = _client(settings)
    body = body_of(label(settings), [happened.entry()], metadata=in_metadata(settings))
    life.bound(REQUEST)
    loki.request("POST", event.PUSH, body, lambda: life.bound(REQUEST), enough=_ENOUGH)


def shown(settings: Settings, happened: event.Event) -> str:
    """The request for an event, exactly as it would be sent; credentials as `(secret)`."""
    body = body_of(label(settings), [happened.entry()], metadata=in_metadata(settings))
    head = _client(settings).shown("POST", event.PUSH, body)
    return f"{head}\n{body.decode('utf-8')}"


def _client(settings: Settings, wait: float = 0.0) -> Loki:
    from homelab.loki.configured import configured

    return configured(settings, connect=REQUEST, wait=wait or REQUEST)


def drain(settings: Settings, folder: str, life: Life, clock: Callable[[], int] = now) -> None:
    """Push the waiting events in the outbox below `folder`, and remove the accepted ones. If
    another sender is running, it does that instead; events that arrive meanwhile are sent too.
    `clock` gives ns."""
    seen: set[str] = set()
    while True:
        try:
            with Outbox(folder) as box:
                seen |= _Sender(settings, folder, life, clock, box).empty()
        except (BlockingIOError, Gone):
            return
        except OSError as error:
            _unusable(folder, error, clock())
            return
        # a run that found the lock held has left its event to us
        if seen.issuperset(plan.marked(name, "") for name in names(folder)):
            return
        if life.left() < _LAST:
            life.renew()


def _unusable(folder: str, error: OSError, now: int) -> None:
    """Record why nothing can be sent."""
    book = ledger.read(folder)
    book.reason = f"the outbox can't be used: {error.strerror or error}; see {folder}"
    book.last_failure = now
    book.keep(folder)


class _Sender:
    """A round over all waiting events, under the lock."""

    def __init__(
        self,
        settings: Settings,
        folder: str,
        life: Life,
        clock: Callable[[], int],
        box: Outbox,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._life = life
        self._clock = clock
        self._box = box
        self._book = ledger.read(folder)
        if clock() >= event.EARLIEST:
            self._book.set_right(clock())
        self._user = ""
        self._metadata = in_metadata(settings)
        self._no_metadata = False  # this Loki accepts none
        self._accepted = False  # an event was, so it is a Loki that answers
        self._suspects: list[Entry] = []  # refused in words that may not be Loki's
        self._oldest = 0  # Loki refuses events older than this (ns), as far as it said so
        self._later = ""  # why an event has to wait while the others are sent

    def empty(self) -> set[str]:
        """Push all events; return the unmarked names of those that were there at the start. Raises
        Gone if an event has to wait."""
        book = self._book
        self._box.remove(book)
        self._box.adopt(self._clock())
        wait = _APART - (self._clock() - book.last_push)
        if 0 < wait <= _APART:
            self._life.sleep(wait / SECOND)
        found = self._box.entries()
        planned = plan.plan(found, self._clock(), book, self._metadata)
        if planned.foreign:
            book.reason = (
                f"not sent, as it is not the name of an event: {planned.foreign[0].name[:80]!r}"
            )
            self._settle("refused", planned.foreign)
        damaged = self._box.damaged()
        if damaged:
            book.reason = f"dropped, as its file name is damaged: {damaged[0].name[:80]!r}"
            self._settle("dropped", damaged)
        if planned.early:
            day = times.date(times.day_of(planned.early[0].moment))
            book.reason = f"dropped: dated {day}, by a clock that was wrong; see usage doctor"
            self._settle("dropped", planned.early)
        if planned.surplus:
            self._settle("dropped", planned.surplus)
        names = {plan.marked(entry.name, "") for entry in found}
        if planned.batches:
            gone = {entry.name for entry in planned.surplus}
            tried = [entry for entry in found if entry.mark and entry.name not in gone]
            self._push(planned.batches, tried)
        return names

    def _push(self, batches: list[Batch], tried: list[Entry]) -> None:
        if self._book.failures % 2:  # an event that blocks the way must not starve the next ones
            batches.reverse()
        self._expect_the_worst(0)  # on this host the imports alone may take too long
        try:
            self._user = label(self._settings)
            self._drop_of_another_label(batches, tried)
            loki = _client(self._settings)
            for batch in batches:
                while batch.entries and self._life.left() > _SHORT:
                    piece, *rest = batch.pieces(self._book.size)
                    self._carry(loki, piece)
                    batch.entries = [entry for piece in rest for entry in piece.entries]
        except Failure as failure:
            silent = not failure.status or failure.status >= 500
            raise self._failed(failure.sentence, silent) from None
        self._judge_suspects()
        if self._later and not self._accepted:
            raise self._failed(self._later)
        if any(batch.entries for batch in batches) and not self._accepted:
            raise self._failed("this host was too slow to send anything in time")
        self._book.failures = 0
        if self._later:
            self._book.reason = self._later
        elif self._book.reason.startswith(_CLOCK):
            self._book.reason = ""  # the clock is correct again
        self._rest(0)
        self._book.keep(self._folder)

    def _drop_of_another_label(self, batches: list[Batch], tried: list[Entry]) -> None:
        """Drop events that may be stored under the previous label of this account (its name, if it
        has a pseudonym now): under a new label Loki would count them twice."""
        book = self._book
        if book.user == self._user:
            return
        if book.user and tried:
            book.reason = "this account's label changed after a first try to send them"
            book.last_failure = self._clock()
            names = {entry.name for entry in tried}
            self._settle("dropped", tried)
            for batch in batches:
                batch.entries = [entry for entry in batch.entries if entry.name not in names]
        book.user = self._user

    def _expect_the_worst(self, events: int) -> None:
        """Record in advance that there was no answer, and undo that when one comes: the kernel may
        end this process at any moment, and then nothing can be written."""
        book = self._book
        before = (book.failures, book.last_failure, book.last_silence, book.reason, book.size)
        if events:
            book.size = max(min(events, book.size) // 2, 10)
        why = "no answer in time: Loki, or the name lookup before it, did not answer or was slow"
        self._failed(why, silent=True)
        book.failures, book.last_failure, book.last_silence, book.reason, book.size = before

    def _failed(self, reason: str, silent: bool = False) -> Gone:
        """Record a failure, and whether Loki did not answer; return the exception to raise."""
        book = self._book
        book.failures += 1
        book.last_failure = self._clock()
        if silent:
            book.last_silence = book.last_failure
        book.reason = reason
        self._rest(plan.rest(book.failures))
        book.keep(self._folder)
        return Gone(reason)

    def _rest(self, nanoseconds: int) -> None:
        """Pause for so long from now on, or not at all."""
        book = self._book
        book.rest_until = self._clock() + nanoseconds if nanoseconds else 0
        book.rest, book.rest_from = nanoseconds // SECOND, ledger.uptime()

    def _carry(self, loki: Loki, batch: Batch) -> None:
        """Push a batch; push a part of it again if that is refused. Raises Failure if Loki accepts
        nothing now."""
        from homelab.loki.diagnosis import is_taken

        if self._no_metadata and plan.is_in_metadata(batch.mark):
            self._free([entry for entry in batch.entries if entry.mark])
            return
        batch.entries = self._box.still(batch.entries)
        old = [entry for entry in batch.entries if entry.moment < self._oldest]
        if old:
            self._book.reason = "Loki accepts nothing so old; see clock in usage doctor"
            self._book.last_failure = self._clock()
            self._settle("dropped", old)
            batch.entries = [entry for entry in batch.entries if entry.moment >= self._oldest]
        if not batch.entries:
            return
        before = [(entry, entry.mark) for entry in batch.entries]
        reply = self._sent(loki, batch)
        if is_taken(reply.status, reply.headers, reply.body):
            self._accepted = True
            self._took(batch, reply)
            if batch.entries:
                for alone in batch.streams():  # a refusal may have hidden behind the 204
                    self._carry(loki, alone)
        elif reply.status in _REFUSED:
            self._refused(loki, batch, before, reply)
        else:
            self._turned_away(loki, before, reply)

    def _sent(self, loki: Loki, batch: Batch) -> Reply:
        """Send a batch; return the answer. Each step has its own time limit: marking files on a
        slow host takes nothing from Loki's time."""

        def connected() -> None:
            self._life.unbound()
            self._box.mark(batch.entries, batch.mark)
            self._life.bound(REQUEST)

        metadata = plan.is_in_metadata(batch.mark)
        body = body_of(self._user, batch.events(), metadata=metadata)
        self._book.last_push = self._clock()
        self._expect_the_worst(len(batch.entries))
        self._life.bound(REQUEST)
        try:
            return loki.request("POST", event.PUSH, body, connected, enough=_ENOUGH)
        finally:
            self._life.unbound()

    def _took(self, batch: Batch, reply: Reply) -> None:
        """Settle the accepted events; those that may not have been accepted stay in the batch."""
        now, there = self._clock(), reply.date()
        if len(batch.entries) >= self._book.size:
            self._book.size = min(self._book.size * 2, ledger.MOST)
        if len(batch.streams()) > 1:
            # a joint push is sure to be stored if no event was older than this for Loki too
            oldest = batch.entries[0].moment
            if there is None or max(there, now) - oldest > plan.TOGETHER + plan.MINUTE:
                return
        self._book.clock = _ahead(reply, now, self._book.clock)
        self._delivered(batch.entries)
        batch.entries = []

    def _delivered(self, entries: list[Entry]) -> None:
        self._book.last_delivery = self._clock()
        if not self._book.delivered and self._book.last_delivery >= event.EARLIEST:
            self._book.first_delivery = self._book.last_delivery
        self._book.failures = 0  # the way is open, however far this sender gets
        self._settle("delivered", entries)

    def _settle(self, outcome: str, entries: list[Entry]) -> None:
        self._rest(0)
        self._box.settle(outcome, entries, self._book)

    def _turned_away(self, loki: Loki, before: list[tuple[Entry, str]], reply: Reply) -> None:
        """Stop, as nothing is accepted now. Raises Failure."""
        nothing = reply.status in _NOT_STORED or (reply.status < 500 and _is_page(reply))
        if reply.status == 429:
            self._book.size = max(len(before) // 2, 1)
            # a limit of the tenant refuses the whole push, a limit of a stream only that stream
            nothing = b" stream" not in reply.body
        if nothing:
            self._box.mark([entry for entry, mark in before if not mark], "")
        raise loki.refusal(reply)

    def _refused(
        self, loki: Loki, batch: Batch, before: list[tuple[Entry, str]], reply: Reply
    ) -> None:
        """Handle a push of which a part was refused, or which was too large; the rest of it may be
        stored."""
        from homelab.loki.diagnosis import words_of

        words, count = words_of(reply.body), len(batch.entries)
        if reply.status in _TOO_LARGE or _is_page(reply):  # by a proxy in front of Loki
            self._book.size = max(count // 2, 1)
            self._box.mark([entry for entry, mark in before if not mark], "")  # nothing is stored
        elif plan.is_in_metadata(batch.mark) and takes_no_metadata(words):
            # each entry has metadata, so that nothing is stored; the next setting may be another
            # one
            self._box.mark([entry for entry, mark in before if not mark], "")
            self._no_metadata = True
            self._later = f"Loki takes no structured metadata ({words}); {METADATA_REMEDY}"
            self._free([entry for entry, mark in before if mark])
            return
        elif self._is_old(batch, reply) or self._is_new(loki, batch, before, reply, words):
            self._carry(loki, batch)
            return
        elif len(batch.streams()) > 1:
            for alone in batch.streams():
                self._carry(loki, alone)
            return
        elif _is_behind(words):
            behind = _ignored(reply.body, count)
            if behind:
                self._book.clock = _ahead(reply, self._clock(), self._book.clock)
                self._accepted = True
                if behind < count:  # they are sorted by time, so those after them were not
                    self._delivered(batch.entries[behind:])
                self._behind(loki, before[:behind], words)
                return
        if count > 1:
            for half in batch.halves():
                self._carry(loki, half)
        else:
            self._refused_alone(loki, batch.entries[0], before[0][1], reply, words)

    def _is_old(self, batch: Batch, reply: Reply) -> bool:
        """Whether the batch has events that are older than Loki says it accepts; `_carry` drops
        them."""
        if b"too old" not in reply.body:
            return False
        self._oldest = max(self._oldest, _acceptable(reply.body))
        self._accepted = True
        return batch.entries[0].moment < self._oldest

    def _is_new(
        self, loki: Loki, batch: Batch, before: list[tuple[Entry, str]], reply: Reply, words: str
    ) -> bool:
        """Whether the batch has events that are too far ahead of Loki's clock, among others. Those
        wait: their time will come."""
        there = reply.date()
        if there is None or b"too new" not in reply.body or len(batch.entries) == 1:
            return False
        new = [pair for pair in before if pair[0].moment > there + event.TOO_NEW]
        far = [pair for pair in new if pair[0].moment > self._hopeless(there)]
        if far:
            new = far
        elif len(new) == len(batch.entries):
            # that Date may be a proxy's, which is behind; then take the oldest one
            oldest = Batch(batch.entries[:1], batch.mark)
            self._carry(loki, oldest)
            new = new[1:] if self._later else []
            batch.entries = batch.entries[1:]
        if not new:
            return False
        self._wait_for_clock(new, there, words)
        waits = {entry.name for entry, _ in new}
        batch.entries = [entry for entry in batch.entries if entry.name not in waits]
        return True

    def _wait_for_clock(self, before: list[tuple[Entry, str]], there: int, words: str) -> None:
        """Let events wait that are too far ahead of Loki's clock, which is at `there` (ns). Drop
        them if their time is years away by our clock too."""
        self._box.mark([entry for entry, mark in before if not mark], "")
        limit = self._hopeless(there)
        far = [entry for entry, _ in before if entry.moment > limit]
        if far:
            day = times.date(times.day_of(far[0].moment))
            self._book.reason = f"dropped: dated {day}, by a clock that was ahead"
            self._settle("dropped", far)
        near = [entry for entry, _ in before if entry.moment <= limit]
        if any(entry.moment > self._clock() + plan.MINUTE for entry in near):
            self._later = (
                f"{_CLOCK} was ahead; events that it dated so wait for that time ({words})"
            )
        elif near:
            self._later = f"{_CLOCK} is ahead of Loki's; see usage doctor ({words})"

    def _hopeless(self, there: int) -> int:
        """The moment (ns) from which on an event is too far ahead to wait for."""
        return max(there, self._clock()) + plan.GIVEN_UP

    def _behind(self, loki: Loki, behind: list[tuple[Entry, str]], words: str) -> None:
        """Handle events that are too far behind their stream: they are late ones from here on. But
        an earlier try whose answer was lost may have stored them; these must not be sent as
        others."""
        as_late = plan.as_late(behind[0][0].mark)
        if behind[0][0].mark == as_late:
            self._give_up([entry for entry, _ in behind], words)
            return
        late = [entry for entry, mark in behind if not mark]
        tried = [entry for entry, mark in behind if mark]
        if tried:
            there = self._stored(tried)
            if there is None:
                self._give_up([entry for entry in tried if entry.first], words)
                late += [entry for entry in tried if not entry.first]
            else:
                now, book = self._clock(), self._book
                self._delivered([entry for entry in tried if entry.moment in there])
                absent = [entry for entry in tried if entry.moment not in there]
                late += [entry for entry in absent if plan.trusted(entry, now, book)]
                held = [entry for entry in absent if not plan.trusted(entry, now, book)]
                if held:
                    book.last_question = now
                    self._box.hold(held, (now + book.clock) // SECOND)
        if late:
            late.sort(key=lambda entry: entry.moment)
            for alone in Batch(late, as_late).streams():
                self._carry(loki, alone)

    def _free(self, tried: list[Entry]) -> None:
        """Handle events of one stream that an earlier try sent in structured metadata, to a Loki
        that accepts none now: an event that it does not have may be sent in another form, once its
        "no" is trusted."""
        there = self._stored(tried) if tried else None
        if there is None:
            return
        now, book = self._clock(), self._book
        found = [entry for entry in tried if entry.moment in there]
        if found:
            self._delivered(found)
        absent = [entry for entry in tried if entry.moment not in there]
        held = [entry for entry in absent if not plan.trusted(entry, now, book)]
        self._box.mark([entry for entry in absent if plan.trusted(entry, now, book)], "")
        if held:
            book.last_question = now
            self._box.hold(held, (now + book.clock) // SECOND)

    def _stored(self, entries: list[Entry]) -> set[int] | None:
        """The moments of those events, of one stream, that Loki has; None if that can never be
        known. Raises Failure if it can't be known now."""
        metadata = plan.is_in_metadata(entries[0].mark)
        labels = {"job": event.JOB, "verb": entries[0].verb}
        labels["late"] = plan.late(entries[0].moment, entries[0].mark)
        wanted = {entry.moment: entry.line for entry in entries}
        if metadata:
            wanted = {
                moment: event.line_in_metadata(line, self._user) for moment, line in wanted.items()
            }
        try:
            patient = _client(self._settings, max(self._life.left() - _SHORT, REQUEST))
            found = stored(patient, labels, self._user, metadata, min(wanted), max(wanted))
            return {moment for moment, line in found if wanted.get(moment) == line}
        except _Crowded:
            half = len(entries) // 2
            first, second = self._stored(entries[:half]), self._stored(entries[half:])
            return None if first is None or second is None else first | second
        except Failure as failure:
            if failure.code == REFUSED or failure.status == 404:
                return None  # a router for pushes only: it can never answer
            raise

    def _refused_alone(
        self, loki: Loki, entry: Entry, before: str, reply: Reply, words: str
    ) -> None:
        """Handle an event that Loki refuses by itself, for its moment or its content."""
        if reply.status == 413:  # no push is smaller, so it would wait for ever
            self._give_up([entry], "413, too large even alone for a proxy in front of Loki")
            return
        if _is_page(reply):
            self._turned_away(loki, [(entry, before)], reply)
        if _is_behind(words):
            self._book.clock = _ahead(reply, self._clock(), self._book.clock)
            self._behind(loki, [(entry, before)], words)
            return
        if not any(f" {word}" in f" {words}" for word in _LOKIS):
            said = words or "no reason given"
            self._suspects.append(entry)
            if len(self._suspects) >= _SUSPICIOUS and not self._accepted:
                raise Failure(UNREACHABLE, f"{loki.address}: {reply.status}, {said}")
            self._book.reason = f"refused: {said}"
            return
        self._book.clock = _ahead(reply, self._clock(), self._book.clock)
        if "too new" in words:
            self._wait_for_clock([(entry, before)], reply.date() or self._clock(), words)
        elif "too old" in words:
            self._settle("dropped", [entry])
        else:
            self._give_up([entry], words)

    def _give_up(self, entries: list[Entry], words: str) -> None:
        if not entries:
            return
        self._book.reason = f"Loki refused an event: {words}"
        self._settle("refused", entries)

    def _judge_suspects(self) -> None:
        """Decide about answers of 400 that do not speak of entries: they may come from a TLS server
        or a proxy. If Loki accepted other events in this round, they were Loki's; otherwise all
        events wait."""
        if self._suspects and self._accepted:
            self._give_up(self._suspects, self._book.reason.partition(": ")[2])
        elif self._suspects:
            raise self._failed(self._book.reason)


def takes_no_metadata(words: str) -> bool:
    """Whether Loki refuses structured metadata as such."""
    return any(word in words for word in _NO_METADATA)


def _is_page(reply: Reply) -> bool:
    from homelab.loki.diagnosis import is_page

    return is_page(reply.headers, reply.body)


def _is_behind(words: str) -> bool:
    return "too far behind" in words or "out of order" in words


def _ignored(body: bytes, count: int) -> int:
    """How many of the `count` entries of a push were ignored, from `total ignored: 2 out of 5 for
    stream`; 0 if the text does not say."""
    said = body.decode("utf-8", "replace").rpartition("total ignored: ")[2].split(" ")
    if said[1:4] != ["out", "of", str(count)] or not (said[0].isascii() and said[0].isdigit()):
        return 0
    ignored = min(int(said[0][:9]), count)  # Python refuses to read thousands of digits
    # the first ten are listed with the reason, which may differ
    alike = body.count(b"ignored, reason: 'entry ") >= min(ignored, 10)
    return ignored if alike else 0


def _acceptable(body: bytes) -> int:
    """The moment (ns) in `oldest acceptable timestamp is: 2026-11-21T20:10:34Z`; 0 if there is
    none."""
    text = body.partition(b"oldest acceptable timestamp is: ")[2][:20]
    try:
        return times.moment(text.decode("utf-8", "replace"), 0)
    except ValueError:
        return 0


def _ahead(reply: Reply, now: int, before: int) -> int:
    """How far (ns) the other side's clock is ahead of `now`, from the Date header; within a minute
    it counts as equal, because the header has whole seconds and the transfer takes time."""
    there = reply.date()
    if there is None:
        return before
    ahead = there - now
    return ahead if abs(ahead) > 60 * SECOND else 0


def stored(
    loki: Loki, labels: dict[str, str], user: str, metadata: bool, first: int, last: int
) -> list[tuple[int, str]]:
    """The entries (moment in ns, line) from `first` to `last` (ns) that Loki shows under these
    labels, of an account whose name is one of them or, with `metadata`, in structured metadata.
    Raises Failure."""
    from homelab.loki.logql import quoted, selector
    from homelab.loki.pages import Pages

    asked = 0

    def ask(parameters: dict[str, str | int]) -> list[Any]:
        nonlocal asked
        asked += 1
        if asked > _QUESTIONS and first < last:
            raise _Crowded
        return loki.result("query_range", parameters, kinds=("streams",))[1]

    streams = selector({**labels, "user": "" if metadata else user})
    query = f"{streams} | user={quoted(user)}" if metadata else streams
    pages = Pages(ask, query, forward=True).batches(first, last + 1)
    return [(moment, line) for page in pages for _, moment, line in page]
