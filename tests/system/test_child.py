"""Reading a program's output: the end of it, whatever processes remain."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from support.reading import until

from homelab.system import child
from homelab.system.child import Cancelled, Child, group_runs, has_ended
from homelab.system.foreground import status

DETACHED = "setsid sh -c 'echo $$ >daemon; while [ ! -e go ]; do sleep 0.1; done; {}' &"
BEGUN = "while [ ! -s daemon ]; do sleep 0.05; done"


def _daemon(folder: Path) -> int:
    return int((folder / "daemon").read_text())


def test_a_remaining_process_is_not_waited_for_and_may_write_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script = f"{DETACHED.format('echo late; echo late >&2; touch done; sleep 60')} {BEGUN}; echo hi"
    code, out, err = Child(["sh", "-c", script], os.environ).run()
    try:
        assert (code, out.text(), err.text()) == (0, "hi\n", "")
        assert status(_daemon(tmp_path))
        (tmp_path / "go").touch()
        assert until((tmp_path / "done").exists, 30)
    finally:
        os.killpg(_daemon(tmp_path), signal.SIGKILL)


@pytest.mark.parametrize("late", [True, False])
def test_an_ended_child_is_done_when_its_group_is(
    late: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that left the group holds its pipes, and is waited for only until the KILL."""
    monkeypatch.chdir(tmp_path)
    script = f"{DETACHED.format('sleep 60')} {BEGUN}; touch begun; sleep 60"
    running = Child(["sh", "-c", script], os.environ)
    told: list[bool] = []

    def tell() -> bool:
        if not told and (tmp_path / "begun").exists():
            told.append(True)
            if late:
                running._late = True
            running.end(3600)
        return False

    monkeypatch.setattr(child, "has_ended", lambda pid: tell() or has_ended(pid))
    with pytest.raises(TimeoutError if late else Cancelled):
        running.run()
    assert status(_daemon(tmp_path))
    os.killpg(_daemon(tmp_path), signal.SIGKILL)


def test_a_group_runs_as_long_as_one_of_it_does(tmp_path: Path) -> None:
    script = "sleep 60 & echo $! >member"
    leader = subprocess.Popen(["sh", "-c", script], cwd=tmp_path, start_new_session=True)
    assert until(lambda: has_ended(leader.pid), 30)
    assert group_runs(leader.pid)
    os.kill(int((tmp_path / "member").read_text()), signal.SIGKILL)
    assert until(lambda: not group_runs(leader.pid), 30)  # its leader is not reaped yet
    assert leader.wait() == 0
    assert group_runs(os.getpgrp())


@pytest.mark.parametrize("word", ["a\0b", "\ud800"])
def test_a_word_that_no_program_can_get_is_an_error_of_the_system(word: str) -> None:
    """JSON of another program may have half a character, and that may become an argument."""
    with pytest.raises(OSError, match="its arguments"):
        Child(["true", word], os.environ).run()
