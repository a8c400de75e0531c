"""A bound on a whole question: name lookup aside, no server can hold a verb longer than this.

`urlopen(timeout=)` bounds each wait on the socket and so none on the whole: a server that drips a
byte at a time holds it for ever. A timer's signal interrupts whichever wait it is.
"""

from __future__ import annotations

import signal
import time

from homelab.errors import UNREACHABLE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

WHOLE = 30.0  # s
_TICK = 0.1  # s


class TooSlow(Failure):
    """The time was up before the answer was whole."""


class Deadline:
    """`with Deadline(30, "Loki"):` raises TooSlow inside the block when the time (s) is up, with
    the exit code `code`; `mend` says what to do then. Until then `tick` is called now and again.

    Only for the main thread: elsewhere signals can't be caught, and ValueError is raised.
    """

    def __init__(
        self,
        seconds: float,
        what: str,
        mend: str = "ask for a shorter time, or try later",
        tick: Callable[[], None] | None = None,
        code: int = UNREACHABLE,
    ) -> None:
        self._seconds = seconds
        self._what = what
        self._mend = mend
        self._tick = tick
        self._code = code

    def __enter__(self) -> None:
        self._end = time.monotonic() + self._seconds
        self._before = signal.signal(signal.SIGALRM, self._rings)
        each = _TICK if self._tick else self._seconds
        signal.setitimer(signal.ITIMER_REAL, each, each)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _rings(self, number: int, frame: FrameType | None) -> None:
        if self._tick is not None:
            self._tick()
            if time.monotonic() < self._end:
                return
        raise TooSlow(
            self._code,
            f"{self._what}: no whole answer within {self._seconds:g} s; {self._mend}",
        )
