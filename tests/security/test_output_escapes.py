"""Nothing printed for people acts on a terminal, not even through a pipe; and no CSV cell is a
formula. Names come from anyone who can push to Loki, run a container or write a script's header."""

from __future__ import annotations

import csv
import io
import json
import time

import pytest
from fakes.engine import listening, recording, replayed
from fakes.loki.server import FakeLoki
from support.reading import Sink
from support.speaking import Speaker, call
from support.world import World

from homelab.telemetry import event

SECOND = 10**9
NASTY = "=x\x1b]0;t\x07\x1b[2J\x9b31m\u202eevil\u200b\u2028\u3164end"
VERBS = [
    ["top"],
    ["top", "--by", "user"],
    ["top", "--by", "version"],
    ["top", "--failed"],
    ["top", "--compare"],
    ["trend"],
    ["export"],
    ["next"],
    ["wanted"],
    ["unused"],
]


def is_fit(text: str) -> bool:
    """Whether a terminal shows all of a text and acts on nothing in it."""
    plain = text.replace("\n", "")
    return plain.isprintable() and "\u3164" not in plain


def is_no_formula(text: str) -> bool:
    fields = [field for row in csv.reader(io.StringIO(text, newline="")) for field in row]
    return not any(field[:1] in ("=", "+", "-", "@") and field != "-" for field in fields)


@pytest.fixture
def hostile(loki: FakeLoki, world: World) -> None:
    """A Loki with hostile runs and lines."""
    now = time.time_ns() - 10 * SECOND
    sink = Sink(loki.url)
    for verb in ("config", NASTY, f"(unknown) {NASTY}"):
        labels = {"job": event.JOB, "user": NASTY, "verb": verb}
        sink.push(labels, [(now, "exit=3 ver=0.6.0"), (now + 1, "exit=0 ver=\x1b[2J\u202e")])
    for number in range(2):
        labels = {"job": "x", "app": f"{NASTY}{number}", "level": "error"}
        sink.push(labels, [(now + number, f"line {NASTY}\r\x1b[1A")])
    world.env["HOMELAB_LOKI_URL"] = loki.url
    world.env["HOMELAB_TELEMETRY"] = "0"


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"], ["--no-header"]], ids=" ".join)
@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_what_usage_prints(verb: list[str], form: list[str], hostile: None, world: World) -> None:
    done = world.run("usage", *verb, *form, "--since", "1d")
    assert done.returncode in (0, 1), done.stderr
    assert is_fit(done.stdout), done.stdout
    assert is_fit(done.stderr), done.stderr
    if form == ["--csv"]:
        assert is_no_formula(done.stdout)
    if verb == ["top", "--by", "user"] and form == ["--json"]:
        assert json.loads(done.stdout)["rows"][0]["user"] == NASTY
    elif verb == ["top", "--by", "user"]:
        assert "x\\x1b]0;t\\x07\\x1b[2J\\x9b31m\\u{202e}evil\\u{200b}\\u{2028}\\u{3164}end" in (
            done.stdout
        )


@pytest.mark.parametrize(
    "words",
    [
        ["query"],
        ["query", "--csv"],
        ["query", "--json"],
        ["query", "--output=json"],
        ["query", "--output=logfmt"],
        ["query", "--limit=1"],
        ["query", "--app", f"{NASTY}0"],
        ["query", "--app", "\x1b[2Jnone"],
        ["query", "--explain", "--app", NASTY],
        ["query", '{job="x"} |= "\x1b[2J"', "--explain"],
        ["query", "{\x1b[2J"],
        ["query", 'sum by (app) (count_over_time({job="x"}[1h]))'],
        ["query", 'sum by (app) (count_over_time({job="x"}[1h]))', "--csv"],
        ["errors"],
        ["errors", "--csv"],
        ["count", "--by", "app"],
        ["count", "--by", "app", "--csv"],
        ["volume", "--by", "app"],
        ["labels"],
        ["labels", "app"],
        ["labels", "app", "--csv"],
        ["series"],
        ["series", "--csv"],
    ],
)
def test_what_logs_prints(words: list[str], hostile: None, world: World) -> None:
    done = world.run("logs", *words)
    assert done.stdout or done.stderr
    assert is_fit(done.stdout), done.stdout
    assert is_fit(done.stderr), done.stderr
    if "--csv" in words:
        assert is_no_formula(done.stdout)


@pytest.mark.parametrize("words", [[], ["-o", "-"]], ids=["stdout", "output"])
def test_the_dashboard_stays_json_whatever_a_verb_is_called(
    words: list[str], loki: FakeLoki, world: World
) -> None:
    sink, now = Sink(loki.url), time.time_ns() - 10 * SECOND
    for user in ("ann", "bob"):
        sink.push({"job": event.JOB, "user": user, "verb": NASTY}, [(now, "exit=0 ver=0.6.0")])
    env = {"HOMELAB_LOKI_URL": loki.url, "HOMELAB_TELEMETRY": "0"}
    done = world.run("usage", "dashboard", "--min-users", "2", *words, **env)
    assert done.returncode == 0, done.stderr
    assert is_fit(done.stdout)
    assert "evil" in done.stdout
    assert json.loads(done.stdout)["uid"] == "homelab-usage"


def test_the_labels_in_a_csv_are_json_that_says_what_they_are(hostile: None, world: World) -> None:
    done = world.run("logs", "query", '{job="x"}', "--csv")
    assert is_fit(done.stdout)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {json.loads(row["labels"])["app"] for row in rows} == {f"{NASTY}0", f"{NASTY}1"}
    for row in rows:
        names = list(json.loads(row["labels"]))
        assert names == sorted(names)


def test_bare_lines_in_a_pipe_are_byte_for_byte(hostile: None, world: World) -> None:
    done = world.run("logs", "query", '{job="x"}', "--output", "raw", "--limit", "1")
    assert done.stdout == f"line {NASTY}\r\x1b[1A\n".replace("\r", "\n")  # text mode converts it


def test_containers(world: World) -> None:
    recorded = recording("docker-20.10")
    for listed, inspected in zip(recorded["list"], recorded["inspect"]):
        listed["Names"] = [f"/{NASTY}"]
        listed["Image"] = listed["Status"] = NASTY
        inspected["Name"] = f"/{NASTY}"
        inspected["Config"]["Image"] = NASTY
    with listening(replayed(recorded)) as path:
        for words in ([], ["--all"], ["--csv", "--all"], ["--json"]):
            done = world.run("container", "list", *words, DOCKER_HOST=f"unix://{path}")
            assert "evil" in done.stdout + done.stderr
            assert is_fit(done.stdout)
            assert is_fit(done.stderr)
            assert "--csv" not in words or is_no_formula(done.stdout)


def test_scripts_of_others(world: World) -> None:
    """The headers of scripts and the names of files beside them are escaped."""
    world.dropin(
        "nas/df",
        "#!/bin/sh\n"
        f"# Summary: {NASTY}\n# {NASTY}\n# Usage: nas df {NASTY}\n# Option: --a{NASTY} {NASTY}\n"
        f"# Arg: {NASTY} {NASTY}\n# Example: {NASTY}\n# Needs: {NASTY}\n# Exit: 3 {NASTY}\n",
    )
    world.dropin("\x1b[2J\u202e", "#!/bin/sh\necho ran\n")  # its name folds to a word
    for words in (
        ["help"], ["help", "nas"], ["help", "nas", "df"], ["nas", "df", "--help"], ["nas"],
        ["help", "--all"], ["help", "--man"], ["verbs"], ["verbs", "--csv"], ["verbs", "check"],
        ["verbs", "which", "nas", "df"], ["manifest"], ["manifest", "--brief"],
        ["manifest", "--mcp"], ["nas", "\x1b[2J"], ["\x1b[2J"], ["help", "\x1b[2J"],
        ["host", "status", "--\x1b[2J"], ["logs", "query", "--since", NASTY],
        ["completion", "\x1b[2J"], ["config", NASTY],
    ):  # fmt: skip
        done = world.run(*words)
        assert done.stdout or done.stderr
        assert is_fit(done.stdout), (words, done.stdout)
        assert is_fit(done.stderr), (words, done.stderr)
    for shell in ("bash", "zsh", "fish"):
        for words in (["nas", ""], ["nas", "df", "-"], ["nas", "df", ""], [""]):
            done = world.run("completion", shell, "--", *words)
            assert is_fit(done.stdout.replace("\t", " ")), done.stdout


def test_paths_that_are_printed(world: World) -> None:
    folder = world.folder / "\x1b[2J\u202ehome"
    folder.mkdir()
    env = {
        "XDG_CONFIG_HOME": str(folder),
        "XDG_STATE_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }
    for words in (
        ["usage", "on"], ["usage", "off"], ["usage", "status"], ["verbs", "new", "nas/df"],
        ["verbs"], ["config"], ["manifest", "nas"], ["usage", "report", "-o", str(folder)],
        ["usage", "doctor"], ["service", "check", "--file", f"{folder}/none"],
    ):  # fmt: skip
        done = world.run(*words, **env)
        assert is_fit(done.stdout), (words, done.stdout)
        assert is_fit(done.stderr), (words, done.stderr)
    json.loads(world.run("manifest", "nas", **env).stdout)


def test_an_agents_client_shows_nothing_that_acts(world: World) -> None:
    world.dropin(
        "nas/df", "#!/bin/sh\n# Effect: read\nprintf 'a\\tb\\033[2J\\302\\233x\\n'; exit 3\n"
    )
    with Speaker(world) as speaker:
        result = speaker.ask(call(1, "nas_df"))["result"]
        assert result["content"][0]["text"] == "a\tb\\x1b[2J\\x9bx\n"
        speaker.close()


def test_the_page_and_the_dashboard(hostile: None, world: World) -> None:
    for verb in ("report", "dashboard"):
        done = world.run("usage", verb, "-o", "-")
        assert done.returncode == 0, done.stderr
        assert is_fit(done.stdout)
        for mark in ("&#8238;", "&#27;", "\\u202e", "\\u001b", "&#12644;"):
            assert mark not in done.stdout
