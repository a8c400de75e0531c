"""Several questions to one Loki at once.

A Loki of one process lets some questions wait for seconds in its own queue, whatever they ask,
while fewer than four are in flight (measured with 3.8 on two processors: 3 to 15 of 100 wait 1 to
4 s with one or two in flight, none with four). So what needs several questions asks four at a time.

Threads do nothing but ask. What is made of an answer, whether it is asked for again, how long all
of it may take: that is decided where the answers are waited for, in the main thread.
"""

from __future__ import annotations

import threading

from homelab.system.parallel import Workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from homelab.loki.client import Loki

    Answer = TypeVar("Answer")

MOST = 4  # in flight
_TICK = 0.1  # s; a signal that another thread was given is seen no later


class InFlight:
    """`with InFlight(loki) as flight:` asks up to `most` questions at once, in the order in which
    they are given. When the block ends, whatever ends it, what is still asked is broken off."""

    def __init__(self, loki: Loki, most: int = MOST) -> None:
        self._loki = loki
        self._workers = Workers(most)
        self._asked: set[_Question] = set()

    def __enter__(self) -> InFlight:
        return self

    def __exit__(self, *_: object) -> None:
        for question in list(self._asked):
            self._drop(question)
        self._workers.end()

    def ask(self, ask: Callable[[], Answer]) -> Callable[[], Answer]:
        """Call `ask`, which asks this Loki something, in a thread as soon as one of the `most` is
        free. What is returned waits for that, and returns or raises the same; if it is called once
        more, it asks once more. Where the waiting is broken off, by a Deadline or a signal, so is
        the question. Raises Failure (69) where no thread can be started."""
        question = self._start(ask)
        taken = False

        def answer() -> Answer:
            nonlocal question, taken
            if taken:
                question = self._start(ask)
            taken = True
            try:
                while not question.over.acquire(timeout=_TICK):
                    pass
            except BaseException:
                self._drop(question)
                raise
            self._asked.discard(question)
            error, result = question.error, question.result
            question.error = question.result = None
            if error is not None:
                raise error
            return result  # type: ignore[no-any-return]

        return answer

    def _start(self, ask: Callable[[], Any]) -> _Question:
        question = _Question(ask)
        self._asked.add(question)
        self._workers.start(question.run)
        return question

    def _drop(self, question: _Question) -> None:
        self._asked.discard(question)
        with question.turn:
            question.dropped = True
            if question.thread:
                self._loki.hang_up(question.thread)


class _Question:
    """One question: `over` is held until it has its `result` or `error`; `turn` is for who sets the
    `thread` that asks it, or that it is `dropped`."""

    __slots__ = ("_ask", "dropped", "error", "over", "result", "thread", "turn")

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self.turn = threading.Lock()
        self.over = threading.Lock()
        self.over.acquire()  # a bare lock: what a signal raises leaves no other one half taken
        self.thread = 0
        self.dropped = False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Ask, in the thread that calls this, unless nobody waits any more."""
        with self.turn:
            if self.dropped:
                return
            self.thread = threading.get_ident()
        try:
            self.result = self._ask()
        except BaseException as error:  # raised where it is waited for
            self.error = error
        with self.turn:
            self.thread = 0
        self.over.release()
