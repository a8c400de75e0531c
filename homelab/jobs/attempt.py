"""One attempt of a job's command: started, heard, told to end, and waited for."""

from __future__ import annotations

import os
import select
import subprocess
import time

from homelab.system.child import LINGER, group_runs, has_ended
from homelab.system.detached import drain
from homelab.system.plain_signal import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.jobs.kept_output import Kept
    from homelab.jobs.signals import Wakeup

GRACE = 10.0  # s from TERM to KILL
_TICK = 100  # ms between two looks whether others of the group have ended
_PIECE = 1 << 16  # bytes


class AttemptResult:
    """How an attempt ended: the command's `exit` code (128+n: by signal n, which is in `signal`),
    whether it was ended because it was `late`, and the signal that we were `told` to end by or 0.
    """

    __slots__ = ("exit", "late", "signal", "told")

    def __init__(self, code: int, late: bool, told: int) -> None:
        self.signal = max(-code, 0)
        self.exit = code if code >= 0 else 128 - code
        self.late = late
        self.told = told


class Attempt:
    """A command that runs as a session of its own: without our terminal, so that what comes from
    there comes to us alone and is passed on once, and as a group that is ended whole.

    Its output goes into `kept`, or where ours goes if that is None. Where it is not over `seconds`
    after its start, the group gets TERM, and KILL GRACE later. What else it leaves behind (a
    daemon, what left the group by setsid) is left alone: if that still holds our pipe, it is heard
    for LINGER s more, and what it writes later is thrown away.
    """

    def __init__(
        self, command: list[str], env: Mapping[str, str], seconds: float | None, kept: Kept | None
    ) -> None:
        """Start it. Raises OSError where that can't be."""
        heard = None if kept is None else subprocess.PIPE
        self._process = subprocess.Popen(
            command,
            stdout=heard,
            stderr=None if kept is None else subprocess.STDOUT,  # in the order it was written
            env=env,
            start_new_session=True,
        )
        self._kept = kept
        self._told = 0
        self._late_at = None if seconds is None else time.monotonic() + seconds
        self._kill_at: float | None = None  # set: it was late
        self._killed = False
        self._ended = False  # the command; others of its group may still run
        self._over_at: float | None = None  # set: nobody is left that was told to end
        self.process = self._process.pid

    def ended(self, wakeup: Wakeup) -> AttemptResult:
        """Wait for its end, and pass on what signals come."""
        poller = select.poll()
        poller.register(wakeup.fileno(), select.POLLIN)
        pipe = -1 if self._process.stdout is None else self._process.stdout.fileno()
        if pipe >= 0:
            poller.register(pipe, select.POLLIN)
        while not self._over(pipe >= 0):
            for descriptor, _ in poller.poll(self._patience()):
                if descriptor != pipe:
                    self._pass_on(wakeup.taken())
                elif not self._hear(pipe):
                    poller.unregister(pipe)
                    pipe = -1
        if self._kill_at is not None:
            self._send(signal.SIGKILL)  # what is left of its group, too
        if pipe >= 0:
            drain(pipe)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return AttemptResult(self._process.wait(), self._kill_at is not None, self._told)

    def _over(self, heard: bool) -> bool:
        """Whether there is nothing to wait for any more, its pipe being `heard` still or not. Ends
        it where it is late."""
        now = time.monotonic()
        self._ended = self._ended or has_ended(self.process)
        if self._ended and self._over_at is None and not self._tidying():
            self._over_at = now
        if self._over_at is not None and not heard:
            return True
        until = self._until()
        if until is None or now < until:
            return False
        if self._over_at is not None:
            return True
        if self._kill_at is None:
            self._send(signal.SIGTERM)
            self._send(signal.SIGCONT)  # one that is stopped would not hear it
        else:
            self._send(signal.SIGKILL)
            self._killed = True
        self._kill_at = now + GRACE  # it may be stuck in the kernel, beyond any signal
        return False

    def _tidying(self) -> bool:
        """Whether others of its group that got TERM may still be ending."""
        return self._kill_at is not None and not self._killed and group_runs(self.process)

    def _until(self) -> float | None:
        """The moment (monotonic, s) at which something is due next, None where nothing is."""
        if self._over_at is not None:
            return self._over_at + LINGER
        return self._late_at if self._kill_at is None else self._kill_at

    def _patience(self) -> int | None:
        """How long (ms) to wait before looking again; None where nothing is due."""
        from homelab.jobs.signals import LONGEST

        until = self._until()
        if until is None:
            return None
        tidying = self._ended and self._over_at is None
        most = _TICK if tidying else LONGEST
        return min(max(int((until - time.monotonic()) * 1000) + 1, 0), most)

    def _pass_on(self, numbers: list[int]) -> None:
        from homelab.jobs.signals import ENDING

        for number in numbers:
            self._send(number)
            if number in ENDING:
                self._told = number

    def _hear(self, pipe: int) -> bytes:
        piece = os.read(pipe, _PIECE)
        if self._kept is not None:
            self._kept.keep(piece)
        return piece

    def _send(self, number: int) -> None:
        """Send a signal to the group; its number is its own until its leader is waited for."""
        try:
            os.killpg(self.process, number)
        except (ProcessLookupError, PermissionError):
            pass  # over already, or another account's by now (sudo)
