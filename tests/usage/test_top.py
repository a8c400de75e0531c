"""`usage top` and `usage trend`: every figure against a separate count, from both sinks."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.generated import JOB, Event, Filled, ended, fake, filling, journal, load, usage
from support.reading import Sink, until
from support.world import World

from homelab import times
from homelab.times import DAY, MILLISECOND, SECOND

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
Key = Any


def _of(event: Event, by: str) -> Key:
    if by == "day":
        return times.date(event.day)
    return {"verb": event.verb, "user": event.user, "version": event.version}.get(by, event.code)


def _inside(events: list[Event], start: int, end: int, tries: bool = False) -> list[Event]:
    start, end = times.window(start, end)
    inside = [event for event in events if start < event.moment <= end]
    return [event for event in inside if tries or not event.tried]


def truth(events: list[Event], by: str) -> dict[Key, dict[str, Any]]:
    """The rows of `usage top`, by key."""
    found: dict[Key, dict[str, Any]] = {}
    for event in events:
        row = found.setdefault(_of(event, by), {"runs": 0, "failed": 0, "last": 0, "whom": set()})
        row["runs"] += 1
        row["failed"] += event.failed
        row.setdefault("environment", 0)
        row["environment"] += ended(event.verb, event.code) == "environment"
        row["last"] = max(row["last"], event.moment)
        row["whom"].add(event.user if by == "verb" else event.verb)
    return found


@pytest.fixture(params=["journal", "loki"])
def fill(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A function that fills either sink with events. In the journal all are one account's."""
    with filling(request.param, tmp_path / "home", ACCOUNT) as made:
        yield lambda events, now=NOW: made(events, now)


@pytest.mark.parametrize("days", [0.01, 0.5, 1, 6.5, 30, 75])
def test_every_figure_of_top(days: float, fill: Any) -> None:
    start = NOW - int(days * DAY)
    events = usage(7, start, NOW, 1500)
    filled = fill(events)
    inside = _inside(events, start, NOW)
    seconds = int(days * 86400)
    for by in ("verb", "user", "version", "exit", "day"):
        words = ("usage", "top", "--since", f"{seconds}s", "--by", by, "--limit", "100", "--json")
        code, stdout, stderr = filled.run(*words)
        assert (code, stderr) == (0, "")
        told = json.loads(stdout)
        expected = truth(inside, by)
        assert told["schema"] == "homelab.usage-top/1"
        assert told["runs"] == len(inside)
        verbs = [key for key in expected if by != "verb" or str(key)[:1] != "("]
        assert told[f"{by}s"] == len(verbs)
        rows = {row[by]: row for row in told["rows"] if row["runs"]}
        assert rows.keys() == expected.keys()
        for key, figures in expected.items():
            row = rows[key]
            assert (row["runs"], row["failed"]) == (figures["runs"], figures["failed"])
            assert row["share"] == pytest.approx(figures["runs"] / len(inside), abs=1e-6)
            if by == "verb":
                assert row["users"] == len(figures["whom"])
            if by == "user":
                assert row["verbs"] == len(figures["whom"])
            if by != "day":
                assert row["last"] == times.rfc3339(figures["last"])
        order = [(-row["runs"], str(row[by])) for row in told["rows"]]
        assert by in ("day", "exit") or order == sorted(order)


def test_days_without_a_run_are_there_and_in_order(fill: Any) -> None:
    start = NOW - 10 * DAY
    events = usage(3, start, NOW, 300)
    filled = fill(events)
    words = ("usage", "top", "--since", "10d", "--by", "day", "--csv")
    rows = list(csv.DictReader(io.StringIO(filled.run(*words)[1])))
    assert [row["day"] for row in rows] == [f"2026-11-{day}" for day in range(13, 24)]
    silent = next(row for row in rows if row["day"] == "2026-11-15")
    assert silent == {"day": "2026-11-15", "runs": "0", "share": "0.0", "failed": "0"}


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("nas", {"nas df", "nas df all"}),
        ("nas df", {"nas df", "nas df all"}),
        (" nas   df  all ", {"nas df all"}),
        ("(unknown)", {"(unknown)", "(unknown) backup", "(unknown) dns"}),
        ('a"b\\c', {'a"b\\c'}),
        ("n.*", set()),
    ],
)
def test_a_prefix_is_of_whole_words(prefix: str, names: set[str], fill: Any) -> None:
    start = NOW - 3 * DAY
    events = usage(5, start, NOW, 800)
    filled = fill(events)
    words = ("usage", "top", "--since", "3d", "--verb", prefix, "--json")
    told = json.loads(filled.run(*words)[1])
    inside = _inside(events, start, NOW, tries=True)
    expected = truth([event for event in inside if event.verb in names], "verb")
    assert {row["verb"]: row["runs"] for row in told["rows"]} == {
        verb: figures["runs"] for verb, figures in expected.items()
    }


@pytest.mark.parametrize("by", ["verb", "user", "version", "exit", "day"])
def test_what_failed_most_often(by: str, fill: Any) -> None:
    start = NOW - 8 * DAY
    events = usage(9, start, NOW, 900)
    filled = fill(events)
    words = ("usage", "top", "--since", "8d", "--failed", "--by", by, "--json", "--limit", "99")
    code, stdout, _ = filled.run(*words)
    told = json.loads(stdout)
    inside = _inside(events, start, NOW)
    expected = {key: f for key, f in truth(inside, by).items() if f["failed"] or f["environment"]}
    names = ("failed", "environment", "runs")
    assert code == 0
    assert any(figures["environment"] for figures in expected.values())
    assert {row[by]: [row[name] for name in names] for row in told["rows"]} == {
        key: [figures[name] for name in names] for key, figures in expected.items()
    }
    for row in told["rows"]:
        failed = [e for e in inside if _of(e, by) == row[by] and e.failed]
        if by != "exit":
            codes = sorted({event.code for event in failed})
            told_codes = {str(c): sum(e.code == c for e in failed) for c in codes}
            assert row["exits"] == told_codes
            assert sum(row["causes"].values()) == row["failed"]
            assert row["causes"].get("crash", 0) == told_codes.get("70", 0)
            assert sum(row["environment_exits"].values()) == row["environment"]
        assert row["rate"] == pytest.approx(row["failed"] / row["runs"], abs=1e-6)
    if by != "day":
        assert [-row["failed"] for row in told["rows"]] == sorted(
            -row["failed"] for row in told["rows"]
        )


def test_compared_with_the_window_before(fill: Any) -> None:
    start = NOW - 7 * DAY
    events = usage(2, start - 7 * DAY, NOW, 900)
    gone = [e for e in events if e.verb == "nasty" and e.moment > start]
    events = [event for event in events if event not in gone]
    filled = fill(events)
    words = ("usage", "top", "--since", "7d", "--compare", "--json", "--limit", "99")
    told = json.loads(filled.run(*words)[1])
    start = times.window(start, NOW)[0]
    end = times.window(start, NOW)[1]
    now, then = truth(_inside(events, start, NOW), "verb"), {}
    earlier = [e for e in events if 2 * start - end < e.moment <= start and not e.tried]
    then = truth(earlier, "verb")
    assert "nasty" in then
    assert {row["verb"] for row in told["rows"]} == now.keys() | then.keys()
    for row in told["rows"]:
        runs = now.get(row["verb"], {"runs": 0})["runs"]
        before = then.get(row["verb"], {"runs": 0})["runs"]
        assert (row["runs"], row["before"]) == (runs, before)
        assert row["change"] == (pytest.approx(runs / before - 1, abs=1e-6) if before else None)


@pytest.mark.parametrize(
    ("words", "none"),
    [
        (("top", "--verb", "nas  df"), "no runs of nas df since "),
        (("top", "--user", ACCOUNT, "--verb", "nas"), f"no runs of nas by {ACCOUNT} since "),
        (("trend", "nas", "host"), "no runs of nas or host since "),
        (("export", "--verb", "nas"), "no runs of nas since "),
        (("top", "--user", "\x1b[2J"), "no runs by \\x1b[2J since "),
        (("export", "--user", "nobody-else"), "no runs by nobody-else since "),
        (("wanted", "--user", "nobody-else"), "was tried by nobody-else since "),
    ],
)
def test_none_of_what_was_asked_for_is_not_none_at_all(
    words: tuple[str, ...], none: str, fill: Any
) -> None:
    filled = fill([Event(NOW - SECOND, ACCOUNT, "config", 0, "0.6.0")], NOW)
    code, stdout, stderr = filled.run("usage", *words, "--since", "1d")
    assert (code, stdout) == (0, "")
    assert none in stderr
    assert "run a verb" not in stderr


def test_nothing_to_compare_with_is_said(fill: Any) -> None:
    events = [Event(NOW - SECOND, ACCOUNT, "host status", 0, "0.6.0")]
    code, stdout, stderr = fill(events).run("usage", "top", "--compare", "--since", "2d")
    assert stdout.splitlines()[1].split()[2:5] == ["1", "0", "-"]
    assert code == 0
    assert "no run is known from the window before (2 d 0 h)" in stderr


@pytest.mark.parametrize(("per", "days"), [("day", 12), ("week", 45), ("", 15), ("", 40)])
def test_every_figure_of_trend(per: str, days: int, fill: Any) -> None:
    start = NOW - days * DAY
    events = usage(4, start, NOW, 700)
    filled = fill(events)
    words = ["usage", "trend", "--since", f"{days}d", *(["--per", per] if per else []), "--json"]
    told = json.loads(filled.run(*words)[1])
    inside = _inside(events, start, NOW)
    per = per or ("day" if days < 15 else "week")
    assert told["per"] == per
    assert told["runs"] == len(inside)

    def period(event: Event) -> str:
        weekday = time.gmtime(event.day * 86_400).tm_wday
        return times.date(event.day - (weekday if per == "week" else 0))

    assert told["periods"][0] <= period(inside[0])
    assert told["periods"] == sorted(set(told["periods"]))
    for row in told["rows"]:
        of_verb = [event for event in inside if event.verb == row["verb"]]
        assert row["runs"] == len(of_verb)
        for name in told["periods"]:
            assert row[name] == sum(period(event) == name for event in of_verb)
        assert "trend" not in row
    assert len(told["rows"]) == len({event.verb for event in inside})


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["nas", "df"], {"nas df", "nas df all"}),
        (["nas df all", "host"], {"nas df all", "host status"}),
        (["logs", "query", "host", "status"], {"logs query", "host status"}),
        (["nosuch"], set()),
    ],
)
def test_trend_of_some_verbs(words: list[str], names: set[str], fill: Any) -> None:
    events = usage(5, NOW - 3 * DAY, NOW, 500)
    filled = fill(events)
    told = json.loads(filled.run("usage", "trend", "--since", "3d", "--json", *words)[1])
    assert {row["verb"] for row in told["rows"]} == names


def test_both_sinks_print_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which the clock of the local zone changes, 2026-10-25, is in the window."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    now = 1793700000 * SECOND  # 2026-11-03
    events = [event._replace(user=ACCOUNT) for event in usage(6, now - 12 * DAY, now, 400)]
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        sinks = [
            journal(tmp_path / "a", events, now),
            fake(server, clock, tmp_path / "b", events, now),
        ]
        for words in (
            ["top"], ["top", "--by", "day"], ["top", "--by", "exit", "--csv"], ["top", "--failed"],
            ["top", "--by", "version", "--compare"], ["trend"], ["trend", "--per", "week"],
            ["unused"], ["wanted"], ["next", "--min-users", "1"], ["next", "--csv"],
        ):  # fmt: skip
            answers = [filled.run("usage", *words, "--since", "12d") for filled in sinks]
            assert answers[0][:2] == answers[1][:2], words
            assert answers[0][1]
    monkeypatch.undo()
    time.tzset()


# ---- only a Loki has these ----


def test_a_verb_that_is_not_run_each_day_costs_others_nothing(tmp_path: Path) -> None:
    """If the first series of Loki's answer has no run on the first day, see pieces."""
    now = NOW - NOW % SECOND
    midnight = now // DAY * DAY
    days = [midnight - day * DAY + 1 for day in range(1, 6)]
    events = [Event(moment, "alice", "nas df", 0, "0.6.0") for moment in reversed(days)]
    events += [Event(moment, "alice", "config", 0, "0.6.0") for moment in (days[3], days[0])]
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, sorted(events), now)
        told = json.loads(filled.run("usage", "top", "--since", "6d", "--json")[1])
    assert {row["verb"]: row["runs"] for row in told["rows"]} == {"nas df": 5, "config": 2}


def test_more_series_than_loki_gives_in_one_answer(tmp_path: Path) -> None:
    """1,000 verbs by 3 accounts by exit codes are over max_query_series, 500, and so are 600
    accounts; with names that contain a regular expression's characters."""
    verbs = tuple(f"a.+({number}|\\" for number in range(1000))
    users = tuple(f"user[{number}" for number in range(3))
    clock = [NOW]
    with FakeLoki(clock=lambda: clock[0]) as server:
        sink = Sink(server.url)
        entries = [(NOW - SECOND * code, f"exit={code} ver=0.6.0") for code in (0, 70)]
        sink.push_all(
            [
                ({"job": JOB, "user": user, "verb": verb}, entries)
                for number, verb in enumerate(verbs)
                for user in users[: number % 3 + 1]
            ]
        )
        filled = Filled({"HOME": str(tmp_path), "HOMELAB_LOKI_URL": server.url}, NOW)
        told = json.loads(filled.run("usage", "top", "--json", "--limit", "4")[1])
        assert (told["runs"], told["verbs"]) == (2 * 1999, 1000)
        assert {(row["runs"], row["failed"], row["users"]) for row in told["rows"]} == {(6, 3, 3)}
        told = json.loads(filled.run("usage", "top", "--by", "user", "--json")[1])
        assert [(row["runs"], row["verbs"]) for row in told["rows"]] == [
            (2000, 1000), (1332, 666), (666, 333)
        ]  # fmt: skip
        labels = [{"job": JOB, "user": f"x{number}", "verb": "nas df"} for number in range(600)]
        sink.push_all([(each, [(NOW - 1, "exit=0 ver=0.6.0")]) for each in labels])
        words = ("usage", "top", "--by", "user", "--limit", "9999", "--csv")
        assert len(filled.run(*words)[1].splitlines()) == 1 + 603


def test_what_is_no_event_of_ours_is_passed_over(tmp_path: Path) -> None:
    clock = [NOW]
    with FakeLoki(clock=lambda: clock[0]) as server:
        sink = Sink(server.url)
        sink.push({"job": JOB, "user": "x"}, [(NOW - 9, "exit=0 ver=0.6.0")])
        sink.push({"job": JOB, "verb": "a b"}, [(NOW - 9, "exit=0 ver=0.6.0")])
        sink.push({"job": "other", "user": "x", "verb": "a b"}, [(NOW - 9, "exit=0 ver=0.6.0")])
        labels = {"job": JOB, "user": "x", "verb": "a b"}
        sink.push(labels, [(NOW - 3, "exit=0 ver=1 more=2"), (NOW - 2, "hello"), (NOW, "exit=no")])
        # digits of other scripts, and more than Python accepts
        for code in ("\u00b2", "\u0663", "9" * 5000):
            sink.push(labels, [(NOW, f"exit={code} ver=1")])
        filled = Filled({"HOME": str(tmp_path), "HOMELAB_LOKI_URL": server.url}, NOW)
        for by, key in (("verb", "a b"), ("user", "x"), ("version", "1"), ("exit", "0")):
            told = json.loads(filled.run("usage", "top", "--by", by, "--json")[1])
            (row,) = told["rows"]
            assert (str(row[by]), row["runs"]) == (key, 1)
            assert row["last"] == times.rfc3339(NOW - 3)


def _failing(path: str, times_failing: int, skip: int = 0, status: int = 500) -> Any:
    seen: list[str] = []

    def hook(request: Request) -> Answer | None:
        if request.path.endswith(path) and "streams" not in request.path:
            seen.append(request.path)
            if skip < len(seen) <= skip + times_failing:
                return Answer(status, "text/plain", b"context canceled")
        return None

    return hook


@pytest.mark.parametrize("path", ["/series", "/query_range"])
def test_what_fails_once_is_asked_again(path: str, tmp_path: Path) -> None:
    start = NOW - 40 * DAY
    events = usage(8, start, NOW, 300)
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, events, NOW)
        server.hook = _failing(path, 1)
        code, stdout, stderr = filled.run("usage", "top", "--since", "40d", "--json")
        assert (code, stderr) == (0, "")
        assert json.loads(stdout)["runs"] == len(_inside(events, start, NOW))


def _refusing(day: int) -> Any:
    """A Loki that can't answer for one day."""
    end = (day + 1) * DAY

    def hook(request: Request) -> Answer | None:
        if request.path.endswith("/query_range") and "step" in request.query:
            first, last = int(request.value("start")), int(request.value("end"))
            if first <= end <= last:
                return Answer(500, "text/plain", b"context canceled")
        return None

    return hook


def test_a_day_that_cannot_be_had_is_missing_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a smaller number without a note."""
    monkeypatch.setattr("homelab.usage.loki_asking._PATIENT", 0.1)  # s, of repeated questions
    start = NOW - 40 * DAY
    events = usage(8, start, NOW, 600)
    lost = NOW // DAY - 5
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, events, NOW)
        server.hook = _refusing(lost)
        for words in (["top"], ["trend"], ["wanted"], ["unused"], ["next"]):
            code, stdout, stderr = filled.run("usage", *words, "--since", "40d", "--json")
            told = json.loads(stdout)
            assert code == 1
            day = times.date(lost)
            assert f"the runs of {day} are missing from all figures: " in stderr
            assert "context canceled" in stderr
            assert told["missing"][0]["since"] == f"{day}T00:00:00Z"
            assert told["missing"][0]["until"] == f"{times.date(lost + 1)}T00:00:00Z"
        told = json.loads(filled.run("usage", "top", "--since", "40d", "--json")[1])
        rest = [event for event in _inside(events, start, NOW) if event.day != lost]
        assert told["runs"] == len(rest)


@pytest.mark.parametrize(
    ("path", "status", "code"), [("/series", 500, 69), ("query", 502, 69), ("query", 403, 77)]
)
def test_no_answer_at_all_is_no_answer(path: str, status: int, code: int, tmp_path: Path) -> None:
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, usage(8, NOW - DAY, NOW, 20), NOW)

        def hook(request: Request) -> Answer | None:
            gone = request.path.rstrip("_range").endswith(path) or request.path.endswith(path)
            return Answer(status, "text/plain", b"no") if gone or path in request.path else None

        server.hook = hook
        server.requests.clear()
        done = filled.run("usage", "top", "--since", "100d")
        assert done[:2] == (code, "")
        assert len(server.requests) < 60


@pytest.mark.parametrize("words", [("top",), ("top", "--by", "version"), ("wanted",)])
def test_a_loki_that_stops_before_the_last_runs_are_read(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    events = usage(8, NOW - 3 * DAY, NOW, 300)
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, events, NOW)
        whole = json.loads(filled.run("usage", *words, "--since", "3d", "--json")[1])["rows"]
        server.hook = lambda request: (
            Answer(0, None, b"") if "backward" in request.query.get("direction", []) else None
        )
        code, stdout, stderr = filled.run("usage", *words, "--since", "3d", "--json")
    assert code == 1
    assert stderr.count("the last run of some is not known: Loki at ") == 1
    assert json.loads(stdout)["rows"] == [{**row, "last": None} for row in whole]


def test_what_loki_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, usage(8, NOW - DAY, NOW, 20), NOW)
        server.hook = _failing("/query_range", 9, status=400)
        code, stdout, stderr = filled.run("usage", "top", "--since", "3h")
        assert (code, stdout) == (2, "")
        assert "Loki refuses the query: context canceled" in stderr


def test_a_window_of_more_than_thirty_days_is_asked_in_pieces(loki: FakeLoki, world: World) -> None:
    now = time.time_ns()
    load(Sink(loki.url), usage(5, now - 5 * DAY, now, 300))
    done = world.run("usage", "top", "--since", "100d", "--json", HOMELAB_LOKI_URL=loki.url)
    assert done.returncode == 0, done.stderr
    asked = [request for request in loki.requests if request.value("step") == "1d"]
    assert len(asked) == 4
    spans = [int(request.value("end")) - int(request.value("start")) for request in asked]
    assert max(spans) == 29 * DAY  # with the range of a day: max_query_length is 30d1h


@pytest.mark.quick("from Loki to what `usage top` prints")
def test_what_is_pushed_is_what_is_told(sink: Sink, world: World) -> None:
    """The last three hours, which a real Loki shows at once; with accounts and verbs of this test
    only, since a real Loki is shared."""
    now = time.time_ns()
    prefix = sink.job
    verbs = tuple(f"{prefix} {verb}" for verb in ("one", "two", 'a"b', "🐧", "(x|y)"))
    users = tuple(f"{prefix}-{user}" for user in ("alice", "zoë"))
    events = usage(3, now - DAY // 24, now, 400, users, verbs)
    events = [event for event in events if event.moment > now - DAY // 24]
    load(sink, events)
    for by in ("verb", "user", "version", "exit", "day"):
        words = ("usage", "top", "--since", "3h", "--verb", prefix, "--by", by, "--json")
        done = world.run(*words, HOMELAB_LOKI_URL=sink.url)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        expected = truth(events, by)
        assert told["runs"] == len(events)
        assert {row[by]: (row["runs"], row["failed"]) for row in told["rows"] if row["runs"]} == {
            key: (figures["runs"], figures["failed"]) for key, figures in expected.items()
        }
        for row in told["rows"]:
            if by in ("verb", "user"):
                whom = row["users" if by == "verb" else "verbs"]
                assert whom == len(expected[row[by]]["whom"])
            if by != "day":
                assert row["last"] == times.rfc3339(expected[row[by]]["last"])


def test_six_days_are_told_to_the_event(sink: Sink, world: World) -> None:
    """Six days, over day tiles; a real Loki shows old runs once it has flushed them."""
    now = time.time_ns()
    start = now - 6 * DAY
    prefix = sink.job
    verbs = tuple(f"{prefix} {verb}" for verb in ("one", "two", "three", "rare"))
    users = tuple(f"{prefix}-{user}" for user in ("alice", "zoë", "bob"))
    events = usage(13, start, now, 900, users, verbs)
    events = [e for e in events if e.moment > now - int(6.9 * DAY)]
    load(sink, events)
    if os.environ.get("HOMELAB_TEST_LOKI"):
        request = urllib.request.Request(f"{sink.url}/flush", method="POST")
        urllib.request.urlopen(request, timeout=60).close()
    words = ("usage", "top", "--since", times.rfc3339(start), "--verb", prefix, "--json")
    env = {"HOMELAB_LOKI_URL": sink.url}
    inside = _inside(events, start, now)
    assert until(lambda: json.loads(world.run(*words, **env).stdout)["runs"] == len(inside), 20)
    for by in ("verb", "user", "version", "exit", "day"):
        told = json.loads(world.run(*words, "--by", by, **env).stdout)
        expected = truth(inside, by)
        assert {row[by]: (row["runs"], row["failed"]) for row in told["rows"] if row["runs"]} == {
            key: (figures["runs"], figures["failed"]) for key, figures in expected.items()
        }
        for row in told["rows"]:
            if by in ("verb", "user"):
                whom = row["users" if by == "verb" else "verbs"]
                assert whom == len(expected[row[by]]["whom"])
    done = world.run("usage", "export", *words[2:], **env)
    told_times = [row["time"] for row in json.loads(done.stdout)["rows"]]
    assert told_times == [times.rfc3339(event.moment) for event in inside]


# ---- only the journal has these ----


def test_a_journal_with_rubbish_in_it_still_tells_the_rest(world: World) -> None:
    for _ in range(3):
        world.run("config")
    now = time.time_ns()
    with world.journal.open("ab") as file:
        file.write(b"\x00\xff rubbish\n17954 exit=0 ver=0.6.0 verb=x\n99\n\n1795459106342321\n")
        file.write(b"%d\n%d exit=zero ver=0.6.0 verb=x\n" % (now, now))
        file.write(b"%d exit=0 ver=0.6.0 verb=\n%d exit=0 verb=x\n" % (now, now))
        file.write(b"%d exit=0 ver=0.6" % now)  # torn
    world.run("config")
    done = world.run("usage", "top", "--csv")
    rows = [line.split(",")[:2] for line in done.stdout.splitlines()[1:]]
    assert rows == [["config", "4"]]


def test_a_damaged_moment_takes_no_other_run_with_it(tmp_path: Path) -> None:
    events = [Event(NOW - back, ACCOUNT, "nas df", 0, "0.6.0") for back in (9000, 8000, 7000)]
    filled = journal(tmp_path / "home", events, NOW)
    file = tmp_path / "home/.local/state/homelab/usage.log"
    first, second, third = file.read_bytes().splitlines(keepends=True)
    digits = b"9" * 5000
    file.write_bytes(
        first
        + second[:17] + b"x" + second[18:]
        + third + third[:16] + b":" + third[17:]  # behind the newest of the day
        + third.replace(b"exit=0", b"exit=" + digits)
    )  # fmt: skip
    for words in (("top", "--by", "verb"), ("top", "--by", "day"), ("trend",)):
        code, stdout, stderr = filled.run("usage", *words, "--since", "1h", "--json")
        assert (code, stderr) == (0, "")
        assert sum(row["runs"] for row in json.loads(stdout)["rows"]) == 2
    code, stdout, _ = filled.run("usage", "export", "--csv", "--no-header")
    assert (code, len(stdout.splitlines())) == (0, 2)
    (row,) = json.loads(filled.run("usage", "top", "--json")[1])["rows"]
    assert row["last"] == times.rfc3339(NOW - 7000)


def test_a_journal_out_of_order_and_longer_than_a_block(tmp_path: Path) -> None:
    start = NOW - 30 * DAY
    events = usage(12, start, NOW, 60_000)  # 3 MB
    events = events[40_000:] + events[:40_000][::-1]
    filled = journal(tmp_path / "home", events, NOW)
    told = json.loads(filled.run("usage", "top", "--by", "day", "--json")[1])
    expected = truth(_inside(events, start, NOW), "day")
    assert {row["day"]: row["runs"] for row in told["rows"] if row["runs"]} == {
        day: figures["runs"] for day, figures in expected.items()
    }


def test_another_accounts_runs_are_not_in_the_journal(tmp_path: Path) -> None:
    events = [Event(NOW - 1, ACCOUNT, "host status", 0, "0.6.0")]
    filled = journal(tmp_path / "home", events, NOW)
    code, stdout, stderr = filled.run("usage", "top", "--user", "nobody-else")
    assert (code, stdout) == (0, "")
    assert f"{ACCOUNT}'s journal, which has only {ACCOUNT}'s" in stderr
    assert filled.run("usage", "top", "--user", ACCOUNT)[1] != ""


def test_a_journal_that_cannot_be_read_is_no_empty_one(world: World) -> None:
    world.journal.mkdir(parents=True)
    done = world.run("usage", "top")
    assert (done.returncode, done.stdout) == (78, "")
    assert "can't be read: Is a directory" in done.stderr


def test_the_generator_has_what_it_is_there_for() -> None:
    start = NOW - 30 * DAY
    inside = _inside(usage(7, start, NOW, 1500), start, NOW)
    assert len(inside) < len(usage(7, start, NOW, 1500))
    assert {event.day for event in inside} < set(range(start // DAY, NOW // DAY + 1))
    assert any(event.moment % DAY == 0 for event in inside)
    assert any(event.moment == NOW for event in inside)
    assert {ended(event.verb, event.code) for event in inside} == {"failed", "environment", ""}
    assert any(event.moment - start % MILLISECOND > start for event in inside)
