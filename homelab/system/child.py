"""Start a program, feed it, read its output, and end it with everything that it started."""

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

MOST = 1 << 20  # bytes kept of each stream; the rest is counted and discarded
PATIENCE = 2.0  # s from TERM to KILL
_LATE = 0.3  # s from TERM to KILL after a timeout
LINGER = 0.5  # s after a command's end to wait for a remaining process that holds its pipes
_STUCK = 0.3  # s to wait after KILL; a process on a dead mount may hang in the kernel
_TICK = 50  # ms
_PIECE = 1 << 16  # bytes
_LAST = 100  # bytes at the end of the output, where the last line is


class Output:
    """The output of a program on one stream: its first `most` bytes, and the number of bytes
    `lost`."""

    __slots__ = ("_most", "kept", "lost")

    def __init__(self, kept: bytes = b"", lost: int = 0, most: int = MOST) -> None:
        self.kept = bytearray(kept)
        self.lost = lost
        self._most = most

    def keep(self, piece: bytes) -> None:
        """Add the next piece of output."""
        room = self._most - len(self.kept)
        self.kept += piece[:room]
        self.lost += max(len(piece) - room, 0)

    def text(self) -> str:
        """The text, with a note if it was cut."""
        text = self.kept.decode("utf-8", "replace")
        if self.lost:
            text += f"\n(cut here: {self.lost} more bytes were left out; ask for less)"
        return text


class Cancelled(Exception):
    """The child was ended by `Child.end`."""


class Child:
    """A command: `run` starts it and waits for it, in one thread; `end`, from any thread, ends it.

    It reads `data` on stdin and is ended after `seconds` if given. It has its own process group
    without a terminal, unless it `asks` at this process's terminal. `most` bytes of its stdout are
    kept; with `stops` it is ended after them. With `holds` its stdin stays open until it ends, as a
    sign that this process still waits. It is ended LINGER seconds after a line that begins with
    `last`, if that is given: ssh waits for every process there that holds its output.
    """

    def __init__(
        self,
        command: list[str],
        env: Mapping[str, str],
        data: bytes = b"",
        seconds: float | None = None,
        asks: bool = False,
        most: int = MOST,
        holds: bool = False,
        stops: bool = False,
        last: bytes = b"",
    ) -> None:
        self._command = command
        self._env = env
        self._data = memoryview(data)
        self._seconds = seconds
        self._asks = asks
        self._most = most
        self._holds = holds
        self._stops = stops
        self._last = b"\n" + last if last else b""
        self._full = False  # it has printed all that is wanted, and is ended
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._kill_at: float | None = None  # set once it is told to end
        self._late = False
        self._reaping = False  # its pid may soon belong to another process: no more signals
        self._held: list[int] = []  # pipes that a remaining process still holds

    def run(self) -> tuple[int, Output, Output]:
        """Run it. Return its exit code (128+n: ended by signal n), stdout and stderr. Raises
        Cancelled, TimeoutError, and OSError if it can't be started."""
        with self._lock:
            if self._kill_at is not None:
                raise Cancelled
            _refuse_strange(self._command)
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE if self._data else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._env,
                # its own group, which is ended as a whole; on Ctrl-C this process ends it
                start_new_session=not self._asks,
            )
        out, err = self._heard(self._process)
        code = self._reaped(self._process)
        if self._late:
            raise TimeoutError
        if self._kill_at is not None and not self._full:
            raise Cancelled
        return (code if code >= 0 else SIGNALLED - code), out, err

    def end(self, patience: float = PATIENCE) -> None:
        """Send TERM to the process and its group; `run` sends KILL to the remaining ones `patience`
        seconds later. Returns at once."""
        with self._lock:
            kill_at = time.monotonic() + patience
            if self._kill_at is None:
                self._kill_at = kill_at
                self._signal(signal.SIGTERM)
            self._kill_at = min(self._kill_at, kill_at)

    def _signal(self, number: int) -> None:
        """Send a signal to the group; its number stays valid until its leader is waited for."""
        if self._process is not None and not self._reaping:
            try:
                (os.kill if self._asks else os.killpg)(self._process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass  # ended already, or now of another account (sudo)

    def _heard(self, process: subprocess.Popen[bytes]) -> tuple[Output, Output]:
        """Read stdout and stderr until the process has ended and its pipes are closed or late."""
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
        last_at: float | None = None
        tick = 1  # ms; pipes close shortly before the process has ended
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
            if last_at is None and self._last and out.kept.find(self._last, -_LAST) >= 0:
                last_at = now
            whole = last_at is not None and ended_at is None and now >= last_at + LINGER
            if (whole or (self._stops and out.lost)) and self._kill_at is None:
                self._full = True
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
        """Whether other processes of its group, which also got the signal, still run. A process
        that left the group (setsid) got none and is not waited for."""
        return not self._asks and group_runs(process.pid)

    def _fed(self, process: subprocess.Popen[bytes], poller: select.poll) -> None:
        """Write as much to its stdin as it accepts. Close stdin when all is written or it no longer
        reads."""
        assert process.stdin
        try:
            self._data = self._data[os.write(process.stdin.fileno(), self._data[:_PIECE]) :]
        except BlockingIOError:
            return
        except OSError:
            self._data = self._data[:0]
        if not self._data:
            poller.unregister(process.stdin.fileno())
            if not self._holds:
                process.stdin.close()

    def _reaped(self, process: subprocess.Popen[bytes]) -> int:
        with self._lock:
            if self._kill_at is not None:
                self._signal(signal.SIGKILL)  # and to the rest of its group
            self._reaping = True
        try:
            code = process.wait(None if has_ended(process.pid) else _STUCK)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL  # it takes effect when the kernel releases the process
        if self._held and self._kill_at is None:
            from homelab.system.detached import drain

            for pipe in self._held:
                drain(pipe)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        return code


def _refuse_strange(words: list[str]) -> None:
    """Raises OSError for a word that no program can get: it may be from another one's output."""
    for word in words:
        if "\0" in word:
            raise OSError(errno.EINVAL, "its arguments contain a NUL character", words[0])
        try:
            os.fsencode(word)
        except UnicodeEncodeError:  # half of a character, which JSON may have
            raise OSError(errno.EILSEQ, "its arguments are not Unicode", words[0]) from None


def has_ended(pid: int) -> bool:
    """Whether a child has ended. It is not reaped, so its pid stays its own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def group_runs(group: int) -> bool:
    """Whether a process of the group runs; zombies do not count. True if there is no /proc."""
    try:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return True
    if os.getpid() not in numbers:
        return True  # /proc shows other processes, or none
    theirs = str(group).encode("ascii")
    every = (foreground.status(number) for number in numbers)
    return any(fields[2:3] == [theirs] and fields[0] not in (b"Z", b"X") for fields in every)
