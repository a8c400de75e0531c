"""The days that no late event can reach any more: which those are, what is kept of them, and
whether the Loki that they came from still is the same.

Loki takes events that are up to a week old, and shows late ones when it has written them, hours
later. So a day is closed when its end is eight days ago, by this host's clock and by Loki's: one
wrong clock closes none too early.

What is kept is checked in each run against three days of Loki: the oldest, the newest, and one by
chance. Where the oldest is gone and a later one is as it was, that is retention: the days that Loki
has no more stay known here, without accounts. All else is another Loki, or one that was wiped,
restored or told to delete runs, or days that were closed by two wrong clocks: then nothing of what
is kept is used. Nor are days that were kept on one that is yet to come: those clocks were set back.
"""

from __future__ import annotations

import os

from homelab.times import day_of
from homelab.usage import kept
from homelab.usage.counts import USER, Older
from homelab.usage.day_counts import accounts, without_accounts
from homelab.usage.kept_text import Kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Optional, TypeVar

    from homelab.context import Context
    from homelab.loki.client import Loki
    from homelab.usage.counts import Counts
    from homelab.usage.day_counts import DayCounts, Figures

    Choice = TypeVar("Choice")
    Ask = Callable[[int], Optional[Figures]]  # what Loki has of a day now; None where it can't tell

_OPEN = 8  # days after which nothing late can come
_AHEAD = 1  # days that clocks may have been ahead of those of now


class ClosedDays:
    """What this account keeps of a Loki. Nothing of it is used before it is checked (`to_check`,
    `check`), and none after `fresh`: then what differs from it is told."""

    def __init__(self, context: Context, loki: Loki) -> None:
        self._context = context
        self._loki = loki
        self._loaded: Kept | None = None
        self._checked = False
        self._changed = False
        self._fresh = False
        self._to_check: set[int] = set()
        self._first: int | None = None  # day with a run, where all days are asked for
        self._again = ""  # why days that were kept are asked for again
        self._differ: list[tuple[int, int, int]] = []  # day, runs as kept, runs as they are now

    def fresh(self) -> None:
        """Use nothing of what is kept."""
        self._fresh = True

    @property
    def _kept(self) -> Kept:
        if self._loaded is None:
            self._loaded = kept.read(self._context.env, self._loki.identity)
            if self._loaded.lost:
                self._again = f"their file can't be used ({self._loaded.lost})"
            self._drop_early()
        return self._loaded

    def _today(self) -> int | None:
        """The day by the slower one of both clocks; None where Loki does not tell its own."""
        date = self._loki.date()
        return None if date is None else day_of(min(self._context.clock(), date))

    def _drop_early(self) -> None:
        """Drop the days that were kept by clocks which were days ahead. One that Loki had deleted
        since can't be asked for again, and stays."""
        today = self._today()
        if today is None:
            today = day_of(self._context.clock())
        early = [day for day in self._named() if self._kept.on[day] > today + _AHEAD]
        for day in early:
            self._drop(day)
            del self._kept.days[day], self._kept.on[day]
        if early:
            self._again = "the clock was ahead when they were counted"
            self._changed = True

    def _drop(self, day: int) -> None:
        """Drop what is kept beside a day's figures."""
        for of_key in self._kept.places.values():
            of_key.pop(day, None)
        for key in [key for key, at in self._kept.last.items() if day_of(at) == day]:
            del self._kept.last[key]

    @property
    def usable(self) -> bool:
        """Whether what is kept may be used."""
        return self._checked and not self._fresh

    def days(self, wanted: Iterable[int], named: bool = False) -> DayCounts:
        """What is kept of the days that are wanted; with accounts, where Loki has the day still,
        which are all days if `named`."""
        if self._fresh:
            return {}
        days = self._kept.days
        nameless = self._kept.nameless if named else ()
        return {day: days[day] for day in wanted if day in days and day not in nameless}

    def to_check(self) -> set[int]:
        """The days that Loki has to be asked for before what is kept may be used."""
        named = self._named()
        if self._checked or self._fresh or not named:
            return set()
        there = [day for day in named if self._kept.days[day]] or named
        self._to_check = {there[0], by_chance(named), named[-1]}
        return self._to_check

    def check(
        self,
        now: Mapping[int, Figures],
        used: Iterable[int],
        present: set[str] | None,
        ask: Ask,
    ) -> bool:
        """Whether what is kept may be used, after what Loki has `now` of the days to check. `ask`
        asks for a further day. `present` are the accounts that Loki has in the days that are `used`
        or in more of them; None where that is not known. What is another Loki's is thrown away."""
        if not self._checked and not self._fresh:
            if not self._to_check <= now.keys():
                return False  # Loki does not answer: its days are asked for, and nothing is lost
            try:
                self._check(dict(now), ask)
            except _Unknown:
                return False
        if present is not None and accounts(self.days(used).values()) - present:
            self._throw_away()
        return self.usable and bool(self._kept.days)

    def _check(self, known: dict[int, Figures], ask: Ask) -> None:
        days = self._kept.days

        def same(day: int) -> bool:
            if day not in known:
                figures = ask(day)
                if figures is None:
                    raise _Unknown
                known[day] = figures
            return known[day] == days[day]

        if known and all(same(day) for day in known):
            self._checked = True
            return
        named = [day for day in self._named() if days[day]]
        there = _first(named, same)  # and all after it
        if there is None or not all(same(day) for day in known if day >= there):
            self._throw_away()
            return
        gone = [day for day in named if day < there]
        # of the last of them a part may be there yet; and where no run was, none can come back
        if any(known[day] for day in known if day < there and day not in gone[-1:]):
            self._throw_away()
            return
        self._deleted([day for day in self._named() if day < there])
        self._checked = True

    def _deleted(self, days: list[int]) -> None:
        """Keep nothing of the accounts of days that Loki has no more."""
        for day in days:
            self._kept.days[day] = without_accounts(self._kept.days[day])
        self._kept.nameless.update(days)
        for by, key in [key for key, at in self._kept.last.items() if day_of(at) in days]:
            if by == USER:
                del self._kept.last[by, key]
        self._changed = True

    def _named(self) -> list[int]:
        """The days of which the accounts are kept: those that Loki has, as far as is known."""
        return sorted(self._kept.days.keys() - self._kept.nameless)

    def _throw_away(self) -> None:
        self._loaded = Kept()
        self._again = "Loki was wiped or restored, or runs were deleted"
        self._checked = self._changed = True

    def add(self, day: int, figures: Figures) -> None:
        """Keep a day as Loki has it now, if it is closed."""
        today = self._today()
        if today is None or day >= today - _OPEN:
            return
        before = self._kept.days.get(day)
        if self._fresh and before is not None:
            now = without_accounts(figures) if day in self._kept.nameless else figures
            if now != before:
                self._differ.append((day, sum(before.values()), sum(now.values())))
            if before and not figures and (self._first is None or day < self._first):
                self._deleted([day])  # retention took it
                return
        if self._fresh and figures:
            self._first = day if self._first is None else min(self._first, day)
        if before != figures:
            self._kept.days[day] = figures
            self._kept.nameless.discard(day)
            self._drop(day)  # which was of what was there before
            self._changed = True
        self._kept.on[day] = today

    def tell(self, counts: Counts, days: Iterable[int]) -> None:
        """Say in the counts of these days what is known of them from here alone."""
        older = [] if self._fresh else sorted(self._kept.nameless.intersection(days))
        if older:
            counts.older = Older(older[0], older[-1], self._kept.since)
        counts.again = self._again
        counts.differ = sorted(self._differ)

    def last(self, by: str, key: str, day: int) -> int:
        """The moment (ns) of the newest run of a key, which was on a closed day; 0: not known."""
        moment = self._kept.last.get((by, key), 0) if self.usable else 0
        return moment if day_of(moment) == day else 0

    def add_last(self, by: str, key: str, moment: int) -> None:
        """Keep the moment of a key's newest run, if it was on a day that is kept."""
        if day_of(moment) in self._kept.days and self._kept.last.get((by, key)) != moment:
            self._kept.last[by, key] = moment
            self._changed = True

    def places(self, kind: str, key: str) -> Mapping[int, list[int]]:
        """The runs of a key on kept days by the place where they ended, as far as is known: day →
        60 counts."""
        return self._kept.places.get((kind, key), {}) if self.usable else {}

    def add_places(self, kind: str, key: str, day: int, counts: list[int]) -> None:
        """Keep the places of a day that is kept."""
        if day in self._kept.days:
            self._kept.places.setdefault((kind, key), {})[day] = counts
            self._changed = True

    def write(self) -> None:
        """Keep all that for the next run. Where it can't be written, that asks Loki again."""
        if self._changed:
            self._kept.since = self._kept.since or self._context.clock()
            kept.write(self._context.env, self._loki.identity, self._kept)
            self._changed = False


def by_chance(choices: Sequence[Choice]) -> Choice:
    """One of them. (To import `random` would take longer than all else that is done with it.)"""
    return choices[int.from_bytes(os.urandom(4), "little") % len(choices)]


class _Unknown(Exception):
    """Loki does not answer."""


def _first(days: list[int], same: Callable[[int], bool]) -> int | None:
    """The first of these days that is the same, where all after it are; None where none is."""
    if not days or not same(days[-1]):
        return None
    low, high = 0, len(days) - 1
    while low < high:
        middle = (low + high) // 2
        if same(days[middle]):
            high = middle
        else:
            low = middle + 1
    return days[high]
