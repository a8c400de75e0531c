"""How many questions one Loki, or the proxy in front of it, takes at once.

As a rule that is as many as are asked. A proxy may allow each client one connection or a few, and
refuse what is over; a server may take the next connection only when the last one has ended. There
the questions wait for each other, so that a reader who asks several at once gets what one who asks
them one by one does.
"""

from __future__ import annotations

import time
from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Question(Protocol):
        """One that asks for room: whether it has it, and whether it was broken off."""

        hung_up: bool
        inside: bool


MANY = 8  # more than are asked at once
_TICK = 0.02  # s between two looks for room, where there is too little
_GOOD = 16  # answers behind which one more is tried
_BUSY = (429, 502, 503)  # statuses that may be said because of the other questions


class Room:
    """What the questions to one Loki share. Whichever has called `enter` calls `leave`, whatever
    became of it. Any number of threads may use it."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._most = self._room = MANY
        self._inside = 0
        self._good = 0  # answers since the last refusal
        self._waiting: list[Question] = []

    def enter(self, question: Question) -> None:
        """Wait for room, first come, first served. Raises OSError once the question is broken
        off."""
        self._waiting.append(question)
        try:
            while not self._enters(question):
                time.sleep(_TICK)
                if question.hung_up:
                    raise ConnectionAbortedError
        finally:
            self._waiting.remove(question)

    def _enters(self, question: Question) -> bool:
        with self._lock:
            if self._inside < self._room and self._waiting[0] is question:
                self._inside += 1
                question.inside = True
        return question.inside

    def leave(self, question: Question) -> None:
        """A question is over."""
        with self._lock:
            if question.inside:
                self._inside -= 1
                question.inside = False

    def answered(self, status: int) -> None:
        """Learn from the status of an answer."""
        if status in _BUSY:
            self.refused()
            return
        with self._lock:
            self._good += 1
            if self._good >= _GOOD and self._room < self._most:
                self._room, self._good = self._room + 1, 0

    def refused(self) -> None:
        """A question came to nothing: beside others that may be why, and half as many are asked."""
        with self._lock:
            self._good = 0
            if self._inside > 1:
                self._room = max(min(self._room, self._inside) // 2, 1)

    def is_single(self) -> None:
        """The other side takes one connection at a time, from now on."""
        with self._lock:
            self._most = self._room = 1
