"""A bound on a whole question: name lookup aside, no server can hold a verb longer than this.

`urlopen(timeout=)` bounds each wait on the socket and so none on the whole: a server that drips a
byte at a time holds it for ever. A timer's signal interrupts whichever wait it is.
"""

from __future__ import annotations

import signal

from homelab.errors import UNREACHABLE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType

WHOLE = 30.0  # s


class Late(Failure):
    """Time is up."""


class Deadline:
    """`with Deadline(30, "Loki"):` raises Late inside the block when the time (s) is up, with
    the exit code `code`; `mend` says what to do then.

    Only for the main thread: elsewhere signals can't be caught, and ValueError is raised.
    """

    def __init__(
        self,
        seconds: float,
        what: str,
        mend: str = "ask for a shorter time, or try later",
        code: int = UNREACHABLE,
    ) -> None:
        self._seconds = seconds
        self._what = what
        self._mend = mend
        self._code = code

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGALRM, self._up)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _up(self, number: int, frame: FrameType | None) -> None:
        raise Late(
            self._code,
            f"{self._what}: no whole answer within {self._seconds:g} s; {self._mend}",
        )
