"""The progress of a long run: one line on stderr at a terminal, after half a second, removed at the
end."""

from __future__ import annotations

import time

from homelab.output.columns import columns_of, cut, visible
from homelab.system.foreground import columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TextIO

QUIET = 0.5  # s
STEP = 0.5  # s between two changes of the line
_NAMED = 3  # names of those that are waited for
_LOOKED = 16  # running ones to look at, for names that differ


class Progress:
    """A progress line: `with Progress(stderr, shown) as progress:` writes it, if it is `shown`, and
    removes it when the block ends, for any reason."""

    def __init__(self, stderr: TextIO, shown: bool) -> None:
        self._stderr = stderr
        self._shown = shown
        self._next = time.monotonic() + QUIET
        self._text = ""
        self._drawn = ""  # the text on the terminal
        self._width = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.over()

    def says(self, text: str) -> None:
        """Show this text from now on."""
        self._text = visible(text)  # names in it may come from others
        self.tick()

    def counter(
        self, total: int, what: str, name: Callable[[Any], str] = str
    ) -> Callable[[int, Sequence[Any]], None]:
        """A function that takes how many of `total` are done, and the running ones, the slowest
        first, each of which has a `name`: `3 of 7 servers asked, waiting for nas, pi`."""

        def tell(done: int, running: Sequence[Any]) -> None:
            names = list(dict.fromkeys(map(name, running[:_LOOKED])))
            more = " and more" if len(names) > _NAMED or len(running) > _LOOKED else ""
            waits = f", waiting for {', '.join(names[:_NAMED])}{more}" if names else ""
            self.says(f"{done} of {total} {what}{waits}")

        return tell

    def tick(self) -> None:
        """Show the line if it is time to."""
        now = time.monotonic()
        if self._shown and self._text != self._drawn and now >= self._next:
            self._next = now + STEP
            self._drawn = self._text
            # a line that goes on below can't be taken away again
            self._write(cut(f"homelab: {self._text} …", (columns(self._stderr) or 80) - 1))

    def over(self) -> None:
        """Remove the line."""
        if self._width:
            self._write("")
        self._text = self._drawn = ""

    def _write(self, line: str) -> None:
        width = columns_of(line)
        padded = line + " " * (self._width - width)
        self._width = width
        try:
            # the cursor waits at the beginning: at the end, an echoed ^C would wrap
            self._stderr.write(f"\r{padded}\r")
            self._stderr.flush()
        except OSError:
            pass
