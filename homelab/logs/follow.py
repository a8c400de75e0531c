"""Follow the new lines of a search by asking repeatedly, through outages of Loki.

Loki's own stream of new lines is a websocket, which proxies cut off, and which can't tell what was
lost. Repeated queries pass wherever a query does, and each starts at the time up to which all lines
are known to have been shown.
"""

from __future__ import annotations

import sys
import time

from homelab import times
from homelab.errors import UNREACHABLE, USAGE, Failure
from homelab.logs.seen import DEEP, DEEPEST, MOST, NEAR, SHALLOW, Look, Seen
from homelab.loki import pages
from homelab.loki.answer_size import LONGEST, Budget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from homelab.logs.search import Search
    from homelab.loki.pages import Entry

PAUSE = 1.0  # s between two queries
LONGEST_PAUSE = 10.0  # s, while Loki is unreachable
DEEP_EACH = 15.0  # s between two deep queries, which look further back
_BUILD = "/loki/api/v1/status/buildinfo"
_SKEW = 2 * times.SECOND  # ns; a Date header has whole seconds


class Follower:
    """A follower of one search. `clock` returns ns since the epoch; `say` reports to the user when
    Loki goes away and is back. `pause` is how long (s) to wait before the next query."""

    def __init__(
        self, search: Search, clock: Callable[[], int], say: Callable[[str], None]
    ) -> None:
        self._search = search
        self._clock = clock
        self._say = say
        self._seen = Seen()
        self._skew = 0  # measured with each deep query, since either clock may be set
        self._apart = clock() - time.monotonic_ns()
        self._told = 0  # the time up to which everything was shown, except late lines
        self._depth = DEEP
        self._next_deep = 0.0
        self._lost: float | None = None  # since when Loki is unreachable
        self.pause = PAUSE

    def history(self, count: int) -> list[Entry]:
        """The last `count` entries, oldest first; later ones are new. Raises Failure."""
        search = self._search
        self._skew = search.ask(self._difference)
        begun = self._now()
        low = begun - self._depth
        look = self._seen.look()
        newest: list[Entry] = []
        oldest = begun
        for batch in self._read(low, begun + times.AHEAD, backward=DEEPEST):
            look.fresh(batch)
            asked = [entry for entry in batch if entry[1] >= search.start]
            newest += asked[: max(count - len(newest), 0)]
            _refuse_large(newest, count)
            oldest = batch[-1][1]
        # only lines younger than the oldest of these are known to be complete
        if look.count >= DEEPEST:
            self._depth = max(begun - oldest - 1, 0)
        missing = count - len(newest)
        if missing and search.start < low:
            older = pages.read(
                search.loki, search.query, search.start, low, False, missing, search.deadline,
                patience=search.patience, budget=Budget(3 * LONGEST),
            )  # fmt: skip
            for batch in older:
                newest += batch
                _refuse_large(newest, count)
        self._over(begun, look, deep=True)
        return newest[::-1]

    def new(self) -> Iterator[list[Entry]]:
        """The entries that came since the last query, a batch for each answer of Loki, so that the
        caller can stop between two of them; a batch whose entries were all seen before is empty. If
        Loki can't be reached, the user is told and there are no entries this time. Raises Failure
        if more entries came than can be told apart."""
        self._search.deadline.renew()
        deep = self._jumped() or self._lost is not None or time.monotonic() >= self._next_deep
        try:
            if deep:
                with self._search.deadline:
                    self._skew = self._difference()
        except Failure as failure:
            self._away(failure)
            return
        begun = self._now()
        low = min(begun, self._told) - (self._depth if deep else min(NEAR, self._depth))
        look = self._seen.look()
        too_many = False
        try:
            for batch in self._read(low, begun + times.AHEAD):
                self._back()
                yield look.fresh(batch)
                too_many = max(look.count, len(self._seen)) > MOST
                if too_many:
                    break
        except Failure as failure:
            self._away(failure)
            return
        if too_many:
            raise Failure(
                UNREACHABLE,
                f"over {MOST} lines came at once, more than can be followed; narrow the selector",
            )
        self._back()
        self._over(begun, look, deep)

    def _jumped(self) -> bool:
        """Whether our clock was set since the last check, or the host has slept."""
        before, self._apart = self._apart, self._clock() - time.monotonic_ns()
        return abs(self._apart - before) > _SKEW

    def _now(self) -> int:
        """The present by Loki's clock (ns)."""
        return self._clock() + self._skew

    def _read(self, low: int, high: int, backward: int = 0) -> Iterator[list[Entry]]:
        """The entries of a window, oldest first; with `backward`, this many of them from its end,
        newest first."""
        search = self._search
        return pages.read(
            search.loki,
            search.query,
            low,
            high,
            forward=not backward,
            limit=backward,
            deadline=search.deadline,
            # new lines are asked for repeatedly anyway
            patience=search.patience if backward else None,
            shown=not backward,
        )

    def _difference(self) -> int:
        """How far (ns) Loki's clock, by which its lines are stamped, is ahead of ours; 0 if the
        difference is too small to measure."""
        reply = self._search.loki.request("GET", _BUILD, enough=1)
        date = reply.date()
        ahead = date - self._clock() if date is not None else 0
        return ahead if abs(ahead) > _SKEW else 0

    def _over(self, begun: int, look: Look, deep: bool) -> None:
        """Note the end of a query: everything until it began has been shown."""
        self._told = max(self._told, begun)
        if deep:
            self._next_deep = time.monotonic() + DEEP_EACH
            if look.count > DEEPEST:
                self._depth = min(max(self._depth // 2, SHALLOW), self._depth)
        self._seen.forget(min(begun, self._told) - self._depth)  # the next query may begin there

    def _away(self, failure: Failure) -> None:
        if self._lost is None:
            self._lost = time.monotonic()
            self.pause = PAUSE / 2
            self._say(f"{failure.sentence} (retrying until it is back)")
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def _back(self) -> None:
        if self._lost is not None:
            away = int((time.monotonic() - self._lost) * times.SECOND)
            self._say(f"Loki is back after {times.spoken(away)}; no line is lost")
            self._lost = None
            self.pause = PAUSE


def _refuse_large(entries: list[Entry], count: int) -> None:
    """Raise Failure if the lines take more than 24 MiB of memory. With one emoji in a line, Python
    holds each of its characters in four bytes, so counting characters is not enough."""
    if sum(sys.getsizeof(line) for _, _, line in entries) > 3 * LONGEST:
        what = f"the last {count} lines are too large to keep in memory; use a smaller --lines"
        raise Failure(USAGE, what)
