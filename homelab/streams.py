"""Pure: what was heard of another program."""

from __future__ import annotations

MOST = 1 << 20  # bytes kept of each stream; the rest is counted and thrown away


class Output:
    """What a program wrote to one stream: the first bytes of it, and how many more were `lost`."""

    __slots__ = ("kept", "lost")

    def __init__(self, kept: bytes = b"", lost: int = 0) -> None:
        self.kept = bytearray(kept)
        self.lost = lost

    def keep(self, piece: bytes) -> None:
        """Take in what was written next."""
        room = MOST - len(self.kept)
        self.kept += piece[:room]
        self.lost += max(len(piece) - room, 0)

    def text(self) -> str:
        """The text, and where it was cut, that it was."""
        text = self.kept.decode("utf-8", "replace")
        if self.lost:
            text += f"\n(cut here: {self.lost} more bytes were left out; ask for less)"
        return text
