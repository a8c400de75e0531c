"""`usage export`: every run, once, in order, from both sinks."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
import signal
import subprocess
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.generated import JOB, Event, Filled, fake, journal, usage
from support.reading import Sink
from support.world import World

from homelab import times
from homelab.output.progress import Progress
from homelab.telemetry.history import Journal
from homelab.times import DAY, SECOND
from homelab.usage import journal_order
from homelab.usage.counts import Question

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name


def _rows(filled: Filled, *words: str) -> list[dict[str, str]]:
    whole = ("--accounts", "--min-users", "1")
    code, stdout, stderr = filled.run("usage", "export", *whole, *words, "--csv")
    assert (code, stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(stdout)))


def _expected(events: list[Event], start: int) -> list[dict[str, str]]:
    return [
        {
            "time": times.rfc3339(event.moment),
            "user": event.user,
            "verb": event.verb,
            "exit": str(event.code),
            "version": event.version,
        }
        for event in events
        if times.window(start, NOW)[0] < event.moment
    ]


@pytest.mark.parametrize("days", [0.5, 7, 65])
def test_all_runs_in_order_from_loki(days: float, tmp_path: Path) -> None:
    """Over more than a page of 5,000, with late runs among them."""
    start = NOW - int(days * DAY)
    events = usage(21, start, NOW, 6000)
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, events, NOW)
        rows = _rows(filled, "--since", f"{int(days * 86400)}s")
    assert rows == _expected(events, start)


def test_all_runs_in_order_from_a_journal_that_is_not(tmp_path: Path) -> None:
    start = NOW - 9 * DAY
    events = [event._replace(user=ACCOUNT) for event in usage(22, start, NOW, 4000)]
    mixed = events[3000:] + events[:1000] + events[2000:3000] + events[1000:2000]
    rows = _rows(journal(tmp_path, mixed, NOW), "--since", "9d")
    assert rows == _expected(events, start)
    backwards = journal(tmp_path / "b", reversed(events), NOW)  # as many stretches as lines
    assert _rows(backwards, "--since", "9d") == _expected(events, start)


def test_some_of_them(tmp_path: Path) -> None:
    events = [event._replace(user=ACCOUNT) for event in usage(22, NOW - DAY, NOW, 400)]
    filled = journal(tmp_path, events, NOW)
    rows = _rows(filled, "--since", "1d", "--verb", "nas")
    inside = [e for e in events if e.moment > NOW - DAY and e.verb in ("nas df", "nas df all")]
    assert [row["time"] for row in rows] == [times.rfc3339(event.moment) for event in inside]
    code, stdout, _ = filled.run("usage", "export", "--user", "nobody", "--json")
    assert (code, json.loads(stdout)["rows"]) == (0, [])


def test_as_one_document(tmp_path: Path) -> None:
    events = [Event(NOW - 5, ACCOUNT, 'a"b\\c', 0, "0.6.0"), Event(NOW, ACCOUNT, "🐧", 9, "0.6.0")]
    words = ("usage", "export", "--accounts", "--json")
    code, stdout, _ = journal(tmp_path, events, NOW).run(*words)
    told = json.loads(stdout)
    assert code == 0
    assert told["schema"] == "homelab.usage-export/1"
    assert told["source"] == f"{ACCOUNT}'s journal"
    assert [list(row.values()) for row in told["rows"]] == [
        [times.rfc3339(NOW - 5), ACCOUNT, 'a"b\\c', 0, "0.6.0"],
        [times.rfc3339(NOW), ACCOUNT, "🐧", 9, "0.6.0"],
    ]


def test_what_came_before_a_failure_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homelab.usage.loki_asking._PATIENT", 0.1)  # s, of repeated questions
    events = usage(21, NOW - DAY, NOW, 6000)
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, events, NOW)

        def hook(request: Request) -> Answer | None:
            late = int(request.value("start")) > NOW - DAY // 2
            return Answer(502, "text/plain", b"bad gateway") if late else None

        server.hook = hook
        words = ("--since", "2d", "--csv", "--min-users", "1")
        code, stdout, stderr = filled.run("usage", "export", *words)
    assert code == 69
    assert len(stdout.splitlines()) > 3900  # all until then
    assert "502" in stderr


def test_two_runs_of_one_moment_are_two(tmp_path: Path) -> None:
    with FakeLoki(clock=lambda: NOW) as server:
        sink = Sink(server.url)
        for user, verb in (("a", "x"), ("a", "y"), ("b", "x")):
            labels = {"job": JOB, "user": user, "verb": verb}
            sink.push(labels, [(NOW - 1, "exit=0 ver=0.6.0"), (NOW - 1, "exit=1 ver=0.6.0")])
        filled = Filled({"HOME": str(tmp_path), "HOMELAB_LOKI_URL": server.url}, NOW)
        rows = _rows(filled, "--since", "1h")
    found = Counter((row["user"], row["verb"], row["exit"]) for row in rows)
    assert set(found.values()) == {1}
    assert len(found) == 6


def test_a_long_journal_takes_little_memory(tmp_path: Path) -> None:
    lines = 200_000
    path = tmp_path / "usage.log"
    with path.open("w") as file:
        for number in range(lines):
            file.write(f"{NOW - lines + number} exit=0 ver=0.6.0 verb=host status\n")
    asked = Question(NOW - DAY, NOW)
    tracemalloc.start()
    progress = Progress(io.StringIO(), shown=False)
    with Journal(str(tmp_path)) as opened:
        count = sum(len(batch) for batch in journal_order.read(opened, "a", asked, progress))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == lines
    assert peak < 2_000_000  # bytes; the file has 10 MB


def test_a_reader_that_has_enough_ends_it(world: World) -> None:
    journal(world.home, usage(3, time.time_ns() - DAY, time.time_ns(), 20_000), 0)
    process = subprocess.Popen(
        [world.pyz, "usage", "export", "--since", "2d"],
        env=world.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=20) == -signal.SIGPIPE
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
