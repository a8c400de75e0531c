"""The lab that faults act on: hosts, Loki, the proxies in front of it, and its time."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from support.no_locks import SOURCE
from support.proxies import Proxy, proxied
from support.reading import until

from chaos import slow_disk
from chaos.hosts import Host, Run, faketime_library, signal_all
from chaos.subject import Subject

NEW_NAMESPACE = 0x00020000  # CLONE_NEWNS
SMALL = "size=256k,nr_inodes=1500,mode=700"  # of a state folder's file system
PROCESSES = 24  # of all hosts; while there are as many, no more runs are started
SENDER = 8.0  # s; a sender lives 5 s at most, by its own clock
WORDS = (("backup", "dns"), ("restore", "vpn"), ("snapshot", "wake"))


class Lab:
    """The lab. `missing` has, by needed tool, why its faults can't be made here."""

    def __init__(
        self, folder: Path, pyz: str, loki: Subject, count: int, stack: contextlib.ExitStack
    ) -> None:
        self.folder = folder
        self.loki = loki
        self.missing: dict[str, str] = {}
        self.kills: random.Random | None = None  # if set, runs and senders are killed at random
        self._namespace()
        library = slow_disk.compiled(folder)
        if library is None:
            self.missing["gcc"] = "gcc is not installed"
        self.slow_disk = library
        self.no_locks = slow_disk.compiled(folder, SOURCE, "no_locks")
        if not faketime_library():
            self.missing["faketime"] = "faketime is not installed"
        if loki.real and not loki.can_be_killed:
            self.missing["kill"] = "HOMELAB_TEST_LOKI_RESTART is not set"
        if loki.real:
            self.missing["fake"] = "only the fake can do this"
        self.hosts = [
            Host(f"host{number}", pyz, folder / f"host{number}", WORDS[number])
            for number in range(count)
        ]
        for host in self.hosts:
            if "namespaces" not in self.missing:
                command = ["mount", "-t", "tmpfs", "-o", SMALL, "tmpfs", str(host.state)]
                subprocess.run(command, check=True)
                stack.callback(subprocess.run, ["umount", "-l", str(host.state)], check=True)
        self.proxies: dict[str, Proxy] = {}
        for kind in ("nginx", "haproxy"):
            if any(
                shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin") is None
                for tool in (kind, "openssl")
            ):
                self.missing[kind] = f"{kind} or openssl is not installed"
                continue
            made = proxied(kind, folder / kind, loki.front.url, idle=0.3, again=True)
            self.proxies[kind] = stack.enter_context(made)
        stack.callback(self._end)
        self.directly()

    def _namespace(self) -> None:
        """Enter a new mount namespace, so that no mount outlives this process."""
        if ctypes.CDLL(None, use_errno=True).unshare(NEW_NAMESPACE):
            reason = os.strerror(ctypes.get_errno())
            self.missing["namespaces"] = f"no mount namespace can be made: {reason}"
            return
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        # a killed faketime leaves its shared memory here
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/dev/shm"], check=True)

    def _end(self) -> None:
        signal_all(self.processes(), signal.SIGKILL)

    def now(self) -> int:
        """The lab's time in ns."""
        return self.loki.now()

    def later(self, ns: int) -> None:
        """Let hours pass, for the hosts and a fake Loki."""
        assert not self.loki.real
        self.loki.offset += ns
        for host in self.hosts:
            host.offset += ns

    def skew(self, ns: int) -> None:
        """Set the clocks of all hosts forward, against the lab's time."""
        for host in self.hosts:
            host.skew += ns

    def processes(self) -> list[int]:
        """The ids of all processes of the built file on the hosts."""
        return [process for host in self.hosts for process in host.processes()]

    def directly(self) -> None:
        """Let all hosts talk to Loki without a proxy."""
        for host in self.hosts:
            host.route = {"HOMELAB_LOKI_URL": self.loki.direct}

    def gateway(self) -> None:
        """Let all hosts talk to the server whose answers faults change."""
        for host in self.hosts:
            host.route = {"HOMELAB_LOKI_URL": self.loki.front.url}

    def through(self, kind: str, path: str = "") -> Proxy:
        """Let all hosts talk to Loki through nginx or haproxy, below `path`."""
        proxy = self.proxies[kind]
        route = {"HOMELAB_LOKI_URL": f"http://loki.lan{path}", "HOMELAB_LOKI_LB": proxy.http}
        for host in self.hosts:
            host.route = dict(route)
        return proxy

    def settle(self) -> None:
        """Wait until nothing runs on the hosts, at most as long as a sender may live."""
        until(lambda: not self.processes(), SENDER)

    def burst(self, runs: list[Run]) -> None:
        """Start runs at once, and wait until they and their senders have ended."""
        until(lambda: len(self.processes()) < PROCESSES, 60)
        for run in runs:
            run.start()
        if self.kills:
            self._kill(self.kills, runs)
        for run in runs:
            run.finish()
        if self.kills:
            for _ in range(3):
                time.sleep(self.kills.random() * 0.1)
                signal_all(self.processes(), signal.SIGKILL)
        self.settle()

    def _kill(self, moments: random.Random, runs: list[Run]) -> None:
        for run in moments.sample(runs, len(runs) // 2):
            time.sleep(moments.random() * 0.06)
            run.kill()
        for _ in range(2):
            time.sleep(moments.random() * 0.05)
            signal_all([p for p in self.processes() if moments.random() < 0.3], signal.SIGKILL)


@contextlib.contextmanager
def made(folder: Path, pyz: str, loki: Subject, count: int) -> Iterator[Lab]:
    """A running lab with this many hosts, below `folder`."""
    with contextlib.ExitStack() as stack:
        lab = Lab(folder, pyz, loki, count, stack)
        stack.enter_context(loki.front)
        yield lab
