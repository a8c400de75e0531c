"""Pure: how much an answer may hold: bytes, and values in its JSON.

A value of two bytes takes up to ninety in memory, and one `json.loads` can't be interrupted. So the
values are counted before it is called.
"""

from __future__ import annotations

LONGEST = 8 << 20  # bytes
MOST = 400_000  # values; 5,000 lines with ten labels each have 120,000
_PIECE = 1 << 16  # bytes that are counted at a time


class Budget:
    """What is left for answers that are held in memory together: `bytes` and `values`."""

    __slots__ = ("bytes", "values")

    def __init__(self, longest: int = LONGEST, most: int = MOST) -> None:
        self.bytes = longest
        self.values = most

    def spend(self, body: bytes) -> bool:
        """Take what an answer holds off the rest; False where that is too little, and the answer is
        not to be held."""
        values = _values(body, self.values)
        if values > self.values or len(body) > self.bytes:
            return False
        self.values -= values
        self.bytes -= len(body)
        return True


def _values(body: bytes, enough: int) -> int:
    """How many values a JSON text has at most; over `enough` it need not be exact. In front of
    each but the first is one of `,:[{`. Those in strings count too if they make no difference."""
    count = _marks(body)
    if count <= enough:
        return count
    # without its escapes, a quote begins or ends a string
    text = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    count, inside = 0, False
    for start in range(0, len(text), _PIECE):
        parts = text[start : start + _PIECE].split(b'"')
        count += _marks(b"".join(parts[inside::2]))
        inside ^= len(parts) % 2 == 0
        if count > enough:
            break
    return count


def _marks(text: bytes) -> int:
    return 1 + sum(map(text.count, (b",", b":", b"[", b"{")))
