"""Signals that come while a job runs: record them, so that they can be passed on, and wake the
poll."""

from __future__ import annotations

import os
import select
import time

from homelab.system.plain_signal import signal

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LONGEST = 86_400_000  # ms that a poll waits at a time; its limit is 24 days
_WATCHED = (*ENDING, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD)


class Wakeup:
    """While `with Wakeup() as wakeup:` runs, no signal ends this process, and `fileno` is readable
    after a signal. Signals that our parent ignores (nohup) stay ignored, also in the command."""

    def __enter__(self) -> Wakeup:
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        self._before = {}
        for number in _WATCHED:
            found = signal.getsignal(number)
            if found != signal.SIG_IGN or number == signal.SIGCHLD:  # ignored: exit codes get lost
                self._before[number] = found
                signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number, found in self._before.items():
            signal.signal(number, found)
        os.close(self._reader)
        os.close(self._writer)

    def fileno(self) -> int:
        """The descriptor to poll."""
        return self._reader

    def waited(self, seconds: float) -> int:
        """Wait; return the number of a signal that asks this process to end, which ends the wait,
        or 0."""
        until = time.monotonic() + seconds
        poller = select.poll()
        poller.register(self._reader, select.POLLIN)
        while True:
            left = until - time.monotonic()
            poller.poll(min(max(int(left * 1000), 0), LONGEST))
            for number in self.taken():
                if number in ENDING:
                    return number
            if left <= 0:
                return 0

    def taken(self) -> list[int]:
        """The numbers of the signals since the last call, except a child's end."""
        try:
            return [number for number in os.read(self._reader, 4096) if number != signal.SIGCHLD]
        except BlockingIOError:
            return []
