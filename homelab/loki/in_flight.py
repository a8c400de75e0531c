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
        self._asked: dict[Callable[[], Any], _Question] = {}  # by what waits for it

    def __enter__(self) -> InFlight:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Break off what is still asked, and let the threads end."""
        for answer in reversed(list(self._asked)):  # those first that no thread has begun
            self.drop(answer)
        self._workers.end()

    def ask(self, ask: Callable[[], Answer]) -> Callable[[], Answer]:
        """Call `ask`, which asks this Loki something, in a thread as soon as one of the `most` is
        free. What is returned waits for that, and returns or raises the same; if it is called once
        more, it asks once more. Where the waiting is broken off, by a Deadline or a signal, so is
        the question. Raises Failure (69) where no thread can be started."""
        taken = False

        def answer() -> Answer:
            nonlocal taken
            if taken:
                self._start(ask, answer)
            taken = True
            question = self._asked[answer]
            try:
                while not question.over.acquire(timeout=_TICK):
                    pass
            except BaseException:
                self.drop(answer)
                raise
            self._asked.pop(answer, None)
            error, question.error = question.error, None  # which refers to this frame
            if error is not None:
                raise error
            return question.result  # type: ignore[no-any-return]

        self._start(ask, answer)
        return answer

    def has_failed(self, answer: Callable[[], Any]) -> bool:
        """Whether it is known that what `ask` returned will raise when it is called next."""
        question = self._asked.get(answer)
        return question is not None and question.error is not None

    def drop(self, answer: Callable[[], Any]) -> None:
        """Forget what `ask` returned, which nobody will wait for; break it off if need be."""
        question = self._asked.pop(answer, None)
        if question is None:
            return
        with question.turn:
            question.dropped = True
            if question.thread:
                self._loki.hang_up(question.thread)

    def _start(self, ask: Callable[[], Any], answer: Callable[[], Any]) -> None:
        question = self._asked[answer] = _Question(ask)
        self._workers.start(question.run)


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
