"""Every line as it was pushed, byte for byte; and the same bytes as Grafana's logcli, if it is
there.

No Debian package has it: HOMELAB_TEST_LOGCLI names it, or it is in PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest
from support.reading import Sink
from support.world import World

LOGCLI = os.environ.get("HOMELAB_TEST_LOGCLI") or shutil.which("logcli") or ""
SECOND = 10**9
LINES = (
    "level=info plain", "", "ends\n", "two\nlines", "tab\tand\rreturn", "\x1b[31mred\x1b[0m",
    "zoë 日本 🐧", '{"json": "a \\"quoted\\" one"}', "  blanks  ", "nul\x00bell\x07", "back\\slash",
    "\u2028\u202e\x85",
)  # fmt: skip


def _raw(world: World, url: str, query: str, *words: str) -> list[bytes]:
    """The output of homelab, and of logcli if it is there."""
    env = {**world.env, "HOMELAB_LOKI_URL": url, "LOKI_ADDR": url}
    ours = [world.pyz, "logs", "query", query, "--output", "raw", "--all", "--timeout", "60s"]
    theirs = [LOGCLI, "query", query, "-q", "-o", "raw", "--limit=0", "--since=1h", "--batch=5000"]
    commands = [[*ours, *words]]
    if LOGCLI:
        commands.append([*theirs, *(["--forward"] if "--oldest-first" in words else [])])
    return [
        subprocess.run(each, env=env, capture_output=True, timeout=120, check=True).stdout
        for each in commands
    ]


def _ended(lines: list[str]) -> bytes:
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines).encode()


@pytest.mark.parametrize("words", [[], ["--oldest-first"]], ids=["newest first", "oldest first"])
def test_the_same_bytes(sink: Sink, world: World, words: list[str]) -> None:
    """12,000 lines in three streams, each with its own time, over several pages."""
    begun = time.time_ns() - 600 * SECOND
    pushed = []
    for stream in range(3):
        lines = [
            (begun + (number * 3 + stream) * 1000, f"{number} {LINES[number % len(LINES)]}")
            for number in range(4000)
        ]
        pushed += lines
        for start in range(0, len(lines), 1000):
            sink.push({"job": sink.job, "app": f"a{stream}"}, lines[start : start + 1000])
            time.sleep(0.1)
    pushed.sort(reverse=not words)
    query = f'{{job="{sink.job}"}}'
    for printed in _raw(world, sink.url, query, *words):
        assert printed == _ended([line for _, line in pushed])
    for printed in _raw(world, sink.url, query + ' |= "info" | logfmt', *words):
        assert printed == _ended([line for _, line in pushed if "info" in line])


def test_the_same_lines_where_moments_are_shared(sink: Sink, world: World) -> None:
    """Their order is not defined. Here a page of logcli's has all lines of a time."""
    begun = time.time_ns() - 600 * SECOND
    for app in ("plex", "traefik"):
        lines = [(begun + number // 50, f"{app} {number}") for number in range(2000)]
        sink.push({"job": sink.job, "app": app}, lines)
    expected = sorted(f"{app} {number}" for app in ("plex", "traefik") for number in range(2000))
    for printed in _raw(world, sink.url, f'{{job="{sink.job}"}}'):
        assert sorted(printed.decode().splitlines()) == expected
