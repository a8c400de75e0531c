"""Folding labels that few accounts ran: which rows are folded, and that no figure is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homelab.usage.counts import Counts
from homelab.usage.few import FEW, few, folded
from homelab.usage.outcome import Rule

_WHOM = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d", "(unknown) x", "(personal)"]),
    st.sets(st.sampled_from(["ann", "ben", "cat", "dan"]), min_size=1),
)


def test_what_one_account_ran_is_folded_with_as_much_as_hides_it() -> None:
    both = {"ann", "ben"}
    assert few({"a": both, "b": both}, 2) == frozenset()
    assert few({"a": both, "b": {"ann"}, "c": {"ben"}, "d": both}, 2) == {"b", "c"}
    # a row or an account that is alone in the folded row would be the total minus the others
    assert few({"a": {*both, "cat"}, "b": {"ann"}, "d": both}, 2) == {"b", "d"}
    assert few({"a": both, "b": {"ann"}, "c": {"ann"}, "d": both}, 2) == {"b", "c", "d"}
    assert few({"a": {"ann"}}, 2) == {"a"}  # there are no others to hide it with
    assert few({"a": {"ann"}, "b": both}, 1) == frozenset()


@given(_WHOM, st.integers(1, 4))
def test_no_row_that_is_left_is_of_fewer_accounts(whom: dict[str, set[str]], least: int) -> None:
    keys = few(whom, least)
    assert all(len(whom[key]) >= least for key in whom.keys() - keys)
    if keys and keys != whom.keys():
        assert len(keys) > 1
        assert len({account for key in keys for account in whom[key]}) >= least


@given(_WHOM, st.integers(1, 4))
def test_all_figures_add_up_as_before(whom: dict[str, set[str]], least: int) -> None:
    counts = Counts()
    for number, key in enumerate(sorted(whom)):
        counts.with_whom[key] = whom[key]
        counts.add(
            key,
            20_000 + number % 2,
            (0, 1, 69)[number % 3],
            number + 1,
            Rule(frozenset((0,)), passes_on=False),
        )
        counts.seen(key, 10**18 + number)
    counts.begins, counts.unread = 7, "why"
    keys = few(whom, least)
    made = folded(counts, keys)
    assert made.total() == counts.total()
    assert sum(map(made.failures, made.days)) == sum(map(counts.failures, counts.days))
    assert set(made.days) == (whom.keys() - keys) | ({FEW} if keys else set())
    assert sum(map(made.by_environment, made.days)) == sum(map(counts.by_environment, counts.days))
    assert made.runs(FEW) == sum(map(counts.runs, keys))
    assert made.with_whom.get(FEW, set()) == {one for key in keys for one in whom[key]}
    assert max(made.last.values(), default=0) == max(counts.last.values(), default=0)
    assert (made.begins, made.unread) == (7, "why")
    assert set(counts.days) == set(whom)  # unchanged
