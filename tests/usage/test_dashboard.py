"""`usage dashboard`: a document that Grafana can import, with queries that Loki answers, and with
numbers that match a separate count of the events."""

from __future__ import annotations

import json
import os
import random
import re
import stat
import time
import urllib.request
from collections import Counter
from typing import Any, Callable, NamedTuple

import pytest
from fakes import grafana
from fakes.loki import parse
from fakes.loki.server import FakeLoki
from fakes.loki.store import Row, Stream
from hypothesis import given, settings
from hypothesis import strategies as st
from support.generated import ended
from support.reading import Sink, until
from support.world import World

from homelab.usage.few import FEW
from homelab.usage.grafana import dashboard, questions
from homelab.usage.outcome import Rule
from homelab.verbs import BUILT_IN

DAY = grafana.DAY
SECOND = 10**9
JSON = dict[str, Any]
Chosen = dict[str, list[str]]

SOURCE = {"type": "loki", "uid": "${datasource}"}
KINDS = {"stat", "table", "timeseries"}  # all are part of Grafana
ALL: Chosen = {"user": [], "verb": []}
ODD = 'odd "quoted" \\ (back|slash).* 🚀 zoë $1'
VERBS = ["host status", "logs query", "nas df", "(personal)", "(unknown)", "(unknown) backup",
         "(unknown) dns", "verbs check", ODD, "a b", "a c", "a d", "a e"]  # fmt: skip
CODES = [0] * 12 + [1, 1, 2, 69, 70, 130, 141, 143, 255]


class Event(NamedTuple):
    moment: int
    user: str
    verb: str
    code: int
    version: str
    late: bool

    @property
    def day(self) -> int:
        """The first second of the tile that counts it: (midnight, next midnight], UTC."""
        return (self.moment - 1) // DAY * DAY // SECOND

    @property
    def failed(self) -> bool:
        return ended(self.verb, self.code) == "failed"

    @property
    def tried(self) -> bool:
        return self.verb.startswith("(unknown)")


@pytest.fixture(scope="module")
def document() -> JSON:
    return dashboard.document(rules())


def rules() -> dict[str, Rule]:
    return {
        verb.path: Rule(frozenset(verb.answers), verb.passes_on)
        for verb in BUILT_IN.every()
        if not verb.passes_on
    }


def panel(document: JSON, title: str) -> JSON:
    (found,) = [one for one in document["panels"] if one["title"] == title]
    return dict(found)


# --- the document


WHOLE = ("--accounts", "--min-users", "1")


def test_it_is_printed_and_counts_nothing(world: World) -> None:
    done = world.run("usage", "dashboard", *WHOLE)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == dashboard.document(rules())
    assert world.run("usage", "dashboard", *WHOLE, "-o", "-").stdout == done.stdout
    assert world.events() == []


def test_it_is_written_whole_or_not_at_all(world: World) -> None:
    path = world.folder / "new.json"
    path.write_text("before")
    path.chmod(0o604)
    done = world.run("usage", "dashboard", *WHOLE, "-o", "new.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "homelab: wrote new.json; in Grafana: Dashboards, New, Import\n"
    assert path.read_text() == world.run("usage", "dashboard", *WHOLE).stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    done = world.run("usage", "dashboard", *WHOLE, "--output", "nowhere/new.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nowhere/new.json can't be written: there is no folder nowhere" in done.stderr
    assert [file.name for file in world.folder.glob("*.json")] == ["new.json"]
    assert world.run("usage", "dashboard", "-o", "x", HOMELAB_READ_ONLY="1").returncode == 77
    assert not (world.folder / "x").exists()


def test_its_head(document: JSON) -> None:
    assert (document["uid"], document["id"]) == ("homelab-usage", None)  # an import replaces it
    assert (document["schemaVersion"], document["title"]) == (42, "homelab usage")
    assert (document["timezone"], document["time"]["from"]) == ("utc", "now-29d/d")
    assert document["refresh"] in document["timepicker"]["refresh_intervals"]
    for span in (document["time"], *document["timepicker"]["quick_ranges"]):
        assert re.fullmatch(r"now(-\d+d)?/d", span["from"])  # whole days, like the tiles
        assert span["to"] == "now"


def test_panels_have_a_place_of_their_own(document: JSON) -> None:
    panels = document["panels"]
    assert len({one["id"] for one in panels}) == len(panels)
    assert len({one["title"] for one in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for one in panels:
        place = one["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not taken & cells, one["title"]
        taken |= cells
    assert len(taken) == 24 * (max(y for _, y in taken) + 1)  # and there is no gap


def test_it_says_which_runs_it_can_not_show(document: JSON) -> None:
    said = document["description"]
    for missing in ("waits in an outbox", "journal from before Loki was set", "retention"):
        assert missing in said
    assert "`homelab usage top` says which" in said


def test_panels_say_what_they_answer(document: JSON) -> None:
    for one in document["panels"]:
        assert one["type"] in KINDS
        assert re.match(r"[A-Z][^?]*\?", one["description"])
        for step in one["transformations"]:
            assert step["id"] in grafana.TRANSFORMATIONS
    for asked in ("Runs and failures", "Accounts", "Runs by day", "Top verbs", "Failures by verb"):
        panel(document, asked)


def test_the_data_source_is_the_variable(document: JSON) -> None:
    found: list[object] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.extend(value for key, value in node.items() if key == "datasource")
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)
    assert found == [SOURCE] * len(found)
    assert len(found) > 2 * len(document["panels"])
    source, *others = document["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("datasource", "datasource", "loki")
    assert [(one["name"], one["allValue"], one["multi"]) for one in others] == [
        ("user", ".+", True),
        ("verb", ".+", True),
    ]


def test_every_query_counts_days_and_obeys_the_variables(document: JSON) -> None:
    for one in document["panels"]:
        refs = [target["refId"] for target in one["targets"]]
        assert refs == sorted(set(refs))
        for target in one["targets"]:
            assert (target["queryType"], target["step"], one["interval"]) == ("range", "1d", "1d")
            query = target["expr"]
            assert query.count("[1d] offset -24h") == query.count("count_over_time")
            verbs = 'verb=~"' if one["title"] in TRIED else "verb=~`${verb:regex}`"
            assert query.count(f"user=~`(${{user:regex}})?`, {verbs}") == 1
            assert query.count(" | user=~`${user:regex}` ") == query.count("count_over_time")
            assert query.endswith(" # as of ${__to}")  # so Loki's cache has no answer for it


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_stand_out(document: JSON) -> None:
    """WCAG 2.1, 1.4.11: 3:1 for graphics, against Grafana's panels in its dark and light theme."""
    colours = set(re.findall(r"#[0-9A-F]{6}", json.dumps(document)))
    assert len(colours) == 2
    for colour in colours:
        for back in ("#181B1F", "#FFFFFF"):
            low, high = sorted((_luminance(colour), _luminance(back)))
            assert (high + 0.05) / (low + 0.05) >= 3, (colour, back)


# --- its numbers


class Lab:
    """Events in a Loki, and a list of them to count here."""

    def __init__(self, sink: Sink, seed: int) -> None:
        self.sink, self.events = sink, []
        self.real = os.environ.get("HOMELAB_TEST_LOKI", "").rstrip("/") == sink.url
        self.now = time.time_ns()
        self.start = self.now // DAY * DAY - 6 * DAY
        chance = random.Random(seed)
        # a real Loki is shared: only this test uses these accounts
        self.users = [f"{sink.job} {name}" for name in ("alice", "bob", "uid-7", ODD)]
        oldest = self.now - 7 * DAY + 600 * SECOND  # a real one refuses runs that are a week old
        moments = [chance.randrange(oldest, self.now) for _ in range(900)]
        for day in range(7):  # at a midnight, which ends the day before, and right after it
            moments += [self.start + day * DAY, self.start + day * DAY + 1]
        for moment in sorted(moments):
            verb = VERBS[min(int(chance.expovariate(0.25)), len(VERBS) - 1)]
            user = self.users[min(int(chance.expovariate(0.8)), 3)]
            version = chance.choice(["0.6.0", "0.6.1"])
            late = chance.random() < 0.05
            self.events.append(Event(moment, user, verb, chance.choice(CODES), version, late))

    def push(self, rubbish: bool = True, metadata: bool = True) -> None:
        """With `metadata` a third of the events have their account in structured metadata."""
        streams: dict[tuple[tuple[str, str], ...], list[Any]] = {}
        for event in self.events:
            user = {"user": event.user}
            label, *beside = ({}, user) if metadata and event.moment % 3 == 0 else (user,)
            # other tests share a stream of all accounts, and may have written newer entries to it
            late = {"late": self.sink.job} if beside else {}
            labels = {"job": "homelab-usage", **label, "verb": event.verb, **late}
            if event.late:
                hour = time.gmtime(event.moment // SECOND)
                labels["late"] = time.strftime("%Y-%m-%dT%H", hour)
            line = f"exit={event.code} ver={event.version}"
            entry = (event.moment, line, *beside)
            streams.setdefault(tuple(labels.items()), []).append(entry)
        for key, entries in streams.items():
            self.sink.push(dict(key), entries)
        if rubbish:
            labels = {"job": "homelab-usage", "user": self.users[0]}
            self.sink.push(labels, [(self.now, "exit=0 ver=0.6.0")])
            lines = [(self.now, "hello"), (self.now, "exit=no"), (self.now, "exits=1")]
            self.sink.push({**labels, "verb": "rubbish"}, lines)
        if self.real:
            self.flushed(sum(map(len, streams.values())) + 4 * rubbish)

    def flushed(self, count: int) -> None:
        """A real Loki shows old entries once it has flushed them."""
        urllib.request.urlopen(
            urllib.request.Request(f"{self.sink.url}/flush", method="POST"), timeout=30
        )
        own = f'{{job="homelab-usage"}} | user=~"{self.sink.job} .*"'
        query = f"sum(count_over_time({own}[1d]))"
        span = {"start": self.now - 8 * DAY, "end": self.now, "step": "1d"}

        def all_there() -> bool:
            found = grafana.get(self.sink.url, "query_range", query=query, **span)["result"]
            return sum(int(n) for one in found for _, n in one["values"]) == count

        assert until(all_there, 60)

    def frames(self, panel: JSON, chosen: Chosen, pieces: Callable[..., Any]) -> list[Any]:
        users = chosen["user"] or (self.users if self.real else [])
        frames = []
        for target in panel["targets"]:
            span = pieces(self.start, self.now)
            frames += grafana.ask(self.sink.url, target, {**chosen, "user": users}, span, self.now)
        return grafana.transformed(frames, panel["transformations"])

    def counted(self, chosen: Chosen) -> list[Event]:
        """The events that the dashboard should count."""
        return [
            event
            for event in self.events
            if self.start < event.moment
            and (not chosen["user"] or event.user in chosen["user"])
            and (event.tried or not chosen["verb"] or event.verb in chosen["verb"])
        ]


def _runs(events: list[Event]) -> list[Event]:
    return [event for event in events if not event.tried]


def _numbers(events: list[Event]) -> dict[str, dict[str, float | str]]:
    """The panels of numbers, by their names."""
    tries = sum(event.tried for event in events)
    events = _runs(events)
    runs, failed = len(events), sum(event.failed for event in events)
    share = failed / runs if runs else "-"
    return {
        "Runs and failures": {"Runs": runs, "Failed": failed, "Failure share": share},
        "Accounts": {"Accounts": len({event.user for event in events})},
        "Missing words": {"Tries": tries} if tries else {"": "0"},
    }


def _tables(events: list[Event]) -> dict[str, list[JSON]]:
    """The rows of the panels that are tables."""
    unknown = [event for event in events if event.tried]
    tries = Counter(event.verb for event in unknown)
    events = _runs(events)
    runs = Counter(event.verb for event in events)
    failures = [event for event in events if event.failed]
    failed = Counter(event.verb for event in failures)
    outside = Counter(e.verb for e in events if ended(e.verb, e.code) == "environment")
    triers = {
        verb: {event.user for event in unknown if event.verb == verb}
        for verb in {event.verb for event in unknown}
    }
    return {
        "Top verbs": [{"Verb": verb, "Runs": n} for verb, n in runs.items()],
        "Failures by verb": [
            {
                "Verb": verb,
                "Runs": n,
                "Failed": failed[verb],
                "Share": failed[verb] / n,
                "Environment": outside[verb],
            }
            for verb, n in runs.items()
        ],
        "Exit codes of failures": [
            {"Verb": verb, "Exit code": str(code), "Failed": n}
            for (verb, code), n in Counter((e.verb, e.code) for e in failures).items()
        ],
        "Wanted": [
            {"Word": verb, "Tries": tries[verb], "Accounts": len(users)}
            for verb, users in triers.items()
        ],
        "Runs by account": [
            {"Account": user, "Runs": n} for user, n in Counter(e.user for e in events).items()
        ],
        "Runs by version": [
            {"Version": ver, "Runs": n} for ver, n in Counter(e.version for e in events).items()
        ],
    }


TRIED = ("Missing words", "Wanted")
SORTED = {"Failures by verb": "Failed", "Exit codes of failures": "Failed", "Wanted": "Tries"}


def _check(lab: Lab, document: JSON, chosen: Chosen, pieces: Callable[..., Any]) -> None:
    events = lab.counted(chosen)
    numbers, tables = _numbers(events), _tables(events)
    for one in document["panels"]:
        title, frames = one["title"], lab.frames(one, chosen, pieces)
        if one["type"] == "stat":
            assert grafana.numbers(frames, one) == numbers.pop(title), title
        elif one["type"] == "table":
            rows = grafana.rows(frames)
            wanted = tables.pop(title)
            assert sorted(map(_key, rows)) == sorted(map(_key, wanted)), title
            order = [row.get(SORTED.get(title, "Runs"), 0) for row in rows]
            assert order == sorted(order, key=float, reverse=True)  # type: ignore[arg-type]
        else:
            _check_days(one, frames, events)
    assert not numbers
    assert not tables


def _key(row: JSON) -> list[tuple[str, str]]:
    return [(key, f"{cell:.9f}" if isinstance(cell, (int, float)) else cell) for key, cell in
            row.items()]  # fmt: skip


def _check_days(panel: JSON, frames: list[Any], events: list[Event]) -> None:
    series: dict[str, dict[float, float]] = {}
    events = _runs(events)
    for times, values in frames:
        series[values.title] = dict(zip(times.values, values.values))
    if panel["title"] == "Runs by day":
        wanted = {"Runs": Counter(event.day for event in events)}
        wanted["Failed"] = Counter(event.day for event in events if event.failed)
        assert series == {name: days for name, days in wanted.items() if days}
        return
    assert panel["title"] == "Verbs by day"
    for day in {event.day for event in events}:
        runs = Counter(event.verb for event in events if event.day == day)
        shown = {verb: days[day] for verb, days in series.items() if day in days}
        assert shown == {verb: runs[verb] for verb in shown}
        tenth = sorted(runs.values(), reverse=True)[:10][-1]
        assert {verb for verb, n in runs.items() if n > tenth} <= set(shown)
        # more if Loki, asked twice, breaks a tie in two ways
        assert min(10, len(runs)) <= len(shown)
        assert min(shown.values()) == tenth
    assert {day for days in series.values() for day in days} == {event.day for event in events}


@pytest.fixture
def lab(sink: Sink) -> Lab:
    return Lab(sink, 17)


@pytest.mark.parametrize("pieces", [grafana.whole, grafana.day_by_day])
def test_every_number_is_that_of_the_events(
    lab: Lab, document: JSON, pieces: Callable[..., Any]
) -> None:
    lab.push()
    alice, *_, odd = lab.users
    for chosen in (
        ALL,
        {"user": [alice], "verb": []},
        {"user": [alice, odd], "verb": ["host status", "(unknown) backup", ODD]},
        {"user": [odd], "verb": [ODD]},
        {"user": ["nobody"], "verb": []},
    ):
        _check(lab, document, chosen, pieces)


def test_the_folded_rows_add_up_to_all(lab: Lab) -> None:
    """Each panel with a row for each verb has one row for all verbs that are not named."""
    lab.push(rubbish=False)
    named = ["host status", "(unknown) backup", ODD, "never run"]
    scope = questions.Scope(named, accounts=lab.real)
    for one in dashboard.document(rules(), scope)["panels"]:
        frames = lab.frames(one, ALL, grafana.whole)
        every = lab.counted(ALL)
        events = _runs(every)
        if one["title"] == "Top verbs":
            verbs = Counter(e.verb if e.verb in named else FEW for e in events)
            assert {row["Verb"]: row["Runs"] for row in grafana.rows(frames)} == verbs
        elif one["title"] == "Failures by verb":
            failed = Counter(e.verb if e.verb in named else FEW for e in events if e.failed)
            shown = {row["Verb"]: row["Failed"] for row in grafana.rows(frames)}
            assert {verb: count for verb, count in shown.items() if count} == failed
        elif one["title"] == "Exit codes of failures":
            codes = Counter(
                (e.verb if e.verb in named else FEW, str(e.code)) for e in events if e.failed
            )
            rows = grafana.rows(frames)
            assert {(row["Verb"], row["Exit code"]): row["Failed"] for row in rows} == codes
        elif one["title"] == "Wanted":
            words = Counter(e.verb if e.verb in named else FEW for e in every if e.tried)
            assert {row["Word"]: row["Tries"] for row in grafana.rows(frames)} == words
        elif one["title"] == "Verbs by day":
            legends = {field.title for frame in frames for field in frame if field.kind != "time"}
            assert legends == {"host status", ODD, FEW}


@pytest.mark.parametrize("named", [None, [], ["host status", "a/b (c)"]])
def test_without_accounts_no_question_tells_of_one(named: list[str] | None) -> None:
    document = dashboard.document(rules(), questions.Scope(named, accounts=False))
    text = json.dumps(document).replace(' | user!=\\"\\"', "")
    assert not re.search(r"\buser\b|account\b", text.replace("accounts", ""))
    test_panels_have_a_place_of_their_own(document)
    for one in document["panels"]:
        for target in one["targets"]:
            query = target["expr"]
            assert query.count("[1d] offset -24h") == query.count("count_over_time")
            chosen = (
                'verb=~"\\\\(unknown\\\\)' if one["title"] in TRIED else "verb=~`${verb:regex}`"
            )
            assert query.count(chosen) == query.count("count_over_time")
    _, variable = document["templating"]["list"]
    offered = variable["regex"]
    assert (offered == "") == (named is None)
    if named:
        assert re.fullmatch(offered[1:-1].replace(r"\/", "/"), named[1])
        assert not re.fullmatch(offered[1:-1], "host statusx")


def test_where_nothing_failed(lab: Lab, document: JSON) -> None:
    events = [event._replace(code=130 if event.failed else event.code) for event in lab.events]
    lab.events = [event for event in events if not event.verb.startswith("(")]
    lab.push(rubbish=False)
    assert _numbers(lab.counted(ALL))["Runs and failures"]["Failure share"] == 0
    _check(lab, document, ALL, grafana.day_by_day)


def test_the_variables_offer_what_is_there(lab: Lab, document: JSON) -> None:
    lab.push(rubbish=False)
    _, *variables = document["templating"]["list"]
    truth = {"user": {e.user for e in lab.events}, "verb": {e.verb for e in lab.events}}
    for variable in variables:
        asked = variable["query"]
        path = f"label/{asked['label']}/values"
        span = {"start": lab.start, "end": lab.now}
        offered = grafana.get(lab.sink.url, path, query=asked["stream"], **span)
        assert truth[variable["name"]] <= set(offered)
        if not lab.real:
            assert truth[variable["name"]] == set(offered)


def test_runs_and_failures_are_those_of_usage_top(lab: Lab, document: JSON, world: World) -> None:
    lab.push(metadata=False)
    user = lab.users[0]
    since = time.strftime("%Y-%m-%d", time.gmtime(lab.start // SECOND))  # the world's zone is UTC
    words = ("usage", "top", "--since", since, "--user", user, "--json")
    told = json.loads(world.run(*words, HOMELAB_LOKI_URL=lab.sink.url).stdout)
    chosen = {"user": [user], "verb": []}
    shown = grafana.rows(
        lab.frames(panel(document, "Failures by verb"), chosen, grafana.day_by_day)
    )
    assert {row["Verb"]: (row["Runs"], row["Failed"]) for row in shown} == {
        row["verb"]: (row["runs"], row["failed"]) for row in told["rows"]
    }
    assert told["runs"] == len(_runs(lab.counted(chosen)))
    failed = json.loads(world.run(*words, "--failed", HOMELAB_LOKI_URL=lab.sink.url).stdout)
    assert {row["verb"]: (row["failed"], row["environment"]) for row in failed["rows"]} == {
        row["Verb"]: (row["Failed"], row["Environment"])
        for row in shown
        if row["Failed"] or row["Environment"]
    }


def test_a_day_without_events_and_events_of_today_only(document: JSON) -> None:
    """With a separate clock: a minute after midnight, and all events came since."""
    midnight = 1_795_478_400 * SECOND
    with FakeLoki(clock=lambda: midnight + 60 * SECOND) as server:
        lab = Lab(Sink(server.url), 3)
        lab.now, lab.start = midnight + 60 * SECOND, midnight - 6 * DAY
        lab.events = [
            Event(midnight + 1, "alice", "nas df", 70, "0.6.0", False),
            Event(midnight - 3 * DAY, "alice", "nas df", 0, "0.6.0", True),
        ]
        lab.push(rubbish=False)
        for pieces in (grafana.whole, grafana.day_by_day):
            _check(lab, document, ALL, pieces)
            (runs, _) = lab.frames(panel(document, "Runs by day"), ALL, pieces)
            days = [midnight - 4 * DAY, midnight]
            assert runs[0].values == [day // SECOND for day in days]


# --- which runs failed


_CODES = st.sampled_from([0, 1, 2, 12, 69, 130, 255])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "a b", ODD, "c.d"]), st.frozensets(_CODES)))
def test_failed_and_the_environment_are_by_the_rule(answers: dict[str, frozenset[int]]) -> None:
    rules = {verb: Rule(codes, passes_on=False) for verb, codes in answers.items()}
    for stages, environment in (
        (questions.failed(rules), False),
        (questions.environment(rules), True),
    ):
        log = parse.parse(f'{{job="x"}} | logfmt exit | {stages}')
        assert isinstance(log, parse.Log)
        for verb in ("a", "a b", ODD, "c.d", "cxd"):
            stream = Stream({"job": "x", "verb": verb})
            for code in (0, 1, 2, 12, 69, 70, 77, 78, 124, 130, 141, 143, 255):
                stream.add(Row(code, f"exit={code} ver=0.6.0", {}))
                found = [state.line for state in log.run([stream], code, code + 1)]
                outside = code in (69, 77, 78)
                if verb not in answers:
                    wanted = code == 70 and not environment
                else:
                    wanted = code not in {*answers[verb], 130, 141, 143} and outside == environment
                assert bool(found) == wanted, (verb, code, stages)
