"""Pure: cut a window into slices of time, so that several can be read at once.

The density of the entries so far predicts how many the next slices have. A slice with more than a
page is cut again where its page ended; after a gap or a burst the slices become longer or shorter.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_UNKNOWN = 1 << 63  # ns
_FARTHER = 4  # factor for the span if nothing came for long


class Slice:
    """A part of a window: from `low` until before `high` (ns). Once it is asked for, `answer` waits
    for its entries, at most `limit`; `expected` is how many there may be."""

    __slots__ = ("answer", "expected", "high", "limit", "low")

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high
        self.answer: Callable[[], list[Any]] | None = None
        self.expected = 0
        self.limit = 0


class Slices:
    """The unread parts of a window, in the order of reading: oldest first if `forward`."""

    def __init__(self, start: int, end: int, forward: bool) -> None:
        self._parts: list[Slice] = []
        self._forward = forward
        self.put_back(start, end)

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, index: int) -> Slice:
        return self._parts[index]

    def pop(self) -> Slice:
        """Remove the next slice to read, and return it."""
        return self._parts.pop(0)

    def put_back(self, low: int, high: int) -> None:
        """Put this time first in the order, unless it is empty."""
        if low < high:
            self._parts.insert(0, Slice(low, high))

    def asked(self) -> list[Slice]:
        """The slices that are asked for and not read yet."""
        return [part for part in self._parts if part.answer]

    def cut(self, index: int, span: int) -> Slice:
        """Return the slice at `index`, which is not asked for, cut to at most `span` ns. It is
        first joined with the slices after it that are not asked for either; the rest becomes a
        slice of its own."""
        parts = self._parts
        part = parts[index]
        while index + 1 < len(parts) and parts[index + 1].answer is None:
            other = parts.pop(index + 1)
            part.low, part.high = min(part.low, other.low), max(part.high, other.high)
        if part.high - part.low > span:
            if self._forward:
                edge = part.low + span
                parts.insert(index + 1, Slice(edge, part.high))
                part.high = edge
            else:
                edge = part.high - span
                parts.insert(index + 1, Slice(part.low, edge))
                part.low = edge
        return part


class Density:
    """The number of entries per time, in which the latest count most."""

    def __init__(self) -> None:
        self._entries = 0
        self._span = 0  # ns

    def saw(self, entries: int, span: int) -> None:
        """Note a slice with this number of entries in all."""
        self._entries = self._entries // 2 + entries
        self._span = self._span - self._span // 2 + span

    def began(self, entries: int, span: int) -> None:
        """Note the first entries of a slice that has more, and forget earlier ones."""
        self._entries, self._span = entries, span

    def entries(self, span: int) -> int:
        """How many entries this much time (ns) may have."""
        return self._entries * span // max(self._span, 1)

    def span(self, entries: int) -> int:
        """The time (ns) in which this many entries may be."""
        if not self._span:
            return _UNKNOWN
        if not self._entries:
            return self._span * entries * _FARTHER
        return max(self._span * entries // self._entries, 1)
