"""A time limit on a whole query: apart from name lookup, no server can hold a verb longer.

`urlopen(timeout=)` limits each wait on the socket, not the sum of them: a server that sends a byte
at a time can hold it for ever. A timer's signal interrupts any wait.

The signal may arrive, or Python may handle it, just as the block is entered or left. So the timer
goes on ticking, and a tick raises only while the block runs, which it sees from the stack. If a
tick is ignored, the next one raises.
"""

from __future__ import annotations

import signal
import sys
import time

from homelab.errors import UNREACHABLE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

WHOLE = 30.0  # s
LONGEST_WAIT = 86_400.0  # the longest --timeout, in s; a socket accepts 24 days at most
_TICK = 0.1  # s


class TooSlow(Failure):
    """The time limit passed before the answer was complete."""


class Deadline:
    """`with Deadline(30, "Loki"):` raises TooSlow inside the block when the time (s) is up, with
    the exit code `code`; `advice` says what the user can do then. Until then `tick` is called now
    and again.

    The time starts with the first block and covers all blocks together; `renew` restarts it with
    the next one, and `extend` adds to it. Only for the main thread: other threads can't catch
    signals, and get ValueError.
    """

    __slots__ = (
        "_advice", "_before", "_code", "_end", "_frame", "_raised", "_seconds", "_tick", "_ticking",
        "_what",
    )  # fmt: skip

    def __init__(
        self,
        seconds: float,
        what: str,
        advice: str = "ask for a shorter time, or try later",
        tick: Callable[[], None] | None = None,
        code: int = UNREACHABLE,
    ) -> None:
        self._seconds = seconds
        self._what = what
        self._advice = advice
        self._tick = tick
        self._code = code
        self._ticking = False
        self._end = float("inf")  # time.monotonic() at the end, once the time has started
        self._frame: FrameType | None = None  # the frame whose block is limited
        self._raised: TooSlow | None = None

    def renew(self) -> None:
        """Restart the time with the next block."""
        self._end = float("inf")

    def left(self) -> float:
        """How much of the time (s) is left."""
        return min(self._end - time.monotonic(), self._seconds)

    def extend(self, seconds: float) -> None:
        """Give this much more time (s): the wait was not for the server."""
        self._end += seconds

    def __enter__(self) -> None:
        now = time.monotonic()
        self._end = min(self._end, now + self._seconds)
        left = self._end - now
        if left <= 0:
            raise self._too_slow()
        self._raised = None
        self._before = signal.getsignal(signal.SIGALRM) or signal.SIG_DFL
        first = max(min(left, _TICK) if self._tick else left, 0.001)
        try:
            signal.signal(signal.SIGALRM, self._rings)
            signal.setitimer(signal.ITIMER_REAL, first, _TICK)
            self._frame = sys._getframe(1)
        except BaseException:  # a signal that ends the verb
            self._off()
            raise

    def __exit__(self, *_: object) -> None:
        self._off()

    def _off(self) -> None:
        """Stop the ticks. One may still be on its way, perhaps to another thread, and would end the
        process if SIGALRM had its default action. So that action is not restored."""
        self._frame = self._raised = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        by_default = self._before == signal.SIG_DFL
        signal.signal(signal.SIGALRM, _late if by_default else self._before)

    def _rings(self, number: int, frame: FrameType | None) -> None:
        if self._frame is None:
            return
        if self._tick is not None and not self._ticking:
            self._ticking = True  # output to a stopped terminal blocks: no tick inside a tick
            try:
                self._tick()
            finally:
                self._ticking = False
        if time.monotonic() < self._end or self._enters_or_leaves(frame):
            return
        if self._is_over(frame):
            self._off()
            return
        self._raised = self._too_slow()
        raise self._raised

    def _too_slow(self) -> TooSlow:
        return TooSlow(
            self._code,
            f"{self._what}: no whole answer within {self._seconds:g} s; {self._advice}",
        )

    def _enters_or_leaves(self, frame: FrameType | None) -> bool:
        """Whether the signal came while the block was being entered or left."""
        while frame is not None and frame is not self._frame:
            if frame.f_code in _EDGES:
                return True
            frame = frame.f_back
        return False

    def _is_over(self, frame: FrameType | None) -> bool:
        """Whether the block was left without __exit__: the exception has reached its frame, or the
        frame is not on the stack any more. If the exception got lost in a callback, whose
        exceptions Python swallows, it is raised again."""
        trace = self._raised.__traceback__ if self._raised else None
        while trace is not None:
            if trace.tb_frame is self._frame:
                return True
            trace = trace.tb_next
        while frame is not None and frame is not self._frame:
            frame = frame.f_back
        return frame is None


def _late(number: int, frame: FrameType | None) -> None:
    """Ignore a tick that comes after its block is over."""


_EDGES = (Deadline.__enter__.__code__, Deadline.__exit__.__code__, Deadline._off.__code__)
