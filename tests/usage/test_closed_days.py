"""A day that no late event can reach is counted once; a cached count is never wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support import usage_lab
from support.generated import JOB, fake, usage
from support.reading import Sink
from support.usage_lab import HOUR, NOW, TODAY, Lab

from homelab import times
from homelab.times import DAY

QUESTIONS = [
    ("top",), ("top", "--by", "user"), ("top", "--by", "version"), ("top", "--by", "exit"),
    ("top", "--by", "day"), ("top", "--failed"), ("top", "--by-hand"), ("top", "--compare"),
    ("top", "--user", "alice"), ("top", "--verb", "nas"), ("trend",), ("next", "--all"),
    ("unused",), ("wanted",), ("wanted", "--user", "zoë"),
]  # fmt: skip


@pytest.fixture(name="lab")
def _lab(tmp_path: Path) -> Iterator[Lab]:
    with usage_lab.lab(tmp_path) as found:
        yield found


def _without_kept(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in ("kept", "differences")}


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_the_second_answer_is_the_first_one(
    words: tuple[str, ...], lab: Lab, tmp_path: Path
) -> None:
    first = lab.told(*words)
    lab.told("top")
    lab.told("next")
    assert lab.told(*words) == first
    assert lab.told(*words) == first == lab.anew(tmp_path).told(*words)
    lab.later(3 * DAY + 5 * HOUR)
    assert lab.told(*words) == lab.anew(tmp_path).told(*words)
    lab.later(30 * DAY)
    assert lab.told(*words) == lab.anew(tmp_path).told(*words)


def test_the_second_question_goes_over_what_is_open_and_three_days_of_what_is_not(lab: Lab) -> None:
    lab.told("top")
    assert sorted(lab.days_asked()) == [1, 1, 29]
    lab.told("top")
    asked = lab.days_asked()
    # the random one may be the oldest or the newest
    assert sorted(asked) in ([1, 1, 1, 1, 1, 8], [1, 1, 1, 1, 8])
    lab.later(DAY)
    lab.told("trend")
    assert max(lab.days_asked()) == 9  # a further day is closed


def test_a_report_asks_each_day_once(lab: Lab) -> None:
    lab.filled.run("usage", "report", "-o", "-", "--accounts")
    # unused looks back twice as far
    assert sum(each for each in lab.days_asked() if each > 1) == 59
    lab.filled.run("usage", "report", "-o", "-", "--accounts")
    assert max(lab.days_asked()) == 8


def test_days_that_retention_took_stay_known_without_accounts(lab: Lab, tmp_path: Path) -> None:
    before, _ = lab.told("top", "--since", "60d")
    day = TODAY - 31
    lab.delete(0, day * DAY + 7 * HOUR)  # in the middle of a day
    lab.later(HOUR)
    told, said = lab.told("top", "--since", "60d")
    assert told["kept"]["last_day"] == times.date(day)
    assert (
        f"to {times.date(day)}: their counts come from this host's cache (kept since 2026-11-2"
        in said
    )
    gone = sum(row["runs"] for row in before["rows"]) - sum(row["runs"] for row in told["rows"])
    assert 0 <= gone < 20  # the runs of the window's first day, which was not over
    again, _ = lab.told("top", "--since", "60d")
    assert again["rows"] == told["rows"]
    assert lab.anew(tmp_path).told("top", "--since", "60d")[0]["runs"] < told["runs"] - 200
    by_user, _ = lab.told("top", "--by", "user", "--since", "60d")
    assert by_user["runs"] == told["runs"]
    assert {row["user"] for row in by_user["rows"]} >= {None, "alice"}
    text = lab.filled.run("usage", "top", "--by", "user", "--since", "60d")[1]
    assert "None" not in text
    lab.later(20 * DAY)  # more days are deleted, which were complete before
    lab.delete(0, (TODAY - 20) * DAY)
    later, _ = lab.told("top", "--since", "79d")
    assert later["kept"]["last_day"] >= times.date(TODAY - 21)


@pytest.mark.parametrize("left", [0, 400])
def test_a_loki_that_was_wiped_is_asked_again(left: int, lab: Lab, tmp_path: Path) -> None:
    lab.told("top", "--since", "60d")
    lab.server.store.streams.clear()
    if left:  # another Loki has its address now
        events = usage(12, NOW - 40 * DAY, NOW, left)
        fake(lab.server, lab.clock, tmp_path / "home", events, NOW)
    told, said = lab.told("top", "--since", "60d")
    fresh = lab.anew(tmp_path).told("top", "--since", "60d")[0]
    assert "read from Loki again: Loki was wiped or restored, or runs were deleted" in said
    assert told == fresh
    told, said = lab.told("top", "--since", "60d")
    assert "read from Loki again" not in said
    assert told == fresh


def test_a_loki_that_was_restored_is_asked_again(lab: Lab, tmp_path: Path) -> None:
    """Loki was empty at the first question, and has all of its runs afterwards."""
    streams = dict(lab.server.store.streams)
    lab.server.store.streams.clear()
    lab.told("top", "--since", "60d")
    lab.server.store.streams.update(streams)
    told = lab.told("top", "--since", "60d")[0]
    # the random day may be one without runs, one in sixty
    if told["runs"] < 800:
        told = lab.told("top", "--since", "60d")[0]
    assert told == lab.anew(tmp_path).told("top", "--since", "60d")[0]


def test_an_account_that_was_forgotten_is_forgotten_here(lab: Lab, tmp_path: Path) -> None:
    lab.told("top", "--by", "user")
    lab.delete(0, NOW + DAY, "zoë")
    told, said = lab.told("top", "--by", "user")
    assert "zoë" not in {row["user"] for row in told["rows"]}
    assert "read from Loki again" in said
    assert told == lab.anew(tmp_path).told("top", "--by", "user")[0]
    kept = [path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert not any("zoë".encode() in content for content in kept)


@pytest.mark.parametrize("side", ["host", "loki"])
def test_a_wrong_clock_closes_no_day(side: str, lab: Lab, tmp_path: Path) -> None:
    """A wrong clock of this host, of Loki or of a proxy: a late event is counted in any case."""
    if side == "host":
        lab.filled.now += 20 * DAY
    else:
        lab.clock[0] += 20 * DAY
    lab.filled.run("usage", "top", "--since", "60d")
    lab.filled.now = lab.clock[0] = NOW + HOUR
    before = lab.told("top", "--since", "60d")[0]["runs"]
    late = NOW - 5 * DAY
    labels = {"job": JOB, "user": "alice", "verb": "host status", "late": "x"}
    Sink(lab.server.url).push(labels, [(late, "exit=0 ver=0.6.0")])
    told = lab.told("top", "--since", "60d")[0]
    assert told["runs"] == before + 1
    assert told == lab.anew(tmp_path).told("top", "--since", "60d")[0]


def test_fresh_names_each_difference(lab: Lab, tmp_path: Path) -> None:
    lab.told("top", "--since", "60d")
    day = TODAY - 20
    user = next(iter(lab.server.store.streams.values())).labels["user"]
    lab.delete(day * DAY + 1, (day + 1) * DAY, user)
    told, said = lab.told("top", "--since", "60d", "--fresh")
    assert told["differences"][0]["day"] == times.date(day)
    assert f"differs from the cached counts: {times.date(day)} (" in said
    assert _without_kept(told) == lab.anew(tmp_path).told("top", "--since", "60d")[0]
    assert "differences" not in lab.told("top", "--since", "60d", "--fresh")[0]
    lab.delete(day * DAY + 1, (day + 1) * DAY)  # a day in the middle has no run any more
    lab.told("top", "--since", "60d", "--fresh")
    assert lab.told("top", "--since", "60d") == lab.anew(tmp_path).told("top", "--since", "60d")
    lab.delete(0, (TODAY - 40) * DAY)  # and days before that are deleted
    told, _ = lab.told("top", "--since", "60d", "--fresh")
    assert _without_kept(told) == lab.anew(tmp_path).told("top", "--since", "60d")[0]
    told, _ = lab.told("top", "--since", "60d")
    assert told["kept"]["last_day"] == times.date(TODAY - 41)


def test_what_can_not_be_checked_is_not_used_and_not_lost(lab: Lab, tmp_path: Path) -> None:
    """Loki does not answer for the days to check, which are asked for one by one."""
    lab.told("top", "--since", "60d")
    fresh = lab.anew(tmp_path).told("top", "--since", "60d")[0]
    lab.days_asked()
    asked = 0

    def hook(request: Request) -> Answer | None:
        nonlocal asked
        start, end = request.value("start"), request.value("end")
        one = request.value("step") == "1d" and start == end
        asked += one
        return Answer(403, "text/plain", b"no") if one else None

    lab.server.hook = hook
    assert lab.told("top", "--since", "60d")[0] == fresh
    assert asked
    assert sum(days for days in lab.days_asked() if days > 1) > 50
    lab.server.hook = None
    assert lab.told("top", "--since", "60d")[0] == fresh
    assert max(lab.days_asked()) == 8


def test_a_sample_of_the_accounts_tells_a_changed_loki_as_well(tmp_path: Path) -> None:
    """With many accounts, only those of one part of the question are checked."""
    users = tuple(f"user{number}" for number in range(60))
    clock = [0]
    (tmp_path / "home").mkdir()
    with FakeLoki(clock=lambda: clock[0]) as server:
        events = usage(
            13,
            NOW - 31 * DAY,
            NOW,
            1500,
            users,
            ("host status", "nas df", "disk usage", "nas", "up"),
        )
        lab = Lab(server, clock, fake(server, clock, tmp_path / "home", events, NOW))
        first = lab.told("top")
        lab.days_asked()
        assert lab.told("top") == first
        parts = len([days for days in lab.days_asked() if days == 8])
        assert parts > 1
        lab.told("top")
        checked = len([days for days in lab.days_asked() if days == 1]) - 2 * parts
        assert checked in (2, 3)  # the random one may be the oldest, or the newest
        lab.delete(0, (TODAY - 20) * DAY)
        kept, _ = lab.told("top")
        assert kept["kept"]["last_day"] == times.date(TODAY - 21)
        assert 0 <= first[0]["runs"] - kept["runs"] < 60  # the window's first day was not over
        server.store.streams.clear()
        fake(server, clock, tmp_path / "home", usage(14, NOW - 31 * DAY, NOW, 900, users), NOW)
        told, said = lab.told("top")
        assert "read from Loki again" in said
        assert told == lab.anew(tmp_path).told("top")[0]
