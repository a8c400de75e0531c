"""`build.py bench --against FILE`: this build against another one, pair by pair in one run.

Prints the ratio new/old of each command: the median over all pairs, and the 95% interval of that
median. To run it alone: python -m bench.against NEW OLD.
"""

from __future__ import annotations

import math
import os
import shutil
import statistics
import sys
import tempfile

from bench.services import COUNT, slow
from bench.start import Command, host, in_turn
from bench.usage import journal

PAIRS = 300
RUNS_COUNTED = 20_000  # lines of the journal that `usage top` reads


def median_within(ratios: list[float]) -> tuple[float, float, float]:
    """The median, and the ends of its 95% interval: the values whose ranks are 1.96 standard
    deviations of a fair coin's count away from the middle, for any distribution."""
    ordered = sorted(ratios)
    reach = math.ceil(1.96 * math.sqrt(len(ordered)) / 2)
    middle = len(ordered) // 2
    return statistics.median(ordered), ordered[middle - reach], ordered[middle + reach]


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("build.py: bench --against takes the file of one other build")
    if not os.path.isfile(sys.argv[2]):
        sys.exit(f"build.py: bench --against: there is no file {sys.argv[2]}")
    shown = f"{sys.version.split()[0]}, {os.cpu_count()} cores, {PAIRS} pairs in turn, new/old"
    sys.stdout.write(f"Python {shown}\n\n")
    header = ("MEASURED", "NEW MS", "OLD MS", "RATIO", "95 %", "CPU", "95 %")
    sys.stdout.write("{:26}  {:>6}  {:>6}  {:>6}  {:14}  {:>6}  {}\n".format(*header))
    with tempfile.TemporaryDirectory() as home:
        counted = host(home, sys.executable)
        journal(home, RUNS_COUNTED)
        # off, so that the journal stays as it is
        off = {**counted, "HOMELAB_TELEMETRY": "0"}
        apart = {**counted, "XDG_STATE_HOME": os.path.join(home, "state")}
        files = [os.path.join(home, name) for name in ("new.pyz", "old.pyz")]
        for given, file in zip(sys.argv[1:3], files):
            shutil.copy(given, file)
        for name, words, env, code in (
            ("version", ["version"], off, 0),
            ("an unknown verb", ["nosuchverb"], off, 2),
            ("a drop-in, counted", ["true"], apart, 0),
            ("host status --help", ["host", "status", "--help"], off, 0),
            ("port check", ["port", "check", "127.0.0.1:1"], off, 1),
            (f"usage top, {RUNS_COUNTED:,} runs", ["usage", "top"], off, 0),
        ):
            new, old = (Command(name, [file, *words], env, [code]) for file in files)
            runs = in_turn(new, old, PAIRS)
            sys.stdout.write(f"{name:26}")
            for side in (0, 1):
                sys.stdout.write(f"  {statistics.median(run[side][0] for run in runs):6.1f}")
            for kind in (0, 1):  # wall time, CPU time
                ratio, low, high = median_within([run[0][kind] / run[1][kind] for run in runs])
                sys.stdout.write(f"  {ratio:6.3f}  {low:.3f} to {high:.3f}")
            sys.stdout.write("\n")
            sys.stdout.flush()
        pairs = PAIRS // 30  # each takes long
        if not pairs:
            return
        with slow(0.05) as port:
            urls = [f"http://127.0.0.1:{port}/{number}\n" for number in range(COUNT)]
            listed = os.path.join(home, "services")
            with open(listed, "w", encoding="ascii") as services:
                services.writelines(urls)
            words = ["service", "check", "--file", listed]
            new, old = (Command("service check", [each, *words], off) for each in files)
            _tell(f"service check, {COUNT}", in_turn(new, old, pairs))


def _tell(name: str, runs: list[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    """Print the medians of both sides, and the median ratio of the pairs; with few pairs there is
    no interval."""
    sys.stdout.write(f"{name:26}")
    for side in (0, 1):
        sys.stdout.write(f"  {statistics.median(run[side][0] for run in runs):6.1f}")
    for kind in (0, 1):
        ratio = statistics.median(run[0][kind] / run[1][kind] for run in runs)
        sys.stdout.write(f"  {ratio:6.3f}  {'-':14}")
    sys.stdout.write("\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
