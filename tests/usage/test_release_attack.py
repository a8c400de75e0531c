"""Attack releases exhaustively: try every table of the accounts' uses of a label in a month that
explains two consecutive releases. A value that is the same in all of them is known to an attacker.

The attacker knows the rule, which labels there are, and how many accounts the lab has; names do not
matter. A table covers a month: a row for each account, a column for each label. The tables that are
tried have larger counts than those of the attacked labs, so that the end of the search does not
look like knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from typing import NamedTuple, Optional

import pytest

from homelab.usage import release
from homelab.usage.few import FEW
from homelab.usage.release import Use
from homelab.usage.release_file import range_of

Range = tuple[int, Optional[int]]
Account = tuple[int, ...]  # the account's runs of each label in a month
Table = tuple[Account, ...]  # of all accounts, in any order
Content = tuple[tuple[str, int, int], ...]  # the rows of a release for a month

NAMES = ("(unknown) backup", "(unknown) dns", "(unknown) vpn")
THREE = 3  # accounts


class Search(NamedTuple):
    """A lab of three to six `accounts` with this many `labels`; true counts up to `largest`, tried
    ones up to `tried`; rows need at least `least` accounts."""

    accounts: int
    labels: int
    largest: int
    tried: int
    least: int


def tables(accounts: int, labels: int, largest: int) -> Iterator[Table]:
    """All tables that differ in more than the accounts' order."""
    rows = product(range(largest + 1), repeat=labels)
    yield from combinations_with_replacement(list(rows), accounts)


def content(table: Table, least: int) -> Content:
    """The rows that homelab makes from a month's table."""
    found: dict[str, Use] = {}
    for number, account in enumerate(table):
        for name, runs in zip(NAMES, account):
            if runs:
                use = found.setdefault(name, Use())
                use.runs += runs
                use.accounts.add(str(number))
    rows = release.rows("2026-10", found, least, range_of(len(table)))
    return tuple((row.label, row.runs[0], row.accounts[0]) for row in rows)


def active(table: Table) -> int:
    """How many accounts ran anything."""
    return sum(any(account) for account in table)


def uses(table: Table, label: int) -> frozenset[int]:
    """The number of uses of a label by each account; 0 if an account did not use it."""
    return frozenset(account[label] for account in table if account[label]) or frozenset((0,))


class Explained:
    """The tables that explain a content, by how many accounts are active in them: for each label
    the uses that are the same in all of them."""

    def __init__(self, labels: int) -> None:
        self.common: dict[int, list[frozenset[int]]] = {}
        self._labels = labels

    def add(self, table: Table) -> None:
        found = [uses(table, label) for label in range(self._labels)]
        before = self.common.get(active(table), found)
        self.common[active(table)] = [one & other for one, other in zip(before, found)]

    def known(self, actives: set[int]) -> list[frozenset[int]]:
        """The known uses of each label, if this many accounts may have been active."""
        chosen = [self.common[each] for each in actives]
        return [frozenset.intersection(*of_label) for of_label in zip(*chosen)]


@cache
def explained(accounts: int, labels: int, tried: int, least: int) -> dict[Content, Explained]:
    found: dict[Content, Explained] = {}
    for table in tables(accounts, labels, tried):
        found.setdefault(content(table, least), Explained(labels)).add(table)
    return found


def recovered(search: Search) -> list[tuple[tuple[Content, ...], int, int, frozenset[int]]]:
    """The uses that two consecutive releases, of the months 1 and 2 and of the months 2 and 3,
    reveal to an attacker: with the contents, the month and the label.

    The months share only the accounts: both releases say that two to five ran something.
    """
    by_content = explained(search.accounts, search.labels, search.tried, search.least)
    true = {
        (content(table, search.least), active(table))
        for table in tables(search.accounts, search.labels, search.largest)
    }
    worlds = {
        tuple(of_month for of_month, _ in months)
        for months in product(sorted(true), repeat=3)
        if _two_active(*(count for _, count in months))
    }
    found = []
    for world in worlds:
        months = [by_content[of_month] for of_month in world]
        possible: list[set[int]] = [set(), set(), set()]
        for counts in product(*(month.common for month in months)):
            if _two_active(*counts):
                for actives, count in zip(possible, counts):
                    actives.add(count)
        for month, actives in enumerate(possible):
            for label, known in enumerate(months[month].known(actives)):
                if known:
                    found.append((world, month, label, known))
    return found


def _two_active(first: int, second: int, third: int) -> bool:
    """Whether two accounts can be active in each release: any accounts can be, in each month."""
    return first + second >= 2 and second + third >= 2


@pytest.mark.parametrize(
    "search",
    [
        Search(3, 2, 3, 7, 2),
        Search(3, 3, 1, 3, 2),
        Search(3, 2, 3, 7, 3),
        Search(4, 2, 2, 4, 2),
        Search(5, 1, 4, 6, 2),
        Search(5, 1, 4, 6, 3),
        Search(6, 1, 3, 5, 2),
    ],
    ids=str,
)
def test_two_releases_of_three_and_more_accounts_tell_no_accounts_use(search: Search) -> None:
    assert recovered(search) == []


# each account's outcomes of one label: its runs, and the failed ones
Outcomes = tuple[tuple[int, int], ...]
Told = tuple[tuple[Range, Range, Optional[Range]], ...]  # runs, accounts, failed


def _failures_told(largest: int) -> dict[Told, list[tuple[frozenset[int], frozenset[int]]]]:
    """A release's row for one verb of three accounts: for each table that explains it, the runs of
    an account, and the failed ones if there are any."""
    states = [(runs, failed) for runs in range(largest + 1) for failed in range(runs + 1)]
    found: dict[Told, list[tuple[frozenset[int], frozenset[int]]]] = {}
    for table in combinations_with_replacement(states, THREE):
        use = Use()
        use.runs, use.failed = (sum(each) for each in zip(*table))
        use.accounts = {str(number) for number, (runs, _) in enumerate(table) if runs}
        rows = release.rows("2026-10", {"logs query": use}, 2, (2, 5))
        said = tuple((row.runs, row.accounts, row.failed) for row in rows)
        runs, failed = (frozenset(filter(None, each)) for each in zip(*table))
        found.setdefault(said, []).append((runs, failed))
    return found


def test_a_share_of_failures_tells_no_accounts_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times smaller than the real rule, so that the search can be exhaustive: a share from 6
    runs on in place of 21, and 20% in place of 5%. For each row with a share, no number of runs or
    failed runs of an account is the same in all tables that explain it."""
    shares = ((0, 0), (0, 20), (20, 50), (50, 100))

    def scaled(failed: int, runs: int) -> Range:
        return next(each for each in shares if 100 * failed <= runs * each[1])

    monkeypatch.setattr(release, "failed_range", scaled)
    monkeypatch.setattr(release, "LEAST_RUNS", 6)
    with_share = set()
    for said, tables_ in _failures_told(8).items():
        for _, _, share in said:
            if share is not None:
                with_share.add(share)
                assert not frozenset.intersection(*(runs for runs, _ in tables_)), said
                assert not frozenset.intersection(*(failed for _, failed in tables_)), said
    assert with_share == set(shares)


def test_a_share_of_failures_says_no_more_of_the_runs_than_their_range() -> None:
    """With the real bounds: each number of runs in the range explains the row."""
    explains: dict[tuple[Range, Range], set[int]] = {}
    for runs in range(1, 301):
        for failed in range(runs + 1):
            use = Use()
            use.runs, use.failed, use.accounts = runs, failed, {"ann", "ben"}
            (row,) = release.rows("2026-10", {"logs query": use}, 1, (2, 5))
            if row.failed is not None:
                explains.setdefault((row.runs, row.failed), set()).add(runs)
    assert explains
    for ((low, high), _), runs_ in explains.items():
        assert runs_ == set(range(low, min(high or 300, 300) + 1))


def test_no_row_tells_that_all_accounts_of_a_lab_ran_a_label() -> None:
    """Holds for six accounts and more: with two accounts, any row reveals each other's use. Two
    releases show one month, with different numbers of accounts in the months around it: 5 to 7, as
    one comes and one leaves. Then a row that only all accounts together explain would reveal the
    newcomer's runs."""
    neighbours = [(size, size + more) for size in (5, 6, 7, 20, 21, 22) for more in (0, 1, 2)]
    for smaller, larger in neighbours:
        explained_by: dict[tuple[Range, Range], set[int]] = {}
        for count in range(2, min(smaller, larger) + 1):
            use = Use()
            use.runs, use.accounts = 200, {str(number) for number in range(count)}
            one, other = (
                release.rows("2026-10", {"config": use}, 2, range_of(size))[0].accounts
                for size in (smaller, larger)
            )
            explained_by.setdefault((one, other), set()).add(count)
        if smaller > 5:
            for counts in explained_by.values():
                assert min(counts) < smaller, (smaller, larger, counts)


def test_the_attack_succeeds_where_nothing_is_folded() -> None:
    """With rows of single accounts it succeeds, so the test above can fail."""
    found = recovered(Search(THREE, 2, 2, 5, 1))
    told = [
        (known, world[month])
        for world, month, label, known in found
        if (NAMES[label], 1, 1) in world[month]
    ]
    assert told
    assert all(known == {1} for known, _ in told)


def test_the_attack_succeeds_where_exact_numbers_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "range_of", lambda count: (count, count))
    explained.cache_clear()
    try:
        assert recovered(Search(THREE, 2, 1, 2, 2))
    finally:
        explained.cache_clear()


def test_an_insider_learns_who_else_there_is_and_rarely_how_much() -> None:
    """The statement in docs/telemetry.md about an account that knows its own runs and that the lab
    has three accounts. If it shares a row, it knows that another account ran the label; how often
    exactly, only if its own runs are one less than the upper end of the row's range. If it ran a
    label without a row, it knows that no other account did; and without a folded row, it knows that
    for all labels without a row."""
    labels, least = 2, 2
    by_view: dict[tuple[Content, Account], list[Table]] = {}
    for table in tables(THREE, labels, 7):
        for own in set(table):
            rest = list(table)
            rest.remove(own)
            by_view.setdefault((content(table, least), own), []).append(tuple(rest))
    known = {}
    for (said, own), others in by_view.items():
        if max(own) > 4 or max(runs for _, runs, _ in said or [("", 0, 0)]) > 2:
            continue  # the search ends before such a row
        for label in range(labels):
            common = frozenset.intersection(*(uses(other, label) for other in others))
            if common:
                known[said, own, label] = common
    assert known
    for (said, own, label), common in known.items():
        rows = {name: runs for name, runs, _ in said}
        if NAMES[label] in rows:
            assert (set(common), own[label]) == ({1}, 4)  # of 2 to 5
        elif own[label] or FEW not in rows:
            assert any(own)
            assert common == {0}
        else:
            assert (set(common), sum(own)) == ({1}, 4)  # of the folded row
