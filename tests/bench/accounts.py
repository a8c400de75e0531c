"""10,000 accounts with 40 verbs, pushed as senders push: how many a Loki accepts with accounts as a
label, and with the account in structured metadata; and how long queries take then.

Called by `build.py bench --accounts URL`. Use a Loki without other data: this fills its limit of
streams, and tells it to flush its memory.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from support.reading import until

from homelab.telemetry.sender import body_of

ACCOUNTS = 10_000
VERBS = 40
_REFUSED = 20  # pushes refused in a row, after which it stops


class Push:
    """Accounts that push their runs: each pushes all its verbs in one request, one account after
    the other; `prefix` begins their verbs."""

    def __init__(self, url: str, prefix: str, metadata: bool) -> None:
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        self._verbs = [f"{prefix} v{number}" for number in range(VERBS)]
        self._metadata = metadata
        self.taken = 0
        self.words = ""

    def all(self, accounts: int) -> float:
        """Returns the seconds that the pushes took; ends early if all are refused."""
        begun, refused = time.perf_counter(), 0
        for number in range(accounts):
            status, words = self._one(f"user{number:05}")
            refused = 0 if status == 204 else refused + 1
            self.taken += status == 204
            if status != 204:
                self.words = self.words or f"{status}, {words.strip()[:160]}"
            if refused == _REFUSED:
                break
        return time.perf_counter() - begun

    def _one(self, user: str) -> tuple[int, str]:
        now = time.time_ns()
        runs = [(now + n, verb, "exit=0 ver=0.6.0", "") for n, verb in enumerate(self._verbs)]
        body = body_of(user, runs, metadata=self._metadata)
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/loki/api/v1/push", body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")


def _streams(url: str) -> int:
    """Active streams, from Loki's own metrics."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return sum(
        int(float(line.rpartition(" ")[2]))
        for line in lines
        if line.startswith("loki_ingester_memory_streams{")
    )


def _asked(url: str, what: str, query: str) -> None:
    """Run an instant query, and print how long it took and the result."""
    target = f"{url}/loki/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    begun = time.perf_counter()
    try:
        with urllib.request.urlopen(target, timeout=120) as answer:
            result = json.load(answer)["data"]["result"]
            said = f"{len(result)} series, {sum(int(one['value'][1]) for one in result)} runs"
    except urllib.error.HTTPError as error:
        said = f"{error.code}, {error.read().decode()[:60]}"
    _say(f"{what}: {time.perf_counter() - begun:.1f} s ({said})")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    pyz, url = sys.argv[1], sys.argv[2].rstrip("/")
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    for metadata in (False, True):
        request = urllib.request.Request(f"{url}/flush", method="POST")
        urllib.request.urlopen(request, timeout=120).close()
        if not until(lambda: _streams(url) == 0, 300):
            sys.exit(f"build.py: {url} keeps its streams in memory; use a Loki of your own")
        push = Push(url, f"{prefix}-{'metadata' if metadata else 'label'}", metadata)
        took = push.all(ACCOUNTS)
        _say(
            f"account as {'metadata' if metadata else 'label'}: {push.taken} of {ACCOUNTS} accounts"
            f" pushed {VERBS} verbs in {took:.0f} s, {_streams(url)} streams"
            f"{'; then ' + push.words if push.words else ''}"
        )
    streams = f'{{job="homelab-usage", verb=~"{prefix}-metadata.*"}}'
    _asked(url, "by verb", f"sum by (verb) (count_over_time({streams}[1h]))")
    parsed = f"{streams} | logfmt exit"
    _asked(url, "by verb and exit code", f"sum by (verb, exit) (count_over_time({parsed}[1h]))")
    one = f'{streams} | user="user00123"'
    _asked(url, "one account by verb", f"sum by (verb) (count_over_time({one}[1h]))")
    _asked(url, "by verb and account", f"sum by (verb, user) (count_over_time({streams}[1h]))")
    part = f'{streams} |~ " account=0[0-7]"'
    _asked(url, "a 32nd of the accounts", f"sum by (user) (count_over_time({part}[1h]))")
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"], "HOMELAB_LOKI_URL": url}
        for more in ((), ("--user", "user00123")):
            words = [pyz, "usage", "top", "--since", "1h", "--verb", f"{prefix}-metadata v7", *more]
            begun = time.perf_counter()
            done = subprocess.run(
                [*words, "--json"], env=env, capture_output=True, text=True, check=False
            )
            took = time.perf_counter() - begun
            told = json.loads(done.stdout)["runs"] if done.stdout else done.stderr.strip()
            _say(f"usage top of one verb {' '.join(more)}: {took:.1f} s ({told})")


if __name__ == "__main__":
    main()
