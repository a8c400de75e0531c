"""Start-up and the cost of counting, as ratios: each pair is run in turn, many times, in one run.

Not a test: machines are noisy, and a time that fails a test says little. `build.py bench` runs it
with the Python of the project's own environment; give another one as the second argument.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping

from fake_loki import FakeLoki

RUNS = 40


class Command:
    """A command line to time, with its environment."""

    def __init__(self, name: str, words: list[str], env: Mapping[str, str]) -> None:
        self.name = name
        self.words = words
        self.env = dict(env)

    def seconds(self) -> float:
        """Wall time from start to the end of its output, as `$(...)` waits for it."""
        begun = time.perf_counter()
        subprocess.run(
            self.words, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        return time.perf_counter() - begun


def pair(first: Command, second: Command, settle: float = 0.0) -> None:
    """Time both in turn and print the medians (ms), their difference and the ratio. `settle` (s)
    passes after each run, where it leaves a sender behind whose work would slow the next one."""
    times: list[tuple[float, float]] = []
    for number in range(RUNS + 3):
        taken = []
        for command in (first, second):
            taken.append(command.seconds())
            time.sleep(settle)
        if number >= 3:  # the first ones warm the caches
            times.append((taken[0], taken[1]))
    one, two = (statistics.median(column) * 1000 for column in zip(*times))
    ratio = statistics.median(a / b for a, b in times)
    gap = statistics.median((a - b) * 1000 for a, b in times)
    sys.stdout.write(
        f"{first.name:34}  {second.name:26}  {one:7.1f}  {two:7.1f}  {gap:+7.2f}  {ratio:5.2f}\n"
    )
    sys.stdout.flush()


def main() -> None:
    pyz = sys.argv[1]
    python = sys.argv[2] if len(sys.argv) > 2 else sys.executable
    version = subprocess.check_output([python, "-V"], text=True).strip()
    sys.stdout.write(f"{version}, {os.cpu_count()} cores, {RUNS} runs of each, medians\n\n")
    header = ("MEASURED", "AGAINST", "MS", "MS", "GAP", "RATIO")
    sys.stdout.write("{:34}  {:26}  {:>7}  {:>7}  {:>7}  {:>5}\n".format(*header))
    with tempfile.TemporaryDirectory() as home, FakeLoki() as loki:
        verbs = os.path.join(home, ".local/share/homelab/verbs")
        os.makedirs(verbs)
        script = os.path.join(verbs, "true")
        with open(script, "w") as file:
            file.write("#!/bin/sh\n")
        os.chmod(script, 0o755)
        empty = os.path.join(home, "empty.pyz")
        with zipfile.ZipFile(empty, "w") as archive:
            archive.writestr("__main__.py", "")
        base = {"HOME": home, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        off = {**base, "HOMELAB_TELEMETRY": "0"}
        sent = {**base, "HOMELAB_LOKI_URL": loki.url}
        gone = {**base, "HOMELAB_LOKI_URL": "http://127.0.0.1:1"}

        def run(name: str, *words: str, env: Mapping[str, str] = off) -> Command:
            return Command(name, [python, pyz, *words], env)

        bare = Command("python3 -c pass", [python, "-c", "pass"], off)
        archive_alone = Command("an empty archive", [python, empty], off)
        pair(archive_alone, bare)
        pair(run("version"), bare)
        pair(run("version"), archive_alone)
        pair(run("an unknown verb", "nosuchverb"), bare)
        pair(run("a drop-in", "true"), Command("the drop-in itself", [script], off))
        pair(run("usage top, journal", "usage", "top"), bare)
        quiet = run("off", "true")
        pair(run("a verb, counted in the journal", "true", env=base), quiet)
        pair(run("a verb, sent to a Loki", "true", env=sent), quiet, settle=0.3)
        pair(run("a verb, sent to a Loki that is down", "true", env=gone), quiet, settle=0.3)


if __name__ == "__main__":
    main()
