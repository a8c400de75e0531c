"""Hosts with one account and separate homes, and the runs on them."""

from __future__ import annotations

import contextlib
import glob
import os
import signal
import subprocess
import time
from pathlib import Path

from support.world import World

from homelab.telemetry.plan import parsed

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LONGEST = 300  # s that a run may take; longer is a hang, however busy the machine is
SCRIPT = '#!/bin/sh\nprintf \'<%s>\' "$@"\necho talk >&2\nexit "$1"\n'


def faketime_library() -> str:
    """The path of libfaketime; "" if it is not installed."""
    return next(iter(sorted(glob.glob("/usr/lib/*/faketime/libfaketime.so.1"))), "")


class Clock:
    """A host's clock: `ahead` ns of the machine's, or stopped at the time `frozen` (ns)."""

    __slots__ = ("ahead", "frozen")

    def __init__(self, ahead: int = 0, frozen: int = 0) -> None:
        self.ahead = ahead
        self.frozen = frozen

    def env(self) -> dict[str, str]:
        """The variables that make a process see this clock."""
        if not self.ahead and not self.frozen:
            return {}
        text = f"{self.ahead / SECOND:+.3f}"
        if self.frozen:
            text = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.frozen // SECOND))
        # file times are those that were set, as on a host whose clock was set
        plain = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
        return {"LD_PRELOAD": faketime_library(), "FAKETIME": text, **plain}

    def window(self, begun: int, ended: int) -> tuple[int, int]:
        """The times (ns) that this clock may have shown between two of the machine's."""
        if self.frozen:
            return self.frozen // SECOND * SECOND, (self.frozen // SECOND + 1) * SECOND
        return begun + self.ahead - SECOND, ended + self.ahead + SECOND


class Run:
    """A run of a verb on a host; `verb` and `code` are the event's, `out` and `err` the output that
    it must print. `step` names the faults around it, for reports."""

    __slots__ = (
        "best_effort", "clock", "code", "differs", "err", "host", "killed", "out", "process",
        "since", "step", "until", "verb", "words", "written",
    )  # fmt: skip

    def __init__(self, host: Host, words: list[str], verb: str, code: int, step: str) -> None:
        self.host = host
        self.words = words
        self.verb = verb
        self.code = code
        self.step = step
        self.out, self.err = host.shown(words)
        self.killed = False
        self.written = False  # a killed run's event was seen in the outbox
        self.differs = ""  # how the run differs from one without telemetry

    def start(self) -> None:
        host = self.host
        self.clock = host.clock()
        self.best_effort = host.best_effort
        self.since = time.time_ns()
        self.until = 0
        self.process = subprocess.Popen(
            [*host.wrapper, host.world.pyz, *self.words],
            env=host.env_now(), cwd=host.world.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def kill(self) -> None:
        """Send SIGKILL; the run counts as killed only if it had not ended by itself."""
        self.process.kill()

    def finish(self) -> None:
        """Wait for its end, and compare it with the expected output."""
        try:
            out, err = self.process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            self.killed, self.until = True, time.time_ns()
            self.differs = f"not ended after {LONGEST} s"
            return
        self.until = time.time_ns()
        code = self.process.returncode
        for name in ("sem.faketime_sem_", "faketime_shm_"):
            with contextlib.suppress(OSError):
                os.unlink(f"/dev/shm/{name}{self.process.pid}")
        if code == -signal.SIGKILL:
            self.killed = True
            # only its exit code tells it from other runs of that time
            self.written = self.verb == "(personal)" and self.code > 0 and self._waits()
        elif (out.decode(), err.decode(), code) != (self.out, self.err, self.code):
            self.differs = f"exit {code}, stdout {out!r}, stderr {err!r}"

    def window(self) -> tuple[int, int]:
        """The times (ns) that its event may have."""
        return self.clock.window(self.since, self.until)

    def _waits(self) -> bool:
        first, last = self.window()
        exit_code = f"exit={self.code} "
        return any(
            entry.verb == self.verb and entry.line.startswith(exit_code)
            for entry in self.host.waiting()
            if first <= entry.moment <= last
        )

    def __str__(self) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.window()[0] // SECOND))
        killed = ", killed" if self.killed else ""
        return f"{self.host.name}: {self.verb} exit={self.code} at {moment}{killed} ({self.step})"


class Waiting:
    """An event in an outbox."""

    __slots__ = ("line", "moment", "verb")

    def __init__(self, moment: int, line: str, verb: str) -> None:
        self.moment = moment
        self.line = line
        self.verb = verb


class Host:
    """A host with its own home. Faults change its clock (`skew` ns ahead of the lab's time, which
    is `offset` ns ahead of the machine's, or `frozen` at a time), the environment and the wrapper
    of its runs, and whether its state folder accepts no events (`best_effort`)."""

    def __init__(self, name: str, pyz: str, folder: Path, words: tuple[str, ...]) -> None:
        self.name = name
        folder.mkdir()
        self.world = World(pyz, folder)
        self.state = self.world.state
        self.words = words  # unknown verbs that no other host runs
        self.offset = 0
        self.skew = 0
        self.frozen = 0
        self.route: dict[str, str] = {}  # the settings that lead to Loki
        self.wrapper: list[str] = []
        self.env: dict[str, str] = {}
        self.best_effort = False
        self.state.mkdir(parents=True, mode=0o700)
        self.world.dropin("mine", SCRIPT)
        self._shown: dict[str, tuple[str, str]] = {}

    def shown(self, words: list[str]) -> tuple[str, str]:
        """The output of a run without telemetry: stdout and stderr."""
        if words[0] == "mine":
            return "".join(f"<{word}>" for word in words[1:]), "talk\n"
        if words[0] not in self._shown:
            done = self.world.run(*words, DO_NOT_TRACK="1")
            self._shown[words[0]] = done.stdout, done.stderr
        return self._shown[words[0]]

    def clock(self) -> Clock:
        """The host's clock as it runs now."""
        return Clock(self.offset + self.skew, self.frozen)

    def env_now(self) -> dict[str, str]:
        """The environment of a run that starts now."""
        parts = [self.clock().env(), self.env]
        preloaded = [part["LD_PRELOAD"] for part in parts if "LD_PRELOAD" in part]
        env = {**self.world.env, **self.route, **parts[0], **parts[1]}
        return {**env, "LD_PRELOAD": ":".join(preloaded)} if preloaded else env

    def waiting(self) -> list[Waiting]:
        """The events in its outbox."""
        try:
            names = os.listdir(self.state / "outbox")
        except OSError:
            return []
        entries = [entry for entry in map(parsed, names) if entry]
        return [Waiting(entry.moment, entry.line, entry.verb) for entry in entries]

    def rest_is_over(self) -> None:
        """Let the next run try Loki again, whatever happened before."""
        with contextlib.suppress(OSError):
            os.utime(self.state / "sender", (0, 0))

    def processes(self) -> list[int]:
        """The ids of the processes of the built file here: runs and senders."""
        pyz, home = os.fsencode(self.world.pyz), os.fsencode(f"HOME={self.world.home}\0")
        found = []
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if name.isdigit() and pyz in Path(f"/proc/{name}/cmdline").read_bytes():
                    found += [int(name)] * (home in Path(f"/proc/{name}/environ").read_bytes())
        return sorted(found)


def signal_all(processes: list[int], number: int) -> None:
    """Send a signal to processes that may have ended meanwhile."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
