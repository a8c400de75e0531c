"""A terminal with a program in it: keys go in, and the shown text comes out."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from types import TracebackType

_SEQUENCE = re.compile(
    r"\x1b\[[0-9;?<>=]*[A-Za-z~@]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[=>()][A-Z0-9]?"
)


class Terminal:
    """A terminal: `with Terminal(["bash", "-i"], env) as terminal:`; 100 columns and 30 lines."""

    def __init__(self, command: list[str], env: dict[str, str], cwd: str) -> None:
        self.shown = ""
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, {"TERM": "xterm", **env})
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGHUP)
        os.close(self._end)
        for _ in range(100):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._end, keys.encode())

    def expect(self, pattern: str, seconds: float = 20) -> str:
        """Wait until the text since the last call matches; return it, up to the match."""
        end = time.monotonic() + seconds
        while True:
            plain = _SEQUENCE.sub("", self.shown).replace("\r", "")
            found = re.search(pattern, plain)
            if found:
                self.shown = plain[found.end() :]
                return plain[: found.end()]
            left = end - time.monotonic()
            ready, _, _ = select.select([self._end], [], [], max(left, 0))
            assert ready, f"{pattern!r} was not shown; this was: {plain!r}"
            try:
                piece = os.read(self._end, 65536)
            except OSError:
                piece = b""
            assert piece, f"it ended; {pattern!r} was not shown; this was: {plain!r}"
            self.shown += piece.decode("utf-8", "replace")
            if "\x1b[c" in self.shown or "\x1b[0c" in self.shown:  # "what are you?", asked by fish
                self.shown = self.shown.replace("\x1b[c", "").replace("\x1b[0c", "")
                os.write(self._end, b"\x1b[?62;22c")
