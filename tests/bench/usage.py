"""The speed of `usage top` with many runs: a long journal against awk, a real Loki against the bare
queries. Called by start.py; alone, for Loki: python -m bench.usage PYZ URL."""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

from homelab.times import MILLISECOND
from homelab.usage import day_counts, day_tiles, loki_queries
from homelab.usage.counts import Question

HOUR = 3600 * 10**9
DAY = 24 * HOUR
RUNS = 250  # of each stream
VERBS = ("host status", "logs query", "nas df", "(personal)", "(unknown) backup")
# Counts the same: runs, failures and the last run of each verb since a time.
AWK = """
substr($0, 1, 19) > since {
  verb = substr($0, index($0, " verb=") + 6)
  runs[verb]++
  if ($2 != "exit=0" && $2 != "exit=130" && $2 != "exit=141" && $2 != "exit=143") failed[verb]++
  if ($1 > last[verb]) last[verb] = $1
}
END { for (verb in runs) print runs[verb], failed[verb] + 0, last[verb], verb }
"""


def journal(home: str, lines: int) -> list[str]:
    """Write a month of use into the journal of this home; returns the awk command that counts
    it."""
    folder = os.path.join(home, ".local/state/homelab")
    os.makedirs(folder, exist_ok=True)
    step = 30 * DAY // lines
    begun = time.time_ns() - step * lines
    path = os.path.join(folder, "usage.log")
    with open(path, "w") as file:
        for number in range(lines):
            verb = VERBS[number % 7 % len(VERBS)]
            file.write(f"{begun + number * step} exit={number % 11 // 10} ver=0.6.0 verb={verb}\n")
    return ["awk", "-v", f"since={begun}", AWK, path]


def against_loki(pyz: str, env: dict[str, str], url: str) -> None:
    """A month of use in Loki, by a household and by a large lab, each a tenant of its own: `usage
    top`, for the first time and again, and a report, against the same queries sent with nothing but
    urllib, four at a time. All answers are checked. Prints a note if that Loki has no tenants, or
    refuses runs that are a month old."""
    header = ("A MONTH IN LOKI", "QUESTIONS", "TOP", "AGAIN", "REPORT", "AGAIN", "RATIOS")
    sys.stdout.write("\n{:24}  {:>9}  {:>6}  {:>6}  {:>6}  {:>6}  {}\n".format(*header))
    for name, users, verbs in (
        ("household, 80 streams", 4, 20),
        ("large lab, 800 streams", 20, 40),
    ):
        tenant = f"bench-{uuid.uuid4().hex[:8]}"
        try:
            _load(url, tenant, users, verbs)
        except urllib.error.HTTPError as error:
            why = error.read().decode()[:200].strip()
            sys.stdout.write(f"usage top against {url}: not measured, it answers: {why}\n")
            return
        _measure(
            pyz,
            {**env, "HOMELAB_LOKI_URL": url, "HOMELAB_LOKI_TENANT": tenant},
            name,
            users * verbs,
        )


def _measure(pyz: str, env: dict[str, str], name: str, streams: int) -> None:
    timed: list[tuple[float, ...]] = []
    for _ in range(4):
        with tempfile.TemporaryDirectory() as home:
            of_home = {**env, "HOME": home, "XDG_CACHE_HOME": f"{home}/cache"}
            bare = _bare(env, streams)
            first, told = _timed([pyz, "usage", "top", "--json"], of_home)
            second, again = _timed([pyz, "usage", "top", "--json"], of_home)
            shutil.rmtree(f"{home}/cache")
            report, _ = _timed([pyz, "usage", "report", "-o", "-"], of_home)
            reported, _ = _timed([pyz, "usage", "report", "-o", "-"], of_home)
        runs = json.loads(told)["runs"]
        if runs != streams * RUNS:
            sys.stdout.write(f"not measured: {runs} runs are there, so this Loki has no tenants\n")
            return
        assert json.loads(again)["rows"] == json.loads(told)["rows"]
        timed.append((bare, first, second, report, reported))
    bare, first, second, report, reported = (statistics.median(side) for side in zip(*timed))
    middle = [
        statistics.median(each)
        for each in zip(*((f / b, s / f, r / f, a / s) for b, f, s, r, a in timed))
    ]
    sys.stdout.write(
        f"{name:24}  {bare:9.2f}  {first:6.2f}  {second:6.2f}  {report:6.2f}  {reported:6.2f}"
        "  top {:.2f} of them, again {:.2f} of that; report {:.2f} of top, again {:.2f}\n".format(
            *middle
        )
    )
    sys.stdout.flush()


def _timed(words: list[str], env: dict[str, str]) -> tuple[float, bytes]:
    begun = time.perf_counter()
    done = subprocess.run(words, env=env, capture_output=True, check=True)
    return time.perf_counter() - begun, done.stdout


def _bare(env: dict[str, str], streams: int) -> float:
    """The seconds that the bare queries of a first `usage top` take."""
    end = time.time_ns() // MILLISECOND * MILLISECOND
    asked = Question(end - 30 * DAY, end, tries=True)
    users, verbs = (4, 20) if streams == 80 else (20, 40)
    labels = [
        {"user": f"user{user}", "verb": f"lab v{verb}"}
        for user in range(users)
        for verb in range(verbs)
    ]
    questions = [
        day_tiles.question(piece, part.labels, part.streams)
        for piece in day_tiles.pieces(asked.start, asked.end, asked.ahead)
        for part in loki_queries.parts(asked, day_counts.LABELS, labels)
    ]
    headers = {"X-Scope-OrgID": env["HOMELAB_LOKI_TENANT"]}

    def ask(question: tuple[str, dict[str, str | int]]) -> int:
        path, parameters = question
        target = (
            f"{env['HOMELAB_LOKI_URL']}/loki/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        )
        request = urllib.request.Request(target, headers=headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return len(answer.read())

    begun = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, questions))
    return time.perf_counter() - begun


def _load(url: str, tenant: str, users: int, verbs: int) -> None:
    choose = random.Random(1)
    end = time.time_ns()
    headers = {"Content-Type": "application/json", "X-Scope-OrgID": tenant}
    for user in range(users):
        streams = []
        for verb in range(verbs):
            moments = sorted(choose.randrange(end - 30 * DAY + HOUR, end) for _ in range(RUNS))
            values = [
                [str(moment), f"exit={choose.choice((0, 0, 1))} ver=0.6.0"] for moment in moments
            ]
            labels = {"job": "homelab-usage", "user": f"user{user}", "verb": f"lab v{verb}"}
            streams.append({"stream": labels, "values": values})
        body = json.dumps({"streams": streams}).encode()
        request = urllib.request.Request(f"{url}/loki/api/v1/push", body, headers)
        urllib.request.urlopen(request, timeout=60).close()
    # old entries are shown once they are written
    request = urllib.request.Request(f"{url}/flush", b"", headers, method="POST")
    urllib.request.urlopen(request, timeout=120).close()
    time.sleep(10)


if __name__ == "__main__":
    against_loki(sys.argv[1], {**os.environ, "HOMELAB_TELEMETRY": "0"}, sys.argv[2])
