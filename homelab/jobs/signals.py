"""Signals that come while a job runs: noted, to be passed on, and whoever polls is woken."""

from __future__ import annotations

import os
import select
import time

from homelab.system.plain_signal import signal

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LONGEST = 86_400_000  # ms that a poll waits at a time; it takes no more than 24 days
_WATCHED = (*ENDING, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD)


class Wakeup:
    """`with Wakeup() as wakeup:` no signal ends this process; `fileno` is readable when one came.
    What whoever started us ignores (nohup) stays ignored, by the command too."""

    def __enter__(self) -> Wakeup:
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        self._before = {}
        for number in _WATCHED:
            found = signal.getsignal(number)
            if found != signal.SIG_IGN or number == signal.SIGCHLD:  # ignored, it loses exit codes
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
        """What a poll waits for."""
        return self._reader

    def waited(self, seconds: float) -> int:
        """Wait; the number of a signal that asks this process to end and ends the waiting, or 0."""
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
        """The numbers of the signals that came since the last time, a child's end left out."""
        try:
            return [number for number in os.read(self._reader, 4096) if number != signal.SIGCHLD]
        except BlockingIOError:
            return []
