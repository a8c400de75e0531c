"""Pure: counts over time: into how many pieces a window is cut, and a line of bars for them."""

from __future__ import annotations

from homelab.times import DAY, SECOND

PIECES = 24  # that a window is cut into, or fewer
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200)
_STEPS = (*(seconds * SECOND for seconds in _SECONDS), DAY, 2 * DAY, 7 * DAY, 30 * DAY)
_BARS = "▁▂▃▄▅▆▇█"
_PLAIN = "12345678"


def step_of(start: int, end: int) -> int:
    """The length (ns) of the pieces of a window: a round one."""
    return next((step for step in _STEPS if (end - start) <= step * PIECES), _STEPS[-1])


def widened(start: int, end: int, step: int) -> tuple[int, int]:
    """The window in whole pieces, as Loki counts them: from a multiple of the step to another."""
    return start // step * step, -(-end // step) * step


def bars(counts: list[int], encoding: str = "utf-8") -> str:
    """A sign for each count, higher for more; a blank for none."""
    signs = _BARS
    try:
        signs.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        signs = _PLAIN
    most = max(counts, default=0)
    return "".join(signs[-(-count * len(signs) // most) - 1] if count else " " for count in counts)
