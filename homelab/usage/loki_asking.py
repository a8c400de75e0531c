"""The questions of one run to Loki, and what is done where one can't be answered as it was put."""

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
_PATIENCE = 60.0  # s in which what fails is asked for again in smaller pieces
_PATIENT = 2.0  # s that are waited in all before the same is asked again; what fails on is a gap
_ALL = 300.0  # s for all questions of a run
_HELD = 8  # pieces that are asked for, or whose answer waits for those before it


class Task:
    """A piece of a window that is to be asked for, in `parts`. It is, or is a part of, the piece
    `of` the window; `check` where it is no figure of an answer, but tells whether others hold, and
    `of_all` where it tells all of a run apart, for which there is another way."""

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
        """Its length (ns)."""
        return self.piece[1] - self.piece[0]

    def smaller(self, pieces: Iterable[Piece]) -> list[Task]:
        """The same as several."""
        return [Task(piece, self.parts, self.check, self.of_all, self.of) for piece in pieces]


class Asking:
    """Asks a Loki, which a reader calls `name`. What it learns of that Loki's limits holds for the
    whole run."""

    def __init__(self, loki: Loki, progress: Progress) -> None:
        self.loki = loki
        self.name = str(loki.address)
        self.longest = 0  # ns that a question may have, where Loki said so
        self._progress = progress
        self._patience = Patience(progress.says, _PATIENT)
        self.renew()

    def renew(self) -> None:
        """Let the time for all questions begin anew."""
        self._end = time.monotonic() + _ALL

    def says(self, text: str) -> None:
        """Show from now on what is being done, in this Loki."""
        self._progress.says(f"{text} in {self.name}")

    def patiently(self, question: Callable[[], Answer]) -> Answer:
        """The answer to one question, asked again where it may pass. A gateway that waited in vain
        (504) is rather asked for less."""
        return self._patience.ask(question, self._deadline(), but=(504,))

    def streams(self, parameters: dict[str, str | int]) -> list[Any]:
        """The streams that a log query answers with."""
        return self.patiently(partial(self.lines, parameters))

    def lines(self, parameters: dict[str, str | int]) -> list[Any]:
        """The streams of a log query, asked once, in any thread."""
        return self.loki.result("query_range", parameters, kinds=("streams",))[1]

    def _deadline(self) -> Deadline:
        """The bound on a question, and on all of them together."""
        left = min(self._end - time.monotonic(), WHOLE)
        return Deadline(max(round(left, 1), 0), self.name, tick=self._progress.tick)

    def shorter(self, failure: Failure, length: int) -> int:
        """How long (ns) a question may be that is shorter than `length`, where that alone was wrong
        with it (max_query_length); else 0. It is remembered."""
        if failure.status != 400:
            return 0
        from homelab.loki import limits  # late: most Lokis take thirty days

        longest = limits.longest(failure.words)
        if not longest or length < 2:
            return 0
        # what is allowed and yet refused had the range of its first point added
        self.longest = min(longest, length // 2) if longest >= length else longest
        return self.longest

    @staticmethod
    def too_old(failure: Failure) -> bool:
        """Whether a question reached back to where Loki reads nothing (max_query_lookback)."""
        if failure.status != 400:
            return False
        from homelab.loki import limits  # late, as above

        limit = limits.refused(failure.words)
        return limit is not None and limit.name == limits.LOOKBACK

    def answers(
        self, tasks: Sequence[Task], doing: str
    ) -> Iterator[tuple[Task, Series, Failure | None]]:
        """The series that each task asks for, several at once, the newest first: where Loki can't
        answer, it tells soonest. One that is too long is cut up, and one that fails is tried once
        more as two; what fails then comes with its failure. `doing` is shown meanwhile."""
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
                self.says(f"{doing} {days(task.piece)}")
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
        budget = Budget()  # of one piece: no more is held together
        answers = [self._part(flight, task.piece, part, budget) for part in task.parts]
        return lambda: [found for answer in answers for found in answer()]

    def _part(
        self, flight: InFlight, piece: Piece, part: Part, budget: Budget
    ) -> Callable[[], Series]:
        """The series of a part; of some names at a time only, where all of them would be more
        series than Loki gives in one answer (max_query_series, 500)."""
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
    """Whether a smaller question, or the same once more, may be answered."""
    too_much = isinstance(failure, (TooSlow, TooLong)) or failure.broken
    return too_much or failure.status == 429 or failure.status >= 500


def days(piece: Piece) -> str:
    """The days of a piece, for a reader."""
    first, last = date(day_of(piece[0] + 1)), date(day_of(piece[1]))
    return first if first == last else f"{first} to {last}"
