"""Pure: fold labels that few accounts ran into one row, in output that is passed on to others.

The default is at least two accounts. With one, a row shows what one account did; and in a home lab
of three people a larger number would fold nearly every row. The folded row has at least two verbs
and the least number of accounts itself, if there are enough others to fold: the difference between
the total and the rows shown must not be one verb of one account.
"""

from __future__ import annotations

from homelab.usage.counts import Counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Set

FEW = "(few accounts)"
LEAST = 2  # accounts of a row, by default


def few(whom: Mapping[str, Set[str]], least: int) -> frozenset[str]:
    """The keys to fold, given the accounts that ran each key: those of fewer than `least` accounts,
    and if the folded row needs more, those of the fewest accounts."""
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
