"""`usage next`, `unused`, `wanted`: the decisions, and that they claim only what the counts
show."""

from __future__ import annotations

import json
import math
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from hypothesis import given
from hypothesis import strategies as st
from support.generated import Event, Filled, fake, journal, usage

from homelab import times
from homelab.times import DAY, SECOND
from homelab.usage.counts import Counts
from homelab.usage.evidence import UNUSED_COLUMNS, unlike
from homelab.usage.offer import first_seen
from homelab.usage.outcome import PASSES_ON
from homelab.usage.wilson import interval
from homelab.verbs import BUILT_IN

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
MONTH = 30 * DAY
COUNTED = [verb.path for verb in BUILT_IN.every() if verb.recorded and not verb.discovery]


def _runs(verb: str, codes: dict[int, int], users: int = 1, at: int = NOW - DAY) -> list[Event]:
    """Runs a second apart, by this many accounts in turn."""
    found: list[Event] = []
    for code, count in codes.items():
        for _ in range(count):
            number = len(found)
            user = f"user{number % users}"
            found.append(Event(at + number * SECOND + code, user, verb, code, "0.6.0"))
    return found


OLD = _runs("config", {0: 1}, at=NOW - 40 * DAY)  # counting began before the window


class Lab:
    """A Loki with these events, and a folder of the operator's drop-ins."""

    def __init__(self, server: FakeLoki, clock: list[int], folder: Path) -> None:
        self.server, self._clock, self._folder = server, clock, folder
        self.verbs = folder / "verbs"

    def filled(self, *groups: list[Event]) -> Filled:
        events = sorted(event for group in groups for event in group)
        made = fake(self.server, self._clock, self._folder / "home", events, NOW)
        made.system_verbs = str(self.verbs)
        return made

    def dropin(self, name: str) -> Path:
        path = self.verbs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        yield Lab(server, clock, tmp_path)


def _decisions(filled: Filled, *words: str) -> dict[str, dict[str, Any]]:
    code, stdout, _ = filled.run("usage", "next", "--json", *words)
    assert code == 0
    told = json.loads(stdout)
    assert told["schema"] == "homelab.usage-next/1"
    rows = {row["verb"]: row for row in told["rows"]}
    assert len(rows) == len(told["rows"])
    return rows


@pytest.mark.parametrize(("tries", "users"), [(10, 2), (40, 5)])
def test_what_is_wanted(tries: int, users: int, lab: Lab) -> None:
    filled = lab.filled(OLD, _runs("(unknown) backup", {2: tries}, users))
    row = _decisions(filled)["backup"]
    said = f"tried {tries} times by {users} accounts; see: homelab usage wanted"
    assert (row["decision"], row["evidence"]) == ("ADD", said)
    assert (row["runs"], row["users"], row["weight"]) == (tries, users, tries)


def test_what_this_host_has_is_to_be_handed_on(lab: Lab) -> None:
    lab.dropin("restore/run.sh")
    row = _decisions(lab.filled(OLD, _runs("(unknown) restore", {2: 30}, 3)))["restore"]
    assert "; this host has it: share it with the others; see: homelab" in row["evidence"]


def test_what_fails_too_often(lab: Lab) -> None:
    """Whether a run failed: a script's codes are its own answers unless its header says otherwise,
    `job run` passes on the code of its command, and the environment's codes are not failures."""
    lab.dropin("pool/df").write_text("#!/bin/sh\n# Answers: 0 3\n")
    filled = lab.filled(
        OLD,
        _runs("logs query", {0: 46, 69: 10, 2: 14, 130: 9}, 3, at=NOW - 2 * DAY),
        _runs("host status", {0: 30, 1: 30, 69: 9}),  # 1 and 69 are its answers
        _runs("nas df", {0: 40, 1: 30, 2: 30, 69: 30}),
        _runs("pool df", {0: 40, 3: 30, 1: 30}),
        _runs("job run", {0: 40, 1: 30, 2: 30, 75: 9, 124: 9, 126: 9}),
        _runs("(personal)", {0: 40, 70: 30}),
        _runs("cert check", {0: 99, 70: 1}),
    )
    rows = _decisions(filled, "--all")
    low, high = interval(14, 79)
    row = rows["logs query"]
    assert (row["decision"], row["runs"], row["failed"]) == ("FIX", 79, 14)
    assert row["weight"] == round(low * 79)
    assert (row["rate_low"], row["rate_high"]) == (round(low, 6), round(high, 6))
    assert (row["cause"], row["command"]) == (
        "not understood",
        "homelab usage top --failed --verb 'logs query'",
    )
    assert row["evidence"] == (
        "18% failed (95% sure: 11% to 28%), 14 of 14 with exit 2 (wrong command line); 79 runs by"
        f" 3 accounts; 10 ended by the environment; see: {row['command']}"
    )
    for verb in ("host status", "nas df", "job run", "cert check"):
        assert rows[verb]["decision"] == "KEEP", verb
    assert (rows["pool df"]["decision"], rows["pool df"]["failed"]) == ("FIX", 30)
    assert "(personal)" not in rows
    assert _decisions(filled, "--max-failing", "20", "--all")["logs query"]["decision"] == "KEEP"
    assert "logs query" not in _decisions(filled, "--min-runs", "80")
    assert "KEEP" not in {row["decision"] for row in _decisions(filled).values()}


def test_what_nobody_runs(lab: Lab) -> None:
    lab.dropin("nas/scrub")
    filled = lab.filled(OLD, _runs("logs query", {0: 30}, users=3))
    rows = _decisions(filled)
    for verb in COUNTED:
        if verb != "logs query":
            assert rows[verb]["decision"] == "DROP?", verb
            said = "no run, while 3 accounts ran other verbs; see: homelab usage unused"
            assert rows[verb]["evidence"] == said
    assert "nas scrub" not in rows  # its file came to this host just now
    told = json.loads(filled.run("usage", "next", "--json", "--min-users", "4")[1])
    assert told["rows"] == []
    assert told["undecided"] == {"few_accounts": len(COUNTED) - 1, "young": 1}


def test_nothing_is_dropped_that_was_not_there_all_the_time(lab: Lab) -> None:
    older = [event._replace(version="0.5.9") for event in OLD]
    filled = lab.filled(older, _runs("logs query", {0: 30}, users=3, at=NOW - 3 * DAY))
    code, stdout, stderr = filled.run("usage", "next", "--json")
    assert (code, json.loads(stdout)["rows"]) == (0, [])
    young = f"{len(COUNTED) - 1} verbs had no run, but were counted for only a part of the window"
    so_far = "nothing to add, rename, fix or drop so far; not decided yet"
    assert stderr.startswith(f"homelab: {so_far}: {young}\n")
    unused = json.loads(filled.run("usage", "unused", "--json")[1])
    assert {row["state"] for row in unused["rows"]} == {"too young"}
    older = [event._replace(version="dev") for event in _runs("a", {0: 9})]
    assert "verbs run" not in _decisions(journal(lab.verbs, older, NOW))


def test_the_weightiest_first(lab: Lab) -> None:
    filled = lab.filled(
        OLD,
        _runs("(unknown) backup", {2: 30}, 2),
        _runs("(unknown) dns", {2: 12}, 2),
        _runs("(unknown)", {2: 99}, 2),
        _runs("(personal)", {0: 77}, 4),
        _runs("cert check", {0: 20, 2: 30}),
        _runs("logs query", {0: 500}),
        _runs("host status", {0: 5}),
    )
    code, stdout, stderr = filled.run("usage", "next", "--csv", "--all")
    rows = [line.split(",")[:3] for line in stdout.splitlines()[1:]]
    assert rows[:3] == [["ADD", "backup", "30"], ["FIX", "cert check", "23"], ["ADD", "dns", "12"]]
    order = [row[0] for row in rows[3:]]
    assert order == sorted(order, key=("DROP?", "KEEP").index)
    assert {row[2] for row in rows[3:]} == {"0"}
    assert rows[-1][:2] == ["KEEP", "logs query"]
    assert code == 0
    assert "decided by --min-runs 20, --min-tries 10, --min-users 2, --max-failing 5%" in stderr
    assert "77 runs were of 4 accounts' own scripts, whose names are not sent" in stderr
    assert len(filled.run("usage", "next", "--limit", "2", "--no-header")[1].splitlines()) == 2


def test_every_figure_against_the_generators_own(lab: Lab) -> None:
    start = NOW - MONTH
    events = usage(17, start, NOW, 3000)
    filled = lab.filled(OLD, events)
    inside = [e for e in events if times.window(start, NOW)[0] < e.moment]
    rows = _decisions(filled, "--all", "--min-runs", "1", "--min-tries", "1", "--min-users", "1")
    for verb in {event.verb for event in inside}:
        of_verb = [event for event in inside if event.verb == verb]
        name = verb.replace("(unknown) ", "")
        if name.startswith("("):
            assert name not in rows
            continue
        row = rows[name]
        assert row["runs"] == len(of_verb)
        assert row["users"] == len({event.user for event in of_verb})
        if not verb.startswith("("):
            assert row["failed"] == sum(event.failed for event in of_verb)
    used = {event.verb for event in inside}
    assert {v for v, row in rows.items() if row["decision"] == "DROP?"} == set(COUNTED) - used
    told = json.loads(filled.run("usage", "wanted", "--json")[1])
    assert told["schema"] == "homelab.usage-wanted/1"
    wanted = [event for event in inside if event.verb.startswith("(unknown)")]
    assert told["tries"] == len(wanted)
    assert told["unnamed"] == sum(event.verb == "(unknown)" for event in wanted)
    for row in told["rows"]:
        of_word = [event for event in wanted if event.verb == f"(unknown) {row['word']}"]
        assert row["tries"] == len(of_word)
        assert row["users"] == len({event.user for event in of_word})
        assert row["last"] == times.rfc3339(of_word[-1].moment)
    assert told["words"] == len(told["rows"]) == 2
    unused = json.loads(filled.run("usage", "unused", "--json")[1])
    assert unused["schema"] == "homelab.usage-unused/1"
    assert {row["verb"] for row in unused["rows"]} == set(COUNTED) - used


def test_unused_knows_since_when(lab: Lab) -> None:
    lab.dropin("nas/scrub")
    hidden = lab.dropin("host/x")  # shadowed by a built-in group: it can't run
    filled = lab.filled(OLD, _runs("logs query", {0: 1}))
    code, stdout, _ = filled.run("usage", "unused", "--csv")
    rows = {line.split(",")[0]: line.split(",") for line in stdout.splitlines()[1:]}
    assert code == 0
    assert rows["verbs run"][1:] == ["unused", "2026-10-14T00:00:00Z", "built-in"]
    assert rows["nas scrub"][1] == "too young"
    assert rows["nas scrub"][3] == str(lab.verbs)
    assert hidden.exists()
    assert "host x" not in rows
    assert "logs query" not in rows


@pytest.mark.parametrize(
    ("before", "state"), [(30 * 60 * SECOND, "too young"), (3 * 3600 * SECOND, "too young"),
                          (DAY, "unused"), (26 * 3600 * SECOND, "unused")],
)  # fmt: skip
def test_what_came_in_the_window_or_on_its_first_day_is_too_young(
    before: int, state: str, lab: Lab
) -> None:
    filled = lab.filled([Event(NOW - before, "x", "config", 0, "0.6.0")],
                        [Event(NOW - 1, "x", "logs query", 0, "0.6.0")])  # fmt: skip
    told = json.loads(filled.run("usage", "unused", "--since", "1h", "--json")[1])
    assert {row["state"] for row in told["rows"]} == {state}
    rows = _decisions(filled, "--since", "1h", "--min-users", "1")
    assert ("verbs run" in rows) == (state == "unused")


def test_a_part_that_is_missing_in_several_counts_is_told_once(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homelab.usage.loki_asking._PATIENT", 0.1)  # s, of repeated questions
    filled = lab.filled(OLD, _runs("logs query", {0: 30}, users=3))

    def hook(request: Request) -> Answer | None:
        counting = "count_over_time" in request.value("query")
        today = counting and int(request.value("end")) > NOW // DAY * DAY
        return Answer(500, "text/plain", b"broken") if today else None

    lab.server.hook = hook
    for verb in ("next", "unused"):
        code, stdout, stderr = filled.run("usage", verb, "--json")
        assert code == 1
        assert stderr.count("the runs of 2026-11-23 are missing") == 1
        (missing,) = json.loads(stdout)["missing"]
        assert missing["since"] == "2026-11-23T00:00:00Z"
        assert "500, broken" in missing["reason"]


def test_no_data_yet_is_said_and_what_to_do(tmp_path: Path) -> None:
    filled = journal(tmp_path, [], NOW)
    for verb in ("top", "trend", "next", "wanted", "unused"):
        code, stdout, stderr = filled.run("usage", verb)
        assert code == 0
        assert "; run a verb, such as homelab host status" in stderr or verb == "wanted"
        assert stdout == "" or verb == "unused"
    assert "nobody is known to have" not in filled.run("usage", "next")[1]


def test_wanted_says_what_this_host_has(lab: Lab) -> None:
    lab.dropin("backup.sh")
    lab.dropin("dns").chmod(0o777)  # refused: it is world-writable
    lab.dropin("wol").chmod(0o644)  # not executable
    tries = [
        *_runs("(unknown) backup", {2: 3}),
        *_runs("(unknown) dns", {2: 2}),
        *_runs("(unknown) wol", {2: 1}),
        *_runs("(unknown)", {2: 1}),
    ]
    filled = lab.filled(OLD, tries)
    code, stdout, stderr = filled.run("usage", "wanted", "--csv")
    assert [line.split(",")[:4] for line in stdout.splitlines()] == [
        ["word", "tries", "users", "here"],
        ["backup", "3", "1", "yes"],
        ["dns", "2", "1", "no"],
        ["wol", "1", "1", "no"],
    ]
    assert code == 0
    assert "1 try was counted without the word: not public, or below a group" in stderr


def test_wanted_names_the_own_verb_in_an_added_folder(tmp_path: Path) -> None:
    script = tmp_path / "scripts/restore.sh"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n# Copy the photos\n")
    script.chmod(0o755)
    runs = _runs("scripts restore", {0: 2, 3: 1})
    filled = journal(tmp_path / "home", [*OLD, *runs, *_runs("(unknown) restore", {2: 2})], NOW)
    filled.env["HOME"] = str(tmp_path / "home")
    filled.system_verbs = str(tmp_path / "system/verbs")
    assert filled.run("verbs", "add", str(script.parent))[0] == 0
    (row,) = json.loads(filled.run("usage", "wanted", "--json")[1])["rows"]
    assert (row["word"], row["here"], row["own_verb"]) == ("restore", "yes", "scripts restore")
    assert " scripts restore " in filled.run("usage", "wanted")[1]
    # nothing says what the script's exit codes mean
    shown = filled.run("usage", "top", "--verb", "scripts", "--no-header")[1]
    assert shown.split() == [
        "scripts", "restore", "3", "100%", "1", "-", *times.local(NOW - DAY + 5 * SECOND).split(),
    ]  # fmt: skip
    (row,) = json.loads(filled.run("usage", "top", "--verb", "scripts", "--json")[1])["rows"]
    assert row["failed"] == 0


def test_unused_leaves_out_columns_that_are_equal_at_a_terminal() -> None:
    alike: list[Any] = [("a", "unused", 0, "built-in"), ("b", "too young", 0, "built-in")]
    columns, notes = unlike(UNUSED_COLUMNS, alike)
    assert [column.key for column in columns if not column.detail] == ["verb", "state"]
    assert [column.key for column in columns] == [column.key for column in UNUSED_COLUMNS]
    assert notes == (f"common to all rows: SINCE {times.local(0)}, SOURCE built-in",)
    for rows in (alike[:1], [], [*alike, ("c", "unused", 1, "/usr/local")]):
        assert unlike(UNUSED_COLUMNS, rows) == (UNUSED_COLUMNS, ())


@given(st.integers(1, 10**6), st.data())
def test_the_interval_holds_the_rate_and_narrows(trials: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, trials))
    low, high = interval(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1
    wider = interval(hits, trials)
    narrower = interval(hits * 10, trials * 10)
    assert narrower[1] - narrower[0] < wider[1] - wider[0]


@pytest.mark.parametrize(("hits", "trials"), [(0, 20), (1, 20), (14, 60), (20, 20), (1, 10**6)])
def test_the_interval_is_wilsons(hits: int, trials: int) -> None:
    """The ends are the rates from which the observed one is 1.96 standard errors away."""
    for end in interval(hits, trials):
        error = math.sqrt(end * (1 - end) / trials)
        assert abs(end - hits / trials) == pytest.approx(1.959964 * error, abs=1e-6)


def test_without_trials_nothing_is_known() -> None:
    assert interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("version", ["9" * 5000, "0.\u00b2", "\u0662", "x", ""])
def test_what_is_no_version_is_older_than_all(version: str) -> None:
    """Versions come from the store, which others can write to."""
    counts = Counts()
    counts.add(version, 20_000, 0, 1, PASSES_ON)
    assert first_seen(counts, "0.6.0") is None
    counts.add("0.10.0", 20_001, 0, 1, PASSES_ON)
    assert first_seen(counts, "0.6.0") == 20_001 * DAY
