"""A program that is started, fed, listened to, and ended with all that it started."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import threading
import time

from homelab.errors import SIGNALLED
from homelab.system import foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 1 << 20  # bytes kept of each stream; the rest is counted and thrown away
PATIENCE = 2.0  # s from TERM to KILL
_LATE = 0.3  # s from TERM to KILL of one whose time is up
LINGER = 0.5  # s from a command's end; a process left behind that holds its pipes is not awaited
_STUCK = 0.3  # s from KILL; a process that a dead mount holds in the kernel is not awaited
_TICK = 50  # ms
_PIECE = 1 << 16  # bytes


class Output:
    """What a program wrote to one stream: the first `most` bytes of it, and how many more were
    `lost`."""

    __slots__ = ("_most", "kept", "lost")

    def __init__(self, kept: bytes = b"", lost: int = 0, most: int = MOST) -> None:
        self.kept = bytearray(kept)
        self.lost = lost
        self._most = most

    def keep(self, piece: bytes) -> None:
        """Take in what was written next."""
        room = self._most - len(self.kept)
        self.kept += piece[:room]
        self.lost += max(len(piece) - room, 0)

    def text(self) -> str:
        """The text, and where it was cut, that it was."""
        text = self.kept.decode("utf-8", "replace")
        if self.lost:
            text += f"\n(cut here: {self.lost} more bytes were left out; ask for less)"
        return text


class Cancelled(Exception):
    """The child was told to end."""


class Child:
    """A command that `run` starts and waits for, in one thread, and that `end` ends, from any.

    It reads `data` on stdin, is told to end after `seconds` if given, and is a group of processes
    of its own, without a terminal, unless it `asks` at ours. Of its stdout `most` bytes are kept.
    """

    def __init__(
        self,
        command: list[str],
        env: Mapping[str, str],
        data: bytes = b"",
        seconds: float | None = None,
        asks: bool = False,
        most: int = MOST,
    ) -> None:
        self._command = command
        self._env = env
        self._data = memoryview(data)
        self._seconds = seconds
        self._asks = asks
        self._most = most
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._kill_at: float | None = None  # set: it was told to end
        self._late = False
        self._reaping = False  # its number may be another process's soon: no more signals
        self._held: list[int] = []  # pipes that a process left behind still has

    def run(self) -> tuple[int, Output, Output]:
        """Run it; returns its exit code (128+n: ended by signal n), stdout and stderr. Raises
        Cancelled, TimeoutError, and OSError where it can't be started."""
        with self._lock:
            if self._kill_at is not None:
                raise Cancelled
            if any("\0" in word for word in self._command):  # what another command printed
                raise OSError(errno.EINVAL, "a NUL character is in its arguments", self._command[0])
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE if self._data else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._env,
                # a group of its own, which is ended whole; a terminal's Ctrl-C reaches us, and we
                # end it
                start_new_session=not self._asks,
            )
        out, err = self._heard(self._process)
        code = self._reaped(self._process)
        if self._late:
            raise TimeoutError
        if self._kill_at is not None:
            raise Cancelled
        return (code if code >= 0 else SIGNALLED - code), out, err

    def end(self, patience: float = PATIENCE) -> None:
        """TERM to the process and all of its group; KILL to what is left `patience` seconds later,
        which `run` sees to. Returns at once."""
        with self._lock:
            kill_at = time.monotonic() + patience
            if self._kill_at is None:
                self._kill_at = kill_at
                self._signal(signal.SIGTERM)
            self._kill_at = min(self._kill_at, kill_at)

    def _signal(self, number: int) -> None:
        """Send a signal to the group; its number is its own until its leader is waited for."""
        if self._process is not None and not self._reaping:
            try:
                (os.kill if self._asks else os.killpg)(self._process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass  # over already, or another account's by now (sudo)

    def _heard(self, process: subprocess.Popen[bytes]) -> tuple[Output, Output]:
        """Stdout and stderr, read until the process has ended and its pipes are closed or late."""
        assert process.stdout and process.stderr
        out, err = Output(most=self._most), Output()
        heard = {process.stdout.fileno(): out, process.stderr.fileno(): err}
        poller = select.poll()
        for descriptor in heard:
            poller.register(descriptor, select.POLLIN)
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
            poller.register(process.stdin.fileno(), select.POLLOUT)
        end_at = None if self._seconds is None else time.monotonic() + self._seconds
        ended_at: float | None = None
        tick = 1  # ms; pipes close just before a process is seen to have ended
        while True:
            for descriptor, _ in poller.poll(_TICK if heard else tick):
                if descriptor not in heard:
                    self._fed(process, poller)
                    continue
                piece = os.read(descriptor, 1 << 16)
                if piece:
                    heard[descriptor].keep(piece)
                else:
                    poller.unregister(descriptor)
                    del heard[descriptor]
            now = time.monotonic()
            if end_at is not None and now >= end_at and self._kill_at is None:
                self._late = True
                self.end(_LATE)
            if ended_at is None and has_ended(process.pid):
                ended_at = now
            if not heard:
                tick = min(2 * tick, _TICK)
            until = self._kill_at
            if ended_at is not None and (until is None or not self._tidying(process)):
                until = ended_at + (0 if self._late else LINGER)
            if (ended_at is not None and not heard) or (until is not None and now >= until):
                self._held = list(heard)
                return out, err

    def _tidying(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether others that were told to end with the process still run. What left its group
        (setsid) was not told, and is not waited for."""
        return not self._asks and group_runs(process.pid)

    def _fed(self, process: subprocess.Popen[bytes], poller: select.poll) -> None:
        """Write what it takes of its stdin; all of it, or nobody there to read it: close that."""
        assert process.stdin
        try:
            self._data = self._data[os.write(process.stdin.fileno(), self._data[:_PIECE]) :]
        except BlockingIOError:
            return
        except OSError:
            self._data = self._data[:0]
        if not self._data:
            poller.unregister(process.stdin.fileno())
            process.stdin.close()

    def _reaped(self, process: subprocess.Popen[bytes]) -> int:
        with self._lock:
            if self._kill_at is not None:
                self._signal(signal.SIGKILL)  # what is left of its group, too
            self._reaping = True
        try:
            code = process.wait(None if has_ended(process.pid) else _STUCK)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL  # which waits until the kernel lets go of it, as we do not
        if self._held and self._kill_at is None:
            from homelab.system.detached import drain

            for pipe in self._held:
                drain(pipe)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        return code


def has_ended(pid: int) -> bool:
    """Whether a child has ended; it is not waited for, so that its number stays its own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def group_runs(group: int) -> bool:
    """Whether a process of the group runs, one that has ended and was not waited for left out.
    True where there is no /proc."""
    try:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return True
    if os.getpid() not in numbers:
        return True  # it shows other processes, or none
    theirs = str(group).encode("ascii")
    every = (foreground.status(number) for number in numbers)
    return any(fields[2:3] == [theirs] and fields[0] not in (b"Z", b"X") for fields in every)
