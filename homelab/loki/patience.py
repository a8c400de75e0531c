"""Ask again after a temporary failure: a busy, restarting or cancelled Loki, or the proxy in front
of it.

All reading follows one rule. Our questions change nothing, so they may be asked any number of
times; an answer is taken whole or not at all, so no line is lost or doubled.
"""

from __future__ import annotations

import time

from homelab.errors import UNREACHABLE, Failure
from homelab.loki.client import TooLong
from homelab.loki.deadline import TooSlow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from homelab.loki.deadline import Deadline

    Answer = TypeVar("Answer")

_FIRST = (0.1, 0.3, 0.8)  # s before each further try, if nothing was answered yet
# s, if something was answered before: Loki may be restarting
_WAITS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_LONGEST = 60.0  # s; a server that asks for a longer wait (Retry-After) is given up
_SAID = 2.0  # s; the user is told about a wait as long as this
# 499 is nginx's and Loki's status for a client that went away: from a part of Loki, since we did
# not.
_PASSING = frozenset((408, 425, 429, 499, 500, 502, 503, 504, *range(520, 525)))


class Patience:
    """The patience left in one run: `say` is called with a sentence before a long wait, `total`
    bounds all waits together (s)."""

    def __init__(
        self, say: Callable[[str], None] | None = None, total: float = float("inf")
    ) -> None:
        self._say = say
        self._left = total
        self._answered = False

    def ask(
        self, question: Callable[[], Answer], bound: Deadline, but: tuple[int, ...] = ()
    ) -> Answer:
        """The answer to `question`, asked again after temporary failures, except those with a
        status in `but`. `bound` bounds tries and waits together. Raises the last Failure that says
        what is wrong."""
        waits = iter(_WAITS if self._answered else _FIRST)
        failed: Failure | None = None
        while True:
            try:
                with bound:
                    answer = question()
            except Failure as failure:
                if isinstance(failure, TooSlow) and failed is not None:
                    raise failed from failure  # the time was spent on repeating the question
                failed = failure
                wait = max(next(waits, self._left + 1), failure.wait)
                passes = passing(failure, self._answered) and failure.status not in but
                if not passes or wait > min(_LONGEST, self._left, bound.left()):
                    raise
            else:
                self._answered = True
                return answer
            if wait >= _SAID and self._say:
                self._say(f"{failed.sentence} (next try in {wait:g} s)")
            self._left -= wait
            with bound:
                time.sleep(wait)


def passing(failure: Failure, answered: bool = True) -> bool:
    """Whether the same question may be answered a little later. A server that has not `answered`
    yet and does not accept a connection may be down for long, or the address is wrong: the user
    hears that at once."""
    if failure.code != UNREACHABLE or isinstance(failure, (TooLong, TooSlow)):
        return False
    if not failure.status:
        return answered or failure.broken
    from homelab.loki import limits  # late: only failures need it

    limit = limits.refused(failure.words)
    if limit is not None:
        return limit.name == limits.OUTSTANDING
    return failure.status in _PASSING
