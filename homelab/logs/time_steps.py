"""Pure: steps for counts over time: the pieces that a window is cut into."""

from __future__ import annotations

from homelab.errors import USAGE, Failure
from homelab.times import DAY, SECOND

_LONGEST = 3653 * DAY
PIECES = 24  # most pieces of a window
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200)
_STEPS = (*(seconds * SECOND for seconds in _SECONDS), DAY, 2 * DAY, 7 * DAY, 30 * DAY)


def given(step: int) -> int:
    """The step (ns) from --step. Raises Failure (2) for one that Loki can't count in."""
    if step > _LONGEST:
        raise Failure(USAGE, "--step is longer than 10 years; use a shorter one, such as 1h or 1d")
    return step


def step_of(start: int, end: int) -> int:
    """A round length (ns) for the pieces of a window."""
    return next((step for step in _STEPS if (end - start) <= step * PIECES), _STEPS[-1])


def divisor(step: int, most: int) -> int:
    """The longest length (ns, whole seconds) up to `most` that divides a step (ns, whole seconds);
    at least a second."""
    seconds, most = step // SECOND, max(most // SECOND, 1)
    count = next(n for n in range(max(-(-seconds // most), 1), seconds + 1) if seconds % n == 0)
    return step // count


def widened(start: int, end: int, step: int) -> tuple[int, int]:
    """The window in whole pieces, as Loki counts them: from a multiple of the step to another."""
    return start // step * step, -(-end // step) * step
