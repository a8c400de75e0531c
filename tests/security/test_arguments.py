"""No value of an argument is lost: a given filter is never silently dropped."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from support.reading import Sink
from support.roots import run_in
from support.speaking import Speaker, call
from support.world import World

SECOND = 10**9


@pytest.fixture
def lines(loki: FakeLoki, world: World) -> list[str]:
    """Lines of two apps in the world's Loki; one app is named `--`."""
    now = time.time_ns() - 10 * SECOND
    texts = ["plain", "two -- dashes", "of -x"]
    for number, text in enumerate(texts):
        labels = {"app": "--" if number else "plex", "job": "x"}
        Sink(loki.url).push(labels, [(now + number, text)])
    world.env["LOKI_ADDR"] = loki.url
    return texts


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--app=--"], [1, 2]),
        (["--grep=--"], [1]),
        (["--not=--"], [0, 2]),
        (["--regex=--"], [1]),
        (["--grep=-x"], [2]),
        (["--label=app=--"], [1, 2]),
        (["--app=--", "--grep=--"], [1]),
        (["--host=--"], None),
    ],
)
def test_two_dashes_are_a_value(
    words: list[str], found: list[int] | None, lines: list[str], world: World
) -> None:
    done = world.run("logs", "query", *words, "--oldest-first", "--output", "raw")
    if found is None:  # this Loki has no such label
        assert (done.returncode, done.stdout) == (2, "")
        return
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [lines[number] for number in found]


def test_an_agent_gets_what_it_asked_for(lines: list[str], world: World) -> None:
    with Speaker(world) as speaker:
        for given, found in (({"app": "--"}, lines[1:]), ({"grep": ["--"]}, lines[1:2])):
            answer = speaker.ask(call(1, "logs_query", oldest_first=True, **given))
            rows = answer["result"]["structuredContent"]["rows"]
            assert [row["line"] for row in rows] == found
        answer = speaker.ask(call(2, "logs_query", since="--"))["result"]
        assert answer["isError"]
        assert answer["_meta"]["homelab/exit-code"] == 2
        speaker.close()


def test_nobodys_runs_are_counted_for_an_account_called_two_dashes(world: World) -> None:
    world.run("config")
    for user in ("--user=--", "--user=-"):
        done = world.run("usage", "top", user, "--json")
        assert json.loads(done.stdout)["rows"] == []


@pytest.mark.parametrize(
    "words",
    [
        ["logs", "query", "--app", "--"],
        ["logs", "query", "--app="],
        ["logs", "query", "--app", ""],
        ["logs", "query", "--app", " "],
        ["logs", "query", "--grep="],
        ["logs", "query", ""],
        ["logs", "query", " "],
        ["usage", "top", "--user", "a", "--user", "b"],
        ["logs", "query", "--app", "\udcff"],
        ["logs", "query", "--grep", "\udcff"],
        ["logs", "query", "--label", "app=\udcff"],
        ["logs", "query", '{app="\udcff"}'],
        ["logs", "query", "--since=--"],
        ["logs", "query", "--level="],
        ["logs", "query", "--level=,"],
        ["logs", "labels", ""],
        ["usage", "top", "--user", ""],
        ["usage", "top", "--user", "--"],
        ["usage", "top", "--verb", " "],
        ["usage", "top", "--since=--"],
        ["usage", "trend", ""],
        ["usage", "trend", " "],
        ["verbs", "check", " "],
        ["manifest", " "],
        ["help", " "],
    ],
)
def test_what_says_nothing_is_refused(words: list[str], world: World) -> None:
    """The first line gives the reason, with exit code 2; the verb's usage is below it."""
    done = world.run(*words, HOMELAB_LOKI_URL="http://127.0.0.1:1", HOMELAB_TELEMETRY="0")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("homelab: ")
    assert "Traceback" not in done.stderr


@pytest.mark.needs("root", "namespaces", "chroot")
def test_every_python_reads_them_alike(root: Path) -> None:
    """This covers 3.9 to the newest; argparse, which read them once, changed between versions."""
    for words, code, sentence in (
        (["usage", "top", "--user=--"], 0, "homelab: no runs by -- since"),
        (["usage", "top", "--since=--"], 2, "homelab: --since: not a time: '--'"),
        (["usage", "top", "--user", "--"], 2, "homelab: --user: a value is missing"),
    ):
        done = run_in(root, "root", "/srv/homelab.pyz", *words)
        assert done.returncode == code
        assert done.stderr.startswith(sentence)
