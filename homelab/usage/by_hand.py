"""Pure: estimate the share of a verb's runs that people started, not cron or timers, from the times
of the runs alone.

Runs by people spread over the minute and over the hour; agents are like people that come in bursts.
Scheduled runs repeat at the same place: jobs of cron and of timers with the default AccuracySec end
in a few seconds of the minute (systemd.timer(5): a stable position within the minute, for each
host); timers with a random delay come at fixed minutes of the hour. So the runs are first counted
by the second of the minute, which shows the `peaks`; then, inside and outside these seconds, by the
minute of the hour. Places that stand out there count as scheduled, and the rest, spread evenly, as
by hand.

A place stands out if more runs end there than chance explains (Chernoff's bound for Poisson
counts), and on several days: a day counts for little more than people alone would bring, so that
one burst is not a schedule. A schedule without a fixed place is not seen: a random delay of an
hour, or an interval that does not divide the hour. If the rest comes as evenly from day to day as
only such a schedule does, there is no estimate; beside people's runs it counts as by hand.

Counts are by day of UTC: day → 60 counts.
"""

from __future__ import annotations

from math import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Days = Mapping[int, Sequence[int]]

LEAST = 20  # least runs for an estimate
_WIDEST = 0.2  # the widest useful interval; wider ones were 5 points off most often
_PLACES = 60  # seconds of a minute, minutes of an hour
_LEAST_DAYS = 5  # least days with runs: on fewer, one burst looks like a schedule
_FEW_DAYS = 14  # on fewer days, each may count for more
_OF_BURST_IN_SECOND = 3  # runs of an agent that end in one second
_SURE = 7.5  # e**-7 for each of some 60 places: one false find in 18 keys
_SURE_OF_SETS = 8.5  # there are more sets of places than places
_WINDOWS = (2, 3, 5, 8)  # widths in seconds: a job sometimes takes longer
_EACH = (30, 20, 15, 10, 5)  # minutes from run to run that divide the hour
_TWO_SIGMA = 2.0
_OF_UNEVEN = 1.0  # the part of uneven runs that may be scheduled
_UNCLEAR = 0.015  # of all runs: bursts at scheduled times, and jobs that took longer


class Share:
    """The share of runs by hand, 0 to 1: an `estimate`, and the ends of its 95% interval. Runs that
    come as evenly as only a schedule does, without a place in the hour, are 0 with an interval from
    0 to 1: the share is unknown, and they do not show a demand."""

    __slots__ = ("estimate", "high", "low")

    def __init__(self, estimate: float, low: float, high: float) -> None:
        self.estimate = estimate
        self.low = low
        self.high = high

    @property
    def told(self) -> bool:
        """Whether the interval is narrow enough to show."""
        return self.high - self.low <= _WIDEST


def peaks(seconds: Days) -> list[int]:
    """The seconds of the minute in which more runs end than people's alone would."""
    group = _Group(seconds, 1.0, _OF_BURST_IN_SECOND)
    if group.runs < LEAST:
        return []
    rate = _settled([group], _find_seconds)
    return sorted(group.masked) if rate >= 0 else []


def share(inside: Days, outside: Days, peak_seconds: int) -> Share | None:
    """The share by hand, from the runs by minute of the hour: those `inside` the peak seconds
    (`peak_seconds` is their number), and those `outside`. None if the runs can't tell."""
    part = peak_seconds / _PLACES
    groups = [_Group(outside, 1 - part, 1)] if part < 1 else []
    if part:
        groups.append(_Group(inside, part, _OF_BURST_IN_SECOND))
    runs = sum(group.runs for group in groups)
    days = {day for group in groups for day, row in group.days.items() if any(row)}
    if runs < LEAST:
        return None
    if len(days) < _LEAST_DAYS:  # one burst looks like a minute of a schedule, not like a second
        return _by_seconds(groups, runs, part) if part else None
    rate = _settled(groups, _find_minutes)
    return _estimated(groups, runs, rate)


def _by_seconds(groups: list[_Group], runs: int, part: float) -> Share | None:
    """The share by hand if most runs ended in the peak seconds, estimated from these alone; else
    None."""
    left = groups[0].runs if part < 1 else 0
    if left > runs / 2 or part > _WIDEST:
        return None
    by_hand = left / (1 - part)
    error = _TWO_SIGMA * (max(left, 1) * part) ** 0.5 / (1 - part) + _UNCLEAR * runs + 2
    low, high = max(by_hand - error, 0) / runs, min(by_hand + error, runs) / runs
    return Share(by_hand / runs, low, high) if high - low <= _WIDEST else None


def of_seconds(days: Mapping[int, Mapping[int, int]]) -> Share | None:
    """The share by hand, from the runs by day and second of the hour (0 to 3599)."""
    seconds: dict[int, list[int]] = {}
    for day, places in days.items():
        row = seconds.setdefault(day, [0] * _PLACES)
        for place, runs in places.items():
            row[place % _PLACES] += runs
    found = peaks(seconds)
    inside: dict[int, list[int]] = {}
    outside: dict[int, list[int]] = {}
    for day, places in days.items():
        for place, runs in places.items():
            side = inside if place % _PLACES in found else outside
            side.setdefault(day, [0] * _PLACES)[place // _PLACES] += runs
    return share(inside, outside, len(found))


class _Group:
    """Counts in 60 places. Each place gets people's runs in proportion to `weight`."""

    __slots__ = ("counts", "days", "fair", "least", "masked", "runs", "weight")

    def __init__(self, days: Days, weight: float, least: int) -> None:
        self.days = days
        self.weight = weight
        self.least = max(least, -(-_FEW_DAYS // max(len(days), 1)))
        self.counts = [sum(column) for column in zip(*days.values())] or [0] * _PLACES
        self.fair: list[int] = self.counts
        self.runs = sum(self.counts)
        self.masked: set[int] = set()

    def free(self) -> list[int]:
        """The places that do not stand out."""
        return [place for place in range(_PLACES) if place not in self.masked]

    def level(self, rate: float) -> None:
        """Limit each day's counts to what people alone would bring at `rate` runs per place."""
        quiet = self.free() or list(range(_PLACES))
        of_day = {day: sum([row[place] for place in quiet]) for day, row in self.days.items()}
        total = sum(of_day.values()) or 1
        self.fair = [0] * _PLACES
        for day, row in self.days.items():
            expected = rate * self.weight * of_day[day] / total
            most = max(int(expected + 2 * expected**0.5 + 1), self.least)
            self.fair = [sum_ + min(count, most) for sum_, count in zip(self.fair, row)]


def _surprise(found: float, expected: float) -> float:
    """How unlikely a count this high is by chance: e to the minus this bounds the probability."""
    if found <= expected:
        return 0.0
    surprise: float = found * log(found / max(expected, 1e-9)) - found + expected
    return surprise


def _settled(groups: list[_Group], find: Callable[[_Group, float], None]) -> float:
    """Mask the places that stand out, until the rate of the rest (runs in a place of weight 1)
    settles."""
    rate = _low_rate(groups)
    for _ in range(5):
        for group in groups:
            group.level(rate)
            group.masked.clear()
        for group in groups:
            find(group, rate)
        before, rate = rate, _rate(groups)
        if abs(rate - before) <= 0.01 * before:
            break
    return rate


def _rate(groups: list[_Group]) -> float:
    weight = sum(group.weight * len(group.free()) for group in groups)
    runs = sum(group.counts[place] for group in groups for place in group.free())
    return runs / weight if weight else 0.0


def _low_rate(groups: list[_Group]) -> float:
    """A rate from the emptier half of the places, which ignores peaks in the others: Poisson counts
    of mean m have about m - 0.8 * sqrt(m) there."""
    group = max(groups, key=lambda group: group.weight)
    low: float = sum(sorted(group.counts)[: _PLACES // 2]) / (_PLACES // 2)
    return (low + 0.8 * float(low**0.5) + 0.35) / group.weight


def _find_seconds(group: _Group, rate: float) -> None:
    _find_places(group, rate)
    windows = [
        [place % _PLACES for place in range(first, first + width)]
        for width in _WINDOWS
        for first in range(_PLACES)
    ]
    _find_sets(group, rate, windows)


def _find_minutes(group: _Group, rate: float) -> None:
    _find_places(group, rate)
    sets = [
        [
            place % _PLACES
            for at in range(phase, phase + _PLACES, each)
            for place in range(at, at + width)
        ]
        for each in _EACH
        for width in (1, 2)
        for phase in range(each)
    ]
    if group.weight < 0.9:
        sets.append(list(range(_PLACES)))
    _find_sets(group, rate, sets)


def _find_places(group: _Group, rate: float) -> None:
    """Mask the places that stand out by themselves. If many do, each needs less (the false
    discovery rate is bounded: Y. Benjamini, Y. Hochberg, JRSS B 57 (1995), 289-300)."""
    expected = rate * group.weight
    found = [(_surprise(runs, expected), place) for place, runs in enumerate(group.fair)]
    found.sort(reverse=True)
    passed = [at for at, (surprise, _) in enumerate(found) if surprise > _SURE - 1 * log(at + 1)]
    group.masked.update(place for _, place in found[: max(passed, default=-1) + 1])


def _find_sets(group: _Group, rate: float, sets: list[list[int]]) -> None:
    """Mask the sets of places that stand out together, the most striking first."""
    while True:
        best, most = None, _SURE_OF_SETS
        free = [0 if place in group.masked else 1 for place in range(_PLACES)]
        fair = [runs * there for runs, there in zip(group.fair, free)]
        for places in sets:
            size = sum([free[place] for place in places])
            if size:
                runs = sum([fair[place] for place in places])
                surprise = _surprise(runs, rate * group.weight * size)
                if surprise > most:
                    best, most = places, surprise
        if best is None:
            return
        group.masked.update(best)


def _estimated(groups: list[_Group], runs: int, rate: float) -> Share | None:
    free_weight = sum(group.weight * len(group.free()) for group in groups)
    left = sum(group.counts[place] for group in groups for place in group.free())
    part = 1 - free_weight / _PLACES  # the part of people's runs in places that stand out
    if part > 0.97:
        return None
    covered = sum(
        min(group.counts[place], rate * group.weight) for group in groups for place in group.masked
    )
    by_hand = min(left + covered, runs)
    if left > _UNCLEAR * runs and _is_regular(groups):
        return Share(0.0, 0.0, 1.0)
    spread = _dispersion(groups, left, free_weight)
    error = _TWO_SIGMA * (spread * max(left, 1) * part) ** 0.5 / (1 - part)
    unseen, unclear = _unseen(groups, rate), _UNCLEAR * runs + 2
    low = max(by_hand - error - unclear - unseen, 0) / runs
    high = min(by_hand + error + unclear, runs) / runs
    if high - low > _WIDEST:
        return None
    return Share(by_hand / runs, low, high)


def _dispersion(groups: list[_Group], left: int, weight: float) -> float:
    """How much more a day's runs vary from place to place than independent runs (1)."""
    squares = 0.0
    for day in {day for group in groups for day in group.days}:
        rows = [(group, group.days[day]) for group in groups if day in group.days]
        total = sum(row[place] for group, row in rows for place in group.free())
        for group, row in rows:
            expected = total * group.weight / weight
            squares += sum([(row[place] - expected) ** 2 for place in group.free()])
    return max(squares / left, 1.0) if left else 1.0


def _is_regular(groups: list[_Group]) -> bool:
    """Whether the runs outside the peaks are spread too evenly over the days for people, whose runs
    vary at least as much as chance does: then they come from a schedule without a fixed place, such
    as each hour and some seconds."""
    of_day: dict[int, int] = {}
    for group in groups:
        free = group.free()
        for day, row in group.days.items():
            of_day[day] = of_day.get(day, 0) + sum([row[place] for place in free])
    whole = [of_day.get(day, 0) for day in range(min(of_day) + 1, max(of_day))]
    more = len(whole) - 1
    if more < 4 or sum(whole) < 2 * len(whole):
        return False
    mean = sum(whole) / len(whole)
    varied = sum([(runs - mean) ** 2 for runs in whole]) / mean / more
    # the lowest hundredth of chi-square, by Wilson and Hilferty (PNAS 17 (1931), 684-688)
    part = 2 / (9 * more)
    return bool(varied < max(1 - part - 2.33 * part**0.5, 0.0) ** 3)


def _unseen(groups: list[_Group], rate: float) -> float:
    """How many runs may be scheduled and not stand out: one more place, and unevenness beyond
    chance in the others (a Poisson count of mean m exceeds it by 0.4 * sqrt(m))."""
    most = 2 + 3 * float((rate * max(group.weight for group in groups)) ** 0.5)
    uneven = 0.0
    for group in groups:
        expected = rate * group.weight
        above = [max(group.counts[place] - expected, 0.0) for place in group.free()]
        uneven += sum(above) - 0.4 * float(expected**0.5) * len(above)
    return most + _OF_UNEVEN * max(uneven, 0.0)
