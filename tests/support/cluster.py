"""A real haproxy in front of several Lokis, as in docs/beyond-one-process.md: it checks whether
each one is ready, and cuts the connections to one that is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.balancer import free_ports, listens
from support.reading import until

HAPROXY = """
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
frontend loki
    bind 127.0.0.1:{port}
    default_backend nodes
backend nodes
    balance roundrobin
    option httpchk GET /ready
    option redispatch
    default-server check inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
"""


@contextmanager
def haproxy(folder: Path, nodes: Sequence[str]) -> Iterator[str]:
    """Run haproxy in front of nodes (`HOST:PORT`); yield its URL."""
    (port,) = free_ports(1)
    servers = [f"    server node{number} {node}\n" for number, node in enumerate(nodes)]
    path = folder / "haproxy.conf"
    path.write_text(HAPROXY.format(port=port) + "".join(servers))
    program = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")
    assert program is not None, "haproxy is not installed"
    process = subprocess.Popen(
        [program, "-db", "-f", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert until(lambda: listens(f"127.0.0.1:{port}"), 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def is_ready(node: str) -> bool:
    """Whether a node reports that it is ready."""
    try:
        with urllib.request.urlopen(f"http://{node}/ready", timeout=2) as answer:
            return bool(answer.read().startswith(b"ready"))
    except OSError:
        return False
