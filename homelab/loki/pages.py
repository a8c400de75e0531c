"""Every line of a window, page by page: none lost and none doubled, in bounded memory.

Loki gives at most 5,000 lines in an answer, and no cursor to go on from. The moment of a full
page's last line is therefore asked for again: what else stands on it may not have fitted. Where a
page holds nothing but one moment, that moment is read in parts, by filters that exclude each other.
"""

from __future__ import annotations

import time
from operator import itemgetter

from homelab import times
from homelab.errors import UNREACHABLE, USAGE, Failure
from homelab.loki import halving, limits
from homelab.loki.answer_size import LONGEST, Budget
from homelab.loki.client import TooLong
from homelab.loki.deadline import WHOLE, Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from homelab.loki.client import Loki
    from homelab.loki.patience import Patience

    Entry = tuple[dict[str, str], int, str]  # labels, moment (ns), line
    Ask = Callable[[dict[str, "str | int"]], list[Any]]

FIRST = 500  # lines that are asked for first: a reader waits for these
PAGE = 5000  # lines; Loki's max_entries_limit_per_query, unless told otherwise
# ns; Loki's max_query_length, which the index has too, is 30d1h. A --since of 30d, with what is
# stamped ahead of now, is asked for at once.
PIECE = 30 * times.DAY + times.AHEAD + 60 * times.SECOND
WIDEST = LONGEST  # characters that the lines of an answer may have, each with its labels
ROOMY = 1 << 20  # characters in a page's lines that say that a larger page fits as well
HIDDEN = "__stream_shard__"  # Loki's own, where it spreads a busy stream
_NAMES = 10_000  # of labels that are remembered
_MOMENT = itemgetter(1)


def read(
    loki: Loki,
    query: str,
    start: int,
    end: int,
    forward: bool = True,
    limit: int = 0,
    deadline: Deadline | None = None,
    page: int = PAGE,
    patience: Patience | None = None,
    shown: bool = False,
    budget: Budget | None = None,
) -> Iterator[list[Entry]]:
    """The entries that the LogQL `query` selects from `start` until before `end` (ns), in batches
    as they come: oldest first if `forward`, else newest first, `limit` of them (0: all). `deadline`
    bounds all questions together (30 s); where batches are `shown` as they come, not what a reader
    takes for them, and where all are, it begins anew with each. `page` is how many are asked for at
    once. With `patience` what fails and may pass is asked again. `budget` is that of all batches,
    for whoever holds them together.

    Raises Failure as `Loki.ask` does, and 2 where the query counts instead of selecting or makes
    lines so alike that Loki can't give all of them.
    """

    bound = deadline or Deadline(WHOLE, str(loki.address))

    def once(parameters: dict[str, str | int]) -> list[Any]:
        kind, result = loki.result("query_range", parameters, budget)
        if kind != "streams":
            raise Failure(USAGE, "this LogQL counts lines instead of selecting them")
        return result

    def ask(parameters: dict[str, str | int]) -> list[Any]:
        if patience:
            return patience.ask(lambda: once(parameters), bound)
        with bound:
            return once(parameters)

    for batch in Pages(ask, query, forward, page).batches(start, end, limit):
        begun = time.monotonic()
        yield batch
        if shown and not limit:
            bound.renew()
        elif shown:
            bound.extend(time.monotonic() - begun)


def entries(batches: Iterator[list[Entry]]) -> Iterator[Entry]:
    """The entries of batches, one by one."""
    for batch in batches:
        yield from batch


class Pages:
    """A query and what has been learnt of how much of it Loki gives at once. `ask` sends the
    parameters of a range query and returns the streams."""

    def __init__(self, ask: Ask, query: str, forward: bool, page: int = PAGE) -> None:
        self._ask = ask
        self._query = query
        self._forward = forward
        self._most = page
        self._page = page
        self._piece = PIECE
        self._names: set[str] = set()  # of labels, as far as they came
        self._shard: dict[str, str] = {}  # what is hidden of the last stream that came

    def batches(self, start: int, end: int, limit: int = 0) -> Iterator[list[Entry]]:
        """See `read`."""
        left = limit or -1
        first = FIRST
        while start < end and left:
            low, high = self._next(start, end)
            asked = min(self._page, first)
            if left > 0:
                asked = min(asked, left)
            rows = self._asked(self._query, low, high, asked)
            if rows is None:
                continue
            first = self._most
            if len(rows) < asked or asked == left:
                start, end = (high, end) if self._forward else (start, low)
                batches = iter((rows,))
            else:
                edge = rows[-1][1]
                rows = [row for row in rows if row[1] != edge]
                if rows:
                    start, end = (edge, end) if self._forward else (start, edge + 1)
                    batches = iter((rows,))
                else:
                    start, end = (edge + 1, end) if self._forward else (start, edge)
                    batches = self._on(edge)
            for batch in batches:
                if left > 0:
                    batch = batch[:left]
                    left -= len(batch)
                if batch:
                    yield batch
                if not left:
                    return

    def _next(self, start: int, end: int) -> tuple[int, int]:
        """The part of a window that may be asked for at once."""
        if self._forward:
            return start, min(end, start + self._piece)
        return max(start, end - self._piece), end

    def _on(self, moment: int) -> Iterator[list[Entry]]:
        """The entries of one moment that holds more than a page."""
        waiting = [("", False)]  # filters, and whether they leave one stream
        while waiting:
            filters, single = waiting.pop()
            asked = self._page
            query = halving.filtered(self._query, filters)
            rows = self._asked(query, moment, moment + 1, asked)
            alone = False
            if rows and asked == 1 and not single and self._names:
                # an entry of several streams may be the first and the last of them as well
                labels = {**dict.fromkeys(self._names, ""), **rows[0][0], **self._shard}
                same, others = halving.stream(labels)
                waiting += [(filters + others, False), (filters + same, True)]
                continue
            if rows and asked == 1:  # the only one, if it is the last one too
                last = self._asked(query, moment, moment + 1, 1, not self._forward)
                rows = rows + last if last and last != rows else rows
                alone = len(rows) == 1
            if rows is None:
                waiting.append((filters, single))
            elif alone or len(rows) < asked:
                yield rows
            else:
                halves = halving.halves(rows)
                if not halves:
                    raise Failure(
                        USAGE,
                        f"over {asked} lines of {times.rfc3339(moment)} are alike in text and"
                        " labels, and Loki gives no more of them at once; leave out what makes"
                        " them alike in the query, such as line_format",
                    )
                waiting += [(filters + half, single) for half in halves]

    def _asked(
        self, query: str, start: int, end: int, limit: int, forward: bool | None = None
    ) -> list[Entry] | None:
        """The first `limit` entries in order; None where Loki refused that much and would rather be
        asked for less, as the next question does."""
        forward = self._forward if forward is None else forward
        parameters: dict[str, str | int] = {
            "query": query,
            "start": start,
            "end": end,
            "limit": limit,
            "direction": "forward" if forward else "backward",
        }
        try:
            streams = self._ask(parameters)
        except Failure as failure:
            if not self._learnt(failure, limit, end - start):
                raise
            return None
        rows = []
        width = 0
        for stream in streams:
            labels = stream["stream"]
            if len(self._names) < _NAMES:
                self._names.update(labels)
            self._shard = {HIDDEN: labels.pop(HIDDEN)} if HIDDEN in labels else {}
            rows += [(labels, int(moment), line) for moment, line, *_ in stream["values"]]
            width += len(stream["values"]) * sum(map(len, [*labels, *labels.values()]))
        rows.sort(key=_MOMENT, reverse=not forward)
        if rows and not (start <= rows[0][1] < end and start <= rows[-1][1] < end):
            raise Failure(
                UNREACHABLE,
                "Loki answers with lines of another time than it was asked for, so it may be"
                " something else; check loki.url and loki.lb",
            )
        width += sum(len(row[2]) for row in rows)
        if width > WIDEST:  # each line is written with all its labels
            if limit == 1:
                raise TooLong(UNREACHABLE, "a line of Loki's is too large; narrow the selector")
            self._page = limit // 2
            return None
        if self._page < self._most and width < ROOMY:
            self._page = min(self._page * 2, self._most)
        return rows

    def _learnt(self, failure: Failure, limit: int, span: int) -> bool:
        """Whether the failure says that less would do, and less than `limit` entries or `span` ns
        can be asked for."""
        over = limits.refused(failure.words)
        name = over.name if over else ""
        allowed = (limits.size(over.value) if over else None) or 0
        if (isinstance(failure, TooLong) or name == limits.MESSAGE) and limit > 1:
            self._page = limit // 2
            return True
        if name == limits.ENTRIES and 0 < allowed < limit:
            self._page = self._most = allowed
            return True
        if name == limits.LENGTH and 0 < allowed < span:
            self._piece = allowed
            return True
        return False
