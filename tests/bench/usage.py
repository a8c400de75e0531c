"""What `usage top` costs where much was counted: a long journal against awk, a real Loki against
the question that a person would put to it first. Called by start.py."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from support.reading import Sink

HOUR = 3600 * 10**9
DAY = 24 * HOUR
VERBS = ("host status", "logs query", "nas df", "(personal)", "(unknown) backup")
# The same count: runs, failures and the last run of each verb since a moment.
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
    """Write a month of use into the journal of that home; returns the awk that counts it."""
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
    """200,000 runs over 30 days in 800 streams: `usage top`, its answer checked, against the plain
    instant query. Says so where that Loki does not take what is a month old."""
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    try:
        _load(Sink(url), prefix)
    except urllib.error.HTTPError as error:
        why = error.read().decode()[:200].strip()
        sys.stdout.write(f"usage top against {url}: not measured, it answers: {why}\n")
        return
    request = urllib.request.Request(f"{url}/flush", method="POST")  # old entries are shown then
    urllib.request.urlopen(request, timeout=120).close()
    time.sleep(10)
    words = [pyz, "usage", "top", "--since", "30d", "--verb", prefix, "--json"]
    streams = f'{{job="homelab-usage", verb=~"{prefix}.*"}}'
    query = f"sum by (verb) (count_over_time({streams}[30d]))"
    plain = f"{url}/loki/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    env = {**env, "HOMELAB_LOKI_URL": url}
    for _ in range(3):
        begun = time.perf_counter()
        told = json.loads(subprocess.run(words, env=env, capture_output=True, check=True).stdout)
        ours = time.perf_counter() - begun
        assert (told["runs"], told["verbs"]) == (200_000, 40), told["runs"]
        begun = time.perf_counter()
        try:
            with urllib.request.urlopen(plain, timeout=120) as answer:
                answer.read()
                said = "answered"
        except OSError as error:
            said = str(error)
        theirs = time.perf_counter() - begun
        sys.stdout.write(
            f"usage top over 200,000 runs in Loki: {ours:.1f} s; the plain instant query:"
            f" {theirs:.1f} s ({said})\n"
        )
        sys.stdout.flush()


def _load(sink: Sink, prefix: str) -> None:
    choose = random.Random(1)
    end = time.time_ns()
    for user in range(20):
        streams = []
        for verb in range(40):
            moments = sorted(choose.randrange(end - 30 * DAY + HOUR, end) for _ in range(250))
            values = [
                [str(moment), f"exit={choose.choice((0, 0, 1))} ver=0.6.0"] for moment in moments
            ]
            labels = {"job": "homelab-usage", "user": f"user{user}", "verb": f"{prefix} v{verb}"}
            streams.append({"stream": labels, "values": values})
        body = json.dumps({"streams": streams}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{sink.url}/loki/api/v1/push", body, headers)
        urllib.request.urlopen(request, timeout=60).close()
