"""Read every line of a window, page by page: none lost and none doubled, in bounded memory.

Loki returns at most 5,000 lines in an answer, without a cursor to go on from. So the time of the
last line of a full page is asked for again: other lines with that time may not have fitted. If all
lines of a page have one time, that moment is read in parts, by filters that exclude each other.

If the first page does not hold all lines, the rest is read in slices of time, several at once.
"""

from __future__ import annotations

import time
from functools import partial
from operator import itemgetter

from homelab import times
from homelab.errors import UNREACHABLE, USAGE, Failure
from homelab.loki import halving, limits
from homelab.loki.answer_size import LONGEST, Budget
from homelab.loki.client import TooLong
from homelab.loki.deadline import WHOLE, Deadline
from homelab.loki.slices import Density, Slices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from homelab.loki.client import Loki
    from homelab.loki.in_flight import InFlight
    from homelab.loki.patience import Patience
    from homelab.loki.slices import Slice

    Entry = tuple[dict[str, str], int, str]  # labels, moment (ns), line
    Parameters = dict[str, "str | int"]
    Ask = Callable[[Parameters], list[Any]]
    Wait = Callable[[Callable[[], list[Any]]], list[Any]]

FIRST = 500  # lines that are asked for first: the user waits for these
PAGE = 5000  # lines; the default of Loki's max_entries_limit_per_query
# ns; Loki's max_query_length, which applies to the index too, is 30d1h. A --since of 30d, with time
# for lines stamped ahead of now, fits in one query.
PIECE = 30 * times.DAY + times.AHEAD + 60 * times.SECOND
WIDEST = LONGEST  # most characters in the lines of an answer, each line with its labels
ROOMY = 1 << 20  # a page with fewer characters than this shows that a larger page fits as well
HIDDEN = "__stream_shard__"  # Loki adds it to the parts of a busy stream
WIDE = 2 << 20  # most characters in the lines of a page while several are held
HELD = 8  # most pages that are asked for, or held until those before them have come
NEAR = 4  # the next ones of these, so that four are in flight however many are held
FILLED = 0.85  # of a page: the expected part that a slice fills, so that most slices fit one page
_NAMES = 10_000  # most label names that are remembered
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
    as they come: oldest first if `forward`, else newest first, at most `limit` (0: all). `deadline`
    bounds all questions together (30 s). If batches are `shown` as they come, the time that showing
    them takes does not count, and without a `limit` the deadline restarts with each. `page` is the
    number of lines per question. With `patience`, a question that fails temporarily is asked again.
    `budget` covers all batches, for callers that hold them together.

    Raises Failure as `Loki.ask` does, and 2 if the query counts instead of selecting or makes lines
    so alike that Loki can't return all of them.
    """

    bound = deadline or Deadline(WHOLE, str(loki.address))

    def once(parameters: Parameters) -> list[Any]:
        kind, result = loki.result("query_range", parameters, budget)
        if kind != "streams":
            raise Failure(USAGE, "this LogQL counts lines instead of selecting them")
        return result

    def wait(answer: Callable[[], list[Any]]) -> list[Any]:
        if patience:
            return patience.ask(answer, bound)
        with bound:
            return answer()

    # a budget must be spent in the order of the pages, so without threads
    pages = Pages(once, query, forward, page, wait, None if budget else loki)
    for batch in pages.batches(start, end, limit):
        begun = time.monotonic()
        yield batch
        if shown and not limit:
            bound.renew()
        elif shown:
            bound.extend(time.monotonic() - begun)


def entries(batches: Iterator[list[Entry]]) -> Iterator[Entry]:
    """The entries of all batches, one by one."""
    for batch in batches:
        yield from batch


class Pages:
    """A query, and how much of it Loki returns at once, as learnt so far. `ask` sends the
    parameters of a range query and returns the streams. `wait` is called with the function that
    asks; it may bound it and call it again. With a `loki`, threads may `ask` ahead, and `wait` is
    then called with a function that waits for a thread; the caller has to be the main thread."""

    def __init__(
        self,
        ask: Ask,
        query: str,
        forward: bool,
        page: int = PAGE,
        wait: Wait | None = None,
        loki: Loki | None = None,
    ) -> None:
        self._ask = ask
        self._wait = wait or (lambda answer: answer())
        self._loki = loki
        self._flight: InFlight | None = None
        self._query = query
        self._forward = forward
        self._most = page
        self._page = page
        self._piece = PIECE
        self._density = Density()
        self._failed = False  # whether a question had to be asked again
        self._names: set[str] = set()  # label names seen so far
        self._shard: dict[str, str] = {}  # the HIDDEN label of the last stream that came

    def batches(self, start: int, end: int, limit: int = 0) -> Iterator[list[Entry]]:
        """The batches of a window, as `read` describes them."""
        try:
            yield from self._batches(Slices(start, end, self._forward), limit or -1)
        finally:
            if self._flight:
                self._flight.end()
                self._flight = None

    def _batches(self, window: Slices, left: int) -> Iterator[list[Entry]]:
        first = FIRST
        while window and left:
            if not first:
                self._ask_ahead(window, left)
            if not window[0].answer:
                window.cut(0, self._piece)
            part = window.pop()
            if not part.answer:
                part.limit = min(self._page, first or self._page)
                part.limit = min(part.limit, left) if left > 0 else part.limit
            rows = self._asked(self._query, part.low, part.high, part.limit, answer=part.answer)
            if rows is None or self._failed:
                self._ask_again(window)
            if rows is None:
                window.put_back(part.low, part.high)
                continue
            batches: Iterator[list[Entry]] = iter((rows,))
            if len(rows) < part.limit:
                self._density.saw(len(rows), part.high - part.low)
            elif 0 < left <= len(rows):
                pass  # these are all
            else:
                edge = rows[-1][1]
                rows = [row for row in rows if row[1] != edge]
                if rows:  # before the first of them there may be a long gap
                    self._density.began(len(rows), abs(edge - rows[0][1]))
                if self._forward:
                    window.put_back(edge if rows else edge + 1, part.high)
                else:
                    window.put_back(part.low, edge + 1 if rows else edge)
                batches = iter((rows,)) if rows else self._on(edge)
            if rows and not first:  # before a reader takes its time
                self._ask_ahead(window, max(left - len(rows), 0) if left > 0 else left)
            first = 0
            for batch in batches:
                if left > 0:
                    batch = batch[:left]
                    left -= len(batch)
                if batch:
                    yield batch
                if not left:
                    return

    def _ask_ahead(self, window: Slices, left: int) -> None:
        """Ask for the next slices in threads if more than one question is left; stop when `left`
        entries are expected from them."""
        if self._loki is None:
            return
        held = len(window.asked())
        index = expected = 0
        while index < len(window):
            part = window[index]
            if not part.answer:
                if 0 <= left <= expected or (held >= HELD and index >= NEAR):
                    return
                part = window.cut(index, min(self._density.span(self._filled()), self._piece))
                if not held and (len(window) == 1 or 0 < left <= self._page):
                    return  # one question gets everything, and needs no thread
                if not self._start(part, left):
                    return
                held += 1
                if held > HELD:
                    self._drop(window.asked()[-1])
            expected += part.expected
            index += 1

    def _start(self, part: Slice, left: int) -> bool:
        """Ask for a slice in a thread; False if no thread can be started."""
        assert self._loki is not None
        if self._flight is None:
            from homelab.loki.in_flight import InFlight  # late: most answers are one page

            self._flight = InFlight(self._loki)
        part.limit = min(self._page, left) if left > 0 else self._page
        part.expected = self._density.entries(part.high - part.low)
        parameters = self._parameters(self._query, part.low, part.high, part.limit, self._forward)
        try:
            part.answer = self._flight.ask(partial(self._ask, parameters))
        except Failure:
            self._loki = None
            return False
        return True

    def _drop(self, part: Slice) -> None:
        if self._flight and part.answer:
            self._flight.drop(part.answer)
            part.answer = None

    def _ask_again(self, window: Slices) -> None:
        """Drop the slices whose questions failed as another one has: they are asked again together,
        with the page size learnt meanwhile."""
        self._failed = False
        for part in window.asked():
            if self._flight and part.answer and self._flight.has_failed(part.answer):
                self._drop(part)

    def _filled(self) -> int:
        return max(int(self._page * FILLED), 1)

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
                # an entry that several streams have may be both the first and the last of them
                labels = {**dict.fromkeys(self._names, ""), **rows[0][0], **self._shard}
                same, others = halving.stream(labels)
                waiting += [(filters + others, False), (filters + same, True)]
                continue
            if rows and asked == 1:  # it is the only entry if it is also the last
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
                        f"over {asked} lines at {times.rfc3339(moment)} have the same text and"
                        " labels, and Loki returns no more in one answer; remove the stage that"
                        " makes them equal from the query, such as line_format",
                    )
                waiting += [(filters + half, single) for half in halves]

    def _asked(
        self,
        query: str,
        start: int,
        end: int,
        limit: int,
        forward: bool | None = None,
        answer: Callable[[], list[Any]] | None = None,
    ) -> list[Entry] | None:
        """The first `limit` entries in order; None if Loki refused so many: the next question asks
        for less. `answer` waits for them if they were asked for already."""
        forward = self._forward if forward is None else forward
        parameters = self._parameters(query, start, end, limit, forward)
        ask = answer or partial(self._ask, parameters)
        tries = 0

        def once() -> list[Any]:
            nonlocal tries
            tries += 1
            self._failed = tries > 1
            return ask()

        try:
            streams = self._wait(once)
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
                "the answer has lines from outside the requested time, so this may not be"
                " Loki; check loki.url and loki.lb",
            )
        width += sum(len(row[2]) for row in rows)
        if width > WIDEST:  # the output repeats the labels on each line
            if limit == 1:
                raise TooLong(UNREACHABLE, "a log line is too large; narrow the selector")
            self._page = min(self._page, limit // 2)
            return None
        if self._loki and len(rows) == limit and width > WIDE // self._page * limit:
            self._page = max(WIDE * limit // width, 1)
        elif self._page < self._most and width < ROOMY:
            self._page = min(self._page * 2, self._most)
        return rows

    def _parameters(
        self, query: str, start: int, end: int, limit: int, forward: bool
    ) -> Parameters:
        direction = "forward" if forward else "backward"
        return {"query": query, "start": start, "end": end, "limit": limit, "direction": direction}

    def _learnt(self, failure: Failure, limit: int, span: int) -> bool:
        """Whether the failure says that a smaller question would succeed, and one with less than
        `limit` entries or `span` ns is possible."""
        over = limits.refused(failure.words)
        name = over.name if over else ""
        allowed = (limits.size(over.value) if over else None) or 0
        if (isinstance(failure, TooLong) or name == limits.MESSAGE) and limit > 1:
            self._page = min(self._page, limit // 2)
            return True
        if name == limits.ENTRIES and 0 < allowed < limit:
            self._page = self._most = allowed
            return True
        if name == limits.LENGTH and 0 < allowed < span:
            self._piece = allowed
            return True
        return False
