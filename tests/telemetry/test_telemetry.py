"""Recording, end to end on the built file: which runs are counted, which data leaves, and what it
never costs."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.reading import until
from support.world import ROOT, World

ME = pwd.getpwuid(os.getuid()).pw_name
PUSH = "/loki/api/v1/push"
SECOND = 10**9


def _pushes(loki: FakeLoki) -> list[Request]:
    return [request for request in loki.requests if request.path == PUSH]


@pytest.mark.quick("from a run to Loki")
def test_the_request_is_this_and_nothing_more(world: World, loki: FakeLoki) -> None:
    before = time.time_ns() // SECOND * SECOND  # the part below the second may be random
    world.run("config", HOMELAB_LOKI_URL=loki.url)
    assert until(lambda: _pushes(loki))
    (push,) = _pushes(loki)
    names = {name.lower() for name, _ in push.headers}
    assert names == {
        "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent",
    }  # fmt: skip
    assert push.header("Content-Type") == "application/json"
    assert push.header("User-Agent") == "homelab/0.6.0"
    document = json.loads(push.body)
    moment = document["streams"][0]["values"][0][0]
    assert document == {
        "streams": [
            {
                "stream": {"job": "homelab-usage", "user": ME, "verb": "config"},
                "values": [[moment, "exit=0 ver=0.6.0"]],
            }
        ]
    }
    assert before <= int(moment) <= time.time_ns()


@pytest.mark.parametrize(
    ("words", "verb", "code"),
    [
        (["config"], "config", 0),
        (["config", "--nosuch"], "config", 2),
        (["logs", "query", "{a="], "logs query", 2),
        (["restore"], "(unknown) restore", 2),
        (["hunter2"], "(unknown)", 2),
        (["logs", "hunter2"], "(unknown)", 2),
        (["nas", "hosts"], "(unknown)", 2),  # no demand for a built-in verb
        (["mine"], "(personal)", 3),
        (["mine", "--secret", "hunter2"], "(personal)", 3),
    ],
)
def test_each_run_is_counted_once_as_it_ended(
    words: list[str], verb: str, code: int, world: World, loki: FakeLoki
) -> None:
    world.dropin("mine", "#!/bin/sh\nexit 3\n")
    world.dropin("nas/df", "#!/bin/sh\n")
    done = world.run(*words, HOMELAB_LOKI_URL=loki.url)
    assert done.returncode == code
    assert until(lambda: _pushes(loki))
    time.sleep(0.2)
    stored = loki.entries('{job="homelab-usage"}')
    assert [(labels["verb"], line) for labels, _, line in stored] == [
        (verb, f"exit={code} ver=0.6.0")
    ]
    assert b"hunter2" not in _pushes(loki)[0].body
    assert not world.journal.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["version"], ["help"], ["help", "config"], ["manifest"], ["config", "--help"], [],
        ["logs"], ["usage", "top"], ["--nosuch"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_these_are_never_counted(words: list[str], world: World, loki: FakeLoki) -> None:
    world.run(*words, HOMELAB_LOKI_URL=loki.url)
    world.run(*words)
    time.sleep(1)  # longer than a sender lives
    assert _pushes(loki) == []
    assert not world.state.exists()


def test_earlier_runs_in_the_journal_are_never_sent(world: World, loki: FakeLoki) -> None:
    world.run("config")
    world.run("config", HOMELAB_LOKI_URL=loki.url)
    assert until(lambda: _pushes(loki))
    time.sleep(1)
    assert len(loki.entries('{job="homelab-usage"}')) == 1
    assert len(world.events()) == 1


@pytest.mark.parametrize(
    "off",
    [
        {"HOMELAB_TELEMETRY": "0"}, {"HOMELAB_TELEMETRY": "OFF"}, {"HOMELAB_TELEMETRY": "no"},
        {"HOMELAB_TELEMETRY": "false"}, {"DO_NOT_TRACK": "1"}, {"DO_NOT_TRACK": "true"},
    ],
    ids=str,
)  # fmt: skip
def test_off_is_off(off: dict[str, str], world: World, loki: FakeLoki) -> None:
    world.run("config", **off)
    world.run("config", HOMELAB_LOKI_URL=loki.url, **off)
    time.sleep(1)
    assert loki.requests == []
    assert not world.state.exists()


@pytest.mark.parametrize("text", ["[telemetry]\nenabled = no\n", "[telemetry]\nenabeld = no\n"])
def test_off_by_settings_and_by_settings_that_cannot_be_read(text: str, world: World) -> None:
    world.settings(text)
    world.run("host", "status")
    assert not world.state.exists()


def test_print_shows_what_would_leave_and_sends_nothing(world: World, loki: FakeLoki) -> None:
    shown = {"HOMELAB_TELEMETRY": "print", "HOMELAB_LOKI_TOKEN": "t0ken"}
    done = world.run("config", HOMELAB_LOKI_URL=loki.url, **shown)
    first, _, body = done.stderr.partition("\n\n")
    assert first.splitlines()[0] == f"POST {loki.url}{PUSH}"
    assert "Authorization: Bearer (secret)" in first.splitlines()
    assert "t0ken" not in done.stderr
    assert json.loads(body)["streams"][0]["stream"]["verb"] == "config"
    time.sleep(1)
    assert loki.requests == []
    world.run("config", HOMELAB_LOKI_URL=loki.url, **{**shown, "HOMELAB_TELEMETRY": "1"})
    assert until(lambda: loki.requests)
    sent = {(name, value) for name, value in loki.requests[0].headers if name != "Authorization"}
    assert sent <= {tuple(line.split(": ", 1)) for line in first.splitlines()[1:]}


def test_print_says_so_where_nothing_would_be_sent(world: World, loki: FakeLoki) -> None:
    shown = {"HOMELAB_TELEMETRY": "print"}
    done = world.run("usage", "top", HOMELAB_LOKI_URL=loki.url, **shown)
    assert done.stderr.splitlines()[0] == "none: usage top is never counted"
    done = world.run("config", HOMELAB_LOKI_URL="loki.lan", **shown)
    assert done.stderr.startswith("none: HOMELAB_LOKI_URL: 'loki.lan' does not begin with http://")


def _mute(request: Request) -> Answer:
    time.sleep(3)
    return Answer(204, None, b"")


def _ours(folder: Path) -> list[int]:
    """Processes whose command line names a file in the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def test_a_verb_waits_for_nothing_and_the_kernel_ends_the_sender(
    started: str, world: World, loki: FakeLoki
) -> None:
    """The run has returned, and its pipes are closed, while its sender still waits for an answer;
    the sender holds nothing of the run's, and ends soon after."""
    loki.hook = _mute
    folder = Path(started).parent
    reader, writer = os.pipe()  # as a shell's `9>&1` leaves one to every child
    subprocess.run(
        [started, "config"], env={**world.env, "HOMELAB_LOKI_URL": loki.url},
        capture_output=True, pass_fds=[reader, writer], timeout=30, check=True,
    )  # fmt: skip
    os.close(reader)
    os.close(writer)
    assert until(lambda: loki.requests)
    senders = _ours(folder)
    assert len(senders) == 1
    assert os.readlink(f"/proc/{senders[0]}/cwd") == "/"
    held = {
        os.readlink(f"/proc/{senders[0]}/fd/{fd}") for fd in os.listdir(f"/proc/{senders[0]}/fd")
    }
    held = {name for name in held if not name.startswith("socket:")}
    outbox = str(world.state / "outbox")
    assert held == {"/dev/null", outbox, f"{outbox}/lock"}
    assert until(lambda: not _ours(folder), seconds=1.5)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_a_builtin_and_is_counted(
    number: signal.Signals, code: int, world: World, loki: FakeLoki
) -> None:
    loki.hook = lambda request: time.sleep(5)
    env = {**world.env, "LOKI_ADDR": loki.url}
    command = [sys.executable, world.pyz, "logs", "query", '{a="b"}']
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert until(lambda: loki.requests)
        process.send_signal(number)
        _, said = process.communicate(timeout=10)
    assert process.returncode == -number  # by the signal itself: the shell sees 128+n
    assert said == ""
    assert world.events() == [f"exit={code} ver=0.6.0 verb=logs query"]


def test_a_signal_at_any_moment_shows_no_traceback_and_is_counted_once(world: World) -> None:
    """Signals hit the whole run, its start and its end; two signals, the second right after the
    first."""
    for number in range(60):
        process = subprocess.Popen(
            [sys.executable, world.pyz, "config"], env=world.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(number * 0.0015)
        process.send_signal((signal.SIGTERM, signal.SIGINT)[number % 2])
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
        assert "homelab" not in said, said
        seen = len(world.events())
        # before the verb began there is nothing to count
        assert seen <= 1
        if seen:
            code = 128 - process.returncode if process.returncode < 0 else process.returncode
            assert world.events() == [f"exit={code} ver=0.6.0 verb=config"]
            world.journal.unlink()


def test_settings_on_a_dead_mount_do_not_block(world: World) -> None:
    path = world.settings("")
    path.unlink()
    os.mkfifo(path)
    world.dropin("mine", "#!/bin/sh\necho here\n")
    assert world.run("mine").stdout == "here\n"


def test_a_closed_pipe_ends_it_as_any_filter(world: World) -> None:
    script = f"{sys.executable} {world.pyz} config; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({script}) | true"], env={**world.env, "PYTHONUNBUFFERED": "1"},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    code = done.stderr.strip()
    assert code in ("141", "0")  # 0 if all was written before the reader had gone
    assert world.events() == [f"exit={code} ver=0.6.0 verb=config"]


def test_a_pipe_that_is_closed_already(world: World) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, world.pyz, "config"], env=world.env, stdout=writer,
        stderr=subprocess.PIPE, text=True, timeout=30, check=False,
    )  # fmt: skip
    os.close(writer)
    assert process.returncode == -signal.SIGPIPE
    assert process.stderr == ""
    assert world.events() == ["exit=141 ver=0.6.0 verb=config"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_no_trouble(closed: str, world: World) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} {world.pyz} config {closed}"], env=world.env,
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert world.events() == ["exit=0 ver=0.6.0 verb=config"]


def test_a_full_disk_behind_stdout_is_reported(world: World) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, world.pyz, "config"], env=world.env, stdout=full,
            stderr=subprocess.PIPE, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "homelab: stdout can't be written: No space left on device; the output is incomplete\n"
    )
    assert world.events() == ["exit=1 ver=0.6.0 verb=config"]


@pytest.mark.parametrize("obstacle", ["file", "folder", "symlink", "no home"])
def test_a_state_directory_that_cannot_be_written_is_not_noticed(
    obstacle: str, world: World
) -> None:
    quiet = world.run("logs", "query", "{}", HOMELAB_TELEMETRY="0")
    world.state.parent.mkdir(parents=True)
    if obstacle == "file":
        world.state.write_text("in the way")
    elif obstacle == "folder":
        world.journal.mkdir(parents=True)
    elif obstacle == "symlink":
        world.state.mkdir()
        world.journal.symlink_to("/nowhere/at/all")
    else:
        world.env["HOME"] = "/proc/nowhere"
    loud = world.run("logs", "query", "{}")
    assert quiet.returncode == 78
    assert (loud.returncode, loud.stdout, loud.stderr) == (78, quiet.stdout, quiet.stderr)


@pytest.mark.needs("root")
def test_root_leaves_no_file_in_another_accounts_home(world: World) -> None:
    """sudo with a kept HOME would do this."""
    os.chown(world.home, 12345, 12345)
    assert world.run("config").returncode == 0
    assert list(world.home.iterdir()) == []


def test_a_signal_inside_a_callback_is_not_swallowed() -> None:
    """Python reports an exception in a weak reference's callback, and goes on as if there were
    none."""
    script = """
import os, signal, sys, time, weakref
from homelab.system import foreground
from homelab.errors import Signalled
class Thing: pass
interruption = foreground.Interruption()
thing = Thing()
def callback(_):
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(100): pass
reference = weakref.ref(thing, callback)
try:
    del thing
    time.sleep(20)
    print("not heard")
except Signalled as error:
    print("heard", error.number)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("heard 15\n", "")
