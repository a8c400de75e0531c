"""`usage next` on a planted world: it finds each planted decision, and invents none."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import FakeLoki
from support import planted
from support.generated import Event, Filled, fake, journal, load
from support.planted import Planted
from support.reading import Sink, until

from homelab.times import DAY, SECOND
from homelab.usage.wilson import interval
from homelab.verbs import BUILT_IN

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
DECISIONS = (planted.ADD, planted.NAME, planted.FIX, planted.DROP)
REAL = os.environ.get("HOMELAB_TEST_LOKI", "").rstrip("/")
_LARGEST = 5000  # entries of a push


@pytest.fixture(scope="module", params=["fake", "real"] if REAL else ["fake"])
def lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Planted, Filled]]:
    """Thirty accounts in the fake, and more of their runs in a real Loki."""
    folder, clock = tmp_path_factory.mktemp("planted"), [0]
    planted.install(folder / "verbs")
    if request.param == "real":
        world, filled = _real(folder / "home")
        filled.system_verbs = str(folder / "verbs")
        yield world, filled
        return
    world = planted.planted(19, NOW)
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, folder / "home", world.events, NOW)
        filled.system_verbs = str(folder / "verbs")
        yield world, filled


def _real(home: Path) -> tuple[Planted, Filled]:
    """The whole large world if the real Loki accepts old entries, else one of four days."""
    sink, now = Sink(REAL), time.time_ns()
    world = planted.planted(21, now, planted.LARGE)
    try:
        sink.push({"job": sink.job, "user": "x", "verb": "x"}, [(world.events[0].moment, "x")])
    except urllib.error.HTTPError:
        world = planted.planted(21, now, planted.SMALL, days=4)
    for day in range(world.days + 3):
        first = world.start + (day - 2) * DAY
        _push(sink, [e for e in world.events if first - DAY < e.moment <= first])
    flush = urllib.request.Request(f"{REAL}/flush", method="POST")
    with contextlib.suppress(urllib.error.HTTPError):  # a proxy in front of it may not route this
        urllib.request.urlopen(flush, timeout=60).close()
    filled = Filled({"HOME": str(home), "HOMELAB_LOKI_URL": REAL, "LC_ALL": "C.UTF-8"}, now)
    wanted = sum(event.verb == "disk usage" for event in world.events)
    words = ("usage", "top", "--since", f"{world.days}d", "--verb", "disk usage", "--json")
    assert until(lambda: json.loads(filled.run(*words)[1])["runs"] >= wanted, 60)
    return world, filled


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, Filled]:
    """A single account in its own journal."""
    world, folder = planted.planted(20, NOW, 9_000, people=1), tmp_path_factory.mktemp("alone")
    planted.install(folder / "verbs")
    filled = journal(folder, [event._replace(user=ACCOUNT) for event in world.events], NOW)
    filled.system_verbs = str(folder / "verbs")
    return world, filled


def _rows(filled: Filled, world: Planted, *words: str) -> list[dict[str, Any]]:
    since = ("--since", f"{world.days}d")
    code, shown, said = filled.run("usage", "next", *since, "--json", *words)
    assert code == 0, said
    # words that other tests put into a real Loki have a prefix
    return [row for row in json.loads(shown)["rows"] if not row["verb"].startswith("test-")]


def _judge(rows: list[dict[str, Any]], world: Planted) -> None:
    """Compare rows of `usage next --json` with the truth, both ways."""
    found = {(row["decision"], row["verb"]) for row in rows}
    decided = {each for each in found if each[0] in DECISIONS}
    missed = world.truth - decided
    invented = {
        f"{decision} {verb}: {world.tempting.get(verb, '')}"
        for decision, verb in decided - world.truth
    }
    assert not missed
    assert not invented
    assert len(found) == len(rows)
    for row in rows:
        assert row["evidence"]
        assert row["command"].startswith("homelab ")


@pytest.mark.long("three months of thirty accounts")
def test_every_decision_of_thirty_accounts_is_found_and_none_invented(
    lab: tuple[Planted, Filled],
) -> None:
    world, filled = lab
    _judge(_rows(filled, world), world)


def test_every_decision_of_one_account_is_found_and_none_invented(
    alone: tuple[Planted, Filled],
) -> None:
    world, filled = alone
    _judge(_rows(filled, world), world)


def test_what_is_kept_is_shown_where_all_is_asked_for(lab: tuple[Planted, Filled]) -> None:
    world, filled = lab
    kept = {row["verb"] for row in _rows(filled, world, "--all") if row["decision"] == "KEEP"}
    assert {"host status", "job run", "cert check", "logs tail", "photos sync"} <= kept
    assert not any(row["decision"] == "KEEP" for row in _rows(filled, world))


def test_the_sinks_count_all_of_the_world(
    lab: tuple[Planted, Filled], alone: tuple[Planted, Filled]
) -> None:
    for world, filled in (lab, alone):
        since = ("--since", f"{world.days}d")
        _, shown, said = filled.run("usage", "top", *since, "--by", "user", "--json")
        if filled.env.get("HOMELAB_LOKI_URL") == REAL:
            continue  # others write to it too
        inside = [event for event in world.events if event.moment > world.start]
        words = sum(event.verb.startswith("(unknown)") for event in inside)
        assert json.loads(shown)["runs"] in (len(inside), len(inside) - words)
        assert "counted since" not in said


def _push(sink: Sink, events: list[Event]) -> None:
    """Push events in pieces, each again while Loki's rate limit refuses it."""
    for first in range(0, len(events), _LARGEST):

        def pushed(some: list[Event] = events[first : first + _LARGEST]) -> bool:
            try:
                load(sink, some)
            except urllib.error.HTTPError as error:
                if error.code == 429:
                    return False
                raise
            return True

        assert until(pushed, 60)


# ---- the world itself is as described ----


def test_a_world_is_the_same_each_time() -> None:
    assert planted.planted(3, NOW) == planted.planted(3, NOW)
    assert planted.planted(3, NOW) != planted.planted(4, NOW)


@pytest.mark.parametrize("runs", [planted.SMALL, planted.LARGE])
def test_a_world_has_the_size_that_is_asked_for(runs: int) -> None:
    world = planted.planted(5, NOW, runs)
    assert abs(len(world.events) - runs) < runs / 20
    assert len({event.user for event in world.events}) == 30
    ran = {event.verb for event in world.events if not event.verb.startswith("(")}
    built_in = {verb.path for verb in BUILT_IN.every() if verb.recorded and not verb.discovery}
    assert ran | set(planted.UNUSED) == built_in | set(planted.DROPINS)
    assert not ran & {*planted.UNUSED, planted.YOUNG}
    assert (world.end - world.start) // DAY == 90
    assert world.events == sorted(world.events)
    assert world.events[0].moment < world.start - DAY
    assert world.events[-1].moment <= NOW


@pytest.mark.parametrize(("people", "runs"), [(30, planted.SMALL), (1, 9_000)])
def test_what_is_planted_is_beyond_doubt(people: int, runs: int) -> None:
    """By plain loops: each verb to fix fails more than once in 20 runs, with the planted code; each
    wanted word was typed by several accounts, at any second of a minute."""
    world = planted.planted(6, NOW, runs, people)
    for verb, shares in planted.FAILING.items():
        of_verb = [event for event in world.events if event.verb == verb]
        worst = next(code for code in shares)
        assert interval(sum(e.code == worst for e in of_verb), len(of_verb))[0] > 0.1, verb
    for word in (*planted.WANTED, *planted.HIDDEN):
        tries = [event for event in world.events if event.verb == f"(unknown) {word}"]
        assert len({event.user for event in tries}) >= min(5, people)
        early = sum(event.moment // SECOND % 60 < 3 for event in tries)
        assert len(tries) >= 80
        assert early < len(tries) / 5, word
        assert world.by_hand[f"(unknown) {word}"] == len(tries)
    for word in ("sync", "prune"):
        assert f"(unknown) {word}" not in world.by_hand
    assert world.by_hand.keys() <= {event.verb for event in world.events}
    storm = [event for event in world.events if event.verb == "(unknown) sync"]
    assert len(storm) > 500
    assert all(event.moment // SECOND % 60 < 3 for event in storm)
    assert not {(decision, verb) for decision, verb in world.truth if verb in world.tempting}
