"""Limit how many questions one Loki, or the proxy in front of it, gets at once.

As a rule there is no limit. But a proxy may allow each client one connection or a few, and refuse
more; a server may accept the next connection only when the last one has ended. Then the questions
wait for each other, so that asking several at once works as well as one by one.
"""

from __future__ import annotations

import time
from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Question(Protocol):
        """A question that asks for room: whether it has it, and whether it was broken off."""

        hung_up: bool
        inside: bool


MANY = 8  # more than are ever asked at once
_TICK = 0.02  # s between two checks for room
_GOOD = 16  # answers in a row before one more question is allowed
_BUSY = (429, 502, 503)  # statuses that the other questions may have caused


class Room:
    """State shared by the questions to one Loki. A question that called `enter` must call `leave`,
    whatever its result. Any number of threads may use it."""

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
        """Note that a question is over."""
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
        """Note that a question failed: if others were open, they may be the cause, and only half as
        many are allowed from now on."""
        with self._lock:
            self._good = 0
            if self._inside > 1:
                self._room = max(min(self._room, self._inside) // 2, 1)

    def is_single(self) -> None:
        """Note that the server accepts one connection at a time."""
        with self._lock:
            self._most = self._room = 1
