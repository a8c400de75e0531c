"""`usage report`: every figure on the page against a separate count, from both sinks; and the file
itself."""

from __future__ import annotations

import os
import pwd
import re
import stat
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.generated import Filled, fake, filling, usage
from support.world import World, at_a_terminal

from homelab import times
from homelab.output.columns import visible
from homelab.output.page.html import MOST
from homelab.times import DAY, SECOND
from homelab.usage.counts import since
from homelab.usage.wilson import interval
from homelab.verbs import BUILT_IN

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


class Page(HTMLParser):
    """The content of a page: its `tables` by section, as rows of {header: text}, its large `facts`,
    its headings, and all other text (`said`)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[dict[str, str]]] = {}
        self.facts: dict[str, str] = {}
        self.headings: list[str] = []
        self.said: list[str] = []
        self._section = ""
        self._row = 0
        self._heads: list[str] = []
        self._cells: list[str] = []
        self._piece: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self._section = dict(attrs)["id"] or ""
        if tag == "thead":
            self._heads = []
            self._row = 0
        if tag == "tr":
            self._cells = []
        if tag in ("th", "td", "h1", "h2", "p", "dt", "dd"):
            self._piece = []

    def handle_data(self, data: str) -> None:
        self._piece.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = "".join(self._piece)
        if tag in ("th", "td"):
            self._cells.append(text)
        elif tag == "tr" and not self._heads:
            self._heads = self._cells
        elif tag == "tr":
            rows = self.tables.setdefault(self._section, [])
            if self._row == len(rows):
                rows.append({})
            # a wide table is split into several
            rows[self._row].update(zip(self._heads, self._cells))
            self._row += 1
        elif tag in ("h1", "h2"):
            self.headings.append(text)
        elif tag == "p":
            self.said.append(text)
        elif tag == "dt":
            self.facts[text] = ""
        elif tag == "dd":
            self.facts[list(self.facts)[-1]] = text

    def by(self, section: str, key: str) -> dict[str, dict[str, str]]:
        rows = self.tables[section]
        found = {row[key]: row for row in rows}
        assert len(found) == len(rows)
        return found


@pytest.fixture(params=["journal", "loki"])
def fill(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A function that fills either sink with events. In the journal all are one account's."""
    with filling(request.param, tmp_path / "home", ACCOUNT) as made:
        yield lambda events, now=NOW: made(events, now)


def report(filled: Filled, *words: str) -> Page:
    """The page that names everything."""
    whole = ("--accounts", "--min-users", "1")
    code, stdout, stderr = filled.run("usage", "report", "-o", "-", *whole, *words)
    assert (code, stderr) == (0, "")
    assert stdout.isascii()
    return Page(stdout)


def share(part: int, whole: int) -> str:
    """A share as the columns print it."""
    rate = part / whole
    return f"{rate * 100:.0f}%" if rate >= 0.1 or not rate else f"{rate * 100:.1f}%"


@pytest.mark.parametrize("days", [3, 30, 120])
def test_every_figure(days: int, fill: Any) -> None:
    start = NOW - days * DAY
    events = usage(11, start, NOW, 1500)
    filled = fill(events)
    page = report(filled, "--since", f"{days}d")
    first, last = times.window(start, NOW)
    every = [event for event in events if first < event.moment <= last]
    inside = [event for event in every if not event.tried]
    runs = Counter(event.verb for event in inside)
    failed = Counter(event.verb for event in inside if event.failed)
    users = Counter(event.user for event in inside)

    assert page.facts == {
        "Runs": str(len(inside)),
        "Verbs": str(len({event.verb for event in inside} - {"(personal)"})),
        "Accounts": str(len(users)),
        "Failed": share(sum(event.failed for event in inside), len(inside)),
    }
    shown = {verb: visible(verb) for verb in runs}
    top = page.by("top", "VERB")
    assert {shown[verb]: str(count) for verb, count in runs.items()} == {
        verb: row["RUNS"] for verb, row in top.items()
    }
    for verb, count in runs.items():
        row = top[shown[verb]]
        # no exit code of a script without `Answers:` says that it failed
        unknown = not failed[verb] and verb not in BUILT_IN.paths()
        assert row["FAILED"] == ("-" if unknown or verb == "job run" else str(failed[verb]))
        assert row["SHARE"] == share(count, len(inside))
        assert row["USERS"] == str(len({event.user for event in inside if event.verb == verb}))
        newest = max(event.day for event in inside if event.verb == verb)
        assert row["LAST"] == times.date(newest)

    trend = page.by("trend", "VERB")
    periods = [head for head in page.tables["trend"][0] if head not in ("VERB", "RUNS")]
    week = days > 14
    for verb, count in runs.items():
        row = trend[shown[verb]]
        per = Counter(
            times.date(event.day - ((event.day - 4) % 7 if week else 0))[5:]
            for event in inside
            if event.verb == verb
        )
        assert {head: int(row[head]) for head in periods} == {head: per[head] for head in periods}
        assert sum(per.values()) == count == int(row["RUNS"])

    failures = page.by("failures", "VERB")
    assert set(failures) == {shown[verb] for verb in failed}
    for verb in failed:
        row = failures[shown[verb]]
        assert (row["FAILED"], row["RUNS"]) == (str(failed[verb]), str(runs[verb]))
        if runs[verb] < 20:
            assert (row["RATE"], row["AT LEAST"], row["AT MOST"]) == ("-", "-", "-")
        else:
            low, high = interval(failed[verb], runs[verb])
            assert row["RATE"] == share(failed[verb], runs[verb])
            assert row["AT LEAST"] == share(round(low * 10**6), 10**6)
            assert row["AT MOST"] == share(round(high * 10**6), 10**6)

    wanted = page.by("wanted", "WORD")
    assert {word: row["TRIES"] for word, row in wanted.items()} == {
        verb.partition(" ")[2]: str(count)
        for verb, count in Counter(event.verb for event in every if event.tried).items()
        if verb.startswith("(unknown) ")
    }
    if not filled.server:
        assert "users" not in page.tables
    else:
        accounts = page.by("users", "USER")
        assert set(accounts) == set(users)
        for user, count in users.items():
            row = accounts[user]
            assert (row["RUNS"], row["SHARE"]) == (str(count), share(count, len(inside)))
            assert row["VERBS"] == str(len({e.verb for e in inside if e.user == user}))
            assert row["LAST"] == times.date(max(e.day for e in inside if e.user == user))


def test_its_tables_are_those_of_the_other_verbs(fill: Any) -> None:
    """`usage top` and the other verbs agree, row by row and text by text."""
    filled = fill(usage(5, NOW - 20 * DAY, NOW, 900))
    page = report(filled, "--since", "20d")
    for section, words in (
        ("next", "next"), ("top", f"top --limit {MOST}"), ("trend", f"trend --limit {MOST}"),
        ("wanted", "wanted"), ("unused", "unused"),
    ):  # fmt: skip
        stdout = filled.run("usage", *words.split(), "--since", "20d")[1]
        head, *lines = stdout.splitlines()
        rows = page.tables[section]
        lines = lines[:MOST]
        assert list(rows[0]) == head.split()
        if head.endswith("LAST"):  # to the minute there, to the day on the page
            lines = [line[:-6] for line in lines]
        assert [" ".join(" ".join(row.values()).split()) for row in rows] == [
            " ".join(line.split()) for line in lines
        ]


def test_a_date_is_not_broken_in_two(fill: Any) -> None:
    filled = fill(usage(5, NOW - 20 * DAY, NOW, 900))
    text = filled.run("usage", "report", "-o", "-", "--since", "20d")[1]
    cells = re.findall(r"<td([^>]*)>(?:<time[^>]*>)?\d{4}-\d\d-\d\d", text)
    assert len(cells) > 20
    assert all('class="moment"' in attributes for attributes in cells)


def test_what_it_is_made_of_is_said(fill: Any) -> None:
    filled = fill(usage(5, NOW - 9 * DAY, NOW, 300))
    page = report(filled, "--since", "7d")
    source = f"{ACCOUNT}'s journal" if not filled.server else "Loki at http://127.0.0.1"
    assert page.headings[0] == "How homelab is used"
    assert page.said[0].startswith(f"2026-11-16 20:30 to 2026-11-23 20:30 UTC, from {source}")
    assert "At a terminal: homelab usage top --since 7d" in page.said
    assert any("homelab usage report --since 7d" in text for text in page.said)
    users = 2 if filled.server else 1  # the journal is of one account
    said = f"--min-runs 20, --min-tries 10, --min-users {users}"
    assert any(said in text for text in page.said)


def test_nothing_counted_yet(fill: Any, tmp_path: Path) -> None:
    filled = fill([])
    path = tmp_path / "usage.html"
    code, stdout, stderr = filled.run("usage", "report", "-o", str(path))
    assert (code, stdout) == (0, "")
    assert "no runs since 2026-10-24 20:30" in stderr
    page = Page(path.read_text())
    assert any(text.startswith("No runs since 2026-10-24 20:30") for text in page.said)
    assert page.tables == {}
    assert page.facts == {"Runs": "0", "Verbs": "0", "Accounts": "0", "Failed": "0%"}


def test_a_day_that_is_missing_stands_before_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homelab.usage.loki_asking._PATIENT", 0.1)  # s, of repeated questions
    lost = NOW // DAY - 5

    def hook(request: Request) -> Answer | None:
        if not (request.path.endswith("/query_range") and "step" in request.query):
            return None
        inside = int(request.value("start")) <= (lost + 1) * DAY <= int(request.value("end"))
        return Answer(500, "text/plain", b"context canceled") if inside else None

    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        events = usage(5, NOW - 40 * DAY, NOW, 600)
        filled = fake(server, clock, tmp_path / "home", events, NOW)
        server.hook = hook
        path = tmp_path / "usage.html"
        code, _, stderr = filled.run("usage", "report", "-o", str(path), "--since", "40d")
    first, last = times.window(NOW - 40 * DAY, NOW)
    known = [e for e in events if first < e.moment <= last and e.day != lost and not e.tried]
    assert code == 1
    sentence = f"the runs of {times.date(lost)} are missing from all figures: "
    assert stderr.count(sentence) == 1
    page = Page(path.read_text())
    assert page.said[1].startswith(f"T{sentence[1:]}")
    assert "context canceled" in page.said[1]
    assert page.facts["Runs"] == str(len(known))


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (30 * DAY, "--since 30d"),
        (30 * DAY + 900_000, "--since 30d"),
        (36 * DAY // 24, "--since 36h"),
        (90 * SECOND, "--since 2026-11-23T20:29:04.883967747Z"),
    ],
)
def test_the_window_as_an_option(span: int, said: str) -> None:
    assert since(NOW - span, NOW) == said


def test_the_file(world: World) -> None:
    world.run("config")
    path = world.folder / "usage.html"
    done = world.run("usage", "report", "-o", "usage.html")
    assert (done.returncode, done.stdout) == (0, "")
    (said,) = done.stderr.splitlines()  # on the page too
    assert said.startswith("homelab: counted since ")
    assert path.read_text().startswith("<!DOCTYPE html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600  # whatever the umask: it has accounts' names
    assert world.run("usage", "report", "--output", "-").stdout.startswith("<!DOCTYPE html>")
    assert world.events() == ["exit=0 ver=0.6.0 verb=config"]  # it is never counted itself
    assert sorted(os.listdir(world.folder)) == ["home", "usage.html"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([], 2, "homelab: -o/--output is missing"),
        (["-o", "-", "--open"], 2, "homelab: --open needs a file, and -o - writes to stdout"),
        (["-o", "no/such/x"], 1, "homelab: no/such/x can't be written: there is no folder no/such"),
        (["-o", "/dev/full"], 1, "homelab: /dev/full can't be written: No space left on device"),
    ],
)  # fmt: skip
def test_what_can_not_be_done(words: list[str], code: int, sentence: str, world: World) -> None:
    done = world.run("usage", "report", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.splitlines()[0].partition(";")[0] == sentence
    assert os.listdir(world.folder) == ["home"]


def test_nothing_is_written_where_nothing_may_be(world: World) -> None:
    done = world.run("usage", "report", "-o", "usage.html", HOMELAB_READ_ONLY="1")
    assert done.returncode == 77
    assert os.listdir(world.folder) == ["home"]


def test_open(world: World) -> None:
    """With the program in BROWSER, without waiting for it; and with a message if there is none."""
    said = world.folder / "said"
    browser = world.folder / "browse"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" >{said}.new\nmv {said}.new {said}\nsleep 9\n')
    browser.chmod(0o755)
    began = time.monotonic()
    done = world.run("usage", "report", "-o", "a b.html", "--open", BROWSER=str(browser))
    assert done.returncode == 0
    assert time.monotonic() - began < 8
    deadline = time.monotonic() + 5
    while not said.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert said.read_text() == f"file://{world.folder}/a%20b.html"
    done = world.run("usage", "report", "-o", "x.html", "--open", BROWSER="w3m")
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == (
        "homelab: no browser was found; open x.html in a browser"
    )


def test_a_person_is_told_that_it_is_written(world: World) -> None:
    world.run("usage", "on")
    world.run("config")
    path = str(world.folder / "usage.html")
    shown = at_a_terminal(world, "usage", "report", "-o", path)
    assert " ".join(shown.split()).endswith(f"homelab: {path} is written")


def test_a_reader_that_goes_away_is_a_closed_pipe(world: World) -> None:
    world.run("config")
    done = subprocess.run(
        ["bash", "-c", f"{world.pyz} usage report -o - | head -c 1; echo ${{PIPESTATUS[0]}}"],
        env=world.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout in ("<141\n", "<0\n")  # all of it may have fitted into the pipe
    assert "Traceback" not in done.stderr
    assert "roken pipe" not in done.stderr
