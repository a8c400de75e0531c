"""An attempt of a job's command: start it, read its output, stop it, and wait for it."""

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
_TICK = 100  # ms between two checks whether the rest of the group has ended
_PIECE = 1 << 16  # bytes


class AttemptResult:
    """The result of an attempt: the command's `exit` code (128+n: by signal n, which is in
    `signal`), whether it was stopped because it was `late`, and the signal that asked us to end
    (`told`), or 0.
    """

    __slots__ = ("exit", "late", "signal", "told")

    def __init__(self, code: int, late: bool, told: int) -> None:
        self.signal = max(-code, 0)
        self.exit = code if code >= 0 else 128 - code
        self.late = late
        self.told = told


class Attempt:
    """A command that runs as a session of its own: without our terminal, so that a signal from
    there reaches us alone and is passed on once, and as a group that is stopped as a whole.

    Its output goes into `kept`, or if that is None to our own output. If it has not ended `seconds`
    after its start, the group gets TERM, and KILL GRACE later. Other processes that it leaves
    behind (a daemon, one that left the group by setsid) are left alone: if one still holds our
    pipe, its output is read for LINGER s more, and later output is lost.
    """

    def __init__(
        self, command: list[str], env: Mapping[str, str], seconds: float | None, kept: Kept | None
    ) -> None:
        """Start it. Raises OSError if that fails."""
        heard = None if kept is None else subprocess.PIPE
        self._process = subprocess.Popen(
            command,
            stdout=heard,
            stderr=None if kept is None else subprocess.STDOUT,  # in the order of writing
            env=env,
            start_new_session=True,
        )
        self._kept = kept
        self._told = 0
        self._late_at = None if seconds is None else time.monotonic() + seconds
        self._kill_at: float | None = None  # set: it was late
        self._killed = False
        self._ended = False  # the command has ended; others of its group may still run
        self._over_at: float | None = None  # set: every process that got TERM has ended
        self.process = self._process.pid

    def ended(self, wakeup: Wakeup) -> AttemptResult:
        """Wait for its end, and pass on the signals that come."""
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
            self._send(signal.SIGKILL)  # also the rest of its group
        if pipe >= 0:
            drain(pipe)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return AttemptResult(self._process.wait(), self._kill_at is not None, self._told)

    def _over(self, heard: bool) -> bool:
        """Whether there is nothing more to wait for; `heard` is whether its pipe is still open.
        Stops it if it is late."""
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
            self._send(signal.SIGCONT)  # a stopped process would not react to TERM
        else:
            self._send(signal.SIGKILL)
            self._killed = True
        self._kill_at = now + GRACE  # it may be stuck in the kernel, beyond any signal
        return False

    def _tidying(self) -> bool:
        """Whether others of its group that got TERM may still be ending."""
        return self._kill_at is not None and not self._killed and group_runs(self.process)

    def _until(self) -> float | None:
        """The moment (monotonic, s) of the next step, None if there is none."""
        if self._over_at is not None:
            return self._over_at + LINGER
        return self._late_at if self._kill_at is None else self._kill_at

    def _patience(self) -> int | None:
        """How long (ms) to poll before the next check; None if nothing is due."""
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
        """Send a signal to the group; its number is not reused before its leader is waited for."""
        try:
            os.killpg(self.process, number)
        except (ProcessLookupError, PermissionError):
            pass  # it has ended, or belongs to another account now (sudo)
