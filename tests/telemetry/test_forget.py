"""Forgetting: what is deleted from the state folder, in which order, and what it waits for."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from fakes.loki.server import SILENCE, Answer
from support.lab import Lab

from homelab.errors import Failure
from homelab.loki.configured import configured
from homelab.telemetry import fold, forget, journal, ledger, outbox
from homelab.telemetry.account import account
from homelab.times import DAY

RECORD = "exit=0 ver=0.6.0 verb=config"


def test_all_files_of_a_journal_go_and_nothing_else(lab: Lab) -> None:
    old = lab.now - 500 * DAY
    for moment in (old, lab.now):
        journal.append(lab.folder, f"{moment:019d} {RECORD}")
    fold.fold(lab.folder, lab.now, 400)
    journal.append(lab.folder, f"{lab.now:019d} {RECORD}")
    Path(lab.folder, "told").touch()
    Path(lab.folder, "usage.txt").touch()
    names = ["usage.1.log", "usage.history", "usage.log"]
    assert forget.kept(lab.folder).journal == forget.here(lab.folder).journal == names
    assert sorted(os.listdir(lab.folder)) == ["told", "usage.lock", "usage.txt"]
    assert forget.here(lab.folder).phrases() == []


def test_waiting_events_drafts_and_ledger_are_deleted(lab: Lab) -> None:
    lab.happen()
    lab.drain()
    lab.happen(age=1)
    outbox.draft(lab.folder, f"{lab.now - 2:019d} {RECORD}")
    Path(lab.folder, "outbox/mine").touch()
    assert lab.book().delivered == 1
    said = ["2 waiting events", "the record of deliveries"]
    assert forget.here(lab.folder).phrases() == said
    assert sorted(os.listdir(f"{lab.folder}/outbox")) == ["lock", "mine"]
    assert not os.path.lexists(f"{lab.folder}/{ledger.NAME}")
    requests = len(lab.loki.requests)
    lab.drain()
    assert len(lab.loki.requests) == requests


def test_an_event_that_loki_may_have_is_not_sent_again(lab: Lab) -> None:
    lab.happen()
    lab.loki.hook = lambda _: SILENCE
    lab.drain()
    assert forget.here(lab.folder).waiting == 1
    lab.loki.hook = None
    lab.now += 3600 * 10**9
    lab.drain()
    assert lab.loki.entries('{job="homelab-usage"}') == []


@pytest.mark.parametrize("name", ["outbox/lock", "usage.lock"])
def test_a_sender_or_a_fold_that_goes_on_keeps_its_files(
    name: str, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A running sender or fold would write the deleted files again."""
    monkeypatch.setattr(outbox, "_WAIT", 0.1)
    monkeypatch.setattr(fold, "_WAIT", 0.1)
    lab.happen()
    journal.append(lab.folder, f"{lab.now:019d} {RECORD}")
    with open(f"{lab.folder}/{name}", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Failure, match="is in use by a running homelab process") as caught:
            forget.here(lab.folder)
        assert caught.value.code == 75
        assert os.path.exists(f"{lab.folder}/usage.log")
    assert forget.here(lab.folder).journal == ["usage.log"]


def test_a_state_folder_that_is_missing_stays_so(tmp_path: Path) -> None:
    assert forget.kept(str(tmp_path / "none")).phrases() == []
    assert forget.here(str(tmp_path / "none")).phrases() == []
    assert os.listdir(tmp_path) == []


def test_a_file_that_cannot_be_deleted_is_named(tmp_path: Path) -> None:
    (tmp_path / "usage.log").mkdir()
    with pytest.raises(Failure, match=r"usage\.log can't be deleted: Is a directory; delete it"):
        forget.here(str(tmp_path))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(400, "text/plain", b"Retention is not enabled\n"), forget.ABSENT),
        (Answer(405, None, b""), forget.ABSENT),
        (Answer(404, "text/html", b"<html>no"), forget.ABSENT),
        (
            Answer(403, "text/plain", b"deletion is not available for this tenant\n"),
            forget.DISABLED,
        ),
        (Answer(204, None, b""), forget.TAKEN),
    ],
)
def test_answers_of_loki_to_a_delete_request(answer: Answer, said: str, lab: Lab) -> None:
    lab.loki.hook = lambda _: answer
    assert forget.in_loki(configured(lab.settings), ("ann",)) == said


@pytest.mark.parametrize(("status", "code"), [(401, 77), (403, 77), (500, 69), (503, 69)])
def test_an_answer_that_is_none_is_a_failure(status: int, code: int, lab: Lab) -> None:
    lab.loki.hook = lambda _: Answer(status, "text/plain", b"no\n")
    with pytest.raises(Failure) as caught:
        forget.in_loki(configured(lab.settings), ("ann",))
    assert caught.value.code == code


def test_late_streams_and_self_tests_go_too_and_no_other_account(lab: Lab) -> None:
    lab.loki.deletion = "filter-and-delete"
    for user in (account(), "ann|ben", f"{account()}x"):
        for more in ({}, {"late": "2026-11-22T17:15"}, {"job": "homelab-selftest"}):
            labels = {"job": "homelab-usage", "user": user, "verb": "config", **more}
            row = [str(lab.now - 1), "exit=0 ver=0.6.0"]
            assert lab.push({"streams": [{"stream": labels, "values": [row]}]}) == 204
    assert forget.in_loki(configured(lab.settings), (account(),)) == forget.TAKEN
    assert forget.in_loki(configured(lab.settings), ("ann|ben",)) == forget.TAKEN
    lab.loki.store.compact()
    left = lab.loki.entries('{job=~".+"}')
    assert [labels["user"] for labels, _, _ in left] == [f"{account()}x"] * 3
