"""The sender: carries what waits to Loki. It runs in the detached child, whose 0.8 s the kernel
counts, and imports there what HTTP takes. It may be killed at any point and loses nothing."""

from __future__ import annotations

import time

from homelab.errors import Failure
from homelab.loki.connect import configured
from homelab.loki.diagnosis import of_answer, words_of
from homelab.telemetry import event, ledger, waiting
from homelab.telemetry.account import account
from homelab.telemetry.outbox import Outbox, names
from homelab.telemetry.waiting import Batch, Entry
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
    events = [(happened.time, happened.verb, happened.line(), "")]
    loki.request("POST", event.PUSH, body_of(account(), events), enough=_ENOUGH)


def shown(settings: Settings, happened: event.Event) -> str:
    """The request that would carry an event, as it would be sent; credentials as `(secret)`."""
    loki = configured(settings, connect=TIMEOUT, wait=TIMEOUT)
    body = body_of(account(), [(happened.time, happened.verb, happened.line(), "")])
    head = loki.shown("POST", event.PUSH, body)
    return f"{head}\n{body.decode('utf-8')}"


def drain(settings: Settings, folder: str, clock: Callable[[], int] = time.time_ns) -> None:
    """Push what waits in the outbox below `folder`, and remove what was accepted. Another sender at
    work does it instead; what came in while it ended is taken up here. `clock` gives ns."""
    sender = _Sender(settings, folder, clock)
    while True:
        try:
            with Outbox(folder) as box:
                sender.empty(box)
                seen = {entry.name for entry in box.entries()}
        except BlockingIOError:
            return
        except Gone:
            return
        # a run that found the lock held has left its event to us; look once more without it
        if seen.issuperset(names(folder)):
            return


class _Sender:
    def __init__(self, settings: Settings, folder: str, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._clock = clock
        self._folder = folder
        self._ledger = ledger.read(folder)
        self._user = account()

    def empty(self, box: Outbox) -> None:
        """One round over all that waits. Raises Gone where Loki takes nothing now."""
        now = self._clock() + self._ledger.clock
        planned = waiting.plan(box.entries(), now)
        if planned.expired:
            box.remove(planned.expired)
            self._ledger.dropped += len(planned.expired)
        if not planned.batches:
            ledger.write(self._folder, self._ledger, self._clock())
            return
        self._expect_the_worst()
        try:
            loki = configured(self._settings, connect=TIMEOUT, wait=TIMEOUT)
            for batch in planned.batches:
                self._carry(box, loki, batch)
        except Failure as failure:
            raise self._failed(failure.sentence) from None
        self._ledger.failures = 0
        ledger.write(self._folder, self._ledger, self._clock())

    def _expect_the_worst(self) -> None:
        """The kernel may end this process in the middle of a wait, and then nobody writes down that
        there was no answer: so that is written first, and taken back when there is one."""
        now = self._clock()
        before = self._ledger
        worst = ledger.read(self._folder)
        worst.failures = before.failures + 1
        worst.last_failure = now
        worst.reason = "no answer within 0.8 s: Loki, or the name lookup before it, was silent"
        worst.dropped = before.dropped
        ledger.write(self._folder, worst, now + waiting.rest(worst.failures))

    def _failed(self, reason: str) -> Gone:
        now = self._clock()
        self._ledger.failures += 1
        self._ledger.last_failure = now
        self._ledger.reason = reason
        ledger.write(self._folder, self._ledger, now + waiting.rest(self._ledger.failures))
        return Gone(reason)

    def _carry(self, box: Outbox, loki: Loki, batch: Batch) -> None:
        """Push a batch; in halves where a part of it is refused. Raises Gone or Failure where it
        has to wait."""
        untried = [] if batch.late else [entry for entry in batch.entries if not entry.tried]
        reply = loki.request(
            "POST",
            event.PUSH,
            body_of(self._user, batch.events()),
            connected=lambda: box.mark(untried, tried=True),
            enough=_ENOUGH,
        )
        self._ledger.clock = _ahead(reply, self._clock(), self._ledger.clock)
        if reply.status == 204:
            box.remove(batch.entries)
            self._ledger.delivered += len(batch.entries)
            self._ledger.last_delivery = self._clock()
        elif reply.status not in _REFUSED or _is_page(reply):
            if reply.status in _NOT_STORED or _is_page(reply):
                box.mark(untried, tried=False)
            raise of_answer(loki.address, reply.status, reply.headers, reply.body)
        elif len(batch.entries) > 1:
            for half in batch.halves():
                self._carry(box, loki, half)
        else:
            self._refused(box, loki, batch, words_of(reply.body))

    def _refused(self, box: Outbox, loki: Loki, batch: Batch, words: str) -> None:
        """One event that Loki refuses by itself: for its moment, or for what it is."""
        (entry,) = batch.entries
        if "too new" in words:  # its hour will come
            box.mark([entry], tried=False)
            return
        if "too far behind" in words and not batch.late:
            stored = _is_stored(loki, self._user, entry) if batch.doubtful else False
            if stored is False:
                self._carry(box, loki, Batch([entry], late=True))
                return
            if stored:
                box.remove([entry])
                self._ledger.delivered += 1
                return
        box.remove([entry])
        self._ledger.refused += 1
        self._ledger.reason = f"Loki refused an event: {words}"


def _is_page(reply: Reply) -> bool:
    from homelab.loki.diagnosis import is_page

    return is_page(reply.headers, reply.body)


def _ahead(reply: Reply, now: int, before: int) -> int:
    """How far (ns) the other side's clock is ahead of `now`, from the Date header; within a minute
    is no difference, as the header has whole seconds and the way takes time."""
    there = reply.date()
    if there is None:
        return before
    ahead = there - now
    return ahead if abs(ahead) > 60 * SECOND else 0


def _is_stored(loki: Loki, user: str, entry: Entry) -> bool | None:
    """Ask whether an event was stored at its first try; None where that can't be learned."""
    from homelab.loki.logql import selector

    labels = {"job": event.JOB, "user": user, "verb": entry.verb, "late": ""}
    parameters: dict[str, str | int] = {
        "query": selector(labels),
        "start": entry.moment,
        "end": entry.moment + 1,
        "limit": 10,
    }
    try:
        _, streams = loki.result("query_range", parameters)
    except Failure:
        return None
    return any(entry.line == line for found in streams for _, line, *_ in found["values"])
