"""Recording a run, disturbed at each of its system calls in turn: by a signal, an error, or a slow
disk. It uses the built file, under strace(1), which injects the disturbance."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest
from chaos.slow_disk import compiled
from fakes.loki.server import FakeLoki
from support.reading import until as until_soon
from support.world import World

from homelab.telemetry import outbox

LINE = "exit=2 ver=0.6.0"
SAID = (
    "homelab: no verb 'restore'; see homelab help; to make your script a verb: homelab verbs add"
    " FOLDER\n"
)
SIGNALS = ("SIGALRM", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGPIPE", "SIGXCPU")
_each_call = pytest.mark.long("a run for each system call, and each signal there")
MASKED = "rt_sigprocmask(SIG_SETMASK, ~["


def _until(condition: Callable[[], object]) -> bool:
    return until_soon(condition, seconds=60)  # the end of the wait is an event, not a time


class Trace:
    """Runs of an unknown verb under strace; `env` says which sink counts them."""

    def __init__(self, world: World, env: dict[str, str]) -> None:
        self.world = world
        self.env = env
        self.log = world.folder / "trace"

    def run(self, *inject: str) -> str:
        """Run it once, with an injection; return what strace saw of the run itself. The injection
        has no visible effect: exit code and output are as always."""
        command = ["strace", "-qq", "-o", str(self.log), *inject, sys.executable, self.world.pyz]
        done = subprocess.run(
            [*command, "restore"], env={**self.world.env, **self.env}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (2, "", SAID), inject
        return self.log.read_text()

    def calls(self) -> list[tuple[str, int]]:
        """The system calls of the recording: (name, how many of that name came before in the whole
        run)."""
        before: Counter[str] = Counter()
        found: list[tuple[str, int]] = []
        recording = False
        for line in self.run().splitlines():
            name = re.match(r"\w+", line)
            # brk(2) returns no errors: the C library takes an injected one for an address
            if name is None or name[0] in ("exit_group", "brk"):
                continue
            before[name[0]] += 1
            if recording:
                found.append((name[0], before[name[0]]))
            recording = recording or line.startswith(MASKED)
        assert len(found) > 5
        return found


def _journalled(world: World, runs: int) -> bool:
    """Whether the journal gets so many runs, and nothing else."""
    came = _until(lambda: len(list(filter(None, world.events()))) >= runs)
    assert set(world.events()) <= {f"{LINE} verb=(unknown) restore", ""}
    return came and len(list(filter(None, world.events()))) == runs


@_each_call
@pytest.mark.needs("strace")
@pytest.mark.parametrize("number", SIGNALS)
def test_no_signal_at_any_call_of_the_recording_shows_or_loses_a_run(
    number: str, world: World
) -> None:
    trace = Trace(world, {})
    trace.run()
    runs, hit = 2, 0
    for name, which in trace.calls():
        seen = trace.run("-e", f"inject={name}:signal={number}:when={which}")
        hit += f"--- {number} " in seen
        runs += 1
        assert _journalled(world, runs), (name, which)
    if number == "SIGALRM":  # the others are blocked, so that strace never sees them arrive
        assert hit > 3


@_each_call
@pytest.mark.needs("strace")
@pytest.mark.parametrize("number", ["SIGALRM", "SIGTERM", "SIGINT"])
def test_no_signal_at_any_call_of_writing_ahead_loses_a_run_or_doubles_it(
    number: str, world: World, loki: FakeLoki
) -> None:
    trace = Trace(world, {"HOMELAB_LOKI_URL": loki.url})
    runs = 2
    trace.run()
    for name, which in trace.calls():
        trace.run("-e", f"inject={name}:signal={number}:when={which}")
        runs += 1
    assert _all_counted(world, loki, runs)


def _all_counted(world: World, loki: FakeLoki, runs: int) -> bool:
    """Whether each of so many runs is counted once, after one more that sends the waiting ones."""
    folder = str(world.state)
    assert _until(lambda: _stored(loki) + len(outbox.names(folder)) >= runs)
    while outbox.names(folder):
        os.utime(f"{folder}/sender", (0, 0))
        world.run("restore", HOMELAB_LOKI_URL=loki.url)
        runs += 1
        _until(lambda: not outbox.names(folder))
    assert _until(lambda: _stored(loki) >= runs)
    return _stored(loki) == runs


def _stored(loki: FakeLoki) -> int:
    return len(loki.entries('{job="homelab-usage", verb="(unknown) restore"}'))


@_each_call
@pytest.mark.needs("strace")
def test_no_error_at_any_call_of_the_recording_shows_or_loses_a_run(world: World) -> None:
    trace = Trace(world, {})
    trace.run()
    runs = 2
    for name, which in trace.calls():
        for error in ("EIO", "ENOSPC", "EINTR"):
            trace.run("-e", f"inject={name}:error={error}:when={which}")
            runs += 1
            assert _journalled(world, runs), (name, which, error)


@_each_call
@pytest.mark.needs("strace")
def test_no_error_at_any_call_of_writing_ahead_loses_a_run_or_doubles_it(
    world: World, loki: FakeLoki
) -> None:
    trace = Trace(world, {"HOMELAB_LOKI_URL": loki.url})
    runs = 2
    trace.run()
    for name, which in trace.calls():
        for error in ("EIO", "ENOSPC"):
            trace.run("-e", f"inject={name}:error={error}:when={which}")
            runs += 1
    assert _all_counted(world, loki, runs)


@pytest.mark.needs("gcc")
@pytest.mark.parametrize("sink", ["journal", "Loki"])
def test_a_slow_disk_costs_a_bounded_time_and_no_run(
    sink: str, world: World, loki: FakeLoki
) -> None:
    """Each call that touches the disk takes 30 s of the run, unless it is interrupted: the run ends
    long before. A child, for which calls take less time, writes the event in the end."""
    url = {"HOMELAB_LOKI_URL": loki.url} if sink == "Loki" else {}
    assert world.run("restore", **url).returncode == 2
    slow = compiled(world.folder, _SLOW)
    done = subprocess.run(
        [sys.executable, world.pyz, "restore"], env={**world.env, **url, "LD_PRELOAD": str(slow)},
        capture_output=True, text=True, timeout=25, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (2, "", SAID)
    if sink == "journal":
        assert _until(lambda: len(world.events()) == 2)
    else:
        assert _all_counted(world, loki, 2)


_SLOW = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
static pid_t run;
__attribute__((constructor)) static void start(void) { run = getpid(); }
static void slow(const char *path, int flags) {
    struct timespec long_time = {getpid() == run ? 30 : 0, 200000000};
    if (flags & O_CREAT || strstr(path, ".local/state/homelab")) nanosleep(&long_time, 0);
}
int openat64(int folder, const char *path, int flags, ...) {
    static int (*real)(int, const char *, int, mode_t);
    if (!real) real = dlsym(RTLD_NEXT, "openat64");
    va_list list; va_start(list, flags);
    mode_t mode = va_arg(list, mode_t);
    va_end(list);
    slow(path, flags);
    return real(folder, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    static int (*real)(const char *, int, mode_t);
    if (!real) real = dlsym(RTLD_NEXT, "open64");
    va_list list; va_start(list, flags);
    mode_t mode = va_arg(list, mode_t);
    va_end(list);
    slow(path, flags);
    return real(path, flags, mode);
}
"""


def test_a_signal_that_comes_before_the_recording_is_still_the_verbs(world: World) -> None:
    """The mask begins after the verb: a running verb ends by TERM as usual."""
    world.dropin("mine", "#!/bin/sh\nkill -TERM $PPID\nexec sleep 20\n")
    done = world.run("mine")
    assert done.returncode in (143, -signal.SIGTERM)
    assert world.events() == ["exit=143 ver=0.6.0 verb=(own) mine"]
