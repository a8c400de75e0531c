"""Hedged requests: ask a question a second time while it has no answer.

A load balancer may have several Lokis behind it, each of which hands parts of a question to others.
If a host is lost with its part (no power, no network, a frozen process), nobody answers that part,
and Loki does not notice: with three processes of 3.8, such a question had no answer after 100 s,
while a copy of it asked meanwhile had one after 1 to 4 s.

A lost question can't be told from a slow one, and a slow Loki must not get twice the work. So one
question at a time is asked twice, as a trial. If its second copy is answered first, a question was
lost, and others are asked twice sooner. If its first copy is, Loki is slow and gets more time.
"""

from __future__ import annotations

import http.client
import time
from _thread import allocate_lock

from homelab.loki.connection import soonest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.loki.connection import Connection

AFTER = 6.0  # s; a single Loki's own queue holds a question for 4 s
AFTER_LOSS = 3.0  # s, once a question was lost; and until a third copy replaces the second
_WIDER = 1.7  # factor for the time of each further copy, since some questions do take long
_SLOWER = 2  # factor of the time of a slow answer that the next ones get
_TICK = 0.5  # s; the longest time until a thread sees what another thread learnt


class Hedge:
    """State shared by the questions to one Loki: `after` is the time (s) without an answer before a
    question is asked again. Any number of threads may use it."""

    def __init__(self) -> None:
        self.after = AFTER
        self._trial = allocate_lock()

    def answer(
        self,
        first: Connection,
        waited: float,
        seconds: float,
        again: Callable[[], Connection],
        drop: Callable[[Connection], None],
        spare: Callable[[], bool] = lambda: False,
        single: Callable[[], None] = lambda: None,
    ) -> http.client.HTTPResponse:
        """The answer to a question that was sent on the connection `first` and has `waited` (s) for
        its answer. `again` sends it on another connection, `drop` closes one that is not needed. If
        a connection is `spare`, it is tried at once, and if it wins, `single` is called. Raises the
        error of the last connection, or TimeoutError if none answers within `seconds` in all."""
        begun = time.monotonic() - waited
        due, gap, end = 0.0, AFTER_LOSS, begun + seconds
        copies = [first]
        trial = spared = False
        spares: list[Connection] = []
        try:
            while True:
                now = time.monotonic()
                if now >= end:
                    raise TimeoutError
                if len(copies) == 1 and not spared and spare():
                    spared = True
                    try:
                        spares = [again()]
                        copies += spares
                    except (OSError, http.client.HTTPException):
                        if first.hung_up:
                            raise
                elif now >= (due or begun + self.after):
                    trial = trial or (self.after >= AFTER and self._trial.acquire(blocking=False))
                    if trial or self.after < AFTER:
                        # never more than two: the first, which has got furthest, and a new one
                        for late in copies[1:]:
                            copies.remove(late)
                            drop(late)
                        due, gap = now + gap, gap * _WIDER
                        try:
                            copies.append(again())
                        except (OSError, http.client.HTTPException):
                            if first.hung_up:
                                raise
                ready = soonest(copies, min(_TICK, end - now))
                if ready is None:
                    continue
                try:
                    answer = ready.getresponse()
                    final = len(copies) == 1 or not _may_pass(answer.status)
                except (OSError, http.client.HTTPException):
                    if len(copies) == 1 or ready.hung_up:
                        raise
                    final = False
                if not final:
                    copies.remove(ready)
                    drop(ready)
                    continue
                if ready in spares:
                    single()
                elif ready is not first:
                    self.after = AFTER_LOSS
                elif len(copies) > 1:
                    self.after = max(self.after, _SLOWER * (time.monotonic() - begun))
                copies.remove(ready)
                return answer
        finally:
            if trial:
                self._trial.release()
            for other in copies:
                drop(other)


def _may_pass(status: int) -> bool:
    """Whether another copy of the question may get a better answer than this status: a busy Loki
    refuses the second copy, a broken one the first."""
    return status in (429, 499) or status >= 500
