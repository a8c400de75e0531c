"""Seeded runs of one verb by cron, timers, people and agents, in known shares.

A scheduled run's moment is its end: it starts at its time, and takes as long as the verb does.
People work by day and less at weekends; some of their runs are agents' bursts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Callable, NamedTuple

from homelab.times import DAY, SECOND

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
FIRST = 20_700 * DAY  # a midnight of UTC, 2026-09-04
_BY_HOUR = (1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 6, 8, 9, 8, 7, 6, 6, 8, 9, 7, 4, 2)
_BY_WEEKDAY = (5, 6, 6, 5, 5, 3, 3)


class Draw(NamedTuple):
    """The moments (ns) of all runs, how many of them people or agents began, and the kinds of the
    schedules."""

    moments: list[int]
    by_hand: int
    kind: str


def cron(choose: random.Random, days: int) -> Iterator[int]:
    """The moments at which one line of a crontab has run, by its own host's clock."""
    each = choose.choice((1, 5, 5, 10, 15, 30, 60, 60, 60, 1440, 1440, 10080))
    usual = choose.choice((0.1, 0.3, 1.0, 2.0, 5.0, 8.0))
    phase = choose.randrange(each)
    for at in range(phase, days * 1440, each):
        lasted = usual * choose.uniform(0.8, 1.25)
        yield at * MINUTE + int((choose.uniform(0.1, 1.9) + lasted) * SECOND)


def timer(choose: random.Random, days: int) -> Iterator[int]:
    """Moments of a timer at the host's place within the minute (AccuracySec=1min): by the calendar,
    or so long after it last ran (OnUnitActiveSec), which the place in the minute rounds up."""
    each = choose.choice((5, 10, 15, 15, 30, 60, 60, 60, 120, 1440, 1440))
    place = choose.uniform(0, 60)
    usual = choose.choice((0.1, 0.3, 1.0, 3.0))
    at = choose.randrange(each) * MINUTE + int(place * SECOND)
    drifts = each < 1440 and choose.random() < 0.4
    while at < days * DAY:
        yield at + int(usual * choose.uniform(0.8, 1.25) * SECOND)
        at += each * MINUTE + (MINUTE if drifts else 0)


def jittered(choose: random.Random, days: int) -> Iterator[int]:
    """Moments of a calendar timer with a delay of up to a minute, random at each firing."""
    each = choose.choice((5, 10, 15, 30, 60, 60, 60, 120, 1440))
    usual = choose.choice((0.1, 0.3, 1.0, 3.0))
    begin = choose.randrange(each) * MINUTE
    for at in range(begin, days * 1440 * MINUTE, each * MINUTE):
        yield at + int((choose.uniform(0, 60) + usual) * SECOND)


KINDS: dict[str, Callable[[random.Random, int], Iterator[int]]] = {
    "cron": cron, "timer": timer, "jittered": jittered,
}  # fmt: skip


def people(choose: random.Random, days: int, count: int, agents: float) -> Iterator[int]:
    """So many runs by hand, a share of them in bursts of 5 to 30."""
    dates = [_BY_WEEKDAY[day % 7] for day in range(days)]
    left = count
    while left > 0:
        day, hour = choose.choices(range(days), dates)[0], choose.choices(range(24), _BY_HOUR)[0]
        at = day * DAY + hour * HOUR + choose.randrange(HOUR)
        burst = min(choose.randint(5, 30), left) if choose.random() < agents / 15 else 1
        pause = choose.choice((0.3, 2.0, 6.0, 20.0))
        for _ in range(burst):
            yield at
            at += int(choose.expovariate(1 / pause) * SECOND)
        left -= burst


def draw(
    seed: int, kinds: tuple[str, ...] = (), count: int = 0, share: float = -1, days: int = 0
) -> Draw:
    """About `count` runs (20 to 20,000) on `days` days (7 to 90), of which `share` are by hand."""
    choose = random.Random(seed)
    days = days or choose.choice((7, 14, 30, 30, 60, 90))
    count = count or int(20 * 1000 ** choose.random())
    share = share if share >= 0 else choose.choice((0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1, 1))
    kinds = kinds or choose.choice((("cron",), ("timer",), ("jittered",), ("cron", "timer"),
        ("cron", "timer", "jittered")))  # fmt: skip
    scheduled: list[int] = []
    wanted = round(count * (1 - share))
    while len(scheduled) < wanted:
        scheduled += KINDS[choose.choice(kinds)](choose, days)
    scheduled = choose.sample(scheduled, wanted)  # hosts are off at times
    by_hand = list(people(choose, days, count - wanted, choose.choice((0, 0.2, 0.5))))
    return Draw(sorted(FIRST + at for at in scheduled + by_hand), len(by_hand), "+".join(kinds))
