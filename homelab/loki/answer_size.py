"""Pure: limits on an answer: its bytes, and the values in its JSON.

A value of two bytes takes up to ninety bytes in memory, and `json.loads` can't be interrupted. So
the values are counted before it is called.
"""

from __future__ import annotations

from homelab.net import bounded_json

LONGEST = 8 << 20  # bytes
MOST = 400_000  # values; 5,000 lines with ten labels each have 120,000


class Budget:
    """The `bytes` and `values` that answers held in memory together may still take."""

    __slots__ = ("bytes", "values")

    def __init__(self, longest: int = LONGEST, most: int = MOST) -> None:
        self.bytes = longest
        self.values = most

    def spend(self, body: bytes) -> bool:
        """Subtract an answer from the budget; False if the budget is too small for it, so that the
        answer must not be kept."""
        values = bounded_json.values(body, self.values)
        if values > self.values or len(body) > self.bytes:
            return False
        self.values -= values
        self.bytes -= len(body)
        return True
