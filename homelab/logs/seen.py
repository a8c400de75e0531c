"""Pure: find the new entries among those that were read again.

A follower reads again what it has seen already: lines come late, and after an outage nobody knows
how much was shown. An entry is identified by labels, time, line and how often that came.
"""

from __future__ import annotations

from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.loki.pages import Entry

NEAR = 5 * SECOND  # ns before the present that each query reads again
DEEP = 300 * SECOND  # ns that a deep query reads again, for lines that come very late
DEEPEST = 50_000  # entries of a deep query; with more, the next one goes half as far back
SHALLOW = 30 * SECOND
MOST = 500_000  # most entries in a query, or remembered


class Seen:
    """The entries shown so far. Their hashes are kept, grouped by second: some bytes per entry."""

    def __init__(self) -> None:
        self._seconds: dict[int, dict[int, int]] = {}

    def look(self) -> Look:
        """Begin to read a window, completely, from its start."""
        return Look(self._seconds)

    def __len__(self) -> int:
        return sum(map(len, self._seconds.values()))

    def forget(self, before: int) -> None:
        """Forget entries older than a time (ns), which will not be read again."""
        for second in [second for second in self._seconds if second < before // SECOND]:
            del self._seconds[second]


class Look:
    """A reading of a window. `count` is the number of all entries in it."""

    def __init__(self, seconds: dict[int, dict[int, int]]) -> None:
        self._seconds = seconds
        self._read: dict[int, int] = {}
        self.count = 0

    def fresh(self, entries: list[Entry]) -> list[Entry]:
        """The entries that were not seen before; they count as seen from now on."""
        found = []
        labels: dict[str, str] | None = None
        stream = 0
        for entry in entries:
            if entry[0] is not labels:  # entries of a stream share their labels
                labels = entry[0]
                stream = hash(frozenset(labels.items()))
            key = hash((stream, entry[1], entry[2]))
            times = self._read[key] = self._read.get(key, 0) + 1
            second = self._seconds.setdefault(entry[1] // SECOND, {})
            if times > second.get(key, 0):
                second[key] = times
                found.append(entry)
        self.count += len(entries)
        return found
