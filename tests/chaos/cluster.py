"""`PYTHONPATH=.:tests python3 -m chaos.cluster`: read from three Lokis of one ring behind haproxy
while each of them in turn is killed (SIGKILL) or frozen (SIGSTOP, like a host without power), and
check that every line and every run is read. HOMELAB_TEST_LOKI_BINARY is the program `loki`.

Its nodes are 127.0.0.2, .3 and .4, so it needs Linux, and free ports there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from support.balancer import free_ports
from support.cluster import haproxy, is_ready
from support.reading import until
from support.world import ROOT

from homelab.telemetry.event import JOB

SECOND = 10**9
DAY = 86400 * SECOND
READY = 180  # s that the nodes may take to find each other
SETTLED = 20  # s; a ready node knows the others after their next heartbeat (15 s)
WHILE_LOST = 20  # lines, and runs, that are pushed while a node is lost
CONFIG = """
auth_enabled: false
server:
  http_listen_address: {address}
  http_listen_port: {http}
  grpc_listen_address: {address}
  grpc_listen_port: {grpc}
  log_level: error
common:
  path_prefix: {folder}
  replication_factor: 3
  instance_addr: {address}
  ring: {{instance_id: {name}, instance_addr: {address}, kvstore: {{store: memberlist}}}}
  storage: {{object_store: {{filesystem: {{dir: {shared}/chunks}}}}}}
memberlist:
  node_name: {name}
  bind_addr: [{address}]
  bind_port: {gossip}
  advertise_addr: {address}
  advertise_port: {gossip}
  join_members: ["127.0.0.2:{gossip}", "127.0.0.3:{gossip}", "127.0.0.4:{gossip}"]
schema_config:
  configs:
    - {{from: 2020-10-24, store: tsdb, object_store: filesystem, schema: v13,
       index: {{prefix: index_, period: 24h}}}}
limits_config: {{reject_old_samples: false, ingestion_rate_mb: 100, ingestion_burst_size_mb: 100}}
analytics: {{reporting_enabled: false}}
"""
READING = {
    "logs query": ['{job="x"}', "--since", "2h", "--all", "--output", "raw"],
    "logs errors": ['{job="x"}', "--since", "2h", "--json"],
    "usage top": ["--json"],
    "usage next": ["--json"],
}


class Node:
    """A Loki of the ring."""

    def __init__(self, number: int, folder: Path, shared: Path, ports: list[int]) -> None:
        self.address = f"127.0.0.{number}"
        self.http = f"{self.address}:{ports[0]}"
        folder.mkdir()
        self._config = folder / "loki.yaml"
        self._config.write_text(
            CONFIG.format(
                name=f"node{number}",
                address=self.address,
                folder=folder,
                shared=shared,
                http=ports[0],
                grpc=ports[1],
                gossip=ports[2],
            )
        )
        self._log = folder / "log"
        self.start()

    def start(self) -> None:
        """Start the node; it is not ready yet."""
        command = [os.environ["HOMELAB_TEST_LOKI_BINARY"], f"-config.file={self._config}"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self._config.parent, stdout=log, stderr=log
            )

    def back(self, how: signal.Signals) -> None:
        """Undo what the signal `how` did."""
        if how == signal.SIGSTOP:
            self.process.send_signal(signal.SIGCONT)
        else:
            self.process.wait()
            self.start()

    def end(self) -> None:
        """Kill the node, frozen or not."""
        self.process.kill()
        self.process.wait()


class Cluster:
    """Three running nodes behind haproxy at `url`, and the data pushed to them."""

    def __init__(self, folder: Path, nodes: list[Node], url: str, pyz: str) -> None:
        self.folder = folder
        self.nodes = nodes
        self.wrong = 0
        self._url = url
        self._pyz = pyz
        self._lines: list[str] = []
        self._runs = 0

    def wait(self) -> None:
        """Wait until all nodes are ready and know that of each other."""
        assert until(lambda: all(is_ready(node.http) for node in self.nodes), READY), "not ready"
        time.sleep(SETTLED)

    def fill(self) -> None:
        """Push lines and runs; most of them are in chunks afterwards, the others only in memory."""
        now = time.time_ns()
        self.push_runs([now - n * 3600 * SECOND for n in range(1, 120)])
        self.push_lines([now - 3600 * SECOND + n * 10**6 for n in range(6000)])
        for node in self.nodes:
            urllib.request.urlopen(f"http://{node.http}/flush", b"", timeout=60).close()
        self.push_lines([now - 60 * SECOND + n * 10**6 for n in range(3000)])

    def push_lines(self, moments: list[int]) -> None:
        """Push a line for each moment (ns)."""
        first = len(self._lines)
        lines = [f"level=error line {first + n:06}" for n in range(len(moments))]
        self._lines += lines
        self._push({"job": "x"}, list(zip(map(str, moments), lines)))

    def push_runs(self, moments: list[int]) -> None:
        """Push a run for each moment (ns), as telemetry does."""
        self._runs += len(moments)
        values = [(str(moment), "exit=0 ver=0.6.0") for moment in sorted(moments)]
        self._push({"job": JOB, "user": "alice", "verb": "logs query"}, values)

    def _push(self, labels: dict[str, str], values: list[tuple[str, str]]) -> None:
        """Push until it is accepted: entries that are stored and pushed again count once."""
        body = json.dumps({"streams": [{"stream": labels, "values": values}]}).encode()
        request = urllib.request.Request(
            f"{self._url}/loki/api/v1/push", body, {"Content-Type": "application/json"}
        )
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(request, timeout=5).close()
                return

    def read(self, label: str) -> None:
        """Run all verbs, and print how long each took and whether it read everything."""
        for verb, words in READING.items():
            with tempfile.TemporaryDirectory(dir=self.folder) as home:  # an empty cache
                begun = time.monotonic()
                done = subprocess.run(
                    [self._pyz, *verb.split(), *words],
                    env={
                        "HOME": home,
                        "PATH": os.environ["PATH"],
                        "HOMELAB_LOKI_URL": self._url,
                        "HOMELAB_TELEMETRY": "0",
                    },
                    capture_output=True,
                    text=True,
                    check=False,
                )
                seconds = time.monotonic() - begun
            why = self._wrong(verb, done)
            self.wrong += bool(why)
            print(f"{label:<28}{verb:<14}{seconds:6.1f} s  {why or 'exact'}", flush=True)

    def _wrong(self, verb: str, done: subprocess.CompletedProcess[str]) -> str:
        """The error in an answer; "" if it has everything."""
        if done.returncode:
            return f"exit {done.returncode}: {done.stderr.strip()}"
        if verb == "logs query":
            there = sorted(done.stdout.splitlines())
            return "" if there == self._lines else f"{len(there)} of {len(self._lines)} lines"
        if verb == "usage next":
            return "" if json.loads(done.stdout) else "no document"
        column, expected = ("lines", len(self._lines)) if verb == "logs errors" else (
            "runs", self._runs,
        )  # fmt: skip
        number = sum(row[column] for row in json.loads(done.stdout)["rows"])
        return "" if number == expected else f"{number} of {expected} {column}"


@contextlib.contextmanager
def started(folder: Path, pyz: str) -> Iterator[Cluster]:
    """Three nodes and haproxy, running in a folder."""
    shared = folder / "shared"
    shared.mkdir()
    nodes: list[Node] = []
    ports = free_ports(3)
    try:
        for number in (2, 3, 4):
            nodes.append(Node(number, folder / f"node{number}", shared, ports))
        with haproxy(folder, [node.http for node in nodes]) as url:
            yield Cluster(folder, nodes, url, pyz)
    finally:
        for node in nodes:
            node.end()


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos.cluster", description=__doc__)
    parser.add_argument("--signals", default="KILL,STOP", help="what a node gets")
    parser.add_argument("--after", default="0,5,20,70", help="s after it that is read")
    arguments = parser.parse_args()
    if "HOMELAB_TEST_LOKI_BINARY" not in os.environ:
        parser.error("set HOMELAB_TEST_LOKI_BINARY to the program loki (3.8)")
    pyz = os.environ.get("HOMELAB_PYZ", str(ROOT / "dist/homelab.pyz"))
    if not os.path.exists(pyz):
        parser.error(f"{pyz} is not there; python3 build.py makes it")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that started processes end
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="homelab-cluster-"))
        cluster = stack.enter_context(started(Path(name), pyz))
        cluster.wait()
        cluster.fill()
        cluster.read("all nodes")
        for how in (signal.Signals[f"SIG{word}"] for word in arguments.signals.split(",")):
            for node in cluster.nodes:
                node.process.send_signal(how)
                begun = time.monotonic()
                for after in map(float, arguments.after.split(",")):
                    time.sleep(max(begun + after - time.monotonic(), 0))
                    at = time.monotonic() - begun
                    cluster.read(f"{node.address} {how.name}, {at:.0f} s")
                now = time.time_ns()
                cluster.push_lines([now + n for n in range(WHILE_LOST)])
                cluster.push_runs([now + n for n in range(WHILE_LOST)])
                cluster.read(f"{node.address} {how.name}, pushed")
                node.back(how)
                cluster.read(f"{node.address} is back")
                cluster.wait()
                cluster.read(f"{node.address} is ready")
        print(f"{cluster.wrong} wrong answers")
        return 1 if cluster.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
