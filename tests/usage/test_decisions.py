"""The five decisions, on counts made here: the evidence that each needs, and the claims that none
makes."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.times import DAY
from homelab.usage.by_hand import Share
from homelab.usage.counts import Counts
from homelab.usage.decisions import COLUMNS, Decisions, Thresholds, decide, notes
from homelab.usage.offer import Offer
from homelab.usage.outcome import PASSES_ON

START = 20_000 * DAY
LEAST = Thresholds(runs=20, tries=10, users=None, rate=0.05)


class World:
    """Counts of a window, filled verb by verb."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.offers: list[Offer] = []

    def ran(
        self, verb: str, runs: int = 100, users: int = 3, hand: float | None = None, **codes: int
    ) -> World:
        """`runs`, some of which failed (`e70=5`) or were ended by the environment (`env69=5`)."""
        self.counts.add(verb, 20_001, 0, runs, PASSES_ON)
        for name, count in codes.items():
            figures = self.counts.environment if name.startswith("env") else self.counts.failed
            figures.setdefault(verb, {})[int(name.strip("env"))] = count
        self.counts.with_whom[verb] = {f"user{number}" for number in range(users)}
        if hand is not None:
            self.counts.by_hand[verb] = Share(hand, hand, hand)
        return self

    def offered(self, verb: str, since: int | None = START - 9 * DAY) -> World:
        self.offers.append(Offer(verb, "built-in", since))
        return self

    def decided(
        self, least: Thresholds = LEAST, own: frozenset[str] = frozenset(), window: str = ""
    ) -> Decisions:
        return decide(self.counts, self.offers, own, START, least, window)

    def rows(self, least: Thresholds = LEAST, **more: Any) -> dict[str, dict[str, Any]]:
        made = self.decided(least, **more)
        keys = [column.key for column in COLUMNS]
        return {row.verb: dict(zip(keys, row.row())) for row in made.rows}


def test_a_word_that_nothing_answers_is_to_add() -> None:
    row = World().ran("(unknown) container restart", 40, 5).rows()["container restart"]
    assert (row["decision"], row["weight"], row["users"]) == ("ADD", 40, 5)
    assert row["evidence"] == "tried 40 times by 5 accounts: homelab usage wanted"
    assert row["command"] == "homelab usage wanted"


@pytest.mark.parametrize(
    ("word", "verb"), [("df", "disk usage"), ("docker", "container list"), ("ps", "container list")]
)
def test_a_word_that_a_verb_answers_is_a_name_that_is_missing(word: str, verb: str) -> None:
    world = World().ran(f"(unknown) {word}", 40, 5).ran(verb, 50)
    row = world.rows()[word]
    assert row["decision"] == "NAME"
    assert row["evidence"].startswith(f"tried 40 times by 5 accounts; {verb} does it: ")


def test_a_verb_that_people_look_for_under_a_word_is_not_to_drop() -> None:
    rows = (
        World()
        .ran("(unknown) df", 40, 5)
        .ran("host status")
        .offered("disk usage")
        .offered("port check")
        .rows()
    )
    assert "disk usage does it and nobody ran it" in rows["df"]["evidence"]
    assert "disk usage" not in rows
    assert rows["port check"]["decision"] == "DROP?"


def test_what_cron_tries_is_no_demand() -> None:
    """10,000 runs of one script that calls a missing verb are one person's mistake."""
    world = World().ran("(unknown) backup", 10_000, 3, hand=0.0005)
    made = world.decided()
    assert not made.rows
    assert made.undecided == {"rare_words": 1}
    row = World().ran("(unknown) backup", 10_000, 3, hand=0.005).rows()["backup"]
    assert (row["decision"], row["weight"], row["by_hand"]) == ("ADD", 50, 50)
    assert row["evidence"].startswith("tried 10000 times by 3 accounts, 0.5% by hand: ")


@pytest.mark.parametrize(
    ("tries", "users", "active", "decided"),
    [(10, 2, 3, True), (9, 2, 3, False), (40, 1, 3, False), (40, 1, 1, True), (9, 1, 1, False)],
)
def test_one_account_is_enough_where_there_is_one(
    tries: int, users: int, active: int, decided: bool
) -> None:
    made = World().ran("host status", 100, active).ran("(unknown) backup", tries, users).decided()
    assert ("backup" in [row.verb for row in made.rows]) == decided
    assert made.undecided == ({} if decided else {"rare_words": 1})


def test_older_copies_spellings_are_one_word() -> None:
    world = World().ran("(unknown) backups", 6, 2).ran("(unknown) backup", 6, 3)
    row = world.rows()["backup"]
    assert (row["runs"], row["users"]) == (12, 3)


def test_own_scripts_are_evidence_for_a_verb() -> None:
    world = World().ran("(personal) backup", 300, 5).ran("(unknown) backup", 3, 1)
    row = world.rows()["backup"]
    assert (row["decision"], row["runs"], row["users"]) == ("ADD", 303, 5)
    assert row["evidence"] == (
        "tried 3 times by 1 account; 5 accounts have their own backup script, with 300 runs:"
        " homelab usage top --verb '(personal) backup'"
    )
    alone = World().ran("(personal) backup", 300, 1).decided()
    assert not alone.rows
    assert alone.undecided == {"rare_scripts": 1}


def test_own_scripts_beside_a_verb_are_a_remark() -> None:
    world = World().ran("(personal) df", 300, 5)
    made = world.decided()
    assert not made.rows
    assert "5 accounts have their own df script, although disk usage does it" in notes(
        world.counts, made, LEAST
    )


@pytest.mark.parametrize(
    ("codes", "cause", "said"),
    [
        ({"e70": 30, "e2": 10}, "crash", "30 of 40 with exit 70 (a crash)"),
        (
            {"e70": 10, "e2": 30},
            "not understood",
            "30 of 40 with exit 2 (wrong command line)",
        ),
        ({"e124": 40}, "too slow", "40 of 40 with exit 124 (too slow)"),
        ({"e1": 25, "e3": 15}, "other", "40 of 40 with exit 1, 3"),
    ],
)
def test_what_fails_too_often_is_to_fix_with_its_cause(
    codes: dict[str, int], cause: str, said: str
) -> None:
    row = World().ran("logs query", 100, **codes).rows(window="--since 7d")["logs query"]
    assert (row["decision"], row["cause"], row["failed"]) == ("FIX", cause, 40)
    assert said in row["evidence"]
    assert row["command"] == "homelab usage top --failed --verb 'logs query' --since 7d"


def test_the_environment_is_never_to_fix() -> None:
    row = World().ran("logs query", 100, env69=60, env78=5).rows()["logs query"]
    assert (row["decision"], row["failed"]) == ("KEEP", 0)
    assert "65 ended by the environment" in row["evidence"]


def test_small_and_young_counts_are_one_sentence() -> None:
    world = World().ran("host status", 19, e70=19).ran("(unknown) dns", 3).ran("logs query", 20)
    world.offered("port check", START).offered("disk usage", None)
    made = world.decided()
    assert [row.decision for row in made.rows] == ["KEEP"]
    assert not made.shown(every=False)
    (sentence,) = [each for each in notes(world.counts, made, LEAST) if "evidence yet" in each]
    assert sentence == (
        "not enough evidence yet: 1 word tried by hand fewer than 10 times or by fewer than"
        " 2 accounts, 1 verb run fewer than 20 times, 2 unused verbs not known to be"
        " available the whole time"
    )


def test_the_weightiest_first() -> None:
    world = World().ran("(unknown) restart", 30, 3).ran("(unknown) df", 90, 3)
    world.ran("logs query", 1000, e70=500).ran("host status", 1000).offered("port check")
    rows = world.decided().shown(every=True)
    assert [(row.decision, row.verb) for row in rows] == [
        ("FIX", "logs query"),
        ("NAME", "df"),
        ("ADD", "restart"),
        ("DROP?", "port check"),
        ("KEEP", "host status"),
    ]
