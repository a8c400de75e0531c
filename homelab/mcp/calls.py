"""One call: a verb as a process of its own, so that it is dispatched, measured and ended as any
other run is."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time

from homelab.mcp.results import MOST, Outcome

PATIENCE = 2.0  # s between asking a call to end and ending it
_QUIET = 0.2  # s after a call's end in which whoever it left behind may still print


class Call:
    """A call that may be ended from another thread, before it begins or while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_at = 0.0
        self.ended = False

    def run(self, command: list[str], env: dict[str, str]) -> Outcome | None:
        """Run `command` to its end; None where the call was ended. Raises OSError where it can't be
        started. Its stdin is empty: ours is the client's."""
        with self._lock:
            if self.ended:
                return None
            process = subprocess.Popen(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # a group of its own, to be ended with all that it started
            )
            self._process = process
        with process:
            printed, cut = self._gathered(process)
            with self._lock:  # a group is not signalled once its leader has been waited for
                code = process.wait()
                self._process = None
        if self.ended:
            return None
        return Outcome(code if code >= 0 else 128 - code, printed[0], printed[1], cut)

    def _gathered(self, process: subprocess.Popen[bytes]) -> tuple[list[bytes], bool]:
        """What it prints until it has ended and nobody prints any more."""
        found: list[list[bytes]] = [[], []]
        sizes = [0, 0]
        gone = 0.0
        with selectors.DefaultSelector() as selector:
            for index, stream in enumerate((process.stdout, process.stderr)):
                assert stream is not None
                selector.register(stream, selectors.EVENT_READ, index)
            while selector.get_map() or not gone:
                ready = selector.select(_QUIET)
                for key, _ in ready:
                    piece = os.read(key.fd, 1 << 16)
                    if not piece:
                        selector.unregister(key.fileobj)
                    elif sizes[key.data] <= MOST:
                        found[key.data].append(piece)
                    sizes[key.data] += len(piece)
                now = time.monotonic()
                if self.ended and now > self._ended_at + PATIENCE:
                    self._signal(signal.SIGKILL)
                if not gone and _has_ended(process):
                    gone = now
                if gone and (not ready or now > gone + PATIENCE):
                    break
        return [b"".join(pieces)[:MOST] for pieces in found], max(sizes) > MOST

    def end(self) -> None:
        """Ask it to end, with all that it started; what has not after PATIENCE is killed."""
        with self._lock:
            if self.ended:
                return
            self.ended = True
            self._ended_at = time.monotonic()
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it now."""
        with self._lock:
            self.ended = True
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has, without waiting for it: until then its process group is its own."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, options) is not None
