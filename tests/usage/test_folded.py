"""A journal whose old runs are day counts: readers report equal figures, and where single runs
begin."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
from pathlib import Path
from typing import Any

import pytest
from support.generated import Event, Filled, journal, usage
from support.world import World

from homelab import times
from homelab.telemetry import fold as folding
from homelab.telemetry.history import Journal
from homelab.times import DAY

NOW = 1795465834_883967747  # 2026-11-23 20:30:34 UTC
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
START = NOW - 40 * DAY
FIRST = (NOW - 10 * DAY) // DAY * DAY  # from here on there are single runs
KEPT = "2026-11-13"


def _events() -> list[Event]:
    return [event._replace(user=ACCOUNT) for event in usage(31, START, NOW, 3000)]


def _filled(home: Path, events: list[Event], days: int = 10) -> Filled:
    """A journal that keeps single runs for this many days."""
    config = home / ".config/homelab/config.ini"
    config.parent.mkdir(parents=True)
    config.write_text(f"[telemetry]\njournal_days = {days}\n")
    return journal(home, events, NOW)


def _state(home: Path) -> Path:
    return home / ".local/state/homelab"


QUESTIONS = (
    ("top",), ("top", "--by", "user"), ("top", "--by", "version"), ("top", "--by", "exit"),
    ("top", "--by", "day"), ("top", "--failed"), ("top", "--verb", "nas"), ("trend",), ("wanted",),
    ("trend", "--per", "week"), ("unused",),
)  # fmt: skip


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_every_figure_is_the_same_before_and_after_a_fold(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    """The window begins at a midnight; the first reader finds lines, the second one counts."""
    events = _events()
    since = times.rfc3339(START // DAY * DAY)
    filled = _filled(tmp_path, events)
    lines = filled.run("usage", *words, "--since", since, "--json")
    assert (_state(tmp_path) / "usage.history").exists()
    folded = filled.run("usage", *words, "--since", since, "--json")
    assert lines[0] == folded[0] == 0
    assert folded == lines
    assert json.loads(lines[1])["rows"]


def test_of_the_last_run_of_a_verb_the_day_is_kept_and_no_moment(tmp_path: Path) -> None:
    """Otherwise a verb that ran once on a day would keep that run for ever."""
    events = _events()
    old = [event for event in events if event.moment <= FIRST]
    filled = _filled(tmp_path, old)
    filled.run("usage", "top")
    with Journal(str(_state(tmp_path))) as opened:
        assert list(opened.lines()) == []
    rows = json.loads(filled.run("usage", "top", "--since", "60d", "--json")[1])["rows"]
    assert {row["verb"]: row["last"] for row in rows} == {
        event.verb: f"{times.date(event.day)}T23:59:59.999999999Z"
        for event in old
        if not event.tried
    }


def test_a_window_that_begins_within_a_folded_day_has_all_of_that_day(tmp_path: Path) -> None:
    events = _events()
    filled = _filled(tmp_path, events)
    filled.run("usage", "top")
    start = NOW - 20 * DAY
    whole = start // DAY * DAY
    runs = sum(event.moment > whole and not event.tried for event in events)
    code, stdout, stderr = filled.run("usage", "top", "--since", "20d", "--json")
    told = json.loads(stdout)
    assert (code, told["runs"], told["since"]) == (0, runs, times.rfc3339(whole))
    note = "the window begins with all of 2026-11-03 (UTC): that day is kept as counts only"
    assert stderr == f"homelab: {note}\n"
    for words in (("trend",), ("next",), ("unused",), ("wanted",), ("report", "-o", "-")):
        assert note in filled.run("usage", *words, "--since", "20d")[2], words
    assert note[1:] in filled.run("usage", "report", "-o", "-", "--since", "20d")[1]


@pytest.mark.parametrize("since", ["5d", "2026-11-03T00:00:00Z"])
def test_a_window_that_does_not_says_nothing(since: str, tmp_path: Path) -> None:
    filled = _filled(tmp_path, _events())
    filled.run("usage", "top")
    for words in (("top",), ("trend",)):
        code, _, stderr = filled.run("usage", *words, "--since", since, "--csv")
        assert (code, "whole" in stderr) == (0, False)


def test_windows_side_by_side_have_each_run_once(tmp_path: Path) -> None:
    events = _events()
    filled = _filled(tmp_path, events)
    events = [event for event in events if not event.tried]
    filled.run("usage", "top")
    words = ("usage", "top", "--since", "18d", "--compare", "--limit", "99", "--json")
    code, stdout, stderr = filled.run(*words)
    told = json.loads(stdout)
    edge, begin = (NOW - 18 * DAY) // DAY * DAY, (NOW - 36 * DAY) // DAY * DAY
    assert code == 0
    assert sum(row["runs"] for row in told["rows"]) == sum(e.moment > edge for e in events)
    assert sum(row["before"] for row in told["rows"]) == sum(
        begin < event.moment <= edge for event in events
    )
    assert "all of 2026-11-05 " in stderr
    assert "all of 2026-10-18 " in stderr


@pytest.mark.parametrize("output", ["--json", "--csv"])
def test_single_runs_begin_after_the_fold_which_is_said(output: str, tmp_path: Path) -> None:
    events = _events()
    filled = _filled(tmp_path, events)
    before = filled.run("usage", "export", "--since", "30d", "--csv")
    assert before[2] == ""
    filled.run("usage", "top")
    code, stdout, stderr = filled.run("usage", "export", "--since", "30d", output)
    rows: list[Any]
    if output == "--json":
        told = json.loads(stdout)
        rows = told["rows"]
        assert told["since"] == times.rfc3339(FIRST)
    else:
        rows = list(csv.DictReader(io.StringIO(stdout)))
    assert code == 0
    assert [row["time"] for row in rows] == [
        times.rfc3339(event.moment) for event in events if event.moment > FIRST
    ]
    assert f"runs before {KEPT} (UTC) are kept as counts by day" in stderr
    assert "journal_days" in stderr
    code, stdout, stderr = filled.run("usage", "export", "--since", "10d", "--json")
    assert (code, stderr) == (0, "")
    assert json.loads(stdout)["since"] > times.rfc3339(FIRST)


def test_all_single_runs_may_be_gone(tmp_path: Path) -> None:
    filled = _filled(tmp_path, _events())
    filled.now = NOW + 3000 * DAY  # a clock that is years ahead
    filled.run("usage", "top")
    filled.now = NOW
    code, stdout, stderr = filled.run("usage", "export", "--csv", "--no-header")
    assert (code, stdout) == (0, "")
    assert "runs before 2026-11-24 (UTC) are kept as counts by day" in stderr
    told = json.loads(filled.run("usage", "top", "--since", "2026-10-01", "--json")[1])
    assert told["runs"] == sum(not event.tried for event in _events())


def test_fields_that_this_version_does_not_know_survive_a_fold(tmp_path: Path) -> None:
    filled = _filled(tmp_path, [])
    path = _state(tmp_path) / "usage.log"
    tails = ("exit=0 ver=0.7.0 sched=1 verb=nas df", "exit=0 ver=0.7.0 verb=nas df")
    path.write_text("".join(f"{START + n} {tails[n % 3 // 2]}\n" for n in range(30)))
    told = json.loads(filled.run("usage", "top", "--since", "60d", "--json")[1])
    assert told["runs"] == 30
    with Journal(str(_state(tmp_path))) as opened:
        ((_, rows),) = opened.days()
    assert {(runs, tail.decode()) for _, runs, tail in rows} == {
        (20, f" {tails[0]}"), (10, f" {tails[1]}")
    }  # fmt: skip
    again = json.loads(filled.run("usage", "top", "--since", "60d", "--json")[1])
    for one in (told, again, *told["rows"], *again["rows"]):
        assert one.pop("last" if "last" in one else "counted_since")[:10] == "2026-10-14"
    assert again == told


def test_a_moment_of_18_digits_is_counted_at_its_own_time(tmp_path: Path) -> None:
    filled = _filled(tmp_path, [Event(NOW - DAY, ACCOUNT, "config", 0, "0.6.0")], days=36_500)
    with (_state(tmp_path) / "usage.log").open("a") as file:
        for moment in (10**18 - 1, 10**17, 77):
            file.write(f"{moment} exit=0 ver=0.6.0 verb=early\n")
        file.write(f"{NOW - 5} exit=0 ver=0.6.0 verb=config\n")
    told = json.loads(filled.run("usage", "top", "--json")[1])
    assert [(row["verb"], row["runs"]) for row in told["rows"]] == [("config", 2)]
    words = ("--since", "1970-01-01T00:00:00Z", "--json")
    for _ in range(2):
        rows = json.loads(filled.run("usage", "top", *words)[1])["rows"]
        assert {row["verb"]: (row["runs"], row["last"]) for row in rows} == {
            "early": (3, "2001-09-09T01:46:39.999999999Z"),
            "config": (2, times.rfc3339(NOW - 5)),
        }
    exported = json.loads(filled.run("usage", "export", *words)[1])["rows"]
    assert [row["time"] for row in exported] == [
        "1970-01-01T00:00:00.000000077Z", "1973-03-03T09:46:40Z", "2001-09-09T01:46:39.999999999Z",
        times.rfc3339(NOW - DAY), times.rfc3339(NOW - 5),
    ]  # fmt: skip


def test_too_many_lines_are_folded_by_the_reader_that_meets_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("homelab.telemetry.history.FULL", "homelab.telemetry.fold.FULL"):
        monkeypatch.setattr(module, 30_000)
    monkeypatch.setattr(folding, "_LEFT", 20_000)
    events = _events()
    filled = _filled(tmp_path, events, days=400)
    since = times.rfc3339(START // DAY * DAY - DAY)
    code, stdout, stderr = filled.run("usage", "top", "--since", since, "--json")
    runs = sum(not event.tried for event in events)
    assert (code, json.loads(stdout)["runs"]) == (0, runs)
    assert stderr.count("\n") == 1  # the note since when runs are counted
    with Journal(str(_state(tmp_path))) as opened:
        assert 10_000 < opened.size() < 20_000


@pytest.mark.parametrize("words", [("top",), ("export", "--csv")], ids=" ".join)
def test_where_nothing_can_be_folded_lines_are_read_as_they_are(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = _events()
    filled = _filled(tmp_path, events)
    before = filled.run("usage", "export", "--since", "60d", "--csv")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("homelab.telemetry.fold._write", full)
        answers = [filled.run("usage", *words, "--since", "60d") for _ in range(2)]
    assert answers[0] == answers[1]
    code, _, said = answers[0]
    assert code == 0
    assert said.startswith("homelab: counted since ")
    assert said.count("\n") == 1
    assert filled.run("usage", "export", "--since", "60d", "--csv") == before


def test_the_built_file_folds_and_says_so(world: World) -> None:
    """With settings from a file, and an old journal with a torn line at its end."""
    world.settings("[telemetry]\njournal_days = 30\n")
    world.run("config")
    new = world.journal.read_text()
    old = "1700000000000000000 exit=0 ver=0.5.0 verb=config\n"  # 2023-11-14
    world.journal.write_text(old * 3 + new + "17000000000000000")
    for _ in range(2):
        told = json.loads(world.run("usage", "top", "--since", "2023-01-01", "--json").stdout)
        assert told["runs"] == 4
    done = world.run("usage", "export", "--since", "2023-01-01", "--csv", "--no-header")
    assert len(done.stdout.splitlines()) == 1
    assert "runs before 2023-11-15 (UTC) are kept as counts by day" in done.stderr
    world.run("config")
    assert json.loads(world.run("usage", "top", "--json").stdout)["runs"] == 2
    assert {path.stat().st_mode & 0o777 for path in world.state.iterdir()} == {0o600}


def test_own_names_are_folded_and_shown_and_not_handed_on(tmp_path: Path) -> None:
    """Older copies read a record of OWN as a verb of that name, and day counts keep it."""
    verbs = ("(own) media backup", "(own) media backup", "(personal)", "config")
    filled = _filled(
        tmp_path,
        [Event(NOW - 20 * DAY + at, ACCOUNT, verb, 0, "0.6.0") for at, verb in enumerate(verbs)],
    )
    for _ in range(2):  # the first one folds
        rows = json.loads(filled.run("usage", "top", "--since", "30d", "--json")[1])["rows"]
        assert {row["verb"]: row["runs"] for row in rows} == {
            "media backup": 2, "(personal)": 1, "config": 1,
        }  # fmt: skip
        page = filled.run("usage", "report", "-o", "-", "--since", "30d")[1]
        assert "(personal)" in page
        assert "media backup" not in page
    with Journal(str(_state(tmp_path))) as read:
        assert [day for day, _ in read.days()]
    named = filled.run("usage", "report", "-o", "-", "--since", "30d", "--accounts")[1]
    assert "media backup" in named
