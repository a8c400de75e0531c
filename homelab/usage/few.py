"""Pure: folding what few accounts ran into one row, in what is handed on to others.

Two accounts at least are the default. With one, a row tells what one account did; and in a home lab
of three people a larger number would fold nearly every row. The row of what is folded has two
verbs and so many accounts itself, as long as there are others to take: the difference between the
total and the rows shown must not be one verb of one account.
"""

from __future__ import annotations

from homelab.usage.counts import Counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Set

FEW = "(few accounts)"
LEAST = 2  # accounts of a row, where nothing else is said


def few(whom: Mapping[str, Set[str]], least: int) -> frozenset[str]:
    """The keys to fold, of the accounts that ran each key: those of fewer than `least` accounts,
    and those of the fewest accounts beside them that the folded row needs."""
    found = {key for key, accounts in whom.items() if len(accounts) < least}
    others = sorted(whom.keys() - found, key=lambda key: (-len(whom[key]), key))
    while found and others:
        accounts = {account for key in found for account in whom[key]}
        if len(found) > 1 and len(accounts) >= least:
            break
        found.add(others.pop())
    return frozenset(found)


def folded(counts: Counts, keys: Collection[str]) -> Counts:
    """The counts with the figures of these keys under FEW."""
    made = Counts()
    made.gaps, made.unread, made.begins = counts.gaps, counts.unread, counts.begins
    made.counted_since, made.searched = counts.counted_since, counts.searched
    made.reach_unknown, made.untimed = counts.reach_unknown, counts.untimed
    made.older, made.again, made.differ = counts.older, counts.again, counts.differ
    for key in counts.days:
        name = FEW if key in keys else key
        _add(made.days.setdefault(name, {}), counts.days[key])
        if key in counts.failed:
            _add(made.failed.setdefault(name, {}), counts.failed[key])
        if key in counts.environment:
            _add(made.environment.setdefault(name, {}), counts.environment[key])
        if key in counts.by_hand and name != FEW:
            made.by_hand[key] = counts.by_hand[key]
        made.with_whom.setdefault(name, set()).update(counts.with_whom.get(key, ()))
        if key in counts.last:
            made.seen(name, counts.last[key])
    return made


def _add(figures: dict[int, int], more: dict[int, int]) -> None:
    for key, runs in more.items():
        figures[key] = figures.get(key, 0) + runs
