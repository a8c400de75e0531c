"""Start-up and the cost of counting, as ratios: each pair is run in turn, many times, in one run.

Not a test: machines are noisy, and a time limit would say little. `build.py bench` runs it with the
Python of the project's environment; name another one as its argument. The file is executed
directly, and finds that Python as `python3`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import MAGIC_NUMBER

from fakes.loki.server import Answer, FakeLoki
from support.world import ROOT

from bench import habits as bench_habits
from bench import hosts as bench_hosts
from bench import logs as bench_logs
from bench import services as bench_services
from bench.usage import against_loki, journal

RUNS = 40
CHECKED = 3  # paths of a dispatch: the folder of verbs, the script, its interpreter
WARM = 3  # runs that fill the caches and are not measured
# The most that `host status` may take: three bare Pythons, and its queries one after the other.
MOST = """
exec >/dev/null 2>&1
for number in 1 2 3; do "$0" -c pass; done
if [ -e /var/lib/dpkg/status ]; then apt list --upgradable -a; dpkg --get-selections; fi
if [ -e /run/systemd/system ]; then
  systemctl list-units --state=failed; systemctl list-units --all --type=timer
  systemctl show --property=Id "*.timer"
fi
exit 0
"""
_SUBREAPER = 36  # prctl(2): processes that a run leaves behind become children of this process


class Command:
    """A command line to time, with its environment and the exit codes that it may end with."""

    def __init__(
        self, name: str, words: list[str], env: Mapping[str, str], codes: Sequence[int] = (0,)
    ) -> None:
        self.name = name
        self.words = words
        self.env = dict(env)
        self.codes = codes

    def run(self) -> tuple[float, float]:
        """Wall time from start to the end of its output, as `$(...)` waits for it, and the CPU time
        of the process and of all processes that it left behind, after waiting for their end; both
        in ms. Raises SystemExit if it can't be started, or ends with another exit code: its times
        would mean nothing."""
        what = f"build.py: {self.name}: {os.path.basename(self.words[0])}"
        begun = time.perf_counter()
        try:
            process = subprocess.Popen(
                self.words, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            sys.exit(f"{what} can't be started: {error.strerror}")
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in self.codes:
            expected = " or ".join(map(str, self.codes))
            last = output.decode(errors="replace").strip().rpartition("\n")[2]
            sys.exit(f"{what} exits with {process.returncode}, not {expected}: {last or 'silent'}")
        process.stdout.close()
        cpu = used.ru_utime + used.ru_stime
        with contextlib.suppress(ChildProcessError):
            while True:
                _, _, used = os.wait4(-1, 0)
                cpu += used.ru_utime + used.ru_stime
        return wall * 1000, cpu * 1000


def in_turn(
    first: Command, second: Command, count: int
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The times of `count` pairs of runs, (first, second) each. The order alternates, so neither
    profits more often from the other's warm caches."""
    runs = []
    for number in range(count + WARM):
        if number % 2:
            late, early = second.run(), first.run()
            runs.append((early, late))
        else:
            runs.append((first.run(), second.run()))
    return runs[WARM:]


def pair(first: Command, second: Command, runs_of_each: int = RUNS) -> None:
    """Run both in turn; print the medians of wall time (ms), the median difference and ratio of the
    pairs, and the medians of CPU time."""
    runs = in_turn(first, second, runs_of_each)
    one, two = (statistics.median(run[side][0] for run in runs) for side in (0, 1))
    gap = statistics.median(a[0] - b[0] for a, b in runs)
    ratio = statistics.median(a[0] / b[0] for a, b in runs)
    cpu, other = (statistics.median(run[side][1] for run in runs) for side in (0, 1))
    sys.stdout.write(
        f"{first.name:31}  {second.name:19}  {one:6.1f}  {two:6.1f}  {gap:+6.2f}  {ratio:5.2f}"
        f"  {cpu:6.1f}  {other:6.1f}\n"
    )
    sys.stdout.flush()


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """An address that swallows every SYN: a listener with a full backlog."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def refusing() -> Iterator[str]:
    """A Loki that refuses the first request."""
    with FakeLoki() as loki:
        loki.hook = lambda _: Answer(500, "text/plain", b"not now\n")
        yield loki.url


def unpacking(folder: str) -> str:
    """A file of the same package with shiv's own start, which unpacks it into a folder of the
    home."""
    library = os.path.join(folder, "site-packages")
    shutil.copytree(
        ROOT / "homelab",
        os.path.join(library, "homelab"),
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    made = os.path.join(folder, "shiv.pyz")
    shiv = ["-m", "shiv", "--site-packages", library, "-o", made]
    shiv += ["--compile-pyc", "-e", "homelab.__main__:main", "-p", "/usr/bin/env python3"]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run([sys.executable, *shiv], check=True, env=quiet, stdout=subprocess.DEVNULL)
    return made


def without_bytecode(pyz: str, folder: str) -> str:
    """A copy of the file without the bytecode for this Python."""
    with open(pyz, "rb") as file:
        whole = file.read()
    magic = repr(MAGIC_NUMBER).encode()
    other = os.path.join(folder, "sources.pyz")
    with open(other, "wb") as file:
        file.write(whole.replace(magic, magic.replace(b"\\n", b"\\t"), 1))
    os.chmod(other, 0o755)
    return other


def host(home: str, python: str) -> dict[str, str]:
    """Put a drop-in `true` into the home; returns an environment whose python3 is this Python."""
    verbs = os.path.join(home, ".local/share/homelab/verbs")
    os.makedirs(verbs)
    script = os.path.join(verbs, "true")
    with open(script, "w") as file:
        file.write("#!/bin/sh\n")
    os.chmod(script, 0o755)
    first = os.path.join(home, "bin")  # in PATH: the python3 that the file should find
    os.mkdir(first)
    os.symlink(python, os.path.join(first, "python3"))
    return {"HOME": home, "PATH": f"{first}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


def thousand(folder: str) -> str:
    """Make a folder of verbs with 1,000 of them, each with a header; returns it."""
    lab = os.path.join(folder, "lab")
    os.makedirs(lab)
    for number in range(1000):
        path = os.path.join(lab, f"v{number}")
        with open(path, "w") as file:
            file.write(
                f"#!/bin/sh\n# Summary: the {number}th of many\n# Effect: read\n"
                "# Option: --all  everything\n# Arg: [NAME]  one of them\n# Exit: 3  it is bad\n"
            )
        os.chmod(path, 0o755)
    return folder


def adopted(home: str, count: int) -> dict[str, str]:
    """Make a home whose account has added a checkout of this many scripts; returns the environment
    that a run needs. The index is written here: root's `verbs add` would write the system's."""
    from homelab.dropins import adopting
    from homelab.dropins.index_text import Index, text_of

    own = os.path.join(home, f"added{count}")
    checkout = os.path.join(own, "scripts")
    os.makedirs(checkout)
    for number in range(count):
        with open(os.path.join(checkout, f"Do_{number}.sh"), "w") as file:
            file.write(f"#!/bin/sh\n#\n# Copy part {number} to the other host.\n#\nset -eu\n")
    place = os.path.join(own, ".local/share/homelab/adopted/lab")
    os.makedirs(place)
    index = Index(place, checkout, ("lab",))
    folder = adopting.folder_of(index, personal=True)
    index.lines = adopting.stamped(folder, adopting.walked(folder), time.time_ns())
    with open(os.path.join(place, "index"), "w") as file:
        file.write(text_of(index))
    return {"HOME": own}


def appending(home: str) -> None:
    """The cost for the run itself of writing an event ahead."""
    from homelab.telemetry import journal, outbox

    for name, append in (("outbox", outbox.append), ("journal", journal.append)):
        times = []
        for _ in range(2000):
            record = f"{time.time_ns()} exit=0 ver=0.6.0 verb=host status"
            begun = time.perf_counter()
            append(home, record)
            times.append((time.perf_counter() - begun) * 1000)
        sys.stdout.write(f"appending to the {name}: median {statistics.median(times):.3f} ms\n")


def checking(path: str) -> None:
    """The cost of checking paths for a drop-in's dispatch, which checks CHECKED of them: the walk
    from `/` on, against a bare stat(2) of the path. In this process, since every build has the
    check."""
    from homelab.system import ownership

    times: dict[str, list[float]] = {"check": [], "stat": []}
    for _ in range(2000):
        for name, look in (("check", ownership.check), ("stat", os.stat)):
            begun = time.perf_counter()
            for _ in range(CHECKED):
                look(path)
            times[name].append((time.perf_counter() - begun) * 1000)
    walked, bare = (statistics.median(times[name]) for name in ("check", "stat"))
    depth = path.count("/")
    sys.stdout.write(
        f"checking {CHECKED} paths of {depth} components: median {walked:.3f} ms, by stat(2) alone"
        f" {bare:.3f} ms\n"
    )


def main() -> None:
    pyz = sys.argv[1]
    python = shutil.which(sys.argv[2]) if len(sys.argv) > 2 else sys.executable
    if not python:
        sys.exit(f"build.py: there is no {sys.argv[2]}; name a Python by its path")
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    version = subprocess.check_output([python, "-V"], text=True).strip()
    sys.stdout.write(f"{version}, {os.cpu_count()} cores, {RUNS} runs of each in turn, medians\n\n")
    header = ("MEASURED", "AGAINST", "MS", "MS", "GAP", "RATIO", "CPU MS", "CPU MS")
    sys.stdout.write("{:31}  {:19}  {:>6}  {:>6}  {:>6}  {:>5}  {:>6}  {:>6}\n".format(*header))
    with (
        tempfile.TemporaryDirectory() as home,
        FakeLoki() as loki,
        black_hole() as hole,
        refusing() as refused,
    ):
        base = host(home, python)
        script = os.path.join(home, ".local/share/homelab/verbs/true")
        empty = os.path.join(home, "empty.pyz")
        with zipfile.ZipFile(empty, "w") as archive:
            archive.writestr("__main__.py", "")
        off = {**base, "HOMELAB_TELEMETRY": "0"}

        def run(
            name: str,
            *words: str,
            url: str = "",
            env: Mapping[str, str] = off,
            codes: Sequence[int] = (0,),
        ) -> Command:
            return Command(name, [pyz, *words], {**env, "HOMELAB_LOKI_URL": url}, codes)

        bare = Command("python3 -c pass", [python, "-c", "pass"], off)
        archive_alone = Command("an empty archive", [python, empty], off)
        pair(run("version", "version"), bare)
        own = Command("version, by shiv's own start", [unpacking(home), "version"], off)
        pair(own, bare)
        sources = Command("version, no bytecode", [without_bytecode(pyz, home), "version"], off)
        pair(sources, bare)
        pair(Command("version, by python3 FILE", [python, pyz, "version"], off), bare)
        pair(archive_alone, bare)
        pair(run("an unknown verb", "nosuchverb", codes=(2,)), bare)
        pair(run("a TAB", "completion", "bash", "--", "usage", "to"), bare)
        pair(run("a drop-in", "true"), bare)
        pair(run("a drop-in", "true"), Command("the drop-in itself", [script], off))
        many = thousand(os.path.join(home, "many"))
        crowd = {**off, "HOMELAB_VERBS_PATH": many}
        pair(run("a drop-in of 1,000", "lab", "v500", env=crowd), run("a drop-in", "true"))
        one, more = ({**off, **adopted(home, count)} for count in (1, 1000))
        single = run("an added script", "lab", "do-0", env=one)
        pair(run("an added script of 1,000", "lab", "do-0", env=more), single)
        pair(run("zsh's TAB, 1,000 added", "completion", "zsh", "--", "lab", "", env=more), bare)
        pair(run("verbs, 1,000 drop-ins", "verbs", env=crowd), bare)
        pair(run("zsh's TAB, 1,000", "completion", "zsh", "--", "lab", "", env=crowd), bare)
        journal(home, 1000)
        pair(run("usage top, journal of 1,000", "usage", "top"), bare)
        pair(run("usage top --since 7d, journal", "usage", "top", "--since", "7d"), bare)
        asking = run("usage top to its first request", "usage", "top", url=refused, codes=(69,))
        pair(asking, bare)
        most = Command("3 bare + its tools", ["sh", "-c", MOST, python], off)
        checked = (0, 1, 69)
        asked = {**off, "XDG_CACHE_HOME": "/dev/null"}  # no answer can be kept
        first = run("host status, first look", "host", "status", env=asked, codes=checked)
        pair(first, most, runs_of_each=10)
        if shutil.which("apt"):
            second = run("host status, second look", "host", "status", codes=checked)
            upgradable = Command("apt list", ["apt", "list", "--upgradable"], off)
            pair(second, upgradable, runs_of_each=10)
        alone = {**off, "PATH": os.path.join(home, "bin")}  # no other programs: our own share
        pair(run("host status, no tools", "host", "status", env=alone, codes=checked), bare)
        quiet = run("counting off", "true")
        pair(run("counted in the journal", "true", env=base), quiet)
        pair(run("sent to a Loki", "true", url=loki.url, env=base), quiet)
        pair(run("nothing listens", "true", url="http://127.0.0.1:1", env=base), quiet)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{home}/.local/state/homelab/sender")
        pair(run("a black hole, resting mostly", "true", url=hole, env=base), quiet)
        journal(home, 200_000)
        told = run("usage top --by-hand", "usage", "top", "--by-hand")
        pair(run("usage next, journal of 200,000", "usage", "next"), told, runs_of_each=10)
        awk = journal(home, 500_000)  # a larger one is folded by the first run
        long = Command("awk, the same count", awk, off)
        pair(run("usage top, journal of 500,000", "usage", "top"), long, runs_of_each=10)
        bench_habits.against_awk(pyz, off, os.path.join(home, "habits"))
        sys.stdout.write("\n")
        bench_services.against_curl(pyz, off, os.path.join(home, "services"))
        bench_hosts.against_the_slowest(pyz, off, os.path.join(home, "hosts"))
        real = os.environ.get("HOMELAB_TEST_LOKI")
        if real:
            against_loki(pyz, off, real.rstrip("/"))
            bench_logs.against(pyz, off, real.rstrip("/"), "a real Loki")
        bench_logs.against(pyz, off, loki.url, "the fake Loki")
        appending(os.path.join(home, "appending"))
        checking(script)


if __name__ == "__main__":
    main()
