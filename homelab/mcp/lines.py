"""Pure: bytes as they come, as the lines they are; none longer than LONGEST is kept."""

from __future__ import annotations

LONGEST = 4 << 20  # bytes; far more than any call needs, far less than would hurt the host


class Lines:
    """Feed it what was read. A line is given without its newline; None stands for one that was too
    long, of which nothing is kept."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._begun = bytearray()
        self._too_long = False

    def feed(self, piece: bytes) -> list[bytes | None]:
        """The lines that `piece` completes."""
        *ends, begun = piece.split(b"\n")
        lines = []
        for end in ends:
            self._keep(end)
            lines.append(self._line())
        self._keep(begun)
        return lines

    def rest(self) -> list[bytes | None]:
        """At the end of input: the line that no newline ended, if there is one."""
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
