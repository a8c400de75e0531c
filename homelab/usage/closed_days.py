"""The cache of closed days, which no late event can reach any more: which days are closed, their
counts, and whether the Loki they came from is still the same.

Loki accepts events that are up to a week old, and shows late ones when it has written them, hours
later. So a day is closed when its end is eight days ago, by this host's clock and by Loki's: one
wrong clock closes no day too early.

In each run the cache is checked against three days of Loki: the oldest, the newest, and a random
one. If the oldest is gone and a later one is unchanged, the cause is retention: the days that Loki
no longer has stay in the cache, without accounts. Any other difference means another Loki, or one
that was wiped, restored or told to delete runs, or days that were closed by two wrong clocks: then
the whole cache is discarded. Days that were kept at a date in the future are discarded too: the
clocks were set back since.
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
    Ask = Callable[[int], Optional[Figures]]  # what Loki has of a day now; None if it can't tell

_OPEN = 8  # days after which nothing late can come
_AHEAD = 1  # days by which the clocks may have been ahead


class ClosedDays:
    """The cached days of one Loki for this account. Nothing in it is used before it is checked
    (`to_check`, `check`), and nothing after `fresh`: then differences from it are reported."""

    def __init__(self, context: Context, loki: Loki) -> None:
        self._context = context
        self._loki = loki
        self._loaded: Kept | None = None
        self._checked = False
        self._changed = False
        self._fresh = False
        self._to_check: set[int] = set()
        self._first: int | None = None  # first day with a run, if all days are asked for
        self._again = ""  # the reason if cached days are asked for again
        self._differ: list[tuple[int, int, int]] = []  # day, cached runs, runs now

    def fresh(self) -> None:
        """Stop using the cached days."""
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
        """The day by the slower one of both clocks; None if Loki does not send its own."""
        date = self._loki.date()
        return None if date is None else day_of(min(self._context.clock(), date))

    def _drop_early(self) -> None:
        """Drop the days that were kept by clocks which were days ahead. A day that Loki has deleted
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
        """Drop all data of a day except its figures."""
        for of_key in self._kept.places.values():
            of_key.pop(day, None)
        for key in [key for key, at in self._kept.last.items() if day_of(at) == day]:
            del self._kept.last[key]

    @property
    def usable(self) -> bool:
        """Whether the cached days may be used."""
        return self._checked and not self._fresh

    def days(self, wanted: Iterable[int], named: bool = False) -> DayCounts:
        """The cached figures of the `wanted` days, with accounts if Loki still has the day; if
        `named`, only such days."""
        if self._fresh:
            return {}
        days = self._kept.days
        nameless = self._kept.nameless if named else ()
        return {day: days[day] for day in wanted if day in days and day not in nameless}

    def to_check(self) -> set[int]:
        """The days that Loki has to be asked for before the cached days may be used."""
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
        """Whether the cached days may be used, given Loki's present figures (`now`) of the days to
        check. `ask` asks for a further day. `present` are the accounts that Loki has in the days
        that are `used` or in more of them; None if unknown. A cache of another Loki is
        discarded."""
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
        # the last of them may still be there in part; if a day had no run, none can come back
        if any(known[day] for day in known if day < there and day not in gone[-1:]):
            self._throw_away()
            return
        self._deleted([day for day in self._named() if day < there])
        self._checked = True

    def _deleted(self, days: list[int]) -> None:
        """Remove the accounts from days that Loki no longer has."""
        for day in days:
            self._kept.days[day] = without_accounts(self._kept.days[day])
        self._kept.nameless.update(days)
        for by, key in [key for key, at in self._kept.last.items() if day_of(at) in days]:
            if by == USER:
                del self._kept.last[by, key]
        self._changed = True

    def _named(self) -> list[int]:
        """The days with accounts in the cache: those that Loki still has, as far as known."""
        return sorted(self._kept.days.keys() - self._kept.nameless)

    def _throw_away(self) -> None:
        self._loaded = Kept()
        self._again = "Loki was wiped or restored, or runs were deleted"
        self._checked = self._changed = True

    def add(self, day: int, figures: Figures) -> None:
        """Cache Loki's present figures of a day, if it is closed."""
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
            self._drop(day)  # its data belongs to the earlier figures
            self._changed = True
        self._kept.on[day] = today

    def tell(self, counts: Counts, days: Iterable[int]) -> None:
        """Note in the counts of these days which of them only the cache has."""
        older = [] if self._fresh else sorted(self._kept.nameless.intersection(days))
        if older:
            counts.older = Older(older[0], older[-1], self._kept.since)
        counts.again = self._again
        counts.differ = sorted(self._differ)

    def last(self, by: str, key: str, day: int) -> int:
        """The time (ns) of the newest run of a key, if it was on this closed day; 0 if unknown."""
        moment = self._kept.last.get((by, key), 0) if self.usable else 0
        return moment if day_of(moment) == day else 0

    def add_last(self, by: str, key: str, moment: int) -> None:
        """Cache the time of a key's newest run, if its day is cached."""
        if day_of(moment) in self._kept.days and self._kept.last.get((by, key)) != moment:
            self._kept.last[by, key] = moment
            self._changed = True

    def places(self, kind: str, key: str) -> Mapping[int, list[int]]:
        """The runs of a key on cached days by the place where they ended, as far as known: day → 60
        counts."""
        return self._kept.places.get((kind, key), {}) if self.usable else {}

    def add_places(self, kind: str, key: str, day: int, counts: list[int]) -> None:
        """Cache the places of a day whose figures are cached."""
        if day in self._kept.days:
            self._kept.places.setdefault((kind, key), {})[day] = counts
            self._changed = True

    def write(self) -> None:
        """Write the cache for the next run. If that fails, the next run asks Loki again."""
        if self._changed:
            self._kept.since = self._kept.since or self._context.clock()
            kept.write(self._context.env, self._loki.identity, self._kept)
            self._changed = False


def by_chance(choices: Sequence[Choice]) -> Choice:
    """A random choice. (Importing `random` takes longer than everything done with it here.)"""
    return choices[int.from_bytes(os.urandom(4), "little") % len(choices)]


class _Unknown(Exception):
    """Loki does not answer."""


def _first(days: list[int], same: Callable[[int], bool]) -> int | None:
    """The first of these days for which `same` is true, if it is for all later ones; None if for
    none."""
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
