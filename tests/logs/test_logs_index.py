"""`logs labels`, `series`, `volume`, `count`, `errors`, `context`: the content of a Loki, and how
much it is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.reading import Sink, until
from support.world import World, at_a_terminal

from homelab.logs import similar, time_steps

SECOND = 10**9
HOUR = 3600 * SECOND


@pytest.fixture
def hour(sink: Sink) -> int:
    """Two apps on two hosts, within an hour that is over; returns its start, on a whole quarter. A
    real Loki shows lines of about that age at once."""
    start = (time.time_ns() - HOUR - 300 * SECOND) // (HOUR // 4) * (HOUR // 4)
    job = {"job": sink.job}
    for number in range(4):
        lines = [
            (start + (number * 900 + 1) * SECOND, f"error: disk {number} of 7f3a9{number}c full")
        ]
        sink.push({**job, "app": "nas", "host": "n", "level": "error", "k": str(number)}, lines)
    lines = [(start + 3 * SECOND + n, f"GET /{n} " + "x" * 500) for n in range(20)]
    sink.push({**job, "app": "web", "host": "p", "level": "info"}, lines)
    return start


def told(world: World, sink: Sink, *words: str) -> Any:
    done = world.run("logs", *words, "--json", HOMELAB_LOKI_URL=sink.url)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_labels_and_their_values(sink: Sink, hour: int, world: World) -> None:
    rows = {row["label"]: row for row in told(world, sink, "labels", "--since", "5h")["rows"]}
    assert {"job", "app", "host", "level", "service_name"} <= set(rows)
    assert sink.job in [row["value"] for row in told(world, sink, "labels", "job")["rows"]]
    done = world.run("logs", "labels", "no_such", HOMELAB_LOKI_URL=sink.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert "no label no_such since" in done.stderr


def test_series(sink: Sink, hour: int, world: World) -> None:
    rows = told(world, sink, "series", "--job", sink.job, "--app", "web", "--since", "5h")["rows"]
    labels = {"job": sink.job, "app": "web", "host": "p", "level": "info", "service_name": "web"}
    assert [row["labels"] for row in rows] == [labels]
    done = world.run("logs", "series", f'{{job="{sink.job}"}} |= "x"', HOMELAB_LOKI_URL=sink.url)
    assert done.returncode == 2


def test_volume(sink: Sink, hour: int, world: World) -> None:
    answer = told(world, sink, "volume", "--job", sink.job, "--since", "5h", "--by", "app")
    assert [row["app"] for row in answer["rows"]] == ["web", "nas"]
    assert answer["rows"][0]["bytes"] > 10_000
    assert answer["bytes"] == sum(row["bytes"] for row in answer["rows"])
    assert abs(sum(row["share"] for row in answer["rows"]) - 1) < 0.01
    one = world.run(
        "logs",
        "volume",
        "--job",
        sink.job,
        "--since",
        "5h",
        "--limit",
        "1",
        HOMELAB_LOKI_URL=sink.url,
    )
    assert [line.split()[0] for line in one.stdout.splitlines()] == ["SERVICE_NAME", "web"]
    assert one.stdout.splitlines()[1].split()[2] in ("KiB", "MiB")
    assert "1 more row; --limit 2 shows all" in one.stderr


def test_volume_of_a_loki_whose_index_is_not_asked(world: World, loki: FakeLoki) -> None:
    def older(request: Request) -> Answer | None:
        return (
            Answer(404, "text/plain", b"404 page not found\n") if "volume" in request.path else None
        )

    sink = Sink(loki.url)
    sink.push({"job": sink.job, "app": "web"}, [(time.time_ns() - SECOND, "x" * 100)])
    loki.hook = older
    answer = told(world, sink, "volume", "--job", sink.job, "--by", "app")
    assert answer["rows"] == [{"app": "web", "bytes": 100, "share": 1.0}]


def test_count(sink: Sink, hour: int, world: World) -> None:
    window = ("--since", str(hour // SECOND), "--until", str((hour + HOUR) // SECOND))
    words = ("count", "--job", sink.job, *window)
    answer = told(world, sink, *words)
    assert answer["rows"][0]["lines"] == 24
    assert answer["step"] == "300s"
    by_app = told(world, sink, *words, "--by", "app")["rows"]
    assert [(row["app"], row["lines"]) for row in by_app] == [("web", 20), ("nas", 4)]
    world.env.update(HOMELAB_LOKI_URL=sink.url, HOMELAB_TELEMETRY="0")
    header, web, nas = at_a_terminal(world, "logs", *words, "--by", "app").splitlines()
    assert header.split() == ["APP", "LINES", "TREND"]
    at = header.index("TREND")
    assert [sign for sign in web[at:] if sign != " "] == ["█"]
    assert [index for index, sign in enumerate(nas[at:]) if sign != " "] == [0, 3, 6, 9]
    rows = told(world, sink, *words, "--step", "15m", "--grep", "disk")["rows"]
    assert [row["lines"] for row in rows] == [1, 1, 1, 1]
    assert rows[0]["from"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(hour // SECOND))
    done = world.run("logs", *words, "--explain", "--by", "host", HOMELAB_LOKI_URL=sink.url)
    asked = f'count_over_time({{job="{sink.job}"}} [300s] offset 1ms)'
    assert done.stdout == f"sum by (host) ({asked})\n"


def test_count_puts_a_line_into_the_piece_that_it_begins(sink: Sink, world: World) -> None:
    """Syslog's lines have whole seconds, cron's whole minutes. A count that is too long for one
    answer of Loki takes several."""
    start = (time.time_ns() // SECOND - 3600) // 60 * 60
    lines = [((start + second) * SECOND, f"n{second}") for second in (0, 1, 59, 60)]
    sink.push({"job": sink.job}, lines)
    window = ("--since", str(start - 12_000), "--until", str(start + 60))
    words = ("count", "--job", sink.job, *window, "--step", "1s")
    rows = told(world, sink, *words)["rows"]
    wanted = [(start + second) for second in (0, 1, 59)]
    assert [row["from"] for row in rows] == [
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)) for second in wanted
    ]
    assert [row["lines"] for row in rows] == [1, 1, 1]
    plain = world.run("logs", *words, HOMELAB_LOKI_URL=sink.url).stdout.splitlines()
    assert [line.split()[1].rpartition(":")[2] for line in plain[1:]] == ["00", "01", "59"]
    # the window has 24 pieces at most, of ten minutes each here
    done = world.run("logs", *words[:-2], HOMELAB_LOKI_URL=sink.url, TZ="UTC")
    last = -(-(start + 60) // 600) * 600
    since, end = (
        time.strftime("%Y-%m-%d %H:%M", time.gmtime(second))
        for second in ((start - 12_000) // 600 * 600, last)
    )
    assert done.stderr == f"homelab: counted from {since} to {end}, whole pieces of 10 min\n"


def test_count_by_hours_loses_none(sink: Sink, world: World) -> None:
    """If the first label has no line in the first hour, Loki would lose that hour of the others."""
    end = time.time_ns() // HOUR * HOUR
    for app, hours in (("a", (2,)), ("b", (3, 2, 1))):
        sink.push({"job": sink.job, "app": app}, [(end - h * HOUR + SECOND, "x") for h in hours])
    if os.environ.get("HOMELAB_TEST_LOKI"):  # it shows old lines when it has flushed them
        request = urllib.request.Request(f"{sink.url}/flush", method="POST")
        urllib.request.urlopen(request, timeout=60).close()
    window = ("--since", str((end - 3 * HOUR) // SECOND), "--until", str(end // SECOND))
    words = ("count", "--job", sink.job, *window, "--by", "app", "--step", "1h")
    wanted = [("a", 1), *[("b", 1)] * 3]

    def counted() -> bool:
        rows = told(world, sink, *words)["rows"]
        return sorted((row["app"], row["lines"]) for row in rows) == wanted

    assert until(counted, 20 if os.environ.get("HOMELAB_TEST_LOKI") else 0)


def test_errors(sink: Sink, hour: int, world: World) -> None:
    sink.push({"job": sink.job, "container": "/db"}, [(hour + SECOND, "FATAL: out of memory")])
    words = ("errors", "--job", sink.job, "--since", "5h")
    answer = told(world, sink, *words)
    assert [(row["lines"], row["source"], row["example"]) for row in answer["rows"]] == [
        (4, "nas", "error: disk 3 of 7f3a93c full"),
        (1, "/db", "FATAL: out of memory"),
    ]
    assert (answer["lines"], answer["kinds"]) == (5, 2)
    assert answer["complete"] is True
    for read, said in (("2", "2 lines were"), ("1", "line was")):
        done = world.run("logs", *words, "--read", read, HOMELAB_LOKI_URL=sink.url)
        assert done.stderr == f"homelab: only the newest {said} counted; use a larger --read\n"
    cut = told(world, sink, *words, "--read", "4")
    assert (cut["complete"], cut["lines"]) == (False, 4)
    done = world.run("logs", *words, "--read", "5", "--limit", "1", HOMELAB_LOKI_URL=sink.url)
    assert done.stderr == "homelab: 1 more kind of lines; --limit 2 shows all\n"
    done = world.run("logs", *words, "--level", "warn", HOMELAB_LOKI_URL=sink.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert "no line of level warn since" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("volume", "--by", "bytes"), "there is a column bytes already"),
        (("volume", "--by", "share"), "there is a column share already"),
        (("count", "--by", "lines"), "there is a column lines already"),
        (("count", "--by", "from", "--step", "1h"), "there is a column from already"),
        (("count", "--by", "Trend"), "there is a column trend already"),
        (("count", "--by", "a b"), "'a b' is not the name of a label"),
        (("volume", "--by", "a,b"), "'a,b' is not the name of a label"),
    ],
)
def test_what_is_no_label_to_group_by(
    world: World, loki: FakeLoki, words: tuple[str, ...], said: str
) -> None:
    done = world.run("logs", *words, HOMELAB_LOKI_URL=loki.url)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--by: {said}" in done.stderr


def test_context(sink: Sink, hour: int, world: World) -> None:
    at = hour + 3 * SECOND + 10
    when = f"{at // SECOND}.{at % SECOND:09}"
    words = ("logs", "context", when, "--job", sink.job, "--before", "2", "--output", "raw")
    done = world.run(*words, "--after", "3", HOMELAB_LOKI_URL=sink.url)
    assert [line.split()[1] for line in done.stdout.splitlines()] == [f"/{n}" for n in range(8, 13)]
    done = world.run(*words[:4], sink.job, "--after", "0", "--json", HOMELAB_LOKI_URL=sink.url)
    assert [row["line"].split()[0] for row in json.loads(done.stdout)["rows"]][-1] == "GET"
    assert len(json.loads(done.stdout)["rows"]) == 10
    done = world.run("logs", "context", "2026-01-01", "--job", sink.job, HOMELAB_LOKI_URL=sink.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert "within 1 h 0 min of 2026-01-01 00:00:00" in done.stderr


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("disk 7 is 93% full", "disk # is #% full"),
        ("2026-11-24T22:12:05.547Z GET 10.0.0.7:8080", "#Z GET #"),
        ("req 7f3c2a10-5f60-4b1e-9c55-0d6f8b8a1c2d at 0xdeadBEEF", "req # at #"),
        ("container 3f9ac01b77de died", "container # died"),
        ("id=Xa9Zk3LmQ8ty-0 user=alice", "id=# user=alice"),
        ("\x1b[31mbad\x1b[0m cafe face", "bad cafe face"),
        ("utf8 and sha256 stay words", "utf# and sha# stay words"),
    ],
)
def test_folding(line: str, pattern: str) -> None:
    assert similar.folded(line) == pattern


def test_kinds_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar, "MOST", 10)
    kinds = similar.Kinds()
    for word in ("a", *(chr(98 + n) for n in range(20)), "a", "a"):
        kinds.add([({"app": "x"}, 1, word)])
    assert len(kinds.loudest()) <= 10
    assert kinds.loudest()[0].count == 3
    assert sum(kind.count for kind in kinds.loudest()) + kinds.dropped == kinds.lines == 23


def test_pieces_of_a_window() -> None:
    for length in (SECOND, HOUR, 24 * HOUR, 90 * 24 * HOUR):
        step = time_steps.step_of(0, length)
        assert step * time_steps.PIECES >= length
    assert time_steps.widened(7, 21, 5) == (5, 25)


def test_the_values_of_four_labels_are_asked_for_at_once(world: World, loki: FakeLoki) -> None:
    """The first four pass a barrier that only four together pass."""
    sink = Sink(loki.url)
    names = [f"l{number}" for number in range(7)]
    sink.push({"job": sink.job, **dict.fromkeys(names, "v")}, [(time.time_ns(), "x")])
    gate, first = threading.Barrier(4, timeout=60), threading.Semaphore(4)

    def hook(request: Request) -> Answer | None:
        if request.path.endswith("/values") and first.acquire(blocking=False):
            gate.wait()
        return None

    loki.hook = hook
    world.env["HOMELAB_LOKI_URL"] = loki.url
    done = world.run("logs", "labels", "--json")
    assert done.returncode == 0, done.stderr
    found = {row["label"]: row["values"] for row in json.loads(done.stdout)["rows"]}
    assert found.items() >= {"job": 1, **dict.fromkeys(names, 1)}.items()


def test_ctrl_c_ends_it_with_four_questions_open(world: World, loki: FakeLoki) -> None:
    sink = Sink(loki.url)
    begun = time.time_ns() - 3000 * 10**9
    for start in range(0, 30_000, 5000):
        lines = [(begun + n * 10**8, str(n)) for n in range(start, start + 5000)]
        sink.push({"job": sink.job}, lines)
    hold, came = threading.Event(), threading.Semaphore(0)

    def hook(request: Request) -> None:
        if request.value("limit") == "5000":
            came.release()
            hold.wait(120)

    loki.hook = hook
    words = ["logs", "query", f'{{job="{sink.job}"}}', "--all", "--output", "raw"]
    with subprocess.Popen(
        [sys.executable, world.pyz, *words], stdout=subprocess.PIPE,
        env={**world.env, "HOMELAB_LOKI_URL": loki.url, "HOMELAB_TELEMETRY": "0"},
    ) as process:  # fmt: skip
        try:
            assert all(came.acquire(timeout=60) for _ in range(4))
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == -signal.SIGINT
            assert process.stdout is not None
            assert process.stdout.read().count(b"\n") == 499  # a page without its last time
        finally:
            hold.set()
            process.kill()
