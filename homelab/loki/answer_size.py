"""Pure: how much an answer may hold: bytes, and values in its JSON.

A value of two bytes takes up to ninety in memory, and one `json.loads` can't be interrupted. So the
values are counted before it is called.
"""

from __future__ import annotations

from homelab.net import bounded_json

LONGEST = 8 << 20  # bytes
MOST = 400_000  # values; 5,000 lines with ten labels each have 120,000


class Budget:
    """What is left for answers that are held in memory together: `bytes` and `values`."""

    __slots__ = ("bytes", "values")

    def __init__(self, longest: int = LONGEST, most: int = MOST) -> None:
        self.bytes = longest
        self.values = most

    def spend(self, body: bytes) -> bool:
        """Take what an answer holds off the rest; False where that is too little, and the answer is
        not to be held."""
        values = bounded_json.values(body, self.values)
        if values > self.values or len(body) > self.bytes:
            return False
        self.values -= values
        self.bytes -= len(body)
        return True
