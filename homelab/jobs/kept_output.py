"""Pure: the part of a command's output that is kept: the beginning and the end."""

from __future__ import annotations

FIRST = 1 << 18  # bytes kept of the beginning
LAST = 3 << 18  # and of the end, where most commands report errors


class Kept:
    """The output so far. It takes at most twice the memory of the part that is kept."""

    def __init__(self, first: int = FIRST, last: int = LAST) -> None:
        self._room = (first, last)
        self._first = bytearray()
        self._last = bytearray()
        self._lost = 0

    def keep(self, piece: bytes) -> None:
        """Add the next piece of output."""
        room = self._room[0] - len(self._first)
        self._first += piece[:room]
        self._last += piece[room:]
        if len(self._last) > 2 * self._room[1]:
            self._cut()

    def _cut(self) -> None:
        surplus = len(self._last) - self._room[1]
        if surplus > 0:
            self._lost += surplus
            del self._last[:surplus]

    def whole(self) -> bytes:
        """The kept output, with a line that says how much is left out in between; ends with a
        newline unless it is empty."""
        self._cut()
        text = bytes(self._first)
        if self._lost:
            text += b"\n(homelab: %d bytes were left out here)\n" % self._lost
        text += self._last
        return text + b"\n" if text and text[-1:] != b"\n" else text

    def end(self, size: int) -> bytes:
        """The last bytes."""
        return bytes((self._first + self._last)[-size:])
