"""Detached children: what they hold, what ends them, and what they leave to their parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.reading import until
from support.world import ROOT

from homelab.system.detached import ForkedCall, detached

# The report of a child about itself. Its parent holds files, a pipe and a socket, and has signal
# handlers and a wakeup descriptor.
_SCRIPT = """
import json, os, signal, socket, sys
from homelab.system.detached import ForkedCall

zero = os.open("/dev/zero", os.O_RDONLY)
os.dup2(zero, 700)
reader, wakeup = os.pipe()
lock = socket.socket()
os.set_blocking(wakeup, False)
signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM]
for number in numbers:
    signal.signal(number, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])

def work(writer):
    held = []
    for name in os.listdir("/proc/self/fd"):
        try:
            held.append(os.readlink(f"/proc/self/fd/{name}").partition(":")[0])
        except OSError:
            pass  # the listing's own
    told = {
        "held": sorted(held),
        "writer": writer > 2,
        "default": all(signal.getsignal(number) == signal.SIG_DFL for number in numbers),
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "wakeup": signal.set_wakeup_fd(-1),
        "leader": os.getsid(0) == os.getpid(),
        "lifetime": 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 5,
    }
    os.write(writer, json.dumps(told).encode())

answer = json.loads(ForkedCall(work, 5).answer(8192))
try:
    answer["left"] = os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    answer["left"] = None
with open(sys.argv[1], "w") as file:
    json.dump(answer, file)
"""


@pytest.mark.parametrize("closed", ["", "<&-", "<&- >&- 2>&-"])
def test_a_child_holds_its_pipe_and_nothing_else(closed: str, tmp_path: Path) -> None:
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh"]
    told = tmp_path / "told"
    subprocess.run([*shell, sys.executable, "-c", _SCRIPT, told], cwd=ROOT, timeout=30, check=True)
    assert json.loads(told.read_text()) == {
        "held": ["/dev/null", "/dev/null", "/dev/null", "pipe"],
        "writer": True,
        "default": True,
        "blocked": [],
        "wakeup": -1,
        "leader": True,
        "lifetime": True,
        "left": None,
    }


def test_the_kernel_ends_a_child_that_never_answers() -> None:
    begun = time.monotonic()
    others = _children()
    assert ForkedCall(lambda _: time.sleep(60), 0.2).answer(1) == b""
    assert 0.2 <= time.monotonic() - begun < 60
    assert _children() <= others


def test_an_error_in_a_child_is_silent_and_no_answer(capfd: pytest.CaptureFixture[str]) -> None:
    def work(_: int) -> None:
        raise RuntimeError

    assert ForkedCall(work, 5).answer(1) == b""
    assert capfd.readouterr() == ("", "")


def test_a_call_that_is_ended_leaves_no_child() -> None:
    others = _children()
    call = ForkedCall(lambda _: time.sleep(60), 60)
    (child,) = _children() - others
    call.end()
    assert until(lambda: _ended(child), 30)


def test_a_call_that_is_left_goes_on_to_its_end(tmp_path: Path) -> None:
    done = tmp_path / "done"

    def work(_: int) -> None:
        time.sleep(0.2)
        done.touch()

    others = _children()
    call = ForkedCall(work, 60)
    (child,) = _children() - others
    call.leave()
    assert until(done.exists, 60)
    assert until(lambda: _ended(child), 30)


def test_a_call_answers_where_sigchld_is_ignored() -> None:
    """A parent may ignore SIGCHLD: then the kernel reaps, and waiting for a child is an error."""
    code = (
        "import os, signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "from homelab.system.detached import ForkedCall\n"
        "print(ForkedCall(lambda to: os.write(to, b'here'), 5).answer(9))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("b'here'\n", "")


def test_a_parent_that_wants_no_answer_waits_for_nothing() -> None:
    others = _children()
    detached(lambda _: time.sleep(60), 60)
    (child,) = _children() - others
    assert os.waitpid(child, os.WNOHANG) == (0, 0), "the child has ended already"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_the_kernel_ends_a_child_whose_lifetime_is_over() -> None:
    others = _children()
    detached(lambda _: time.sleep(60), 0.2)
    (child,) = _children() - others
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGALRM


def test_a_child_that_cannot_be_made_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    before = os.listdir("/proc/self/fd")
    for make in (lambda: ForkedCall(lambda _: None, 5), lambda: detached(lambda _: None, 5)):
        with pytest.raises(OSError, match="Resource temporarily unavailable"):
            make()
    assert os.listdir("/proc/self/fd") == before


def _children() -> set[int]:
    """This process's children, including zombies: other tests may leave some."""
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


def _ended(child: int) -> bool:
    """Whether a child is gone; one that has just ended is reaped."""
    try:
        return os.waitpid(child, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return True


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_terminal_that_hangs_up_at_once_does_not_end_the_work(
    number: signal.Signals, tmp_path: Path
) -> None:
    """The signal comes between fork and setsid, as it does if the parent ends quickly."""
    program = (
        "import os, sys\n"
        "fork = os.fork\n"
        "def forked():\n"
        "    child = fork()\n"
        "    if not child:\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "    return child\n"
        "os.fork = forked\n"
        "from homelab.system.detached import detached\n"
        "detached(lambda life: open(sys.argv[1], 'w').close(), 30)\n"
    )
    done = tmp_path / "done"
    subprocess.run([sys.executable, "-c", program, str(done)], check=True, cwd=ROOT)
    assert until(done.exists, 60)
