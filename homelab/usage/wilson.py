"""Pure: the confidence interval of a rate."""

from __future__ import annotations

_Z = 1.959963984540054  # of the standard normal distribution; 95% is within it


def interval(hits: int, trials: int) -> tuple[float, float]:
    """The 95% interval of a rate, by Wilson's score: (lowest, highest), 0 to 1. It is sound for
    small counts and for rates near 0 and 1, unlike the usual one (E. B. Wilson, Probable inference,
    the law of succession, and statistical inference, JASA 22 (1927), 209-212).

    Without trials nothing is known: (0, 1).
    """
    if not trials:
        return 0.0, 1.0
    rate, square = hits / trials, _Z * _Z
    scale = 1 + square / trials
    middle = (rate + square / (2 * trials)) / scale
    half = _Z * (rate * (1 - rate) / trials + square / (4 * trials * trials)) ** 0.5 / scale
    # exact at the ends, where rounding would leave a small error
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    return low, 1.0 if hits == trials else min(1.0, middle + half)
