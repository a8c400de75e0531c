"""The flags of `logs`: names, several of them, and names that are not there."""

from __future__ import annotations

import importlib
import io
import json
import re
import subprocess
import time
from collections.abc import Iterator

import pytest
from fakes.loki.server import FakeLoki
from support.reading import Sink
from support.world import World

from homelab.catalogue import arguments
from homelab.context import Context
from homelab.errors import Failure
from homelab.logs import rendering, selector, unknown
from homelab.logs.places import ALL, OWN
from homelab.logs.search import Search
from homelab.loki.client import TooLong
from homelab.output import as_text
from homelab.verbs import BUILT_IN

SECOND = 10**9
DAY = 86_400 * SECOND


@pytest.fixture(scope="module")
def lab() -> Iterator[Sink]:
    """A lab with lines from a journal, from Docker and from OpenTelemetry, whose host is structured
    metadata; with a host that went silent, and with homelab's own lines."""
    with FakeLoki() as loki:
        sink = Sink(loki.url)
        now = time.time_ns() - 5 * SECOND
        journal = {"job": "systemd-journal", "host": "pve1"}
        sink.push({**journal, "unit": "ssh.service"}, [(now, "ssh in")])
        sink.push({**journal, "unit": "cron.service"}, [(now + 1, "error: cron a.b")])
        docker = {"job": "docker", "host": "nas"}
        sink.push({**docker, "container": "/plex"}, [(now + 2, "plex up")])
        sink.push({**docker, "container": "web.1"}, [(now + 3, "web up")])
        beside = {"host_name": "k3s1", "k8s_container_name": "nginx", "trace_id": "t1"}
        sink.push({"service_name": "shop"}, [(now + 4, "error: GET")], beside)
        sink.push({"service_name": "api"}, [(now + 5, "otlp")], {"host_name": "pve1"})
        sink.push({"job": "old", "host": "attic"}, [(now - 3 * DAY, "bye")])
        own = {"job": OWN[0], "user": "alice", "verb": "logs query"}
        sink.push(own, [(now + n, "exit=0 ver=0.6.0") for n in range(50)])
        yield sink


def run(world: World, lab: Sink, *words: str) -> subprocess.CompletedProcess[str]:
    world.env["HOMELAB_TELEMETRY"] = "0"
    return world.run("logs", *words, HOMELAB_LOKI_URL=lab.url)


def answered(lab: Sink, *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a verb of `logs`, in this process: that takes a twentieth of
    the time of a run."""
    out, err = io.StringIO(), io.StringIO()
    env = {"HOMELAB_TELEMETRY": "0", "HOMELAB_LOKI_URL": lab.url, "TZ": "UTC"}
    context = Context(["logs", *words], env, out, err, BUILT_IN, system_settings="")
    verb = BUILT_IN.verb(f"logs {words[0]}")
    assert verb
    values = arguments.parse(verb, [*words[1:]], time.time_ns())
    module, _, function = verb.function.partition(":")
    answer = getattr(importlib.import_module(module), function)(context, values)
    out.writelines(as_text.pieces(answer, values, 0, False))
    err.writelines(f"{sentence}\n" for sentence in as_text.talk(answer, values))
    return answer.code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("query --host pve11", "no host 'pve11' since"),
        ("errors --host pve11", "hosts: attic, k3s1, nas, pve1; did you mean pve1?"),
        ("errors --unit sshd", "no unit 'sshd' since"),
        ("errors --unit sshd", "units: cron.service, ssh.service; did you mean ssh.service?"),
        ("count --container plx", "containers: nginx, plex, web.1; did you mean plex?"),
        ("volume --app shopp", "did you mean shop?"),
        ("series --job dokcer", "no job 'dokcer' since"),
        ("context today --host NSA", "no host 'NSA' within 1 h 0 min of"),
        ("count --label host=pve2", "no label host has the value 'pve2' since"),
        ("errors --label trace=x", "no label trace; labels: container, host, job"),
        ("errors --host attic", "host 'attic' logged nothing since"),
        ("count --host attic", "its last line before is from"),
        ("query --host pve1 --grep zebra", "no line matches {"),
    ],
    ids=str,
)
def test_a_name_that_is_not_there_is_said_by_every_verb(lab: Sink, words: str, said: str) -> None:
    """A10: an empty answer never reads like "all is well"; a silent host is not an unknown one."""
    code, out, err = answered(lab, *words.split())
    assert (code, out) == (0, "")
    assert said in err
    assert "no line of level" not in err


def test_a_time_in_which_nothing_came_is_not_free_of_errors(loki: FakeLoki, lab: Sink) -> None:
    """A10: for an empty Loki, for one with only homelab's own lines, and for one with others; with
    `--since 30d` nothing suggests 7d (C15)."""
    empty = Sink(loki.url)
    assert "Loki received nothing since" in answered(empty, "errors")[2]
    empty.push({"job": OWN[0]}, [(time.time_ns() - SECOND, "exit=0 ver=0.6.0")])
    said = answered(empty, "errors", "--since", "20d")[2]
    assert "received nothing except homelab's own lines (--app homelab shows them)" in said
    assert "7d" not in said
    assert "no line of level fatal since" in answered(lab, "errors", "--level", "fatal")[2]
    said = answered(lab, "errors", '{job="nosuch"}')[2]
    assert 'no stream matches {job="nosuch"} since' in said


@pytest.mark.parametrize("verb", ["query", "errors", "count", "volume", "series", "context today"])
def test_programs_read_which_names_are_not_there(lab: Sink, verb: str) -> None:
    """A10: empty rows look the same for any reason."""
    _, out, _ = answered(lab, *verb.split(), "--host", "pve11", "--json")
    assert (json.loads(out)["rows"], json.loads(out)["unknown"]) == ([], ["host=pve11"])
    _, out, _ = answered(lab, *verb.split(), "--host", "attic", "--json")
    assert "unknown" not in json.loads(out)


def test_one_of_several_names_that_is_not_there_is_said(lab: Sink, world: World) -> None:
    """A10, A11: beside the lines of the others."""
    done = run(world, lab, "query", "--host", "nas", "--host", "pve11", "--output", "raw")
    assert sorted(done.stdout.splitlines()) == ["plex up", "web up"]
    assert "no host 'pve11' since" in done.stderr
    _, out, err = answered(lab, "query", "--host", "pve11", "--host", "k3s1", "--output", "raw")
    assert out == "error: GET\n"
    assert "no host 'pve11' since" in err
    _, out, err = answered(lab, "query", "--host", "pve11", "--host", "nsa")
    assert (out, err.count("no host 'pve11'"), err.count("no host 'nsa'")) == ("", 1, 1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--host nas --host pve1", "ssh in|error: cron a.b|plex up|web up|otlp"),
        ("--unit ssh --unit cron.service", "ssh in|error: cron a.b"),
        ("--container plex --container web.1", "plex up|web up"),
        ("--container web.1 --container web|1", "web up"),
        ("--label job=docker --label job=systemd-journal --label host=nas", "plex up|web up"),
        ("--host pve1 --app cron --app api", "otlp"),
        ("--label detected_level=error", "error: cron a.b|error: GET"),
        ("--label detected_level=error --label job=systemd-journal", "error: cron a.b"),
        ("--label trace_id=t1 --label trace_id=t2", "error: GET"),
        ('{job="docker"}|logfmt --label up= --label host=nas', "plex up|web up"),
        ('{job=~".+"}|logfmt --label exit=0 --label user=alice -n 1', "exit=0 ver=0.6.0"),
        ("--host k3s1", "error: GET"),
        ("--host pve1", "ssh in|error: cron a.b|otlp"),
        ("--container nginx", "error: GET"),
        ("--label service.name=shop", "error: GET"),
        ("--label host.name=k3s1", "error: GET"),
        ("", "ssh in|error: cron a.b|plex up|web up|error: GET|otlp"),
        ("--grep e", "error: cron a.b|plex up|web up|error: GET"),
    ],
    ids=str,
)
def test_a_flag_finds_its_lines(lab: Sink, words: str, expected: str) -> None:
    """A11 (given twice is either), C10 and C11 (structured metadata), C20 (dots), C30 (homelab's
    own lines are left out)."""
    more = ("--output", "raw", "--oldest-first")
    code, out, err = answered(lab, "query", *words.split(), *more)
    assert (code, out.splitlines()) == (0, expected.split("|")), err


def test_a_label_with_dots_is_said_to_be_stored_with_underscores(lab: Sink) -> None:
    """C20"""
    words = ("--by", "service.name", "--label", "service.name=shop")
    _, out, err = answered(lab, "count", *words)
    assert out.splitlines()[0].startswith("SERVICE_NAME")
    assert "Loki stores the label service.name as service_name" in err
    assert answered(lab, "labels", "service.name")[1].splitlines()[1:] != []
    assert "; did you mean container? (" in answered(lab, "labels", "contaner")[2]
    with pytest.raises(Failure, match=r"write '\{host!=\"nas\", …\}' as the SELECTOR"):
        answered(lab, "query", "--label", "host!=nas")


def test_verbs_that_know_streams_alone_say_what_lines_have(lab: Sink) -> None:
    """C11: `volume` reads the lines instead, `series` reads no lines."""
    _, out, _ = answered(lab, "volume", "--host", "k3s1", "--json")
    assert [row["service_name"] for row in json.loads(out)["rows"]] == ["shop"]
    _, out, _ = answered(lab, "volume", "--by", "trace_id", "--json")
    assert [row["trace_id"] for row in json.loads(out)["rows"]] == ["(none)", "t1"]
    with pytest.raises(Failure, match="host k3s1: not in the labels of any stream"):
        answered(lab, "series", "--host", "k3s1")
    _, out, err = answered(lab, "series", "--host", "pve1", "--json")
    assert len(json.loads(out)["rows"]) == 2
    assert "host pve1: other lines have it in structured metadata" in err


def test_own_lines_are_shown_to_who_asks_for_them(lab: Sink) -> None:
    """C30: by app, by label, by LogQL; and left out by default."""
    for words in (
        ["--app", "homelab"], ["--job", OWN[0]], ["--label", "user=alice"], ['{job=~".+"}'],
    ):  # fmt: skip
        _, out, _ = answered(lab, "count", *words, "--json")
        assert json.loads(out)["rows"][0]["lines"] >= 50, words
    _, out, _ = answered(lab, "count", "--json")
    assert json.loads(out)["rows"][0]["lines"] == 6
    rows = json.loads(answered(lab, "volume", "--json")[1])["rows"]
    assert OWN[0] not in {row["service_name"] for row in rows}
    rows = json.loads(answered(lab, "series", "--json")[1])["rows"]
    assert OWN[0] in {row["labels"].get("job") for row in rows}


def following(world: World, loki: FakeLoki, verb: str, *words: str) -> subprocess.Popen[str]:
    env = {**world.env, "HOMELAB_LOKI_URL": loki.url, "HOMELAB_TELEMETRY": "0"}
    return subprocess.Popen(
        [world.pyz, "logs", verb, *words, "--output", "raw"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_follow_and_a_number_as_other_tools_have_them(loki: FakeLoki, world: World) -> None:
    """`-f` and `-n`, as in tail, journalctl, docker and kubectl."""
    sink = Sink(loki.url)
    now = time.time_ns() - SECOND
    sink.push({"job": "docker", "host": "nas"}, [(now, "one"), (now + 1, "two")])
    for name in ("-n", "--lines", "--limit"):
        code, out, _ = answered(sink, "query", name, "1", "--output", "raw")
        assert (code, out) == (0, "two\n")
    with pytest.raises(Failure, match="--follow never ends, so it can't be used with --until"):
        answered(sink, "query", "-f", "--until", "1m")
    with following(world, loki, "query", "-f", "-n", "1") as process:
        assert process.stdout
        assert process.stdout.readline() == "two\n"
        sink.push({"job": "docker", "host": "nas"}, [(time.time_ns(), "new")])
        assert process.stdout.readline() == "new\n"
        process.terminate()
    with following(world, loki, "tail", "-f", "--host", "nsa") as process:
        assert process.stderr
        said = process.stderr.readline()  # a mistyped name would otherwise wait for ever
        assert said.endswith("; hosts: nas; did you mean nas?; new lines are shown as they come\n")
        process.terminate()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("PVE1", "pve1"), ("pve1.lan", "pve1"), ("sshd", "ssh.service"), ("plx", "plex"), ("q", "")],
)
def test_what_may_have_been_meant(typed: str, meant: str) -> None:
    assert unknown.near(typed, ["/plex", "nas", "pve1", "ssh.service"]) == meant


@pytest.mark.parametrize(
    ("name", "label"),
    [("service.name", "service_name"), ("app.kubernetes.io/name", "app_kubernetes_io_name"),
     ("a-b", "a_b"), ("a", "a"), ("1a", ""), ("a b", ""), ("a!", ""), ("", ""), ("..", ""),
     ("ä", "")],
)  # fmt: skip
def test_how_loki_writes_the_name_of_a_label(name: str, label: str) -> None:
    assert selector.stored(name) == label


@pytest.mark.parametrize("width", [0, 80, 200])
def test_the_lines_of_mixed_streams_are_lined_up(width: int) -> None:
    """D: for any labels; those that identify a stream come first, and a pipe has all of them."""
    long = {"compose_project": "m" * 30, "container": "/plex", "host": "nas", "job": "docker"}
    rows = [
        (0, long, "one"),
        (1, {"host": "pve1", "unit": "ssh.service"}, "two"),
        (2, {"service_name": "shop"}, "three"),
    ]
    text = rendering.Columns(True, True, False, None).lines(rows, width)
    header, *shown = text.splitlines()
    at = header.index("LINE")
    assert [line[at:] for line in shown] == ["one", "two", "three"]
    assert "host=nas container=/plex" in shown[0]
    assert ("m" * 30 in shown[0]) is (width == 0)
    assert max(map(len, text.splitlines())) <= (width or 200)


def test_a_name_of_another_time_is_not_unknown(loki: FakeLoki) -> None:
    """A10: even if the label itself is missing in this window, or the window ends before the name
    came."""
    sink = Sink(loki.url)
    now = time.time_ns()
    sink.push({"hostname": "nas", "unit": "a.service"}, [(now - 5 * DAY, "x")])
    loki.store.clock = lambda: now + DAY  # none of it is in memory any more
    for words in (["--host", "nas"], ["--unit", "a"], ["--label", "hostname=nas"]):
        said = answered(sink, "errors", *words)[2]
        assert re.search("'(nas|a)' logged nothing since .*; its last line before is", said)
    window = ("--since", "9d", "--until", "6d")
    said = answered(sink, "errors", "--host", "nas", *window)[2]
    assert re.fullmatch(r"host 'nas' logged nothing from \S+ \S+ to \S+ \S+\n", said)
    sink.push({"job": "x"}, [(now - SECOND, "y")])
    said = answered(sink, "count", "--unit", "a")[2]
    assert "unit 'a' logged nothing since" in said


def test_more_streams_than_are_read_at_once(lab: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then only the streams with the name in a label are asked for."""
    streams = Search.streams

    def few(search: Search, selectors: list[str]) -> list[dict[str, str]]:
        if selectors == [ALL]:
            raise TooLong(69, "too large")
        return streams(search, selectors)

    monkeypatch.setattr(Search, "streams", few)
    code, out, _ = answered(lab, "query", "--unit", "ssh", "--output", "raw")
    assert (code, out) == (0, "ssh in\n")
