"""Send the queries of one run to Loki, and handle those that it can't answer as sent."""

from __future__ import annotations

import time
from collections import deque
from functools import partial

from homelab.errors import Failure
from homelab.loki.answer_size import Budget
from homelab.loki.client import TooLong
from homelab.loki.deadline import WHOLE, Deadline, TooSlow
from homelab.loki.in_flight import InFlight
from homelab.loki.patience import Patience
from homelab.times import date, day_of
from homelab.usage.day_tiles import cut, halves, question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, TypeVar

    from homelab.loki.client import Loki
    from homelab.output.progress import Progress
    from homelab.usage.day_tiles import Piece
    from homelab.usage.loki_queries import Part

    Answer = TypeVar("Answer")
    Series = list[tuple[Part, Any]]

_FULL = "maximum number of series"  # Loki: pkg/logql, limits of a query's answer
_PATIENCE = 60.0  # s in which failed queries are repeated in smaller pieces
_PATIENT = 2.0  # s of waits in all before queries are repeated; failures after that are gaps
_ALL = 300.0  # s for all queries of a run
_HELD = 8  # pieces that are asked for, or whose answer waits for those before it


class Task:
    """A piece of a window to ask for, in `parts`. It is the piece `of` the window, or a part of it;
    with `check`, it is only compared with kept figures; with `of_all`, it groups by everything
    known of a run, and there is another way if that fails."""

    __slots__ = ("check", "of", "of_all", "parts", "piece")

    def __init__(
        self,
        piece: Piece,
        parts: Sequence[Part],
        check: bool = False,
        of_all: bool = False,
        of: Piece | None = None,
    ) -> None:
        self.piece = piece
        self.parts = parts
        self.check = check
        self.of_all = of_all
        self.of = of or piece

    @property
    def length(self) -> int:
        """The length of the piece (ns)."""
        return self.piece[1] - self.piece[0]

    def smaller(self, pieces: Iterable[Piece]) -> list[Task]:
        """This task cut into several, one for each piece."""
        return [Task(piece, self.parts, self.check, self.of_all, self.of) for piece in pieces]


class Asking:
    """Sends queries to a Loki, which messages call `name`. Limits of that Loki learnt on the way
    hold for the whole run."""

    def __init__(self, loki: Loki, progress: Progress) -> None:
        self.loki = loki
        self.name = str(loki.address)
        self.longest = 0  # ns that a query may cover, if Loki said so
        self._progress = progress
        self._patience = Patience(progress.says, _PATIENT)
        self.renew()

    def renew(self) -> None:
        """Restart the time for all queries."""
        self._end = time.monotonic() + _ALL

    def reads(self, what: str) -> None:
        """Show from now on what is being read."""
        self._progress.says(f"reading {what} from Loki")

    def patiently(self, question: Callable[[], Answer]) -> Answer:
        """The answer to one query, asked again after temporary failures, except a gateway's timeout
        (504): after that, a smaller query is better."""
        return self._patience.ask(question, self._deadline(), but=(504,))

    def streams(self, parameters: dict[str, str | int]) -> list[Any]:
        """The streams that a log query answers with."""
        return self.patiently(partial(self.lines, parameters))

    def lines(self, parameters: dict[str, str | int]) -> list[Any]:
        """The streams of a log query, asked once, in any thread."""
        return self.loki.result("query_range", parameters, kinds=("streams",))[1]

    def _deadline(self) -> Deadline:
        """The time limit on a query, within that of all of them."""
        left = min(self._end - time.monotonic(), WHOLE)
        return Deadline(max(round(left, 1), 0), self.name, tick=self._progress.tick)

    def shorter(self, failure: Failure, length: int) -> int:
        """A length (ns), shorter than `length`, that a query may cover, if only its length was
        wrong (max_query_length); else 0. The length is remembered."""
        if failure.status != 400:
            return 0
        from homelab.loki import limits  # late: most Lokis accept thirty days

        longest = limits.longest(failure.words)
        if not longest or length < 2:
            return 0
        # a length that is allowed was refused, since the range of its first point is added
        self.longest = min(longest, length // 2) if longest >= length else longest
        return self.longest

    @staticmethod
    def too_old(failure: Failure) -> bool:
        """Whether a query reached back further than Loki reads (max_query_lookback)."""
        if failure.status != 400:
            return False
        from homelab.loki import limits  # late, as in `shorter`

        limit = limits.refused(failure.words)
        return limit is not None and limit.name == limits.LOOKBACK

    def answers(
        self, tasks: Sequence[Task], what: str = ""
    ) -> Iterator[tuple[Task, Series, Failure | None]]:
        """The series of each task, several at once, the newest first: if Loki can't answer, that
        fails soonest. A task that is too long is cut up, and one that fails is tried once more as
        two; if that fails too, the task comes with its failure. `what` is read of these days."""
        waiting = sorted(tasks, key=lambda task: task.piece)
        under_way: deque[tuple[Task, Callable[[], Series]]] = deque()
        tried: set[Piece] = set()
        patience = time.monotonic() + _PATIENCE
        with InFlight(self.loki) as flight:
            while waiting or under_way:
                while waiting and len(under_way) < _HELD:
                    task = waiting.pop()
                    if 0 < self.longest < task.length:
                        waiting += task.smaller(cut(task.piece, self.longest))
                    else:
                        under_way.append((task, self._asked(flight, task)))
                task, answer = under_way.popleft()
                self.reads(what + days(task.piece))
                try:
                    found = answer()
                except Failure as failure:
                    longest = self.shorter(failure, task.length)
                    again = task.piece not in tried and time.monotonic() < patience
                    if longest:
                        waiting += task.smaller(cut(task.piece, longest))
                    elif passing(failure) and again:
                        tried.add(task.piece)
                        waiting += task.smaller(halves(task.piece))
                    else:
                        yield task, [], failure
                    continue
                yield task, found, None

    def _asked(self, flight: InFlight, task: Task) -> Callable[[], Series]:
        budget = Budget()  # for one piece: no more is held together
        answers = [self._part(flight, task.piece, part, budget) for part in task.parts]
        return lambda: [found for answer in answers for found in answer()]

    def _part(
        self, flight: InFlight, piece: Piece, part: Part, budget: Budget
    ) -> Callable[[], Series]:
        """The series of a part; asked for some names at a time only if all of them have more series
        than Loki gives in one answer (max_query_series, 500)."""
        path, parameters = question(piece, part.labels, part.streams, part.parsed)
        asked = flight.ask(partial(self.loki.counts, path, parameters, budget))

        def answer() -> Series:
            try:
                return [(part, series) for series in self.patiently(asked)]
            except Failure as failure:
                smaller = part.smaller() if _FULL in failure.sentence else []
                if not smaller:
                    raise
            answers = [self._part(flight, piece, each, budget) for each in smaller]
            return [found for each in answers for found in each()]

        return answer


def passing(failure: Failure) -> bool:
    """Whether a smaller query, or another try, may succeed."""
    too_much = isinstance(failure, (TooSlow, TooLong)) or failure.broken
    return too_much or failure.status == 429 or failure.status >= 500


def days(piece: Piece) -> str:
    """The days of a piece, for people."""
    first, last = date(day_of(piece[0] + 1)), date(day_of(piece[1]))
    return first if first == last else f"{first} to {last}"
