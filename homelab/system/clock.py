"""This host's clock."""

from __future__ import annotations

import time


def now() -> int:
    """The time in ns since the epoch. From the year 2262 on, Python has no such number: then in
    whole seconds."""
    try:
        return time.time_ns()
    except OverflowError:
        return int(time.clock_gettime(time.CLOCK_REALTIME)) * 10**9
