"""Pure: a verb that could have been used, and since when."""

from __future__ import annotations

from homelab.times import DAY, day_of
from homelab.usage.counts import VERSION, Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.usage.counts import Counts

UNUSED, YOUNG = "unused", "too young"
_DIGITS = 10  # most digits in a version's numbers; `int` refuses thousands of them


class Offer:
    """A verb that could have been used: its path, its `source` (`built-in`, or the folder of a
    drop-in), and the time `since` (ns) from which it is known to have been available; None if no
    run shows it yet."""

    __slots__ = ("since", "source", "verb")

    def __init__(self, verb: str, source: str, since: int | None) -> None:
        self.verb = verb
        self.source = source
        self.since = since

    def state(self, start: int) -> str:
        """`unused` if it was available all the time since `start` (ns), else `too young`. Runs only
        tell the day on which it came, so that day must be over."""
        if self.since is None or day_of(self.since + 1) >= day_of(start):
            return YOUNG
        return UNUSED


def known_by(start: int, end: int) -> Question:
    """The question whose answer `availability.offers` needs for the window (start, end]: the
    versions that ran in it, and before it for as long again, at least the whole day before it."""
    first = max(0, min(2 * start - end, (start // DAY - 1) * DAY))
    return Question(first, end, VERSION, reach=False, tries=True, accounts=False)


def known_before(start: int, end: int) -> Question:
    """The part of `known_by` before the window (start, end]: enough to know which verbs were
    available the whole time."""
    asked = known_by(start, end)
    asked.end, asked.ahead = start, 0
    return asked


def first_seen(versions: Counts, least: str = "") -> int | None:
    """The first time (ns) of the first day on which a version from `least` up ran, with any verb;
    `versions` are runs by version. None if none ran."""
    days = [
        min(days)
        for version, days in versions.days.items()
        if not least or _numbers(version) >= _numbers(least)
    ]
    return min(days) * DAY if days else None


def _numbers(version: str) -> list[int]:
    """The numbers of a version: `0.10.2` → [0, 10, 2]; empty for other text, which so is older than
    all."""
    parts = version.split(".")
    numbers = all(part.isascii() and part.isdigit() and len(part) < _DIGITS for part in parts)
    return [int(part) for part in parts] if numbers else []
