"""The five decisions, on counts made here: the evidence that each needs, and the claims that none
makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from homelab.times import DAY
from homelab.usage.by_hand import Share
from homelab.usage.counts import Counts
from homelab.usage.decisions import COLUMNS, Decisions, Thresholds, conclusion, decide, notes
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
        self, least: Thresholds = LEAST, own: Mapping[str, str] | None = None, window: str = ""
    ) -> Decisions:
        return decide(self.counts, self.offers, own or {}, START, least, window)

    def rows(self, least: Thresholds = LEAST, **more: Any) -> dict[str, dict[str, Any]]:
        made = self.decided(least, **more)
        keys = [column.key for column in COLUMNS]
        return {row.verb: dict(zip(keys, row.row())) for row in made.rows}


def test_a_word_that_nothing_answers_is_to_add() -> None:
    row = World().ran("(unknown) container restart", 40, 5).rows()["container restart"]
    assert (row["decision"], row["weight"], row["users"]) == ("ADD", 40, 5)
    assert row["evidence"] == "tried 40 times by 5 accounts; see: homelab usage wanted"
    assert row["command"] == "homelab usage wanted"


@pytest.mark.parametrize(
    ("word", "verb"), [("df", "disk usage"), ("docker", "container list"), ("ps", "container list")]
)
def test_a_word_that_a_verb_answers_is_a_name_that_is_missing(word: str, verb: str) -> None:
    world = World().ran(f"(unknown) {word}", 40, 5).ran(verb, 50)
    row = world.rows()[word]
    assert row["decision"] == "NAME"
    assert row["evidence"].startswith(
        f'tried 40 times by 5 accounts; the verb "{verb}" does it; see: '
    )


def test_a_verb_that_people_look_for_under_a_word_is_not_to_drop() -> None:
    rows = (
        World()
        .ran("(unknown) df", 40, 5)
        .ran("host status")
        .offered("disk usage")
        .offered("port check")
        .rows()
    )
    assert 'the verb "disk usage" does it and nobody ran it' in rows["df"]["evidence"]
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
    assert row["evidence"].startswith("tried 10000 times by 3 accounts, 0.5% by hand; see: ")


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
        "tried 3 times by 1 account; 5 accounts have their own backup script, with 300 runs;"
        " see: homelab usage top --verb '(personal) backup'"
    )
    alone = World().ran("(personal) backup", 300, 1).decided()
    assert not alone.rows
    assert alone.undecided == {"rare_scripts": 1}


def test_own_scripts_beside_a_verb_are_a_remark() -> None:
    world = World().ran("(personal) df", 300, 5)
    made = world.decided()
    assert not made.rows
    said = '5 accounts have their own df script, although the verb "disk usage" does it'
    assert said in notes(world.counts, made, LEAST, [])


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
    least = LEAST.for_accounts(3)
    why = (
        "1 word was tried by hand fewer than 10 times, or by fewer than 2 accounts; 1 verb has"
        " fewer than 20 runs; 2 verbs had no run, but were counted for only a part of the window"
    )
    so_far = "nothing to add, rename, fix or drop so far; not decided yet"
    assert conclusion(made, least) == f"{so_far}: {why}"
    assert conclusion(made, least, 30 * DAY).endswith(f"{why} (DROP? can appear from 2024-11-04)")
    assert not [each for each in notes(world.counts, made, least, []) if "--min-runs" in each]
    _, open_parts = notes(world.counts, made, least, made.rows)
    assert open_parts == f"not decided yet: {why}"


def test_without_any_decision_that_is_what_is_said_first() -> None:
    world = World().ran("(unknown) dns", 1, 1).offered("port check", None)
    world.counts.counted_since = START + 5 * DAY + 1  # of a journal
    made = world.decided()
    assert conclusion(made, LEAST.for_accounts(1), 30 * DAY) == (
        "no decision yet: 1 word was tried by hand fewer than 10 times; 1 verb had no run, but was"
        " counted for only a part of the window (DROP? can appear from 2024-11-09)"
    )
    world.counts.searched = START  # a Loki may forget them before
    assert "DROP?" not in conclusion(world.decided(), LEAST.for_accounts(1), 30 * DAY)
    assert conclusion(World().ran("a", 50).decided(), LEAST) == (
        "nothing to add, rename, fix or drop"
    )


def test_what_the_only_account_has_is_not_said_to_be_rare() -> None:
    world = World().ran("(unknown) backup", 40, 1)
    made = world.decided(Thresholds(20, 1, None, 0.05), {"backup": "backup"})
    assert made.undecided == {"verb_here": 1}
    assert conclusion(made, LEAST) == "no decision yet: 1 word is a verb of this host"
    own = {"backup": "scripts backup"}
    row = world.rows(own=own)["backup"]  # it is not found, as it is below another word
    assert (row["decision"], row["evidence"]) == (
        "NAME",
        'tried 40 times by 1 account; the verb "scripts backup" does it; see: homelab usage wanted',
    )
    row = World().ran("(unknown) backup", 40, 3).rows(own=own)["backup"]
    assert 'this host has it as "scripts backup": share it with the others; ' in row["evidence"]
    cron = World().ran("(unknown) backup", 10_000, 1, hand=0.00001)
    least = Thresholds(20, 1, 1, 0.05)
    said = conclusion(cron.decided(least), least)
    assert said == "no decision yet: 1 word was not tried by hand"


@pytest.mark.parametrize(
    ("own", "name"),
    [({}, "backup"), ({"backup": "backup"}, "zfs"), ({"backup": "", "zfs": "zfs"}, "NAME")],
)
def test_what_to_do_about_a_word_to_add(own: dict[str, str], name: str) -> None:
    world = World().ran("(unknown) backup", 40, 3).ran("(unknown) zfs", 30, 3)
    made = world.decided()
    said = notes(world.counts, made, LEAST, made.rows, own)[0]
    assert said.startswith(f"ADD: start one with homelab verbs new {name}, or add your scripts")
    made.rows = []
    assert not [each for each in notes(world.counts, made, LEAST, made.rows) if "ADD" in each]


def test_failures_of_a_script_without_answers_are_not_known() -> None:
    world = World().ran("borg run", 40, 3)
    made = decide(world.counts, [], {}, START, LEAST, "", {"borg run"})
    (row,) = made.rows
    said = "failures not known (it has no Answers:); 40 runs by 3 accounts; see: homelab usage"
    assert row.row()[-1] == f"{said} trend borg run"


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
