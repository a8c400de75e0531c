"""Pure: find the entries of a history that another history also has: atuin's that of a shell, or
nushell's database that of its text file.

It keeps a hash of the text and the moment for each entry of the other history, 17 bytes in all, so
a million of them fit in 20 MB. Each matches at most one entry.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

_APART = 1  # s between the moments that atuin and a shell write for one entry
_BUCKETS = 256
_WIDEST = (1 << 64) - 1


class Copies:
    """The entries of one history: `add` all of them, `sort` them, then `take` the entries of
    another one."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets = [_Bucket() for _ in range(_BUCKETS)]

    def add(self, when: int, text: str) -> None:
        """Add an entry: its moment (s since the epoch, 0 if unknown), and its text."""
        key = _key(text)
        bucket = self._buckets[key % _BUCKETS]
        bucket.keys.append(key)
        bucket.moments.append(when)

    def sort(self) -> None:
        """Sort the entries for lookups."""
        for bucket in self._buckets:
            bucket.sort()

    def take(self, when: int, text: str) -> bool:
        """Whether this entry was added and not yet taken; if so, take it."""
        key = _key(text)
        return self._buckets[key % _BUCKETS].take(key, when)


class _Bucket:
    """Entries by key and moment, and for each entry the index of the next one that is not taken
    (itself or a later one)."""

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
    """A hash (64 bits) of a text without blanks around it: shells keep them differently."""
    return hash(text.strip()) & _WIDEST
