"""Every line of a window, page by page: none lost and none doubled, in bounded memory.

Loki gives at most 5,000 lines in an answer, and no cursor to go on from. The moment of a full
page's last line is therefore asked for again: what else stands on it may not have fitted. Where a
page holds nothing but one moment, that moment is read in parts, by filters that exclude each other.

Where the first page does not hold all, the rest is read in slices of time, several at once.
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

FIRST = 500  # lines that are asked for first: a reader waits for these
PAGE = 5000  # lines; Loki's max_entries_limit_per_query, unless told otherwise
# ns; Loki's max_query_length, which the index has too, is 30d1h. A --since of 30d, with what is
# stamped ahead of now, is asked for at once.
PIECE = 30 * times.DAY + times.AHEAD + 60 * times.SECOND
WIDEST = LONGEST  # characters that the lines of an answer may have, each with its labels
ROOMY = 1 << 20  # characters in a page's lines that say that a larger page fits as well
HIDDEN = "__stream_shard__"  # Loki's own, where it spreads a busy stream
WIDE = 2 << 20  # characters that the lines of a page may have where several are held
HELD = 8  # pages that are asked for at once, or held until those before them have come
NEAR = 4  # of these are the next ones, so that four are in flight whatever is held
FILLED = 0.85  # of a page that a slice is expected to have; where it has more, a rest is asked for
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

    # a budget is spent in the order of the pages
    pages = Pages(once, query, forward, page, wait, None if budget else loki)
    for batch in pages.batches(start, end, limit):
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
    parameters of a range query and returns the streams. `wait` is given what does that, and may
    bound it and call it again; where there is a `loki` that is asked, that may be what waits for
    another thread to `ask`, and the main thread has to be the caller."""

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
        self._names: set[str] = set()  # of labels, as far as they came
        self._shard: dict[str, str] = {}  # what is hidden of the last stream that came

    def batches(self, start: int, end: int, limit: int = 0) -> Iterator[list[Entry]]:
        """See `read`."""
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
                self._ask_anew(window)
            if rows is None:
                window.put_back(part.low, part.high)
                continue
            batches: Iterator[list[Entry]] = iter((rows,))
            if len(rows) < part.limit:
                self._density.saw(len(rows), part.high - part.low)
            elif 0 < left <= len(rows):
                pass  # that were all
            else:
                edge = rows[-1][1]
                rows = [row for row in rows if row[1] != edge]
                if rows:  # before the first of them it may have been quiet for long
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
        """Ask for the next slices in threads, where more than one is to come; of all of them no
        more than the `left` entries are expected."""
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
                    return  # one question tells all, and needs no thread
                if not self._start(part, left):
                    return
                held += 1
                if held > HELD:
                    self._drop(window.asked()[-1])
            expected += part.expected
            index += 1

    def _start(self, part: Slice, left: int) -> bool:
        """Ask for a slice in a thread; False where none can be started."""
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

    def _ask_anew(self, window: Slices) -> None:
        """Let go of the slices that are known to have failed as another one has: they are asked for
        again together, and for what has been learnt meanwhile."""
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
        self,
        query: str,
        start: int,
        end: int,
        limit: int,
        forward: bool | None = None,
        answer: Callable[[], list[Any]] | None = None,
    ) -> list[Entry] | None:
        """The first `limit` entries in order; None where Loki refused that much and would rather be
        asked for less, as the next question does. `answer` waits for them if that was asked."""
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
                "Loki answers with lines of another time than it was asked for, so it may be"
                " something else; check loki.url and loki.lb",
            )
        width += sum(len(row[2]) for row in rows)
        if width > WIDEST:  # each line is written with all its labels
            if limit == 1:
                raise TooLong(UNREACHABLE, "a line of Loki's is too large; narrow the selector")
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
        """Whether the failure says that less would do, and less than `limit` entries or `span` ns
        can be asked for."""
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
