"""The speed of `logs query`, against logcli for many lines and against curl for the first one:
pairs that are run in turn, as in start.py, which calls this. To run it alone: python -m bench.logs
PYZ [URL].

logcli is in PATH, or HOMELAB_TEST_LOGCLI names it; without it those pairs are skipped.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from fakes.loki.server import FakeLoki
from support.reading import Sink

LINES = 63_000
STREAMS = 6
GAP = 40_000_000  # ns between two lines: all of them span 42 min
SECOND = 10**9


class Timed:
    """A command line, timed to its first byte of output or (`first` is False) to its end, in ms.
    `parts` is a folder that is emptied before each run."""

    def __init__(
        self, name: str, words: list[str], env: dict[str, str], first: bool, parts: str = ""
    ) -> None:
        self.name = name
        self.words = words
        self.env = env
        self.first = first
        self.parts = parts
        self.size = 0

    def run(self) -> float:
        if self.parts:
            shutil.rmtree(self.parts, ignore_errors=True)
            os.mkdir(self.parts)
        begun = time.perf_counter()
        with subprocess.Popen(
            self.words, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, bufsize=0,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            self.size = len(os.read(process.stdout.fileno(), 1))
            came = time.perf_counter() - begun
            while True:
                piece = os.read(process.stdout.fileno(), 1 << 16)
                if not piece:
                    break
                self.size += len(piece)
            process.wait()
            whole = time.perf_counter() - begun
        assert process.returncode == 0, self.words
        return (came if self.first else whole) * 1000


def pair(first: Timed, second: Timed, runs: int = 10) -> None:
    """Run both in turn; print the medians (ms), and the median and the lowest of their ratios."""
    told(first, second, [(first.run(), second.run()) for _ in range(runs + 1)][1:])


def told(first: Timed, second: Timed, timed: list[tuple[float, float]]) -> None:
    one, two = (statistics.median(run[side] for run in timed) for side in (0, 1))
    ratios = sorted(a / b for a, b in timed)
    sys.stdout.write(
        f"{first.name:30}  {second.name:24}  {one:8.1f}  {two:8.1f}"
        f"  {statistics.median(ratios):5.2f}  {ratios[0]:5.2f}\n"
    )
    sys.stdout.flush()


def best_of(first: Timed, peers: list[Timed], runs: int = 10) -> None:
    """Run all in turn; print the medians (ms) of `first` and of the peer that is faster by median,
    and the median and the lowest of their ratios, each pair run in the same turn."""
    timed = [(first.run(), [peer.run() for peer in peers]) for _ in range(runs + 1)][1:]
    medians = [statistics.median(turn[1][at] for turn in timed) for at in range(len(peers))]
    for peer, median in zip(peers, medians):
        assert first.size == peer.size, (peer.name, first.size, peer.size)
        sys.stdout.write(f"{peer.name:30}  {'':24}  {median:8.1f}\n")
    best = medians.index(min(medians))
    told(first, peers[best], [(ours, theirs[best]) for ours, theirs in timed])


def against(pyz: str, env: dict[str, str], url: str, what: str) -> None:
    """63,000 lines in six streams of a separate job, read completely, and to the first line. logcli
    runs in its faster one of two ways; the parts that the second writes are merged to its
    output."""
    sink = Sink(url)
    begun = time.time_ns() - 3000 * SECOND
    load(sink, begun)
    sys.stdout.write(f"\n{LINES:,} lines from {what}, {os.cpu_count()} cores, medians in ms\n")
    header = ("MEASURED", "AGAINST", "MS", "MS", "RATIO", "BEST")
    sys.stdout.write("{:30}  {:24}  {:>8}  {:>8}  {:>5}  {:>5}\n".format(*header))
    query = f'{{job="{sink.job}"}}'
    env = {**env, "HOMELAB_LOKI_URL": url, "LOKI_ADDR": url}
    words = [pyz, "logs", "query", query, "--all", "--output", "raw"]
    whole = Timed("logs query --all --output raw", words, env, first=False)
    logcli = os.environ.get("HOMELAB_TEST_LOGCLI") or shutil.which("logcli")
    if logcli:
        theirs = [logcli, "query", query, "--limit=0", "--since=1h", "-o", "raw", "-q"]
        theirs += ["--batch=5000"]
        parts = os.path.join(env["HOME"], "parts")
        at_once = ["--parallel-duration=5m", "--parallel-max-workers=4", "--merge-parts"]
        at_once.append(f"--part-path-prefix={parts}/part")
        peers = [
            Timed("logcli --batch=5000", theirs, env, first=False),
            Timed("logcli, 4 workers", [*theirs, *at_once], env, first=False, parts=parts),
        ]
        best_of(whole, peers)
    else:
        sys.stdout.write(f"{whole.name:30}  {'(no logcli here)':24}  {whole.run():8.1f}\n")
    parameters = {"query": query, "limit": 5000, "start": begun, "end": time.time_ns()}
    page = f"{url}/loki/api/v1/query_range?{urllib.parse.urlencode(parameters)}"
    curl = Timed("curl, the first page", ["curl", "-s", page], env, first=False)
    first = Timed("the same, its first line", words, env, first=True)
    pair(first, curl)
    hundred = Timed("logs query (100 lines)", [*words[:4], "--output", "raw"], env, first=False)
    pair(hundred, curl)


def line(number: int) -> str:
    said = f"request {number} served in {number % 31} ms"
    where = f"caller=main.go:{number % 97}"
    return f'level=info {where} msg="{said}" path=/api/v1/items/{number} status=200'


def load(sink: Sink, begun: int) -> None:
    for stream in range(STREAMS):
        lines = [
            (begun + (number * STREAMS + stream) * GAP, line(number))
            for number in range(LINES // STREAMS)
        ]
        for start in range(0, len(lines), 1000):  # a real Loki accepts 4 MB a second
            sink.push({"job": sink.job, "app": f"app{stream}"}, lines[start : start + 1000])
            time.sleep(0.05)


def main() -> None:
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"  # the python3 that is found
    env = {**os.environ, "HOMELAB_TELEMETRY": "0", "PATH": path}
    real = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("HOMELAB_TEST_LOKI")
    with tempfile.TemporaryDirectory() as home:
        env["HOME"] = home
        if real:
            against(sys.argv[1], env, real.rstrip("/"), "a real Loki")
        else:
            with FakeLoki() as loki:
                against(sys.argv[1], env, loki.url, "the fake Loki")


if __name__ == "__main__":
    main()
