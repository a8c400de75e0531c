"""By hand or scheduled: the estimate against planted shares, and `usage top --by-hand`."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
import random
import statistics

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.generated import Event, Filled, fake, journal
from support.schedules import FIRST, draw, people

from homelab.times import DAY, SECOND, day_of
from homelab.usage import by_hand
from homelab.usage.by_hand import Share

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
NOW = FIRST + 30 * DAY


def _estimated(moments: list[int]) -> Share | None:
    days: dict[int, dict[int, int]] = {}
    for moment in moments:
        of_day = days.setdefault(day_of(moment), {})
        second = moment // SECOND % 3600
        of_day[second] = of_day.get(second, 0) + 1
    return by_hand.of_seconds(days)


def test_the_interval_covers_the_true_share_and_the_error_is_small() -> None:
    """200 draws of cron, timers, people and agents, 20 to 20,000 runs on 7 to 90 days."""
    covered, told, errors, widths = 0, 0, [], []
    for seed in range(200):
        drawn = draw(seed)
        share = _estimated(drawn.moments)
        if share is None or not share.told:
            continue
        truth = drawn.by_hand / len(drawn.moments)
        told += 1
        covered += share.low - 1e-9 <= truth <= share.high + 1e-9
        widths.append(share.high - share.low)
        if len(drawn.moments) >= 100:
            errors.append(abs(share.estimate - truth))
    assert told >= 150
    assert covered / told >= 0.95
    assert statistics.median(widths) < 0.1
    assert statistics.mean(errors) < 0.01
    assert sorted(errors)[int(0.95 * len(errors))] < 0.05


@pytest.mark.parametrize("kind", ["cron", "timer", "jittered"])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_each_kind_of_schedule_is_told_from_people(kind: str, share: float) -> None:
    drawn = draw(5, (kind,), count=1500, share=share, days=30)
    told = _estimated(drawn.moments)
    assert told
    assert told.estimate == pytest.approx(share, abs=0.05)
    assert 0 <= told.low <= told.estimate <= told.high <= 1


def test_one_burst_of_an_agent_is_no_schedule() -> None:
    moments = [FIRST + at for at in people(random.Random(1), 20, 180, agents=0)]
    burst = [FIRST + 5 * DAY + 40_000 * SECOND + at * SECOND // 3 for at in range(30)]
    told = _estimated(moments + burst)
    assert told
    assert told.estimate > 0.95


def test_on_a_few_days_seconds_alone_tell_a_schedule() -> None:
    """A burst of an agent looks like a minute of a schedule, and not like a second of one."""
    burst = [FIRST + at * SECOND for at in range(30)]
    assert _estimated(burst) is None
    cron = [FIRST + at * 300 * SECOND + at % 3 * SECOND for at in range(288)]
    share = _estimated([*cron, *(moment + 7 * SECOND for moment in burst)])
    assert share
    assert share.low <= 30 / 318 <= share.high < 0.2


def test_what_comes_too_evenly_for_people_and_at_no_place_tells_nothing() -> None:
    """Each hour and up to a minute: the runs drift through the hour, and their seconds are all
    alike."""
    choose = random.Random(1)
    moments, at = [], FIRST
    while at < FIRST + 20 * DAY:
        moments.append(at)
        at += (3600 + choose.randrange(60)) * SECOND
    share = _estimated(moments)
    assert share
    assert not share.told
    assert share.estimate == 0.0  # so it is not demand


def test_few_runs_and_no_runs_tell_nothing() -> None:
    assert by_hand.share({}, {}, 0) is None
    assert _estimated([FIRST + at * 61 * SECOND for at in range(19)]) is None
    assert by_hand.peaks({}) == []


def _events() -> list[Event]:
    drawn = {
        "nas df": draw(1, ("cron",), count=400, share=0.0, days=29),
        "host status": draw(2, ("cron",), count=400, share=1.0, days=29),
        "logs query": draw(3, ("timer", "jittered"), count=300, share=0.5, days=29),
        "cert check": draw(4, count=10, days=29),
    }
    events = [
        Event(moment, ACCOUNT, verb, 0, "0.6.0")
        for verb, of_verb in drawn.items()
        for moment in of_verb.moments
    ]
    return sorted(event for event in events if event.moment < NOW)


@pytest.fixture(scope="module")
def sinks(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A journal and a Loki with equal events."""
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        in_loki = fake(server, clock, tmp_path_factory.mktemp("loki"), _events(), NOW)
        in_loki.server = server
        yield journal(tmp_path_factory.mktemp("home"), _events(), NOW), in_loki


TOP = ("usage", "top", "--by-hand", "--since", "30d")


def test_both_sinks_give_the_same_share(sinks: tuple[Filled, Filled]) -> None:
    for words in ((), ("--by", "user"), ("--by", "version"), ("--verb", "nas")):
        rows = [json.loads(filled.run(*TOP, *words, "--json")[1])["rows"] for filled in sinks]
        assert rows[0] == rows[1]
        assert len(rows[0]) == (1 if words else 4)
    rows = json.loads(sinks[0].run(*TOP, "--json")[1])["rows"]
    shares = {row["verb"]: row["by_hand"] for row in rows}
    assert shares["cert check"] is None
    assert shares["nas df"] < 0.05 < 0.95 < shares["host status"]
    assert shares["logs query"] == pytest.approx(0.5, abs=0.07)


def test_what_a_reader_sees(sinks: tuple[Filled, Filled]) -> None:
    code, stdout, stderr = sinks[0].run(*TOP)
    assert code == 0
    assert "BY HAND" in stdout.splitlines()[0]
    assert "100% (" in stdout
    assert "BY HAND is the share that people or agents started, not cron or timers" in stderr
    assert "10 runs have no estimate" in stderr
    row = next(csv.DictReader(io.StringIO(sinks[0].run(*TOP, "--csv")[1])))
    assert row.keys() >= {"by_hand", "by_hand_low", "by_hand_high"}
    assert "by_hand_shown" not in row
    compared = sinks[0].run(*TOP, "--compare")
    assert (compared[0], "BY HAND" in compared[1]) == (0, True)
    assert "by_hand" not in sinks[0].run("usage", "top", "--json")[1]


@pytest.mark.parametrize("by", ["day", "exit"])
def test_no_share_by_day_or_exit_code(by: str, sinks: tuple[Filled, Filled]) -> None:
    code, _, stderr = sinks[0].run(*TOP, "--by", by)
    assert code == 2
    assert "--by-hand works with --by verb, user or version" in stderr


def test_a_loki_that_knows_no_time_in_templates_costs_the_column_alone(
    sinks: tuple[Filled, Filled],
) -> None:
    server = sinks[1].server
    assert server

    def old(request: Request) -> Answer | None:
        if not any("__timestamp__" in query for query in request.values("query")):
            return None
        text = 'parse error : template: label:1: function "__timestamp__" not defined'
        return Answer(400, "text/plain", text.encode())

    server.hook = old
    try:
        code, stdout, stderr = sinks[1].run(*TOP, "--json")
    finally:
        server.hook = None
    assert code == 0
    assert all(row["by_hand"] is None and row["runs"] for row in json.loads(stdout)["rows"])
    assert "BY HAND is not known: " in stderr


def test_few_questions_are_asked_and_none_without_the_option(sinks: tuple[Filled, Filled]) -> None:
    server = sinks[1].server
    assert server
    for words, templates in ((TOP, True), (("usage", "top", "--since", "30d"), False)):
        before = len(server.requests)
        sinks[1].run(*words)
        asked = [q for request in server.requests[before:] for q in request.values("query")]
        places = [query for query in asked if "__timestamp__" in query]
        assert bool(places) == templates
        assert len(places) <= 9  # three, for each of two parts of days and the days between
