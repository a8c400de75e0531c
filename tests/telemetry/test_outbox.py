"""The outbox itself: its limits, its one sender at a time, and the handling of deleted events."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from fakes.loki.server import Request
from support.lab import NOW, Lab

from homelab.system.ownership import own_folder
from homelab.telemetry import outbox, plan
from homelab.times import SECOND

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


def test_the_outbox_is_bounded_and_the_oldest_go_first(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST", 10)
    moments = [lab.happen(age=number * MINUTE) for number in range(15)]
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 10 + [0] * 5
    assert lab.book().dropped == 5


def test_the_outbox_is_bounded_where_no_sender_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST", 100)
    folder = str(tmp_path / "state")
    for number in range(2000):
        outbox.append(folder, f"{NOW + number} exit=0 ver=0.6.0 verb=a")
    assert len(outbox.names(folder)) <= 100 + 256


def test_a_second_sender_leaves_at_once(lab: Lab) -> None:
    lab.happen()
    with outbox.Outbox(lab.folder):
        lab.drain()
    assert lab.loki.requests == []
    assert len(outbox.names(lab.folder)) == 1


def test_usage_off_waits_for_the_sender_and_then_nothing_more_is_sent(lab: Lab) -> None:
    lab.happen(age=2 * HOUR)
    lab.happen()
    deleted: list[int] = []
    clearing = threading.Thread(target=lambda: deleted.append(outbox.clear(lab.folder)))

    def meanwhile(request: Request) -> None:
        if not clearing.ident:
            clearing.start()

    lab.loki.hook = meanwhile
    lab.drain()
    clearing.join()
    assert deleted == [0]  # both were delivered
    lab.happen()
    assert outbox.clear(lab.folder) == 1


def test_an_event_deleted_during_a_push_is_not_sent(lab: Lab) -> None:
    late = lab.happen(age=2 * HOUR)
    fresh = lab.happen()

    def delete(request: Request) -> None:
        for name in outbox.names(lab.folder):
            if str(fresh) in name:
                os.unlink(f"{lab.folder}/outbox/{name}")

    lab.loki.hook = delete
    lab.drain()
    assert (len(lab.counted(late)), len(lab.counted(fresh))) == (1, 0)
    assert (lab.book().failures, lab.book().delivered) == (0, 1)


@pytest.mark.parametrize("umask", [0, 0o777])
def test_folders_are_private_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        os.close(own_folder(str(tmp_path / "a/b/c")))
    finally:
        os.umask(before)
    for path in ("a", "a/b", "a/b/c"):
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o700


def test_a_run_that_was_killed_while_it_wrote_ahead_is_counted_later(lab: Lab) -> None:
    """The run left a draft, which no sender takes before a minute has passed: a child may finish
    it."""
    record = f"{lab.now} exit=0 ver=0.6.0 verb=a"
    lab.happen(age=SECOND)
    outbox.draft(lab.folder, record)
    lab.drain()
    assert lab.counted(lab.now) == []
    moment = lab.now
    lab.now += 2 * MINUTE
    lab.drain()
    assert len(lab.counted(moment)) == 1


def test_an_event_delivered_meanwhile_is_not_written_again(lab: Lab) -> None:
    """A run is cut off after the rename, another run's sender delivers its event, and then its
    child continues with it."""
    record = f"{lab.now} exit=0 ver=0.6.0 verb=a"
    outbox.append(lab.folder, record)
    lab.drain()
    with pytest.raises(FileNotFoundError):
        outbox.publish(lab.folder, record)
    assert outbox.names(lab.folder) == []


def test_usage_off_deletes_all_it_can_while_a_sender_runs(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_WAIT", 0.1)
    lab.happen()
    lab.happen(age=SECOND)
    with outbox.Outbox(lab.folder):
        assert outbox.clear(lab.folder) == 2


def test_a_name_that_no_mark_would_fit_in_front_of_is_not_written_ahead(lab: Lab) -> None:
    with pytest.raises(OSError, match="too long"):
        outbox.append(lab.folder, f"{lab.now} exit=0 ver=0.6.0 verb={'a' * 210}")
