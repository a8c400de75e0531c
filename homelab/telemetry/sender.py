"""The sender: carries what waits to Loki. It runs in the detached child, whose 0.8 s the kernel
counts, and imports there what HTTP takes. It may be killed at any point and loses nothing."""

from __future__ import annotations

import time

from homelab.errors import REFUSED, UNREACHABLE, Failure
from homelab.loki.configured import configured
from homelab.loki.diagnosis import is_page, not_loki, of_answer, words_of
from homelab.telemetry import event, ledger, plan
from homelab.telemetry.account import account
from homelab.telemetry.outbox import Outbox, names
from homelab.telemetry.plan import Batch, Entry
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.loki.client import Loki, Reply
    from homelab.settings import Settings

TIMEOUT = 0.8  # s, each wait on the socket; the child's lifetime bounds the whole
_ENOUGH = 1 << 16  # bytes of an answer; a refusal is told in its first words
# What stands in front of Loki says these without Loki having seen the push.
_NOT_STORED = frozenset((301, 302, 303, 307, 308, 401, 403, 404, 405, 407, 502, 503))
_REFUSED = frozenset((400, 413, 422))  # a part of the push, or its size
_SUSPICIOUS = 3  # refusals in nobody's words, and nothing accepted: that is no Loki


class Gone(Exception):
    """Loki did not take a push; its text is the reason."""


def body_of(user: str, events: list[tuple[int, str, str, str]], job: str = event.JOB) -> bytes:
    """The request's body, as `HOMELAB_TELEMETRY=print` shows it and the sender sends it."""
    import json

    document = event.push_body(user, events, job)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "backslashreplace"
    )


def push_once(settings: Settings, happened: event.Event) -> None:
    """Best effort, where the state folder can't be written: one push, whatever comes of it."""
    loki = configured(settings, connect=TIMEOUT, wait=TIMEOUT)
    loki.request("POST", event.PUSH, body_of(account(), [happened.entry()]), enough=_ENOUGH)


def shown(settings: Settings, happened: event.Event) -> str:
    """The request that would carry an event, as it would be sent; credentials as `(secret)`."""
    loki = configured(settings, connect=TIMEOUT, wait=TIMEOUT)
    body = body_of(account(), [happened.entry()])
    head = loki.shown("POST", event.PUSH, body)
    return f"{head}\n{body.decode('utf-8')}"


def drain(settings: Settings, folder: str, clock: Callable[[], int] = time.time_ns) -> None:
    """Push what waits in the outbox below `folder`, and remove what was accepted. Another sender at
    work does it instead; what came in meanwhile is taken up here. `clock` gives ns."""
    seen: set[str] = set()
    while True:
        try:
            with Outbox(folder) as box:
                seen |= _Sender(settings, folder, clock, box).empty()
        except (BlockingIOError, Gone):
            return
        # a run that found the lock held, or Loki to be left alone, has left its event to us
        if seen.issuperset(plan.marked(name, "") for name in names(folder)):
            return


class _Sender:
    """One round over all that waits, under the lock."""

    def __init__(
        self, settings: Settings, folder: str, clock: Callable[[], int], box: Outbox
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._clock = clock
        self._box = box
        self._book = ledger.read(folder)
        self._user = account()
        self._accepted = False  # something was, so it is a Loki that answers
        self._suspects: list[Entry] = []  # refused in words that need not be Loki's
        self._later = ""  # why something has to wait that does not hinder the rest

    def empty(self) -> set[str]:
        """Push it all; returns the unmarked names of what there was at the beginning. Raises Gone
        where something has to wait."""
        found = self._box.entries()
        planned = plan.plan(found, self._clock(), self._book.clock)
        if planned.expired:
            self._box.remove(planned.expired)
            self._book.dropped += len(planned.expired)
        if planned.batches:
            self._push(planned.batches)
        self._write(self._clock())
        return {plan.marked(entry.name, "") for entry in found}

    def _push(self, batches: list[Batch]) -> None:
        self._expect_the_worst()
        if self._book.failures % 2:  # what blocks the way is not to starve what comes after it
            batches.reverse()
        try:
            loki = configured(self._settings, connect=TIMEOUT, wait=TIMEOUT)
            for batch in batches:
                batch.entries = self._box.still(batch.entries)
                if batch.entries:
                    self._carry(loki, batch)
        except Failure as failure:
            raise self._failed(failure.sentence) from None
        self._judge_suspects()
        if self._later:
            raise self._failed(self._later)
        self._book.failures = 0

    def _write(self, rest_until: int) -> None:
        """Keep the ledger; where it can't be written, events travel all the same."""
        try:
            ledger.write(self._folder, self._book, rest_until)
        except OSError:
            pass

    def _expect_the_worst(self) -> None:
        """The kernel may end this process in the middle of a wait, and then nobody writes down that
        there was no answer: so that is written first, and taken back when there is one."""
        before = (self._book.failures, self._book.last_failure, self._book.reason)
        self._failed("no answer within 0.8 s: Loki, or the name lookup before it, was silent")
        self._book.failures, self._book.last_failure, self._book.reason = before

    def _failed(self, reason: str) -> Gone:
        """Write a failure down; returns what to raise."""
        now = self._clock()
        self._book.failures += 1
        self._book.last_failure = now
        self._book.reason = reason
        self._write(now + plan.rest(self._book.failures))
        return Gone(reason)

    def _carry(self, loki: Loki, batch: Batch) -> None:
        """Push a batch; in halves where a part of it is refused. Raises Failure where Loki takes
        nothing now."""
        mark = plan.AS_LATE if batch.late else plan.AS_FRESH
        reply = loki.request(
            "POST",
            event.PUSH,
            body_of(self._user, batch.events()),
            connected=lambda: self._box.mark(batch.entries, mark),
            enough=_ENOUGH,
        )
        page = is_page(reply.headers, reply.body)
        if reply.status == 204:
            self._took(batch.entries, reply)
        elif reply.status not in _REFUSED or page:
            if reply.status in _NOT_STORED or page:
                self._box.mark([entry for entry in batch.entries if not entry.tried], "")
            raise of_answer(loki.address, reply.status, reply.headers, reply.body)
        elif len(batch.entries) > 1:
            for half in batch.halves():
                self._carry(loki, half)
        else:
            self._refused(loki, batch, reply)

    def _took(self, entries: list[Entry], reply: Reply) -> None:
        self._accepted = True
        self._box.remove(entries)
        self._book.delivered += len(entries)
        self._book.last_delivery = self._clock()
        self._book.clock = _ahead(reply, self._clock(), self._book.clock)
        self._book.failures = 0  # the way is open, however far this sender gets
        self._write(self._clock())

    def _refused(self, loki: Loki, batch: Batch, reply: Reply) -> None:
        """One event that Loki refuses by itself: for its moment, or for what it is."""
        (entry,) = batch.entries
        words = words_of(reply.body)
        if not any(word in words for word in ("entry", "stream", "label", "PushRequest")):
            self._suspects.append(entry)
            if len(self._suspects) >= _SUSPICIOUS and not self._accepted:
                raise Failure(UNREACHABLE, f"{loki.address}: {reply.status}, {words}")
            self._book.reason = f"refused: {words}"
            return
        self._book.clock = _ahead(reply, self._clock(), self._book.clock)
        if "too new" in words:  # its hour will come
            if not entry.tried:
                self._box.mark([entry], "")
            self._later = f"this host's clock is ahead of Loki's; see usage doctor ({words})"
            return
        behind = "too far behind" in words or "out of order" in words
        if behind and not batch.late:
            # refused now, but perhaps taken at an earlier try whose answer was lost
            stored = _is_stored(loki, self._user, entry) if entry.tried else False
            if stored is False:
                self._carry(loki, Batch([entry], late=True))
                return
            if stored:
                self._took([entry], reply)
                return
        self._give_up([entry], words)

    def _give_up(self, entries: list[Entry], words: str) -> None:
        self._box.remove(entries)
        self._book.refused += len(entries)
        self._book.reason = f"Loki refused an event: {words}"

    def _judge_suspects(self) -> None:
        """A 400 that does not speak of entries may be anybody's: a server that wants TLS, a proxy.
        Where a Loki took other events in this round, it was Loki's; else all that waits, waits."""
        if self._suspects and self._accepted:
            self._give_up(self._suspects, self._book.reason.partition(": ")[2])
        elif self._suspects:
            raise self._failed(self._book.reason)


def _ahead(reply: Reply, now: int, before: int) -> int:
    """How far (ns) the other side's clock is ahead of `now`, from the Date header; within a minute
    is no difference, as the header has whole seconds and the way takes time."""
    there = reply.date()
    if there is None:
        return before
    ahead = there - now
    return ahead if abs(ahead) > 60 * SECOND else 0


def _is_stored(loki: Loki, user: str, entry: Entry) -> bool | None:
    """Ask whether an event was stored at its first try; None where that can't be learned. Raises
    Failure where it can't be learned now."""
    labels = {"job": event.JOB, "user": user, "verb": entry.verb, "late": ""}
    try:
        return entry.line in stored(loki, labels, entry.moment)
    except Failure as failure:
        if failure.code == REFUSED or failure.status == 404:
            return None  # a router for pushes alone: it will never tell
        raise


def stored(loki: Loki, labels: dict[str, str], moment: int) -> list[str]:
    """The lines of a moment (ns) that Loki has under these labels. Raises Failure."""
    from homelab.loki.logql import selector

    parameters: dict[str, str | int] = {
        "query": selector(labels),
        "start": moment,
        "end": moment + 1,
        "limit": 10,
    }
    kind, streams = loki.result("query_range", parameters)
    if kind != "streams":
        raise not_loki(loki.address)
    return [line for found in streams for _, line, *_ in found["values"]]
