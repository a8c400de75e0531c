"""Counts of closed days, in the form that an account keeps."""

from __future__ import annotations

from homelab.times import DAY
from homelab.usage.kept_text import Kept

FIRST = 20_700  # the first day


def sample() -> Kept:
    """Three days, of which Loki has deleted the first, and one is without a run."""
    kept = Kept()
    kept.since = (FIRST + 9) * DAY + 17
    kept.days = {
        FIRST: {("host status", "", 0, "0.6.0"): 3, ("host status", "", 1, ""): 1},
        FIRST + 1: {},
        FIRST + 2: {
            ("host status", "alice", 0, "0.6.0"): 12,
            ('(unknown) "x"\n', "ann\u00e9 \U0001f600\udcff\0", 137, "\u2028"): 1,
        },
    }
    kept.places = {("minutes in 3,17", "host status"): {FIRST: [0] * 59 + [1], FIRST + 2: [7] * 60}}
    kept.last = {("verb", "host status"): FIRST * DAY + 1, ("user", "alice"): FIRST * DAY}
    kept.on = {FIRST: FIRST + 9, FIRST + 1: FIRST + 10, FIRST + 2: FIRST + 11}
    kept.nameless = {FIRST}
    return kept


def figures(kept: Kept) -> tuple[object, ...]:
    """All values in it, for comparing."""
    return tuple(getattr(kept, name) for name in Kept.__slots__)
