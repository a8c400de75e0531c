"""`usage top`: every figure against a count of one's own, from both sinks."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from conftest import World
from fake_loki import FakeLoki
from reading import Sink

from homelab.loki.address import Address
from homelab.loki.client import Loki
from homelab.telemetry import journal, tiles
from homelab.times import DAY, SECOND, window

Event = tuple[int, str, str, int]  # moment (ns), user, verb, exit code
VERBS = ("host status", "logs query", "nas df", "(unknown) backup")
USERS = ("alice", "zoë", 'a"b\\c', "dave")


def _events(seed: int, start: int, end: int, count: int) -> list[Event]:
    """Seeded usage in [start, end), verbs after Zipf, and each UTC midnight's edge to the ns."""
    choose = random.Random(seed)
    moments = [choose.randrange(start, end) for _ in range(count)]
    midnights = range((start // DAY + 1) * DAY, end, DAY)
    moments += [midnight + shift for midnight in midnights for shift in (-1, 0, 1)]
    weights = [1 / rank for rank in range(1, len(VERBS) + 1)]
    return sorted(
        (
            moment,
            choose.choice(USERS),
            choose.choices(VERBS, weights)[0],
            choose.choices((0, 1, 2, 130), (80, 10, 5, 5))[0],
        )
        for moment in moments
    )


def _truth(events: list[Event], start: int, end: int) -> dict[str, tuple[int, int, int, int]]:
    """(runs, users, failed, last) by verb in (start, end], counted here by themselves."""
    found = {}
    for verb in VERBS:
        inside = [event for event in events if event[2] == verb and start < event[0] <= end]
        answers = {"host status": (0, 1), "logs query": (0, 1)}.get(verb, (0,))
        failed = [event for event in inside if event[3] not in (*answers, 130, 141, 143)]
        if inside:
            users = {event[1] for event in inside}
            found[verb] = (len(inside), len(users), len(failed), inside[-1][0])
    return found


def _load(sink: Sink, events: list[Event]) -> None:
    streams: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for moment, user, verb, code in events:
        streams.setdefault((user, verb), []).append((moment, f"exit={code} ver=0.6.0"))
    for (user, verb), entries in streams.items():
        sink.push({"job": "homelab-usage", "user": user, "verb": verb}, entries)


@pytest.mark.parametrize("days", [0.01, 0.5, 1, 2, 6.5])
def test_loki_day_tiles_are_exact_to_the_event(days: float) -> None:
    """Against the fake by a clock of its own. Real default limits refuse what is a week old, and a
    real Loki shows old entries only after a flush: see the next test for that one."""
    now = 1795465834 * SECOND + 883967747
    with FakeLoki(clock=lambda: now) as server:
        events = _events(7, now - int(6.9 * DAY), now, 3000)
        _load(Sink(server.url), events)
        start, end = window(now - int(days * DAY), now)
        tally = tiles.read(Loki(Address(server.url), {}, "homelab/test"), start, end, newest=20)
    truth = _truth(events, start, end)
    runs = Counter[str]()
    for (verb, _), count in tally.runs.items():
        runs[verb] += count
    assert dict(runs) == {verb: figures[0] for verb, figures in truth.items()}
    assert tally.last == {verb: figures[3] for verb, figures in truth.items()}
    for verb, figures in truth.items():  # the index knows streams by their chunks, not to the ns
        assert len(tally.users[verb]) >= figures[1]


def test_what_is_pushed_is_what_is_told(sink: Sink, world: World) -> None:
    """The last three hours, which a real Loki shows at once."""
    now = time.time_ns()
    user = f"user-{sink.job}"  # nobody else's, since a real Loki is shared with other tests
    events = [
        (moment, user, verb, code)
        for moment, _, verb, code in _events(3, now - DAY // 24, now, 400)
    ]
    _load(sink, events)
    words = ("usage", "top", "--since", "3h", "--user", user, "--json")
    done = world.run(*words, HOMELAB_LOKI_URL=sink.url)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    truth = _truth(events, now - DAY // 8, now)
    assert told["runs"] == len(events)
    assert told["verbs"] == len(truth)
    assert [row["runs"] for row in told["rows"]] == sorted(
        (f[0] for f in truth.values()), reverse=True
    )
    for row in told["rows"]:
        runs, users, failed, last = truth[row["verb"]]
        assert (row["runs"], row["users"], row["failed"]) == (runs, users, failed)
        assert row["share"] == pytest.approx(runs / len(events), abs=1e-6)
        assert row["last"].rstrip("Z").partition(".")[2].ljust(9, "0") == f"{last % SECOND:09d}"


def test_a_window_of_more_than_thirty_days_is_asked_in_pieces(loki: FakeLoki, world: World) -> None:
    _load(Sink(loki.url), _events(5, time.time_ns() - 5 * DAY, time.time_ns(), 500))
    done = world.run("usage", "top", "--since", "100d", "--json", HOMELAB_LOKI_URL=loki.url)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] == 500 + 5 * 3
    asked = [request for request in loki.requests if request.path.endswith("query_range")]
    assert sum("step" in request.query for request in asked) == 4


def _fails_once(path: str, skip: int) -> Callable[[object], object]:
    from fake_loki import Answer, Request

    seen: list[str] = []

    def hook(request: object) -> object:
        assert isinstance(request, Request)
        if request.path.endswith(path):
            seen.append(request.path)
            if len(seen) == skip + 1:
                return Answer(500, "text/plain", b"context canceled")
        return None

    return hook


@pytest.mark.parametrize(
    ("path", "skip"), [("/query", 0), ("/query_range", 0), ("/query_range", 1), ("/series", 0)]
)
def test_a_piece_that_fails_is_never_a_smaller_number(
    path: str, skip: int, loki: FakeLoki, world: World
) -> None:
    _load(Sink(loki.url), _events(5, time.time_ns() - DAY, time.time_ns(), 50))
    loki.hook = _fails_once(path, skip)  # type: ignore[assignment]
    done = world.run("usage", "top", "--since", "40d", HOMELAB_LOKI_URL=loki.url)
    assert (done.returncode, done.stdout) == (69, "")
    assert "context canceled" in done.stderr


def test_more_verbs_and_exits_than_loki_gives_in_one_answer(loki: FakeLoki, world: World) -> None:
    """60 verbs by 10 exit codes are over max_query_series, 500; names that a regular expression
    would take for signs."""
    now = time.time_ns() - SECOND
    sink = Sink(loki.url)
    for number in range(60):
        verb = f"a.+({number}|\\"
        rows = [(now + code, f"exit={code} ver=0.6.0") for code in range(10)]
        sink.push({"job": "homelab-usage", "user": "x", "verb": verb}, rows)
    done = world.run("usage", "top", "--json", "--limit", "3", HOMELAB_LOKI_URL=loki.url)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["runs"], told["verbs"]) == (600, 60)
    assert {(row["runs"], row["failed"]) for row in told["rows"]} == {(10, 9)}


def test_what_is_no_event_of_ours_is_passed_over(loki: FakeLoki, world: World) -> None:
    now = time.time_ns()
    sink = Sink(loki.url)
    sink.push({"job": "homelab-usage", "user": "x"}, [(now, "exit=0 ver=0.6.0")])
    sink.push(
        {"job": "homelab-usage", "user": "x", "verb": "a b"}, [(now, "hello"), (now, "exit=no")]
    )
    sink.push({"job": "homelab-usage", "user": "x", "verb": "a b"}, [(now, "exit=0 ver=1 more=2")])
    done = world.run("usage", "top", "--csv", HOMELAB_LOKI_URL=loki.url)
    assert [line.split(",")[:2] for line in done.stdout.splitlines()[1:]] == [["a b", "1"]]


def test_the_journal_is_counted_to_the_event(world: World) -> None:
    now = time.time_ns()
    events = _events(11, now - 60 * DAY, now, 2000)
    world.state.mkdir(parents=True)
    with world.journal.open("w") as file:
        for moment, _, verb, code in events:
            file.write(f"{moment} exit={code} ver=0.6.0 verb={verb}\n")
    for since in (2 * DAY, 30 * DAY):
        start = now - since
        tally = journal.read(str(world.state), start, now, "alice")
        truth = _truth(events, start, now)
        for verb, (runs, _, _, last) in truth.items():
            assert sum(n for (of, _), n in tally.runs.items() if of == verb) == runs
            assert tally.last[verb] == last
            assert tally.users[verb] == {"alice"}


def test_a_journal_with_rubbish_in_it_still_tells_the_rest(world: World) -> None:
    for _ in range(3):
        world.run("config")
    with world.journal.open("ab") as file:
        file.write(b"\x00\xff rubbish\n17954 exit=0 ver=0.6.0 verb=x\n")
        file.write(b"%d exit=zero ver=0.6.0 verb=x\n" % time.time_ns())
        file.write(b"%d exit=0 ver=0.6" % time.time_ns())  # torn
    world.run("config")
    done = world.run("usage", "top", "--csv")
    rows = [line.split(",")[:2] for line in done.stdout.splitlines()[1:]]
    assert rows == [["config", "4"]]


def test_a_journal_that_cannot_be_read_is_no_empty_one(world: World) -> None:
    world.journal.mkdir(parents=True)
    done = world.run("usage", "top")
    assert (done.returncode, done.stdout) == (78, "")
    assert "can't be read: Is a directory" in done.stderr
