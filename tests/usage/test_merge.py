"""Merge releases: each lab once, the order, the decisions, and how well a ranking of many labs
finds a planted popularity."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from math import exp
from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.telemetry import vocabulary
from homelab.usage import merge, release
from homelab.usage.counts import Counts
from homelab.usage.decisions import ADD, KEEP
from homelab.usage.outcome import PASSES_ON
from homelab.usage.release_file import Habit, Month, Release, Row, middle, range_of

Range = tuple[int, Optional[int]]
ONE, SOME, MORE = (1, 1), (2, 5), (6, 20)
LAB = iter(range(10**6))


DEFAULTS: tuple[Any, ...] = ("", SOME, SOME, None, "2026-10")


def made(
    rows: Sequence[tuple[Any, ...]] = (),
    lab: int = -1,
    months: Mapping[str, bool] | None = None,
    accounts: Range = SOME,
    offered: Sequence[str] = (),
    habits: Sequence[str] | None = None,
    min_users: int = 2,
) -> Release:
    """A release of a lab (its own by default) with rows (label, runs, accounts, failed, month), of
    2026-10 by default; `months` are the names and whether they are partial."""
    months = months or {"2026-10": False}
    filled = [
        (*row, SOME, SOME, None, "2026-10")[: len(row)] + DEFAULTS[len(row) :] for row in rows
    ]
    return Release(
        "0.6.0",
        f"{next(LAB) if lab < 0 else lab:016x}",
        [Month(name, partial) for name, partial in sorted(months.items())],
        accounts,
        min_users,
        list(offered),
        [Row(label, month, runs, who, failed) for label, runs, who, failed, month in filled],
        None if habits is None else [Habit(words, MORE, None) for words in habits],
    )


def ranked(
    releases: Sequence[Release], least: int = 1, built_in: Sequence[str] = ()
) -> list[merge.Decision]:
    labs = merge.labs_of(releases)
    return merge.ranked(labs, least, frozenset(built_in), lambda words: words != "git status").rows


def rows(releases: Sequence[Release], least: int = 1) -> dict[str, tuple[str, str]]:
    return {row.verb: (row.decision, row.evidence) for row in ranked(releases, least)}


def test_a_range_counts_as_its_geometric_middle() -> None:
    assert [middle(found) for found in (ONE, SOME, MORE, (21, 100))] == [1, 3, 11, 46]


def test_a_word_that_labs_try_is_to_add_and_own_scripts_are_a_demand_too() -> None:
    found = rows(
        [made([("(unknown) backup",), ("(personal) backup",)]), made([("(personal) backup",)])]
    )
    assert found == {"backup": (ADD, "in 2 of 2 labs: tried in 1, own scripts in 2")}


def test_a_word_that_a_verb_answers_is_to_name_where_it_was_tried() -> None:
    found = rows([made([("(unknown) df",)]), made([("(personal) df",)])])
    assert found["df"] == (
        "NAME", "in 2 of 2 labs: tried in 1, own scripts in 1; the verb \"disk usage\" does it",
    )  # fmt: skip
    assert rows([made([("(personal) df",)])]) == {}


def test_what_a_newer_copy_has_is_no_demand() -> None:
    assert ranked([made([("(unknown) backup",)])], built_in=["backup"]) == []


def test_a_verb_that_fails_in_labs_is_to_fix() -> None:
    failing, good = (5, 20), (0, 5)
    found = ranked(
        [made([("job run", SOME, SOME, failing)]) for _ in range(3)]
        + [made([("job run", SOME, SOME, good)]), made([("job run",)])]
    )
    assert [(row.decision, row.labs, row.accounts) for row in found] == [("FIX", 3, 9)]
    assert found[0].evidence == "more than 5% of its runs failed in 3 of 4 labs; it ran in 5"
    assert rows([made([("job run", SOME, SOME, good)])])["job run"][0] == KEEP


def test_the_newest_month_that_tells_says_whether_a_verb_fails() -> None:
    months = {"2026-08": False, "2026-09": False, "2026-10": False}
    bad, fine = (20, 50), (0, 0)
    fixed = [
        ("job run", MORE, SOME, share, month) for share, month in zip((bad, fine, None), months)
    ]
    assert rows([made(fixed, months=months)])["job run"][0] == KEEP
    broken = [
        ("job run", MORE, SOME, share, month) for share, month in zip((fine, None, bad), months)
    ]
    assert rows([made(broken, months=months)])["job run"][0] == "FIX"


def test_a_verb_that_no_lab_shows_is_to_drop_unless_people_miss_it() -> None:
    found = rows([made(offered=["config", "disk usage", "mcp"], min_users=1) for _ in range(2)])
    said = "offered the whole time in 2 of 2 labs, and no lab shows a run"
    assert found["mcp"] == ("DROP?", said)
    folding = [
        made([("(unknown) df",)], offered=["disk usage", "mcp"], min_users=3),
        made([("mcp",)]),
    ]
    found = rows(folding)
    assert "disk usage" not in found
    assert found["mcp"][0] == KEEP
    hidden = "; fewer than 3 accounts of a lab may have run it"
    assert rows(folding[:1])["mcp"] == ("DROP?", said.replace("2 of 2 labs", "1 of 1 lab") + hidden)


def test_typed_words_are_to_add_where_no_verb_does_them() -> None:
    found = rows([made(habits=["zpool status", "git status"]), made(habits=["zpool status"])])
    assert found == {"zpool status": (ADD, "typed in 2 of 2 labs, and no verb does it")}
    both = ranked([made([("(unknown) backup",)], habits=["backup"]), made(habits=["backup"])])
    assert [(row.verb, row.labs, row.evidence) for row in both] == [
        ("backup", 2, "in 2 of 2 labs: tried in 1, typed in 2")
    ]


def test_what_few_labs_say_decides_nothing() -> None:
    found = merge.ranked(
        merge.labs_of([made([("(unknown) backup",), ("job run",)], offered=["mcp"]), made()]),
        2, frozenset(), lambda words: True,
    )  # fmt: skip
    assert (found.rows, found.rare) == ([], 3)


def test_the_order_is_labs_then_accounts_then_runs_then_the_name() -> None:
    found = ranked(
        [
            made([("(unknown) vpn",), ("(unknown) dns", MORE), ("(unknown) backup", MORE)]),
            made([("(unknown) vpn",), ("(unknown) wol", ONE, MORE)]),
            made([("(unknown) sync", MORE, SOME)]),
        ]
    )
    assert [row.verb for row in found] == ["vpn", "wol", "backup", "dns", "sync"]


def test_what_people_tried_is_before_what_they_only_typed_in_a_shell() -> None:
    typed = ["zpool status", "smartctl"]
    found = ranked([made([("(unknown) dns",)], habits=typed, offered=["mcp"]), made(habits=typed)])
    assert [row.verb for row in found] == ["dns", "smartctl", "zpool status", "mcp"]


def test_each_lab_counts_once_however_many_of_its_releases_there_are() -> None:
    old = made(
        [
            ("(unknown) vpn", MORE, SOME, None, "2026-08"),
            ("(unknown) dns", MORE, SOME, None, "2026-09"),
        ],
        lab=7,
        months={"2026-08": False, "2026-09": True},
    )
    new = made(
        [("(unknown) wol", ONE, ONE, None, "2026-09")],
        lab=7, months={"2026-09": False, "2026-10": False},
    )  # fmt: skip
    for given_ in ([old, new], [new, old], [old, new, old, new]):
        assert [(row.verb, row.labs, row.runs) for row in ranked(given_)] == [
            ("vpn", 1, 11), ("wol", 1, 1),
        ]  # fmt: skip


def test_a_whole_month_counts_before_a_part_of_it() -> None:
    part = made([("(unknown) vpn",)], lab=8, months={"2026-10": True})
    whole = made([("(unknown) dns",)], lab=8, months={"2026-10": False})
    for given_ in ([part, whole], [whole, part]):
        assert [row.verb for row in ranked(given_)] == ["dns"]


def test_the_later_one_of_two_releases_of_a_running_month_counts() -> None:
    """The figures of a month only grow, and a file has no date: more runs, then more rows, are
    later, for any labels and any number of other months."""
    few = [("config", SOME), ("(unknown) zfs", ONE, ONE)]
    later = [("config", MORE), ("(unknown) zfs", SOME)]
    for first, second in ((few, later), (later, [*later, ("(unknown) backup", ONE, ONE)])):
        for beside in ({}, {"2026-09": False}):
            early = made(first, lab=9, months={**beside, "2026-10": True}, accounts=ONE)
            late = made(second, lab=9, months={"2026-10": True}, accounts=MORE)
            for given_ in ([early, late], [late, early]):
                (lab,) = merge.labs_of(given_)
                assert [row.label for row in lab.rows] == [row[0] for row in second]
                assert lab.accounts == (ONE if beside else MORE)
        early = made(first, lab=9, months={"2026-10": True}, accounts=ONE)
        late = made(second, lab=9, months={"2026-09": True, "2026-10": True}, accounts=MORE)
        (lab,) = merge.labs_of([late, early])
        assert lab.accounts == MORE


def test_a_whole_month_counts_before_a_newer_release_with_a_part_of_it() -> None:
    """For example, Loki has deleted the beginning of the month since."""
    whole = made(
        [("(unknown) dns", MORE)],
        lab=9, months={"2026-08": False}, offered=["mcp"], accounts=MORE,
    )  # fmt: skip
    whole.rows[0].month = "2026-08"
    cut = made(
        [("(unknown) dns", ONE, ONE, None, "2026-08"), ("(unknown) vpn", MORE)],
        lab=9, months={"2026-08": True, "2026-09": True, "2026-10": True}, accounts=ONE,
    )  # fmt: skip
    for given_ in ([whole, cut], [cut, whole]):
        (lab,) = merge.labs_of(given_)
        assert [(row.label, row.runs) for row in lab.rows] == [
            ("(unknown) dns", MORE), ("(unknown) vpn", MORE),
        ]  # fmt: skip
        assert (lab.offered, lab.accounts) == (frozenset(["mcp"]), MORE)


def test_of_two_parts_of_a_month_the_larger_one_counts() -> None:
    """The newer release may have lost what an older one had."""
    older = made([("(unknown) dns", MORE)], lab=9, months={"2026-10": True})
    newer = made([("(unknown) dns", ONE, ONE)], lab=9, months={"2026-10": True, "2026-11": False})
    (lab,) = merge.labs_of([older, newer])
    assert [row.runs for row in lab.rows] == [MORE]


_MONTHS = [{"2026-10": False}, {"2026-10": True}, {"2026-10": True, "2026-11": False}]
_RELEASES = st.lists(
    st.builds(
        made,
        st.lists(
            st.tuples(st.sampled_from(["(unknown) vpn", "(personal) vpn", "job run"])),
            unique=True,
        ),
        st.integers(0, 2),
        st.sampled_from(_MONTHS),
        offered=st.sampled_from([[], ["mcp"]]),
    ),
    max_size=6,
)  # fmt: skip


@given(_RELEASES, st.randoms(use_true_random=False))
def test_neither_the_order_of_files_nor_a_second_copy_matters(
    releases: list[Release], chance: random.Random
) -> None:
    other = releases * 2
    chance.shuffle(other)
    assert [row.row() for row in ranked(other)] == [row.row() for row in ranked(releases)]


# ---- twenty labs, whose demand is known

LABS, MONTHS = 20, ("2026-08", "2026-09", "2026-10")
WORDS = (
    "backup", "vpn", "speedtest", "snapshot", "restore", "mount", "sync", "notify", "wol", "power",
)  # fmt: skip
VERBS = (
    "host status", "logs query", "container list", "disk usage", "cert check", "unit failed",
    "update list", "timer list", "job run", "port check",
)  # fmt: skip
STEP = 1.6  # each word or verb is this many times as popular as the next one
MOST = 10.0  # tries or runs of the most popular one by an account in a month


def tau(one: Sequence[float], other: Sequence[float]) -> float:
    """Kendall's tau of two rankings of the same things: the share of pairs that both rank the same
    way, minus the share that they rank opposite ways."""
    pairs = [(first, second) for second in range(len(one)) for first in range(second)]
    score = 0
    for first, second in pairs:
        product = (one[first] - one[second]) * (other[first] - other[second])
        score += (product > 0) - (product < 0)
    return score / len(pairs)


def poisson(chance: random.Random, mean: float) -> int:
    """A count that is `mean` on average (D. Knuth, The Art of Computer Programming 2, 3.4.1)."""
    count, left, end = 0, chance.random(), exp(-mean)
    while left > end:
        count += 1
        left *= chance.random()
    return count


def planted(seed: int, rates: Mapping[str, float]) -> list[Release]:
    """The releases of 20 labs with 1 to 6 accounts: each account uses each label in each month at
    random, with the label's rate as the mean."""
    chance = random.Random(seed)
    built_in = frozenset(VERBS)
    releases = []
    for lab in range(LABS):
        people = 1 + lab % 6
        found: list[Row] = []
        for month in MONTHS:
            counts = Counts()
            for label, rate in rates.items():
                for person in range(people):
                    runs = poisson(chance, rate)
                    if runs:
                        counts.add(label, 20_000, 0, runs, PASSES_ON)
                        counts.with_whom.setdefault(label, set()).add(f"person{person}")
            found += release.rows(
                month, release.uses(counts, built_in), min(2, people), range_of(people)
            )
        releases.append(
            Release(
                "0.6.0", f"{lab:016x}", [Month(month, False) for month in MONTHS], range_of(people),
                min(2, people), list(VERBS), found,
            )
        )  # fmt: skip
    return releases


@pytest.mark.parametrize("seed", range(6))
def test_the_ranking_of_twenty_labs_finds_the_popularity_that_was_planted(seed: int) -> None:
    """Planted: ten words that no verb answers and ten verbs, each 1.6 times as popular as the next
    one, over three months. An account uses the rarest about once in seven months, so most of its
    uses are folded in labs of two and more."""
    assert not any(map(vocabulary.answer, WORDS))
    assert all(vocabulary.listed(word) == word for word in WORDS)
    order = random.Random(-seed)
    words, verbs = order.sample(WORDS, len(WORDS)), order.sample(VERBS, len(VERBS))
    popularity = [MOST / STEP**rank for rank in range(len(words))]
    rates = {f"(unknown) {word}": rate for word, rate in zip(words, popularity)}
    rates.update(zip(verbs, popularity))
    made_ = ranked(planted(seed, rates))
    for decision, names in ((ADD, words), (KEEP, verbs)):
        place = {row.verb: rank for rank, row in enumerate(made_) if row.decision == decision}
        assert tau(popularity, [-place.get(name, len(made_)) for name in names]) >= 0.9


def test_tau_is_what_it_says() -> None:
    assert tau([3, 2, 1], [30, 20, 10]) == 1
    assert tau([3, 2, 1], [10, 20, 30]) == -1
    assert tau([4, 3, 2, 1], [4, 3, 1, 2]) == pytest.approx(4 / 6)
