"""A search of a command line: the LogQL, the window, and the time limit for the answer."""

from __future__ import annotations

import functools

from homelab import times
from homelab.errors import TIMEOUT, USAGE, Failure
from homelab.loki import limits, pages
from homelab.loki.answer_size import Budget
from homelab.loki.deadline import LONGEST_WAIT, Deadline
from homelab.loki.patience import Patience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.selector import Name, Streams
    from homelab.loki.client import Loki
    from homelab.loki.pages import Entry

    Found = TypeVar("Found")

HOUR = 3600 * times.SECOND
BACK = 30 * times.DAY  # ns before a window in which a name is looked for if the window lacks it


class Search:
    """A search: `query` (LogQL) over the lines from `start` until before `end` (ns) of `loki`, all
    answers within `deadline`, with `patience`. `at` is the end of the window without the time for
    lines stamped ahead of now; counts backward in time start there. `selectors` together select the
    same streams, each once; if a name is searched `beside` the lines (in structured metadata), they
    select more. `names` are the names in the flags. `everything` are all streams of the window,
    once they were fetched; `unknown` are names that Loki turned out not to have, as host=pve11.
    `now` is the present (ns)."""

    __slots__ = (
        "_piece", "at", "beside", "deadline", "end", "everything", "loki", "names", "now",
        "patience", "query", "selectors", "start", "unknown",
    )  # fmt: skip

    def __init__(
        self,
        loki: Loki,
        query: str,
        start: int,
        end: int,
        deadline: Deadline,
        patience: Patience | None = None,
    ) -> None:
        self.loki = loki
        self.query = query
        self.selectors = [query]
        self.start = start
        self.end = self.at = end
        self.deadline = deadline
        self.beside = False
        self.names: list[Name] = []
        self.everything: Streams | None = None
        self.unknown: list[str] = []
        self.now = end
        self.patience = patience or Patience()
        self._piece = pages.PIECE

    def ask(self, question: Callable[[], Found]) -> Found:
        """Loki's answer to a question, within the deadline; asked again after temporary
        failures."""
        return self.patience.ask(question, self.deadline)

    def of_index(self, *asks: Callable[[dict[str, str | int]], list[Found]]) -> list[list[Found]]:
        """The index's answers to each of `asks` for the window. The window is asked for in pieces
        that Loki accepts, several at once; each of `asks` gets the bounds of a piece, as
        parameters."""
        found: list[list[Found]] = [[] for _ in asks]
        waiting = [(at, self.start, self.end) for at in reversed(range(len(asks)))]
        if len(waiting) == 1 and self.end - self.start <= self._piece:
            try:  # one question needs no thread
                return [self.ask(functools.partial(asks[0], _span(self.start, self.end)))]
            except Failure as failure:
                self._shorten(failure, self.end - self.start)
        from homelab.loki.in_flight import InFlight

        with InFlight(self.loki) as flight:
            asked: list[tuple[int, int, int, Callable[[], list[Found]]]] = []
            while waiting or asked:
                while waiting:
                    at, start, end = waiting.pop()
                    first = max(start, end - self._piece)
                    answer = flight.ask(functools.partial(asks[at], _span(first, end)))
                    asked.append((at, first, end, answer))
                    if start < first:
                        waiting.append((at, start, first))
                at, start, end, answer = asked.pop(0)
                try:
                    found[at] += self.ask(answer)
                except Failure as failure:
                    self._shorten(failure, end - start)
                    waiting.append((at, start, end))
        return found

    def _shorten(self, failure: Failure, span: int) -> None:
        """Learn from a refusal how long a question to the index may be; raise any other failure."""
        longest = limits.longest(failure.words)
        if not 0 < longest < span:
            raise failure
        self._piece = min(self._piece, longest)

    def labels(self) -> list[str]:
        """The label names in the window, from the index."""
        budget = Budget()
        return sorted(set(*self.of_index(lambda span: self.loki.labels(span, budget))))

    def values(self, label: str) -> list[str]:
        """The values of a label in the window, from the index."""
        return self.values_of([label])[label]

    def values_of(self, labels: list[str], budget: Budget | None = None) -> dict[str, list[str]]:
        """The values of each label in the window, from the index. `budget` covers the values of all
        labels, for callers that hold them together."""

        def asked(label: str) -> Callable[[dict[str, str | int]], list[str]]:
            own = budget or Budget()
            return lambda span: self.loki.values(label, span, own)

        found = self.of_index(*map(asked, labels))
        return {label: sorted(set(values)) for label, values in zip(labels, found)}

    def streams(self, selectors: list[str]) -> list[dict[str, str]]:
        """The labels of each stream that one of the selectors has, from the index; a stream that is
        in several pieces of the window comes several times."""
        asked = selectors if selectors[1:] else selectors[0]
        budget = Budget()
        return self.of_index(lambda span: self.loki.series({"match[]": asked, **span}, budget))[0]

    def lines(
        self,
        start: int,
        end: int,
        forward: bool,
        limit: int,
        shown: bool = False,
        budget: Budget | None = None,
    ) -> Iterator[list[Entry]]:
        """The batches of `pages.read` for the query from `start` until before `end` (ns), within
        the deadline."""
        return pages.read(
            self.loki, self.query, start, end, forward, limit, self.deadline, shown=shown,
            patience=self.patience, budget=budget,
        )  # fmt: skip

    def wider(self) -> Search:
        """A copy of this search over a longer window, with the time before and after it, for the
        index."""
        end = max(self.end, self.now)
        return Search(self.loki, self.query, self.start - BACK, end, self.deadline, self.patience)

    def when(self) -> str:
        """The window in words, to follow what happened in it."""
        if self.end < self.now:
            return f"from {times.local(self.start)} to {times.local(self.end)}"
        return f"since {times.local(self.start)}"


def _span(start: int, end: int) -> dict[str, str | int]:
    return {"start": start, "end": end}


def begun(
    context: Context, arguments: Values, back: int = HOUR, window: tuple[int, int] | None = None
) -> Search:
    """A search without LogQL yet, over the `window`, else over that of `--since` and `--until`;
    without `--since` it begins `back` ns before its end. Without `--until` it includes lines
    stamped a little ahead of now: clocks differ, and Loki accepts such lines."""
    now = context.clock()
    if window:
        start, end = window
        at = end
    else:
        until: int | None = getattr(arguments, "until", None)
        at = now if until is None else until
        end = at + times.AHEAD if until is None else at
        start = arguments.since if arguments.since is not None else max(at - back, 0)
    if start >= end:
        raise Failure(USAGE, "--until is before --since; swap them")
    seconds = min(arguments.timeout / times.SECOND, LONGEST_WAIT)
    loki = context.loki(logcli=True, wait=seconds)
    advice = "use a longer --timeout, or a later --since"
    deadline = Deadline(seconds, str(loki.address), advice, code=TIMEOUT)
    search = Search(loki, "", start, end, deadline, Patience(context.message))
    search.at, search.now = at, now
    return search
