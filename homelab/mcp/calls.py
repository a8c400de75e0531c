"""One call as a process of its own: started, listened to, ended with all that it started.

A call is run as a shell would run it, so that it is dispatched, counted and bounded like any other
run, and so that what ends it can not touch the server.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time

from homelab.errors import SIGNALLED
from homelab.mcp.results import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 1 << 20  # bytes kept of each stream; the rest is read and thrown away
PATIENCE = 2.0  # s from TERM to KILL
_LINGER = 0.5  # s; what a process left behind still holds of our pipes is not waited for longer
_TICK = 50  # ms


class Cancelled(Exception):
    """The call was told to end."""


class Child:
    """A command that `run` starts and waits for, in one thread, and that `end` ends, from any."""

    def __init__(self, command: list[str], env: Mapping[str, str]) -> None:
        self._command = command
        self._env = env
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._kill_at: float | None = None  # set: it was told to end
        self._reaping = False  # its number may be another process's soon: no more signals

    def run(self) -> tuple[int, Output, Output]:
        """Run it; returns its exit code (128+n: ended by signal n), stdout and stderr. Raises
        Cancelled, and OSError where it can't be started."""
        with self._lock:
            if self._kill_at is not None:
                raise Cancelled
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._env,
                # a group of its own, which is ended whole; a terminal's Ctrl-C reaches the server,
                # and that ends its calls
                start_new_session=True,
            )
        out, err = self._heard(self._process)
        code = self._reaped(self._process)
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
        """To the group. Until its first process is waited for, its number is nobody else's."""
        if self._process is not None and not self._reaping:
            try:
                os.killpg(self._process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass  # over already, or another account's by now (sudo)

    def _heard(self, process: subprocess.Popen[bytes]) -> tuple[Output, Output]:
        """What it writes, until it has ended and its pipes are closed or no longer waited for."""
        assert process.stdout and process.stderr
        out, err = Output(), Output()
        heard = {process.stdout.fileno(): out, process.stderr.fileno(): err}
        poller = select.poll()
        for descriptor in heard:
            poller.register(descriptor, select.POLLIN)
        ended_at: float | None = None
        tick = 1  # ms; pipes close just before a process is seen to have ended
        while True:
            for descriptor, _ in poller.poll(_TICK if heard else tick):
                piece = os.read(descriptor, 1 << 16)
                if piece:
                    _keep(heard[descriptor], piece)
                else:
                    poller.unregister(descriptor)
                    del heard[descriptor]
            now = time.monotonic()
            if ended_at is None and _ended(process.pid):
                ended_at = now
            if not heard:
                tick = min(2 * tick, _TICK)
            until = self._kill_at
            if until is None and ended_at is not None:
                until = ended_at + _LINGER
            if (ended_at is not None and not heard) or (until is not None and now >= until):
                return out, err

    def _reaped(self, process: subprocess.Popen[bytes]) -> int:
        with self._lock:
            if self._kill_at is not None:
                self._signal(signal.SIGKILL)  # what is left of its group, too
            self._reaping = True
        code = process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        return code


def _keep(output: Output, piece: bytes) -> None:
    room = MOST - len(output.kept)
    output.kept += piece[:room]
    output.lost += max(len(piece) - room, 0)


def _ended(pid: int) -> bool:
    """Whether a child has ended; it is not waited for, so that its number stays its own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
