"""Grafana's logcli as the reference: the same lines come out, byte for byte.

It is in no Debian package: HOMELAB_TEST_LOGCLI names it, or PATH has it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest
from conftest import World
from reading import Sink

LOGCLI = os.environ.get("HOMELAB_TEST_LOGCLI") or shutil.which("logcli") or ""
pytestmark = pytest.mark.skipif(
    not LOGCLI, reason="no logcli (HOMELAB_TEST_LOGCLI) to compare with"
)
SECOND = 10**9
LINES = (
    "level=info plain", "", "ends\n", "two\nlines", "tab\tand\rreturn", "\x1b[31mred\x1b[0m",
    "zoë 日本 🐧", '{"json": "a \\"quoted\\" one"}', "  blanks  ", "nul\x00bell\x07", "back\\slash",
    "\u2028\u202e\x85",
)  # fmt: skip


def _raw(world: World, url: str, query: str, *words: str) -> tuple[bytes, bytes]:
    """What both print."""
    env = {**world.env, "HOMELAB_LOKI_URL": url, "LOKI_ADDR": url}
    commands = (
        [world.pyz, "logs", "query", query, "--output", "raw", "--all", "--timeout", "60s", *words],
        [LOGCLI, "query", query, "-q", "-o", "raw", "--limit=0", "--since=1h", "--batch=5000",
         *(["--forward"] if "--oldest-first" in words else [])],
    )  # fmt: skip
    ours, theirs = (
        subprocess.run(each, env=env, capture_output=True, timeout=120, check=True).stdout
        for each in commands
    )
    return ours, theirs


@pytest.mark.parametrize("words", [[], ["--oldest-first"]], ids=["newest first", "oldest first"])
def test_the_same_bytes(sink: Sink, world: World, words: list[str]) -> None:
    """12,000 lines in three streams, each on a moment of its own, over several pages."""
    begun = time.time_ns() - 600 * SECOND
    for stream in range(3):
        lines = [
            (begun + (number * 3 + stream) * 1000, f"{number} {LINES[number % len(LINES)]}")
            for number in range(4000)
        ]
        for start in range(0, len(lines), 1000):
            sink.push({"job": sink.job, "app": f"a{stream}"}, lines[start : start + 1000])
            time.sleep(0.1)
    query = f'{{job="{sink.job}"}}'
    ours, theirs = _raw(world, sink.url, query, *words)
    assert ours == theirs
    assert ours.count(b" level=info plain\n") == 1002
    ours, theirs = _raw(world, sink.url, query + ' |= "info" | logfmt', *words)
    assert ours == theirs
    assert ours


def test_the_same_lines_where_moments_are_shared(sink: Sink, world: World) -> None:
    """In which order is nobody's promise then. A page of logcli's holds all of a moment here."""
    begun = time.time_ns() - 600 * SECOND
    for app in ("plex", "traefik"):
        lines = [(begun + number // 50, f"{app} {number}") for number in range(2000)]
        sink.push({"job": sink.job, "app": app}, lines)
    ours, theirs = _raw(world, sink.url, f'{{job="{sink.job}"}}')
    assert sorted(ours.splitlines()) == sorted(theirs.splitlines())
    assert len(ours.splitlines()) == 4000
