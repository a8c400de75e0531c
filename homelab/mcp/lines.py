"""Pure: split bytes into lines as they arrive; a line longer than LONGEST is dropped."""

from __future__ import annotations

LONGEST = 4 << 20  # bytes; far more than any call needs, far less than would harm the host


class Lines:
    """A splitter of input into lines without their newlines; None stands for a line that was too
    long, of which nothing is kept."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._begun = bytearray()
        self._too_long = False

    def feed(self, piece: bytes) -> list[bytes | None]:
        """Return the lines that `piece` completes."""
        *ends, begun = piece.split(b"\n")
        lines = []
        for end in ends:
            self._keep(end)
            lines.append(self._line())
        self._keep(begun)
        return lines

    def rest(self) -> list[bytes | None]:
        """Return the last line at the end of input, if it has no newline."""
        return [self._line()] if self._begun or self._too_long else []

    def _keep(self, piece: bytes) -> None:
        if self._too_long or len(self._begun) + len(piece) > self._longest:
            self._too_long = True
            self._begun.clear()
        else:
            self._begun += piece

    def _line(self) -> bytes | None:
        line = None if self._too_long else bytes(self._begun)
        self._begun.clear()
        self._too_long = False
        return line
