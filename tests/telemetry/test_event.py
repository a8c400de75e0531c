"""An event's line and record: written and parsed, also by versions with other fields."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reading import Sink
from support.world import World

from homelab.telemetry import event
from homelab.telemetry.account import account

MOMENT = 1795459106342321843
LINE = "exit=0 ver=0.7.0 sched=1"


@given(st.integers(10**18, event.LATEST), st.integers(0, 255))
def test_an_event_reads_back(moment: int, code: int) -> None:
    happened = event.Event(moment, event.of_installed(("nas", "df")), code)
    fields = {"exit": str(code), "ver": "0.6.0"}
    assert event.decode(happened.line()) == fields
    assert event.decode_record(happened.record()) == (moment, "nas df", happened.line(), fields)


def test_fields_of_newer_versions_are_passed_over() -> None:
    fields = {"exit": "0", "ver": "0.7.0", "sched": "1"}
    assert event.decode(LINE) == fields
    assert event.decode("exit=0 sched=1 ver=0.7.0") == fields
    assert event.decode("exit=0 ver=0.7.0 word sched=1") == fields
    record = f"{MOMENT} {LINE} verb=logs query"
    assert event.decode_record(record) == (MOMENT, "logs query", LINE, fields)


@pytest.mark.parametrize(
    "line",
    ["", "hello", "ver=0.6.0 exit=0", "exit= ver=0.6.0", "exit=no ver=1", "exit=-1 ver=1",
     "exit=\u00b2 ver=1", "exit=1000 ver=1", " exit=0 ver=1"],
)  # fmt: skip
def test_rubbish_is_not_a_line(line: str) -> None:
    assert event.decode(line) is None
    assert event.decode_record(f"{MOMENT} {line} verb=logs query") is None


@pytest.mark.parametrize(
    "record",
    ["", f"{MOMENT}", f"{MOMENT} {LINE}", f"{MOMENT} {LINE} verb=", f"{MOMENT} exit=0 verb=x",
     f"1{MOMENT} {LINE} verb=x", f"17954 {LINE} verb=x", f"-{MOMENT // 10} {LINE} verb=x",
     f"{MOMENT}  {LINE} verb=x", f"{MOMENT}{LINE} verb=x", f"{MOMENT} {LINE} verb=\udcff",
     f"{MOMENT} {LINE} verb=x\x1b[2J"],
)  # fmt: skip
def test_rubbish_is_not_a_record(record: str) -> None:
    assert event.decode_record(record) is None


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    event.decode(text)
    event.decode(f"exit={text}")
    event.decode_record(text)


def test_a_journal_of_a_newer_version_is_counted(world: World) -> None:
    world.run("config")
    with world.journal.open("a") as file:
        file.write(f"{time.time_ns()} {LINE} verb=config\n")
    (row,) = json.loads(world.run("usage", "top", "--json").stdout)["rows"]
    assert (row["verb"], row["runs"]) == ("config", 2)
    exported = json.loads(world.run("usage", "export", "--json").stdout)["rows"]
    assert [row["version"] for row in exported] == ["0.6.0", "0.7.0"]


def test_lines_of_a_newer_version_in_loki_are_counted(sink: Sink, world: World) -> None:
    moment = time.time_ns()
    verb = f"newer {moment}"
    labels = {"job": event.JOB, "user": account(), "verb": verb}
    sink.push(labels, [(moment - 1, LINE), (moment, "exit=0 sched=0 ver=0.7.0")])
    world.env["HOMELAB_LOKI_URL"] = sink.url
    words = ("--since", "1h", "--verb", verb, "--json")
    for by, key in (("verb", verb), ("version", "0.7.0"), ("exit", 0)):
        (row,) = json.loads(world.run("usage", "top", "--by", by, *words).stdout)["rows"]
        assert (row[by], row["runs"]) == (key, 2)
        assert row["last"]
    exported = json.loads(world.run("usage", "export", *words).stdout)["rows"]
    assert [row["version"] for row in exported] == ["0.7.0", "0.7.0"]
