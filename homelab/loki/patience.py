"""Asking again what may pass: a busy, restarting or cancelled Loki, or the proxy in front of it.

One rule for all reading. A question of ours changes nothing, so it may be asked any number of
times; its answer is taken whole or not at all, so no line is lost or doubled.
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

_FIRST = (0.1, 0.3, 0.8)  # s to wait before each further try, where nothing was answered yet
_WAITS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # where something was: it may be starting anew
_LONGEST = 60.0  # s; whoever asks for a longer wait (Retry-After) is not waited for
_SAID = 2.0  # s; a wait as long as this is told to the user
# 499 is nginx's and Loki's word for a caller that went: of Loki's own parts, since we are here.
_PASSING = frozenset((408, 425, 429, 499, 500, 502, 503, 504, *range(520, 525)))


class Patience:
    """What is left of it in one run: `say` is given a sentence before a long wait, `total` bounds
    all waits together (s)."""

    def __init__(
        self, say: Callable[[str], None] | None = None, total: float = float("inf")
    ) -> None:
        self._say = say
        self._left = total
        self._answered = False

    def ask(
        self, question: Callable[[], Answer], bound: Deadline, but: tuple[int, ...] = ()
    ) -> Answer:
        """The answer to `question`, asked again where it fails by what may pass, though not for the
        statuses in `but`. `bound` bounds tries and waits together. Raises the last Failure that
        says what is wrong."""
        waits = iter(_WAITS if self._answered else _FIRST)
        failed: Failure | None = None
        while True:
            try:
                with bound:
                    answer = question()
            except Failure as failure:
                if isinstance(failure, TooSlow) and failed is not None:
                    raise failed from failure  # the time went by asking again
                failed = failure
                wait = max(next(waits, self._left + 1), failure.wait)
                passes = passing(failure, self._answered) and failure.status not in but
                if not passes or wait > min(_LONGEST, self._left, bound.left()):
                    raise
            else:
                self._answered = True
                return answer
            if wait >= _SAID and self._say:
                self._say(f"{failed.sentence} (asked again in {wait:g} s)")
            self._left -= wait
            with bound:
                time.sleep(wait)


def passing(failure: Failure, answered: bool = True) -> bool:
    """Whether the same question may be answered a little later. Whoever has not `answered` yet and
    can't be connected to may be down for long, or the address is wrong: that is told at once."""
    if failure.code != UNREACHABLE or isinstance(failure, (TooLong, TooSlow)):
        return False
    if not failure.status:
        return answered or failure.broken
    from homelab.loki import limits  # late: what is answered at once needs none

    limit = limits.refused(failure.words)
    if limit is not None:
        return limit.name == limits.OUTSTANDING
    return failure.status in _PASSING
