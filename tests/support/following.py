"""A running `logs tail`, whose lines a test reads."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from support.reading import until
from support.world import World


class Tail:
    """A running `logs tail`: `out` and `err` are its lines so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        assert process.stdout
        assert process.stderr
        self._threads = [
            threading.Thread(target=self._read, args=each, daemon=True)
            for each in ((process.stdout, self.out), (process.stderr, self.err))
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _read(stream: IO[str], lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))

    def shows(self, *lines: str, seconds: float = 20) -> bool:
        """Whether all these lines come in time, and no others."""
        until(lambda: len(self.out) >= len(lines), seconds)
        return sorted(self.out) == sorted(lines)

    def says(self, words: str, seconds: float = 20) -> bool:
        """Whether a line with these words comes on stderr in time."""
        return until(lambda: any(words in line for line in self.err), seconds)

    def ended(self, number: int = signal.SIGINT) -> int:
        """The exit code after a signal."""
        os.kill(self.process.pid, number)
        code = self.process.wait(10)
        for thread in self._threads:
            thread.join(5)
        return code


@contextmanager
def tailing(world: World, url: str, *words: str, **env: str) -> Iterator[Tail]:
    """Run `logs tail`, with its lines only."""
    command = [world.pyz, "logs", "tail", *words, "--output", "raw"]
    with subprocess.Popen(
        command, env={**world.env, "HOMELAB_LOKI_URL": url, **env}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield Tail(process)
        finally:
            if process.poll() is None:
                process.kill()
