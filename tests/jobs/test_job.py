"""`job run` and `job list`: real commands under cron's conditions, real signals, and a real server
for the dead-man's switch."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reading import until
from support.terminal import Terminal
from support.world import World

from homelab import times
from homelab.jobs import attempt, notify, origin, output_file, record
from homelab.jobs import store as state
from homelab.jobs.finding import check
from homelab.jobs.kept_output import Kept
from homelab.jobs.signals import Wakeup

HOUR = 3600 * 10**9
STARTED = 1_795_000_000 * 10**9
LAST = f"last ok {times.local(STARTED)}"


def folder(world: World) -> Path:
    return world.state / "jobs"


def listed(world: World, *words: str) -> dict[str, dict[str, Any]]:
    done = world.run("job", "list", "--json", *words)
    assert done.returncode in (0, 1, 69), done.stderr
    return {row["name"]: row for row in json.loads(done.stdout)["rows"]}


def start(world: World, *words: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [world.pyz, "job", "run", *words],
        env=world.env, cwd=world.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


def gone(process: int) -> bool:
    return not state.ticks(process)


@pytest.mark.parametrize("code", [0, 1, 3, 75, 124, 127, 255])
def test_the_exit_code_is_the_commands_own_and_success_is_quiet(code: int, world: World) -> None:
    done = world.run("job", "run", "x", "--", "sh", "-c", f"echo out; echo err >&2; exit {code}")
    assert (done.returncode, done.stdout) == (code, "")
    if code:
        head, *rest = done.stderr.splitlines()
        assert head.startswith(f"homelab: job 'x' failed with exit code {code} after ")
        assert rest == ["out", "err"]
    else:
        assert done.stderr == ""
    assert world.events() == [f"exit={code} ver=0.6.0 verb=job run"]
    row = listed(world)["x"]
    assert (row["state"], row["result"], row["exit"]) == (
        ("warning", f"exit {code}", code) if code else ("ok", "ok", 0)
    )


def test_words_pass_as_they_are(world: World) -> None:
    script = 'printf "<%s>" "$@"; exit 1'
    for words in (
        ("x", "--retries", "0", "--", "sh", "-c", script, "sh", "--help", "--", "-h", "a b", ""),
        ("--retries=0", "x", "sh", "-c", script, "sh", "--help", "--", "-h", "a b", ""),
    ):
        done = world.run("job", "run", *words)
        assert done.stderr.endswith("<--help><--><-h><a b><>\n")
    assert world.run("job", "run", "--help").stdout.startswith("homelab job run - ")
    assert world.run("job", "run", "x", "--help").stdout.startswith("homelab job run - ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x"], "COMMAND is missing"),
        (["x", "--"], "COMMAND is missing"),
        ([], "NAME is missing"),
        (["--", "true"], "NAME is missing"),
        (["A", "--", "true"], "not a job name"),
        (["../x", "--", "true"], "not a job name"),
        ([".x", "--", "true"], "not a job name"),
        (["x" * 65, "--", "true"], "not a job name"),
        (["x", "--nosuch", "--", "true"], "no such option: --nosuch"),
        (["x", "--timeout", "0s", "--", "true"], "not a duration: "),
        (["x", "--ping-file", "https://hc/secret", "--", "true"], "takes a file that holds the"),
    ],
)
def test_wrong_usage_runs_nothing(words: list[str], said: str, world: World) -> None:
    done = world.run("job", "run", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert not folder(world).exists()


def test_reading_only_runs_no_job(world: World) -> None:
    done = world.run("job", "run", "x", "--", "touch", "ran", HOMELAB_READ_ONLY="1")
    assert done.returncode == 77
    assert not (world.folder / "ran").exists()


def test_output_passes_byte_for_byte(world: World) -> None:
    done = subprocess.run(
        [world.pyz, "job", "run", "x", "--", "sh", "-c", r"cat; printf '\377\000\033[1mé'; exit 1"],
        env=world.env, input=b"from stdin\n", capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stderr.endswith(b"output:\nfrom stdin\n\xff\0\x1b[1m\xc3\xa9\n")


def test_verbose_shows_it_as_it_comes(world: World) -> None:
    done = world.run("job", "run", "x", "--verbose", "sh", "-c", "echo out; echo err >&2; exit 2")
    assert (done.returncode, done.stdout) == (2, "out\n")
    err, head = done.stderr.splitlines()
    assert err == "err"
    assert head.startswith("homelab: job 'x' failed with exit code 2 after ")
    assert head.endswith("ms")


@given(st.lists(st.binary(max_size=40)), st.integers(0, 20), st.integers(1, 20))
def test_the_beginning_and_the_end_are_kept(pieces: list[bytes], first: int, last: int) -> None:
    kept = Kept(first, last)
    for piece in pieces:
        kept.keep(piece)
    text = b"".join(pieces)
    lost = len(text) - first - last
    shown = kept.whole()
    if lost <= 0:
        assert shown == (text if text[-1:] in (b"\n", b"") else text + b"\n")
    else:
        assert shown.startswith(text[:first])
        assert b"\n(homelab: %d bytes were left out here)\n" % lost in shown
        assert shown.rstrip(b"\n").endswith(text[-last:].rstrip(b"\n"))
    assert kept.end(last) == text[-last:]


def test_output_without_end_takes_no_memory(world: World) -> None:
    script = "echo first; head -c 200000000 /dev/zero | tr '\\0' x; echo; echo last; exit 1"
    watch = (
        "import os, sys\n"
        "child = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])\n"
        "_, status, used = os.wait4(child, 0)\n"
        "print(used.ru_maxrss, os.waitstatus_to_exitcode(status))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, world.pyz, "job", "run", "big", "--", "sh", "-c", script],
        env=world.env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    most, code = map(int, done.stdout.split())
    assert code == 1
    assert most < 60_000  # KiB, including Python
    assert len(done.stderr) < 1_100_000
    assert "; output:\nfirst\nxxx" in done.stderr
    assert "bytes were left out here)\nxxx" in done.stderr
    assert done.stderr.endswith("x\nlast\n")


def test_one_at_a_time(world: World) -> None:
    first = start(world, "x", "--", "sh", "-c", "echo >began; sleep 60")
    try:
        assert until((world.folder / "began").exists)
        assert until(lambda: listed(world).get("x", {}).get("result") == "running")
        done = world.run("job", "run", "x", "--", "touch", "second")
        assert (done.returncode, done.stdout) == (75, "")
        assert done.stderr.startswith(
            "homelab: job 'x' does not start: an earlier run is still running, since "
        )
        assert "--wait 10m waits for it" in done.stderr
        done = world.run("job", "run", "x", "--skip", "--", "touch", "second")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        done = world.run("job", "run", "x", "--wait", "1s", "--skip", "--", "touch", "second")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert world.run("job", "run", "x", "--wait", "1s", "--", "true").returncode == 75
        assert not (world.folder / "second").exists()
        assert world.run("job", "run", "other", "--", "true").returncode == 0
        waiting = start(world, "x", "--wait", "50s", "--", "touch", "second")
        first.send_signal(signal.SIGTERM)
        assert waiting.wait(30) == 0
        waiting.communicate()
        assert (world.folder / "second").exists()
    finally:
        first.kill()
        first.communicate()


def test_many_at_once_are_one_after_the_other(world: World) -> None:
    script = "mkdir only || exit 9; echo x >>count; sleep 0.1; rmdir only"
    running = [start(world, "x", "--wait", "60s", "--", "sh", "-c", script) for _ in range(8)]
    assert [each.wait(60) for each in running] == [0] * 8
    assert (world.folder / "count").read_text() == "x\n" * 8
    for each in running:
        each.communicate()


def test_a_daemon_that_is_left_behind_holds_nothing(world: World) -> None:
    script = "sleep 60 & echo $! >daemon; echo hi"
    begin = time.monotonic()
    done = world.run("job", "run", "x", "--", "sh", "-c", script)
    daemon = int((world.folder / "daemon").read_text())
    try:
        assert done.returncode == 0
        assert time.monotonic() - begin < 30
        assert not gone(daemon)
        assert world.run("job", "run", "x", "--", "true").returncode == 0
    finally:
        os.kill(daemon, signal.SIGKILL)


DETACHED = "setsid sh -c 'echo $$ >daemon; while [ ! -e go ]; do sleep 0.1; done; {}' &"
BEGUN = "while [ ! -s daemon ]; do sleep 0.05; done"


def test_later_output_of_a_detached_process_does_not_end_it(world: World) -> None:
    """The output is discarded, by a process that ends with the detached one."""
    daemon = DETACHED.format("echo late; echo later >&2; touch done; exec sleep 60")
    done = world.run("job", "run", "x", "--", "sh", "-c", f"{daemon} {BEGUN}; echo hi; exit 3")
    process = int((world.folder / "daemon").read_text())
    try:
        assert done.returncode == 3
        assert done.stderr.endswith("; output:\nhi\n")
        assert not gone(process)
        assert until(lambda: len(_drains(world)) == 1, 30)
        assert world.run("job", "run", "x", "--", "true").returncode == 0  # it holds no lock
        (world.folder / "go").touch()
        assert until((world.folder / "done").exists, 30)
        assert not gone(process)
    finally:
        os.kill(process, signal.SIGKILL)
    assert until(lambda: not _drains(world), 30)


def _drains(world: World) -> list[str]:
    """The processes of homelab that are left over from its jobs."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text(errors="replace").split("\0")
        except OSError:
            continue
        if world.pyz in words and str(world.home) in _environment(path.parent):
            found.append(path.parent.name)
    return found


def _environment(process: Path) -> str:
    try:
        return (process / "environ").read_text(errors="replace")
    except OSError:
        return ""


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("deaf", ["", "trap '' TERM; "])
def test_a_detached_process_does_not_lengthen_the_end_of_a_late_one(
    deaf: str, heard: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run waits only for the command and its group, after it was told to end or was killed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(attempt, "GRACE", 0.3 if deaf else 3600.0)
    send = attempt.Attempt._send

    def sent(self: attempt.Attempt, number: int) -> None:
        send(self, number)
        if number == signal.SIGKILL:
            monkeypatch.setattr(attempt, "GRACE", 3600.0)

    monkeypatch.setattr(attempt.Attempt, "_send", sent)
    daemon = DETACHED.format("exec sleep 60")
    script = f"{deaf}{daemon} {BEGUN}; touch begun; sleep 60; sleep 60"
    with Wakeup() as wakeup:
        running = attempt.Attempt(["sh", "-c", script], os.environ, None, Kept() if heard else None)
        assert until((tmp_path / "begun").exists, 60)
        running._late_at = time.monotonic()
        outcome = running.ended(wakeup)
    daemon_process = int((tmp_path / "daemon").read_text())
    try:
        assert outcome.late
        assert not gone(daemon_process)
    finally:
        os.kill(daemon_process, signal.SIGKILL)


@pytest.mark.parametrize("heard", [True, False])
def test_who_tidies_up_after_the_command_has_the_time_for_it(
    heard: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This also holds if a process has none of our pipes, so that only its group shows that it
    runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(attempt, "GRACE", 3600.0)
    tidy = "trap 'sleep 1; touch tidied; exit' TERM; touch begun; while :; do sleep 0.1; done"
    script = f"({tidy}) >/dev/null 2>&1 & wait"
    with Wakeup() as wakeup:
        running = attempt.Attempt(["sh", "-c", script], os.environ, None, Kept() if heard else None)
        assert until((tmp_path / "begun").exists, 60)
        running._late_at = time.monotonic()
        assert running.ended(wakeup).late
    assert (tmp_path / "tidied").exists()


def test_a_killed_homelab_lets_no_second_one_beside_its_command(world: World) -> None:
    first = start(world, "x", "--", "sh", "-c", "echo $$ >pid; exec sleep 60")
    path = world.folder / "pid"
    assert until(lambda: path.exists() and path.read_text().endswith("\n"))
    command = int(path.read_text())
    assert until((folder(world) / "x.json").exists)
    first.kill()
    first.communicate()
    try:
        row = listed(world)["x"]
        assert (row["state"], row["result"]) == ("warning", "running")
        assert row["detail"] == f"homelab was killed; its process {command} is still running"
        assert world.run("job", "run", "x", "--", "true").returncode == 75
    finally:
        os.kill(command, signal.SIGKILL)
    assert until(lambda: gone(command))
    row = listed(world)["x"]
    assert (row["state"], row["result"], row["took"]) == ("warning", "interrupted", None)
    assert world.run("job", "run", "x", "--", "false").returncode == 1
    assert "2 failures in a row; never ok" in listed(world)["x"]["detail"]
    assert world.run("job", "run", "x", "--", "true").returncode == 0
    assert listed(world)["x"]["state"] == "ok"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_the_whole_command_and_ends_both(number: int, world: World) -> None:
    script = "sleep 60 & echo $$ $! >pids; echo began; wait"
    running = start(world, "x", "--retries", "5", "--", "bash", "-c", script)
    path = world.folder / "pids"
    assert until(lambda: path.exists() and path.read_text().endswith("\n"))
    running.send_signal(number)
    _, err = running.communicate(timeout=30)
    assert running.returncode == -number
    assert f"homelab: job 'x' was ended by signal {int(number)} after " in err
    assert err.endswith("; output:\nbegan\n")
    if number != signal.SIGINT:  # a shell's background job ignores it
        assert until(lambda: all(gone(int(pid)) for pid in path.read_text().split()))
    else:
        os.kill(int(path.read_text().split()[1]), signal.SIGKILL)
    assert world.events() == [f"exit={128 + number} ver=0.6.0 verb=job run"]
    row = listed(world)["x"]
    assert (row["result"], row["attempts"]) == (f"signal {int(number)}", 1)


def test_the_command_decides_how_a_signal_ends(world: World) -> None:
    script = "trap 'echo tidy; exit 7' TERM; echo >began; while :; do sleep 0.1; done"
    running = start(world, "x", "--", "sh", "-c", script)
    assert until((world.folder / "began").exists)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 7
    assert err.endswith("tidy\n")


def test_a_signal_ends_the_wait_for_the_next_attempt(world: World) -> None:
    running = start(world, "x", "--retries", "5", "--retry-wait", "60s", "--", "false")
    assert until((folder(world) / "x.json").exists)
    time.sleep(0.5)
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert running.returncode == 1
    assert listed(world)["x"]["attempts"] == 1


def test_a_reader_that_has_stopped_reading_does_not_make_it_immortal(world: World) -> None:
    script = "head -c 900000 /dev/zero; exit 3"
    running = start(world, "x", "--", "sh", "-c", script)
    path = folder(world) / "x.json"
    assert until(lambda: path.exists() and json.loads(path.read_text())["took"] >= 0)
    time.sleep(0.3)
    assert running.poll() is None  # nobody reads its output
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == -signal.SIGTERM
    running.communicate()


def test_at_a_terminal(world: World) -> None:
    """The command may use the terminal, and Ctrl-C reaches it once."""
    script = (
        'trap "echo INT >>got; exit 9" INT; printf "who? "; read name; echo "hello $name"; '
        "echo >began; while :; do sleep 0.1; done"
    )
    (world.folder / "script").write_text(script)
    with Terminal(["bash", "--norc", "-i"], world.env, str(world.folder)) as terminal:
        terminal.type(f"{world.pyz} job run x --verbose -- sh script; echo ended $?\r")
        terminal.expect(r"who\? ")
        terminal.type("lab\r")
        terminal.expect("hello lab")
        assert until((world.folder / "began").exists)
        terminal.type("\x03")
        terminal.expect("job 'x' failed with exit code 9 after ")
        terminal.expect("ended 9")
    assert (world.folder / "got").read_text() == "INT\n"


def test_an_ignored_hangup_stays_ignored(world: World) -> None:
    command = ["nohup", world.pyz, "job", "run", "x", "--", "sh", "-c", "kill -HUP $$; exit 5"]
    done = subprocess.run(
        command, env=world.env, capture_output=True, check=False, timeout=60, cwd=world.folder
    )
    assert done.returncode == 5


def test_attempts_until_one_is_good(world: World) -> None:
    script = "echo x >>count; echo try; [ $(wc -l <count) -ge 3 ]"
    retrying = ("x", "--retry-wait", "1s", "--retries")
    done = world.run("job", "run", *retrying, "1", "--", "sh", "-c", script)
    assert done.returncode == 1
    head, text = done.stderr.splitlines()
    assert head.endswith(" in 2 attempts; output of the last:")
    assert text == "try"
    done = world.run("job", "run", *retrying, "5", "--", "sh", "-c", script)
    assert (done.returncode, done.stderr) == (0, "")
    (world.folder / "count").unlink()
    assert world.run("job", "run", *retrying, "5", "--", "sh", "-c", script).returncode == 0
    row = listed(world)["x"]
    assert (row["state"], row["attempts"], row["detail"]) == ("ok", 3, "3 attempts")


@pytest.mark.parametrize("long", ["30d", "9999999w"])
def test_spans_of_any_length(long: str, world: World) -> None:
    """A poll waits 24 days at most, and the kernel's moments end in the year 2262."""
    words = [*(f"--{name}={long}" for name in ("timeout", "every", "wait", "retry-wait"))]
    done = world.run("job", "run", "x", *words, "--", "sh", "-c", "sleep 0.2; exit 3")
    assert done.returncode == 3, done.stderr
    assert listed(world)["x"]["result"] == "exit 3"
    running = start(world, "y", *words, "--retries", "1", "--", "false")
    assert until((folder(world) / "y.json").exists)
    time.sleep(0.5)
    assert running.poll() is None
    running.terminate()
    running.communicate(timeout=30)
    assert running.returncode == 1


def test_a_late_one_is_ended(world: World) -> None:
    script = "sleep 60 & echo $! >pid; echo hi; wait"
    done = world.run("job", "run", "x", "--timeout", "1s", "--", "sh", "-c", script)
    assert done.returncode == 124
    assert done.stderr == "homelab: job 'x' was stopped after its --timeout of 1 s; output:\nhi\n"
    assert until(lambda: gone(int((world.folder / "pid").read_text())))
    assert world.events() == ["exit=124 ver=0.6.0 verb=job run"]
    assert listed(world)["x"]["result"] == "timed out"


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize(
    "script",
    [
        "trap '' TERM; sleep 60 & echo $! >pid; wait; wait",
        "(trap '' TERM; sleep 60) & echo $! >pid; wait",
        "sleep 60 & echo $! >pid; kill -STOP $$",
    ],
    ids=["deaf", "a deaf child", "stopped"],
)
def test_who_does_not_hear_is_killed_with_all_its_own(
    script: str, heard: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "GRACE", 0.7)
    monkeypatch.chdir(tmp_path)
    with Wakeup() as wakeup:
        running = attempt.Attempt(
            ["bash", "-c", script], os.environ, 0.5, Kept() if heard else None
        )
        outcome = running.ended(wakeup)
    assert outcome.late
    assert until(lambda: gone(int((tmp_path / "pid").read_text())))


def test_one_that_is_stopped_can_still_end_in_order(world: World) -> None:
    script = "trap 'echo tidy; exit 5' TERM; kill -STOP $$; sleep 60"
    done = world.run("job", "run", "x", "--timeout", "1s", "--", "bash", "-c", script)
    assert done.returncode == 124
    assert done.stderr.endswith("tidy\n")


def test_a_script_in_path_that_is_not_executable_is_named(world: World) -> None:
    path = world.folder / "own-script"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o644)
    done = subprocess.run(
        [sys.executable, world.pyz, "job", "run", "x", "--", "own-script"],
        env={**world.env, "PATH": f"/usr/bin:{world.folder}"}, capture_output=True, text=True,
        check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    said = f"own-script, found in PATH: it is not executable: chmod +x {path}"
    assert (done.returncode, said in done.stderr) == (126, True)


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (None, 0, "is in no folder of PATH (/usr/bin:/bin); use its absolute path"),
        ("#!/bin/sh\n", 0o644, "it is not executable: chmod +x "),
        ("#!/nosuch\n", 0o755, "its interpreter /nosuch is not on this host"),
        ("echo hi\n", 0o755, "it has no #! line and is not a program"),
    ],
)
def test_a_command_that_cannot_be_started_is_reported(
    text: str | None, mode: int, said: str, world: World
) -> None:
    name = "nosuch"
    if text is not None:
        path = world.folder / "script"
        path.write_text(text)
        path.chmod(mode)
        name = str(path)
    command = [sys.executable, world.pyz, "job", "run", "x", "--retries", "3", "--", name]
    done = subprocess.run(
        command, env={**world.env, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
        check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == (127 if text is None else 126)  # as shells have it
    assert done.stderr.startswith(f"homelab: job 'x' can't be started: {name}")
    assert said in done.stderr
    row = listed(world)["x"]
    assert (row["result"], row["attempts"]) == ("not started", 1)
    assert said in row["detail"]


def test_messages_are_safe_for_a_terminal(world: World) -> None:
    evil = "no\x1b[2Jsuch"
    words = ["job", "run", "x", "--ping-file", evil, "--", evil]
    done = world.run(*words, python=sys.executable, PATH=f"/a{evil}")
    assert (done.returncode, done.stderr.count("\n")) == (127, 2)
    assert "\x1b" not in done.stderr
    done = world.run("job", "run", "x", "--", "")
    assert done.returncode == 127
    assert done.stderr == "homelab: job 'x' can't be started: the command is empty\n"
    assert "\x1b" not in world.run("job", "run", evil, "--", "true").stderr


@pytest.mark.needs("root")
def test_as_cron_starts_it_for_an_account_without_a_home(pyz: str, tmp_path: Path) -> None:
    """The environment is empty, and there is no place for records: the job runs, with one
    message."""
    place = Path("/srv") if os.access("/srv", os.W_OK) else tmp_path
    copy = place / f"homelab-{os.getpid()}.pyz"
    shutil.copy(pyz, copy)
    copy.chmod(0o755)
    try:
        for words, code in ((["id", "-u"], 0), (["sh", "-c", "id -u; exit 4"], 4)):
            done = subprocess.run(
                ["env", "-i", sys.executable, str(copy), "job", "run", "x", "--", *words],
                user=65534, group=65534, extra_groups=[], cwd="/", stdin=subprocess.DEVNULL,
                capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            assert (done.returncode, done.stdout) == (code, "")
            first, *rest = done.stderr.splitlines()
            assert first.startswith("homelab: job 'x' runs without a lock and without a record: /")
            assert first.endswith("; set XDG_STATE_HOME to a folder of this account")
            assert rest[1:] == (["65534"] if code else [])
    finally:
        copy.unlink()


@pytest.mark.needs("root", "namespaces")
@pytest.mark.parametrize("full", ["of bytes", "of files", "read-only"])
def test_a_full_disk_costs_the_record_and_not_the_job(full: str, world: World) -> None:
    folder(world).mkdir(parents=True, mode=0o700)
    made = {
        "of bytes": "mount -t tmpfs -o size=8k,mode=700 none {0}; cat /dev/zero >{0}/fill;",
        "of files": "mount -t tmpfs -o nr_inodes=1,mode=700 none {0};",
        "read-only": "mount -t tmpfs -o ro,mode=700 none {0};",
    }[full].format(folder(world))
    script = f'{made} exec "$0" job run x -- sh -c "echo hi; exit 6"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, world.pyz],
        env=world.env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 6
    *_, said, head, wrote = done.stderr.splitlines()
    assert done.stderr.count("homelab: ") == 2
    why = "Read-only file system" if full == "read-only" else "No space left on device"
    assert why in said
    assert said.startswith("homelab: no record is kept" if full == "of bytes" else "homelab: job")
    assert head.startswith("homelab: job 'x' failed with exit code 6 after ")
    assert wrote == "hi"


@pytest.mark.needs("flock")
def test_under_flock_and_a_supervisor_that_ends_the_group(world: World) -> None:
    command = ["flock", "-n", "lock", world.pyz, "job", "run", "x", "--", "sh", "-c", "exit 8"]
    done = subprocess.run(command, env=world.env, cwd=world.folder, check=False, timeout=60)
    assert done.returncode == 8
    running = start(world, "x", "--", "sh", "-c", "echo >began; sleep 60", start_new_session=True)
    assert until((world.folder / "began").exists)
    os.killpg(running.pid, signal.SIGTERM)
    running.communicate(timeout=30)
    assert running.returncode == -signal.SIGTERM
    assert listed(world)["x"]["result"] == "signal 15"


def _record(**more: Any) -> record.Record:
    made = record.Record("x", STARTED, 5 * 10**9)
    made.attempts, made.succeeded = 1, made.started
    for key, value in more.items():
        setattr(made, key, value)
    return made


@pytest.mark.parametrize(
    ("more", "running", "after", "state", "result", "overdue", "detail"),
    [
        ({}, False, 999 * HOUR, "ok", "ok", None, ""),
        ({"every": 24 * HOUR}, False, 24 * HOUR, "ok", "ok", None, ""),
        ({"every": 24 * HOUR}, False, 26 * HOUR, "ok", "ok", None, ""),
        ({"every": 24 * HOUR}, False, 27 * HOUR, "warning", "ok", 3 * HOUR, ""),
        ({"every": HOUR, "took": -1}, True, 3 * HOUR, "warning", "running", None,
         "running for longer than its interval of 1 h 0 min"),
        ({"took": -1}, True, HOUR, "ok", "running", None, ""),
        ({"took": -1}, False, HOUR, "warning", "interrupted", None,
         "its end is unknown: homelab was killed, or the host went down; " + LAST),
        ({"exit": 3, "failures": 1}, False, HOUR, "warning", "exit 3", None, LAST),
        ({"exit": 137, "signal": 9}, False, HOUR, "warning", "signal 9", None, LAST),
        ({"exit": 124, "how": "timed out"}, False, HOUR, "warning", "timed out", None, LAST),
        ({"exit": 1, "failures": 4, "succeeded": 0}, False, HOUR, "warning", "exit 1", None,
         "4 failures in a row; never ok"),
        ({"unpinged": 2, "ping": "HTTP 404"}, False, HOUR, "ok", "ok", None,
         "ping failed: HTTP 404"),
        ({"unpinged": 3, "ping": "HTTP 404"}, False, HOUR, "warning", "ok", None,
         "ping failed: HTTP 404"),
        ({"every": HOUR}, False, -HOUR, "unknown", "ok", None,
         "started in the future: the clock was wrong then, or is wrong now"),
        ({"every": HOUR}, False, -HOUR // 100, "ok", "ok", None, ""),
    ],
)  # fmt: skip
def test_the_status_of_a_job(
    more: dict[str, Any],
    running: bool,
    after: int,
    state: str,
    result: str,
    overdue: int | None,
    detail: str,
) -> None:
    made = _record(**more)
    found = record.standing(made, running, made.started + after)
    assert (found.state, found.result, found.overdue, found.detail) == (
        state, result, overdue, detail,
    )  # fmt: skip


NOTED = {"host": "nas1", "machine": "00ff", "boot": "b1", "namespace": "7"}


@pytest.mark.parametrize(
    ("more", "here", "place"),
    [
        ({}, {}, record.HERE),
        ({"host": "old-name"}, {}, record.HERE),
        ({"machine": ""}, {"machine": ""}, record.HERE),
        ({"boot": "b0"}, {}, record.EARLIER),
        ({"boot": "b0", "namespace": "8"}, {}, record.EARLIER),
        ({"namespace": "8"}, {}, record.BESIDE),
        ({"namespace": "8", "host": "3f2a", "machine": ""}, {}, record.BESIDE),
        ({"boot": "b0", "host": "nas2"}, {}, record.ELSEWHERE),  # a clone: the machine ID is equal
        ({"boot": "b0", "machine": "11ee"}, {}, record.ELSEWHERE),
        ({"boot": "b0", "machine": ""}, {"machine": ""}, record.NAMESAKE),  # a container, perhaps
        ({"boot": "b0", "machine": ""}, {}, record.NAMESAKE),
        ({"boot": "b0", "machine": "", "host": ""}, {"host": ""}, record.ELSEWHERE),
        ({"boot": ""}, {"boot": ""}, record.HERE),
        ({"boot": "", "host": "nas2"}, {"boot": ""}, record.ELSEWHERE),
        ({"boot": "", "machine": ""}, {"boot": "", "machine": ""}, record.NAMESAKE),
        ({"host": "", "machine": "", "namespace": ""}, {}, record.HERE),  # of an older build
        ({"host": "", "machine": "", "namespace": "", "boot": "b0"}, {}, record.UNNOTED),
    ],
)
def test_where_a_run_is(more: dict[str, str], here: dict[str, str], place: str) -> None:
    made = _record(**{**NOTED, **more})
    assert record.where(made, record.Origin(**{**NOTED, **here})) == place


@pytest.mark.parametrize(
    ("place", "running", "state", "result", "said"),
    [
        (record.EARLIER, False, "warning", "interrupted", "this host was restarted since"),
        (record.UNNOTED, False, "warning", "interrupted", "or the host went down"),
        (record.BESIDE, False, "unknown", "unknown", "in another container or on its host (nas1) "),
        (record.ELSEWHERE, False, "unknown", "unknown", "began on host nas1 and no end is rec"),
        (record.NAMESAKE, False, "unknown", "unknown", "on nas1, which is this host before a rest"),
        (record.NAMESAKE, True, "ok", "running elsewhere", "on nas1, which is this host before a "),
        (record.EARLIER, True, "unknown", "unknown", "if the job runs on no host, delete x.lock"),
        (record.UNNOTED, True, "ok", "running elsewhere", "on a host that an older homelab did no"),
        (record.BESIDE, True, "ok", "running elsewhere", "in another container or on its host (n"),
        (record.ELSEWHERE, True, "ok", "running elsewhere", "on host nas1"),
    ],
)
def test_a_run_that_is_not_here_is_shown_as_far_as_it_is_known(
    place: str, running: bool, state: str, result: str, said: str
) -> None:
    made = _record(**NOTED, took=-1)
    found = record.standing(made, running, STARTED + HOUR, place)
    assert (found.state, found.result) == (state, result)
    assert said in found.detail
    made.every = HOUR // 2
    late = record.standing(made, running, STARTED + HOUR, place)
    assert late.state == "warning"  # an unknown state does not excuse an overdue job


def test_a_lock_long_after_the_recorded_end_is_another_runs() -> None:
    """The lock is held for the pings after the command's end, and no longer."""
    made = _record()
    assert record.standing(made, True, STARTED + 10 * 10**9).result == "running"
    found = record.standing(made, True, STARTED + HOUR)
    assert (found.state, found.result) == ("unknown", "unknown")
    assert found.detail.startswith("a run without a record holds its lock")


def _unended(world: World, **more: object) -> None:
    """Write a record without an end, otherwise like those of this host."""
    assert world.run("job", "run", "x", "--", "true").returncode == 0
    path = folder(world) / "x.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "took": -1, **more}))


OTHER = {"host": "nas2", "machine": "0123", "boot": "another"}


@pytest.mark.parametrize("left", [True, False])
def test_a_record_of_another_host_holds_nothing_up(left: bool, world: World) -> None:
    """The record's process has a number that another process has here; and a file is not a lock."""
    mine = {"process": os.getpid(), "ticks": state.ticks(os.getpid())}
    _unended(world, **OTHER, **mine)
    if not left:
        (folder(world) / "x.lock").unlink()
    row = listed(world)["x"]
    assert (row["state"], row["result"]) == ("unknown", "unknown")
    assert row["detail"].startswith(
        "began on host nas2 and no end is recorded; this host can't see"
    )
    assert world.run("job", "list").returncode == 69
    assert world.run("job", "run", "x", "--", "touch", "ran").returncode == 0
    assert (world.folder / "ran").exists()
    assert listed(world)["x"]["result"] == "ok"


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({}, True),
        ({"ticks": "1"}, False),  # another process has that number now
        ({"namespace": "1"}, False),  # here it is a process of another container
        ({"boot": "another"}, False),
    ],
)
def test_a_command_that_goes_on_alone_is_known_by_all_of_it(
    more: dict[str, str], kept: bool, world: World
) -> None:
    mine = {"process": os.getpid(), "ticks": state.ticks(os.getpid())}
    _unended(world, **{**mine, **more})
    assert (listed(world)["x"]["result"] == "running") == kept
    assert world.run("job", "run", "x", "--", "true").returncode == (75 if kept else 0)


def test_a_record_of_an_older_build_is_read(world: World) -> None:
    mine = {"process": os.getpid(), "ticks": state.ticks(os.getpid())}
    path = folder(world) / "x.json"

    def older(**more: object) -> None:
        _unended(world, **mine, **more)
        whole = json.loads(path.read_text())
        for name in ("host", "machine", "namespace"):
            del whole[name]
        path.write_text(json.dumps(whole))

    older()
    assert listed(world)["x"]["result"] == "running"
    assert world.run("job", "run", "x", "--", "true").returncode == 75
    path.unlink()
    older(boot="another")
    assert listed(world)["x"]["result"] == "interrupted"
    assert world.run("job", "run", "x", "--", "true").returncode == 0
    assert listed(world)["x"]["state"] == "ok"


@pytest.fixture
def held(world: World) -> Iterator[None]:
    """Let another process hold the lock of job x, which is how NFS shows one of another host."""
    code = (
        "import fcntl, sys\nfile = open(sys.argv[1], 'w')\nfcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    folder(world).mkdir(parents=True, mode=0o700)
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder(world) / "x.lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    yield
    holder.communicate()


@pytest.mark.usefixtures("held")
def test_a_lock_that_another_host_has_holds_a_run_up(world: World) -> None:
    state.write(str(folder(world)), _record(**{**NOTED, **OTHER}, took=-1))
    row = listed(world)["x"]
    assert (row["state"], row["result"], row["detail"]) == (
        "ok", "running elsewhere", "on host nas2",
    )  # fmt: skip
    done = world.run("job", "run", "x", "--", "touch", "ran")
    assert done.returncode == 75
    since = f"on host nas2, since {times.local(STARTED)}"
    assert f"job 'x' does not start: an earlier run is still running {since}; --wait" in done.stderr
    assert world.run("job", "run", "x", "--skip", "--", "touch", "ran").returncode == 0
    assert not (world.folder / "ran").exists()


@pytest.mark.usefixtures("held")
def test_a_lock_without_a_run_in_the_records_is_said(world: World) -> None:
    """The state is not `running` since the last recorded run: a sentence says what to do."""
    state.write(str(folder(world)), _record(started=time.time_ns() - HOUR))
    assert listed(world)["x"]["result"] == "unknown"
    done = world.run("job", "run", "x", "--", "true")
    assert done.returncode == 75
    path = folder(world) / "x.lock"
    assert f"a run without a record holds {path}; delete that file if the job" in done.stderr
    path.unlink()
    assert world.run("job", "run", "x", "--", "true").returncode == 0
    assert listed(world)["x"]["result"] == "ok"


@pytest.mark.needs("root", "namespaces")
def test_two_containers_with_one_home(world: World) -> None:
    """The containers share a kernel, so that locks work, and have process numbers of their own."""
    contained = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", world.pyz, "job"]
    running = subprocess.Popen(
        [*contained, "run", "x", "--", "sh", "-c", "touch began; sleep 60"],
        env=world.env, cwd=world.folder,
    )  # fmt: skip
    try:
        assert until((world.folder / "began").exists, 30)
        row = listed(world)["x"]
        assert (row["state"], row["result"]) == ("ok", "running elsewhere")
        assert row["detail"].startswith("in another container or on its host (")
        second = subprocess.run(
            [*contained, "run", "x", "--", "true"],
            env=world.env, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert second.returncode == 75
        assert (
            "an earlier run is still running in another container or on its host (" in second.stderr
        )
    finally:
        running.kill()
        running.wait()
    assert until(lambda: listed(world)["x"]["result"] == "unknown", 30)
    third = subprocess.run([*contained, "run", "x", "--", "true"], env=world.env, check=False)
    assert third.returncode == 0
    assert listed(world)["x"]["result"] == "ok"


def test_the_machine_id_is_not_written_down(world: World) -> None:
    assert world.run("job", "run", "x", "--", "true").returncode == 0
    whole = json.loads((folder(world) / "x.json").read_text())
    assert (whole["host"], whole["boot"]) == (origin.here().host, origin.here().boot)
    assert whole["namespace"].isdigit()
    for path in origin._MACHINE:
        if os.path.exists(path):
            identifier = Path(path).read_text().strip()
            assert not identifier or identifier not in json.dumps(whole)


def test_a_record_is_read_as_it_was_written() -> None:
    made = _record(every=HOUR, ping="HTTP 404", process=4711, ticks="123", **NOTED)
    found = record.decoded(record.encoded(made), "x")
    assert all(getattr(found, key) == getattr(made, key) for key in record.Record.__slots__)
    with pytest.raises(ValueError, match="not a record of this job"):
        record.decoded(record.encoded(made), "y")


@given(st.binary() | st.text().map(str.encode))
def test_any_text_is_a_record_or_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        record.decoded(text, "x")


@given(
    st.sampled_from([name for name in record.Record.__slots__ if name != "name"]),
    st.none() | st.booleans() | st.floats() | st.integers(-(10**30), -2) | st.just("\x1b[2J")
    | st.integers(1 << 63, 1 << 90) | st.lists(st.integers()) | st.just("x" * 300),
)  # fmt: skip
def test_one_wrong_field_is_no_record(field: str, value: object) -> None:
    whole = {**json.loads(record.encoded(_record())), field: value}
    with pytest.raises(ValueError, match=field):
        record.decoded(json.dumps(whole).encode(), "x")


def test_damaged_records_are_unknown_and_the_next_run_replaces_them(world: World) -> None:
    assert world.run("job", "run", "good", "--", "true").returncode == 0
    place = folder(world)
    (place / "deep.json").write_text("[" * 10_000)
    (place / "empty.json").write_text("")
    (place / "folder.json").mkdir()
    (place / "huge.json").write_bytes(b"x" * 3_000_000)
    (place / "link.json").symlink_to("/etc/passwd")
    (place / "other.json").write_bytes((place / "good.json").read_bytes())
    os.mkfifo(place / "pipe.json")
    (place / "BAD\x1b[2J.json").write_text("")
    (place / ".good.json.123").write_text("")
    os.mkfifo(place / "deep.lock")
    begin = time.monotonic()
    found = listed(world)
    assert time.monotonic() - begin < 20
    assert found.pop("good")["state"] == "ok"
    assert set(found) == {"deep", "empty", "folder", "huge", "link", "other", "pipe"}
    assert {(row["state"], row["result"]) for row in found.values()} == {("unknown", None)}
    finding = check(str(place), time.time_ns())
    assert (finding.state, finding.value) == ("unknown", "7 unknown")
    assert finding.detail == "deep: its record is damaged; its next run replaces it"
    assert world.run("job", "list").returncode == 69
    for name in ("deep", "empty", "huge", "link", "other", "pipe"):
        done = world.run("job", "run", name, "--", "true")
        assert (done.returncode, done.stderr) == (0, "")
    done = world.run("job", "run", "folder", "--", "sh", "-c", "exit 3")
    assert done.returncode == 3
    assert done.stderr.startswith("homelab: no record is kept of job 'folder'")
    assert {row["state"] for row in listed(world).values()} == {"ok", "unknown"}
    assert Path("/etc/passwd").read_text().startswith("root")


def test_jobs_that_must_be_there(world: World) -> None:
    assert world.run("job", "run", "fine", "--", "true").returncode == 0
    assert world.run("job", "run", "other", "--", "false").returncode == 1
    done = world.run("job", "list", "fine")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    done = world.run("job", "list", "gone", "fine", "--json")
    assert done.returncode == 1
    rows = {row["name"]: (row["state"], row["detail"]) for row in json.loads(done.stdout)["rows"]}
    assert rows == {
        "gone": ("critical", "no job of this name has run for this account"), "fine": ("ok", None)
    }  # fmt: skip
    assert world.run("job", "list", "Not a name").returncode == 2


def test_overdue_jobs_come_first(world: World) -> None:
    for name, every in (("late", "1h"), ("fine", "1d"), ("plain", "")):
        said = ["--every", every] if every else []
        assert world.run("job", "run", name, *said, "--", "true").returncode == 0
    path = folder(world) / "late.json"
    whole = json.loads(path.read_text())
    whole["started"] -= 5 * HOUR
    path.write_text(json.dumps(whole))
    whole_list = world.run("job", "list")
    assert (whole_list.returncode, whole_list.stderr) == (1, "")
    assert [line.split()[1] for line in whole_list.stdout.splitlines()] == [
        "NAME", "late", "fine", "plain",
    ]  # fmt: skip
    done = world.run("job", "list", "--problems")
    assert done.returncode == 1
    header, row = done.stdout.splitlines()
    assert header.split() == ["STATE", "NAME", "LAST", "RESULT", "TOOK", "OVERDUE", "DETAIL"]
    assert row.startswith("warning  late ")
    assert "  4 h 0 min  -" in row
    assert done.stderr == "homelab: fine: fine, plain (details: --all)\n"
    assert len(world.run("job", "list", "--all").stdout.splitlines()) == 4
    late = listed(world)["late"]
    assert late["overdue"] // 60 == 240
    assert late["due"] is not None
    finding = check(str(folder(world)), time.time_ns())
    assert (finding.state, finding.value) == ("warning", "1 of 3 wrong")
    assert finding.detail == "late: overdue; see homelab job list"


def test_the_check_of_host_status(tmp_path: Path) -> None:
    assert check("", 0).state == "skipped"
    assert check(str(tmp_path / "none"), 0).state == "skipped"
    assert check(str(tmp_path), 0).state == "skipped"
    state.write(str(tmp_path), _record())
    finding = check(str(tmp_path), _record().started + HOUR)
    assert (finding.state, finding.value) == ("ok", "1 fine")
    state.write(str(tmp_path), _record(unpinged=3, ping="HTTP 404"))
    finding = check(str(tmp_path), STARTED + HOUR)
    assert (finding.state, finding.detail) == (
        "warning", "x: its pings fail; see homelab job list",
    )  # fmt: skip
    state.write(str(tmp_path), _record())
    (tmp_path / "y.json").write_text("{}")
    finding = check(str(tmp_path), _record().started + HOUR)
    assert (finding.state, finding.value) == ("unknown", "1 unknown")
    (tmp_path / "file").write_text("")
    assert check(str(tmp_path / "file"), 0).state == "unknown"


def test_no_jobs_is_said(world: World) -> None:
    done = world.run("job", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("homelab: no job has run for this account")
    assert not folder(world).exists()


@pytest.mark.needs("root")
def test_another_accounts_record_is_not_believed(tmp_path: Path) -> None:
    state.write(str(tmp_path), _record())
    os.chown(tmp_path / "x.json", 65534, 65534)
    (found,) = state.standings(str(tmp_path), STARTED + HOUR)
    assert (found.state, found.record) == ("unknown", None)
    assert state.before(str(tmp_path), "x") is None


@pytest.mark.needs("root")
def test_another_accounts_folder_is_not_touched(world: World) -> None:
    folder(world).mkdir(parents=True)
    os.chown(folder(world), 65534, 65534)
    done = world.run("job", "list")
    assert (done.returncode, done.stdout) == (69, "")
    assert f"{folder(world)}: it belongs to another account (nobody)" in done.stderr
    done = world.run("job", "run", "x", "--", "true")
    assert done.returncode == 0
    assert "without a record" in done.stderr
    assert f"{folder(world)}: it belongs to another account (nobody)" in done.stderr
    assert os.listdir(folder(world)) == []


def shown(world: World, name: str = "x") -> dict[str, Any]:
    (row,) = json.loads(world.run("job", "show", name, "--json").stdout)["rows"]
    return dict(row)


def test_the_last_run_is_shown_with_its_output(world: World) -> None:
    script = r"echo out; echo err >&2; printf '\033[31mend'; exit 3"
    world.run("job", "run", "x", "--", "sh", "-c", script)
    lines = world.run("job", "show", "x").stdout.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["job", "x"], ["result", "exit"]]
    assert lines[-3:] == ["out", "err", r"\x1b[31mend"]
    row = shown(world)
    assert (row["result"], row["exit"], row["attempts"]) == ("exit 3", 3, 1)
    assert row["output"] == "out\nerr\n\x1b[31mend\n"
    assert (folder(world) / "x.out").stat().st_mode & 0o777 == 0o600
    world.run("job", "run", "x", "--", "true")
    assert (shown(world)["result"], shown(world)["output"]) == ("ok", "")
    assert world.run("job", "show", "x").stdout.endswith("\n\nno output\n")
    world.run("job", "run", "x", "--verbose", "--", "echo", "seen")
    assert world.run("job", "show", "x").stdout.endswith("\n\nno output was kept for this run\n")


def test_the_kept_output_is_bounded_and_says_how_much_is_missing(world: World) -> None:
    world.run("job", "run", "x", "--", "sh", "-c", "seq 1000000")
    text = str(shown(world)["output"])
    assert text.startswith("1\n2\n")
    assert text.endswith("999999\n1000000\n")
    assert text.count("(homelab: 5840320 bytes were left out here)") == 1
    assert len(text) < (1 << 20) + 100


def test_a_running_job_shows_its_output_so_far(world: World) -> None:
    running = start(world, "x", "--", "sh", "-c", "echo begun; exec sleep 60")
    try:
        assert until(lambda: (folder(world) / "x.out").exists() and bool(
            (folder(world) / "x.out").read_bytes()))  # fmt: skip
        row = shown(world)
        assert (row["result"], row["output"], row["exit"]) == ("running", "begun\n", None)
        done = world.run("job", "forget", "x")
        assert (done.returncode, done.stdout) == (75, "")
        assert "is running, so nothing was removed" in done.stderr
        assert shown(world)["output"] == "begun\n"
    finally:
        running.terminate()
        running.communicate(timeout=30)


def test_a_job_is_forgotten_whole_and_others_stay(world: World) -> None:
    for name in ("backup", "sync", "dump"):
        world.run("job", "run", name, "--", "echo", name)
    done = world.run("job", "forget", "backup", "snyc")
    assert (done.returncode, done.stderr) == (1, "homelab: no job 'snyc'; did you mean 'sync'?\n")
    assert len(listed(world)) == 3
    done = world.run("job", "forget", "backup", "dump", "dump")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(path.name for path in folder(world).iterdir()) == [
        "sync.json", "sync.lock", "sync.out",
    ]  # fmt: skip
    assert world.run("job", "show", "backup").returncode == 1
    assert world.run("job", "show", "../x").returncode == 2
    assert world.run("job", "run", "backup", "--", "true").returncode == 0
    offered = world.run("completion", "bash", "--", "job", "show", "").stdout
    assert offered.split() == ["backup", "sync"]


def test_a_lock_that_was_forgotten_holds_nothing(world: World, tmp_path: Path) -> None:
    """A run that opened the lock before it was forgotten must not run beside one that opens the
    next lock."""
    place = str(tmp_path / "jobs")
    first = state.locked(place, "x")
    old = os.open(f"{place}/x.lock", os.O_RDWR)
    state.forget(place, "x")
    os.close(first)
    assert not state._is_there(old, f"{place}/x.lock")
    again = state.locked(place, "x")
    assert state._is_there(again, f"{place}/x.lock")
    os.close(again)
    os.close(old)


def test_on_change_alone_the_result_is_reported(world: World) -> None:
    """Cron mails on output: one mail on a failure, one on recovery."""

    def run(script: str) -> tuple[int, str]:
        done = world.run("job", "run", "x", "--on-change", "--", "sh", "-c", script)
        assert done.stdout == ""
        return done.returncode, done.stderr

    assert run("echo out; exit 0") == (0, "")
    code, said = run("echo why; exit 3")
    assert code == 3
    assert said.startswith("homelab: job 'x' failed with exit code 3 after ")
    assert said.endswith("; output:\nwhy\n")
    assert run("echo why; exit 3") == (3, "")
    code, said = run("exit 4")  # another reason
    assert (code, "exit code 4" in said) == (4, True)
    code, said = run("exit 0")
    assert code == 0
    assert said.startswith("homelab: job 'x' is ok again after 3 failures in ")
    assert run("exit 0") == (0, "")


def test_a_first_run_that_fails_is_a_change(world: World) -> None:
    done = world.run("job", "run", "x", "--on-change", "--", "false")
    assert done.stderr.startswith("homelab: job 'x' failed with exit code 1 after ")


def test_an_interrupted_run_is_not_a_result_to_compare_with() -> None:
    was = ended_record(0)
    cut = record.begun(was, "x", STARTED, 0)
    again = record.begun(cut, "x", STARTED, 0)
    assert again.previous == "ok"
    record.ended(again, 1)
    assert not notify.is_due(again, cut, on_change=True)


def ended_record(code: int) -> record.Record:
    made = record.begun(None, "x", STARTED, 0)
    made.exit = code
    record.ended(made, 1)
    return made


def test_output_that_cannot_be_kept_is_said_and_not_an_earlier_one(tmp_path: Path) -> None:
    kept = output_file.OutputFile(str(tmp_path / "jobs"), "x")
    assert kept.why == "No such file or directory"
    kept.keep(b"more")
    kept.finish()
    assert kept.whole() == b"more\n"
    place = tmp_path / "jobs"
    place.mkdir(mode=0o700)
    (place / "x.out").mkdir()  # the file can't be replaced
    assert output_file.OutputFile(str(place), "x").why


def test_the_file_of_output_without_end_stays_short(tmp_path: Path) -> None:
    place = tmp_path / "jobs"
    place.mkdir(mode=0o700)
    kept = output_file.OutputFile(str(place), "x")
    for _ in range(64):
        kept.keep(b"x" * 65535 + b"\n")
        assert (place / "x.out").stat().st_size <= output_file.MOST
    kept.finish()
    assert (place / "x.out").read_bytes() == kept.whole()
    assert state.output(str(place), "x") == kept.whole()
