"""Pure: what is kept of a command's output: the beginning and the end, however much it is."""

from __future__ import annotations

FIRST = 1 << 18  # bytes kept of the beginning
LAST = 3 << 18  # and of the end, where most commands say what went wrong


class Kept:
    """The output so far. Takes no more memory than twice what is kept."""

    def __init__(self, first: int = FIRST, last: int = LAST) -> None:
        self._room = (first, last)
        self._first = bytearray()
        self._last = bytearray()
        self._lost = 0

    def keep(self, piece: bytes) -> None:
        """Take in what was written next."""
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
        """All that is kept, with a line that says what was left out between; ended by a newline
        where there is anything."""
        self._cut()
        text = bytes(self._first)
        if self._lost:
            text += b"\n(homelab: %d bytes were left out here)\n" % self._lost
        text += self._last
        return text + b"\n" if text and text[-1:] != b"\n" else text

    def end(self, size: int) -> bytes:
        """The last bytes."""
        return bytes((self._first + self._last)[-size:])
