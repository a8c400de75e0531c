"""Ask one Loki several questions at once.

A Loki of one process keeps some questions in its own queue for seconds, whatever they ask, while
fewer than four are in flight (measured with 3.8 on two processors: 3 to 15 of 100 wait 1 to 4 s
with one or two in flight, none with four). So verbs with several questions keep four in flight.

Threads only ask. The main thread, which waits for the answers, decides what to make of them,
whether to ask again and how long all of it may take.
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
_TICK = 0.1  # s; a signal that another thread received is noticed no later


class InFlight:
    """`with InFlight(loki) as flight:` asks up to `most` questions at once, in the order given.
    When the block ends, for any reason, the questions still open are broken off."""

    def __init__(self, loki: Loki, most: int = MOST) -> None:
        self._loki = loki
        self._workers = Workers(most)
        self._asked: dict[Callable[[], Any], _Question] = {}  # by the function that waits for it

    def __enter__(self) -> InFlight:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Break off the questions still open, and let the threads end."""
        for answer in reversed(list(self._asked)):  # first those that no thread has begun
            self.drop(answer)
        self._workers.end()

    def ask(self, ask: Callable[[], Answer]) -> Callable[[], Answer]:
        """Call `ask`, which asks this Loki something, in a thread as soon as one of the `most` is
        free. The function returned waits for the call, and returns or raises what it does; another
        call of that function asks once more. If a Deadline or a signal breaks off the wait, the
        question is broken off too. Raises Failure (69) if no thread can be started."""
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
        """Whether the function that `ask` returned is already known to raise at its next call."""
        question = self._asked.get(answer)
        return question is not None and question.error is not None

    def drop(self, answer: Callable[[], Any]) -> None:
        """Forget the function that `ask` returned, which nobody will wait for; break off its
        question if it is open."""
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
    """A question in flight: `over` is held until it has its `result` or `error`; `turn` protects
    setting the `thread` that asks it, and `dropped`."""

    __slots__ = ("_ask", "dropped", "error", "over", "result", "thread", "turn")

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self.turn = threading.Lock()
        self.over = threading.Lock()
        # a bare lock: an exception from a signal can't leave another one half acquired
        self.over.acquire()
        self.thread = 0
        self.dropped = False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Ask, in the calling thread, unless nobody waits any more."""
        with self.turn:
            if self.dropped:
                return
            self.thread = threading.get_ident()
        try:
            self.result = self._ask()
        except BaseException as error:  # raised in the thread that waits
            self.error = error
        with self.turn:
            self.thread = 0
        self.over.release()
