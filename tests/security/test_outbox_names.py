"""The sender sends only events, whatever the names of files in the outbox."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lab import NOW, Lab
from support.world import World

from homelab.telemetry import event, outbox

FINE = "exit=0 ver=0.6.0"
FOREIGN = [
    f"{FINE} verb=hunter2!",
    f"{FINE} verb=/etc/shadow",
    f"{FINE} verb=Secret",
    f"{FINE} verb=root:x:0:0",
    f"{FINE} verb=two  blanks",
    f"{FINE} verb=-x",
    f"{FINE} verb=caf\u00e9",
    f"{FINE} verb=(personal) My Diary",
    f"{FINE} verb=(secret)",
    f"{FINE} verb=(unknown) a=b",
    f"{FINE} verb=(unknown)backup",
    "exit=0 ver=hunter2 verb=config",
    "exit=0 ver=0.6.0:secret verb=config",
    "exit=0 ver=0.6.0 the secret verb=config",
    "exit=0 ver=0.6.0 key=Secret verb=config",
    f"exit=0 ver=0.6.0 key={'a' * 33} verb=config",
    "exit=0 ver=0.6.0 key= verb=config",
    "exit=0 ver=\u0661 verb=config",
    "exit=0 ver=9hunter2-is-my-password verb=config",
    "exit=256 ver=0.6.0 verb=config",
    "exit=0 exit=1 ver=0.6.0 verb=config",
    "exit=0 ver=0.6.0 a=1 b=2 token=hunter2secret verb=config",
    f"{FINE} verb=(personal) a b",
    f"{FINE} verb=(unknown) a b c d",
    f"{FINE} verb=a b c d e f g h i",
    f"{FINE} verb={'a' * 33}",
]
DAMAGED = ["exit=0 verb=config", "exit=x ver=1 verb=a", f"{FINE} verb=\x1b[2J",
           f"{FINE} verb=\u202eabc", FINE]  # fmt: skip


@pytest.mark.parametrize("mark", ["", "f", "q", "l"])
@pytest.mark.parametrize("rest", FOREIGN)
def test_a_name_that_is_no_event_is_refused_and_never_sent(rest: str, mark: str, lab: Lab) -> None:
    moment = lab.happen()
    name = f"{mark}{NOW - 1}.0 {rest}".replace("/", "\u2215")
    Path(f"{lab.folder}/outbox/{name}").touch()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert all(rest.partition("verb=")[2].encode() not in push.body or "verb=config" in rest
               for push in lab.pushes())  # fmt: skip
    sent = [json.loads(push.body)["streams"] for push in lab.pushes()]
    assert [len(stream["values"]) for streams in sent for stream in streams] == [1]
    book = lab.book()
    assert (book.delivered, book.refused) == (1, 1)
    assert "not the name of an event" in book.reason
    assert outbox.names(lab.folder) == []


@pytest.mark.parametrize("rest", DAMAGED)
def test_a_name_of_ours_that_is_no_record_is_dropped_and_counted(rest: str, lab: Lab) -> None:
    """C6: else it would wait forever, uncounted."""
    lab.happen()
    path = Path(f"{lab.folder}/outbox/{NOW - 1}.0 {rest}")
    path.touch()
    lab.drain()
    assert not path.exists()
    book = lab.book()
    assert (book.delivered, book.refused, book.dropped) == (1, 0, 1)


def test_a_name_that_is_none_of_ours_is_left_alone(lab: Lab) -> None:
    lab.happen()
    path = Path(f"{lab.folder}/outbox/{NOW - 1}.0 verb=config")
    path.touch()
    lab.drain()
    assert path.exists()
    assert (lab.book().delivered, lab.book().refused, lab.book().dropped) == (1, 0, 0)


def test_what_is_no_regular_file_is_no_event(lab: Lab) -> None:
    """A folder can't be removed, so each run would send and count it again."""
    moment = lab.happen()
    folder = Path(lab.folder) / "outbox"
    (folder / f"{NOW - 1}.0 {FINE} verb=dir").mkdir()
    (folder / f"{NOW - 2}.0 {FINE} verb=link").symlink_to("/etc/passwd")
    os.mkfifo(folder / f"{NOW - 3}.0 {FINE} verb=pipe")
    lab.drain()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert (lab.book().delivered, lab.book().refused) == (1, 0)
    assert not any(b"verb=dir" in push.body or b'"dir"' in push.body for push in lab.pushes())
    assert outbox.names(lab.folder) == []


def test_a_draft_of_somebody_elses_is_refused_too(lab: Lab) -> None:
    lab.happen(age=10**9)
    Path(f"{lab.folder}/outbox/.{NOW - 3600 * 10**9}.0 {FINE} verb=hunter2!").touch()
    lab.drain()
    assert lab.book().refused == 1
    assert b"hunter2" not in b"".join(push.body for push in lab.pushes())


def test_only_foreign_names_wait_and_nothing_is_pushed(lab: Lab) -> None:
    moment = lab.happen()
    folder = f"{lab.folder}/outbox"
    os.rename(f"{folder}/{outbox.names(lab.folder)[0]}", f"{folder}/{moment}.0 {FINE} verb=A B")
    lab.drain()
    assert lab.pushes() == []
    assert (lab.book().refused, outbox.names(lab.folder)) == (1, [])


@pytest.mark.parametrize(
    "verb",
    ["config", "logs query", "nas df-h 2", "(personal)", "(unknown)", "(unknown) backup",
     "(unknown) container restart", "(personal) backup"],
)  # fmt: skip
@pytest.mark.parametrize(
    "line", [FINE, "exit=255 ver=1", "exit=0 ver=0.7.0-rc1+b2", "exit=0 ver=0.7.0 run_by=cron n=1"]
)
def test_events_of_this_version_and_of_newer_ones_are_sent(verb: str, line: str) -> None:
    assert event.is_sendable(verb, line)


@given(st.text(), st.text())
def test_what_is_sent_has_the_signs_of_events_alone(verb: str, line: str) -> None:
    signs = set("abcdefghijklmnopqrstuvwxyz0123456789-+._= ()")
    if event.is_sendable(verb, line):
        assert set(verb + line) <= signs
    if event.is_sendable(verb, FINE):
        assert set(verb) <= signs


@pytest.mark.parametrize(
    "verb", ["\u2066admin\u2069", "a\u200bb", "caf\u00e9\ufe0f", "x\u3164y", "\x1b[2Jx", "A B"]
)
def test_lines_of_the_journal_are_shown_escaped(verb: str, world: World) -> None:
    """The account may write anything into its journal; the output must not act on a terminal."""
    world.run("config")
    with world.journal.open("a") as file:
        file.write(f"{time.time_ns()} {FINE} verb={verb}\n")
    for words in (["top"], ["top", "--csv"], ["trend"], ["export"], ["export", "--csv"]):
        shown = world.run("usage", *words, "--since", "1d").stdout
        assert "config" in shown
        assert shown.replace("\n", "").replace("é", "").isascii()
