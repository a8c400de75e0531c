"""Pure: which entries of a history another one has as well: atuin's of a shell, or nushell's
database of its text file.

For each entry of the other one a hash of its text and its moment are kept, 17 bytes in all, so that
a million of them fit in 20 MB; each stands for one entry.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

_APART = 1  # s between the moments that atuin and a shell write of one entry
_BUCKETS = 256
_WIDEST = (1 << 64) - 1


class Copies:
    """Entries of one history: `add` all of them, `sort` them, then `take` those of another."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets = [_Bucket() for _ in range(_BUCKETS)]

    def add(self, when: int, text: str) -> None:
        """Note an entry: its moment (s since the epoch, 0 where it is unknown), and its text."""
        key = _key(text)
        bucket = self._buckets[key % _BUCKETS]
        bucket.keys.append(key)
        bucket.moments.append(when)

    def sort(self) -> None:
        """Make what was noted ready for being looked up."""
        for bucket in self._buckets:
            bucket.sort()

    def take(self, when: int, text: str) -> bool:
        """Whether this entry is one that was noted and not yet taken. It is then."""
        key = _key(text)
        return self._buckets[key % _BUCKETS].take(key, when)


class _Bucket:
    """Entries by key and moment, and for each of them where the first one that is not taken is:
    there, or behind it."""

    __slots__ = ("_free", "keys", "moments")

    def __init__(self) -> None:
        self.keys = array("Q")
        self.moments = array("L")
        self._free = array("L")

    def sort(self) -> None:
        rows = sorted(zip(self.keys, self.moments))
        self.keys = array("Q", (key for key, _ in rows))
        self.moments = array("L", (when for _, when in rows))
        self._free = array("L", range(len(rows) + 1))

    def take(self, key: int, when: int) -> bool:
        at = bisect_left(self.keys, key)
        end = bisect_right(self.keys, key, at)
        if when:
            at = bisect_left(self.moments, when - _APART, at, end)
        free = self._first_free(at)
        if free >= end:
            return False
        if when and self.moments[free] > when + _APART:
            return False
        self._free[free] = free + 1
        return True

    def _first_free(self, at: int) -> int:
        free = self._free
        while free[at] != at:
            free[at] = free[free[at]]
            at = free[at]
        return at


def _key(text: str) -> int:
    """64 bits of a text. Blanks at its ends are left out: shells differ in which they keep."""
    return hash(text.strip()) & _WIDEST
