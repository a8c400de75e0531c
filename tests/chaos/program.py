"""A round: a shuffled list of steps, each with a fault around Loki and one on the hosts."""

from __future__ import annotations

import json
import os
import pwd
import random
import sys
import time
from collections import Counter
from typing import Any

from chaos.faults import AROUND_LOKI, ON_HOSTS, Fault
from chaos.hosts import DAY, HOUR, MINUTE, Host, Run
from chaos.lab import Lab
from chaos.law import Tally, tally
from chaos.subject import Entry

CODES = 100  # exit codes that tell runs of one verb apart
PATIENCE = 8  # rounds at the end without an event leaving an outbox
KILLED = "runs and senders killed"  # events must be told apart, to know which were written
SLOW = ("disk slow", "5 % of a core")  # each run takes seconds


class Program:
    """Runs the steps of a seed in a lab, and checks the outcome of their events."""

    def __init__(self, lab: Lab, seed: int, say: bool = False) -> None:
        self.lab = lab
        self.seed = seed
        self.faults: Counter[str] = Counter()
        self.runs: list[Run] = []
        self._say = say
        self._begun = lab.now()
        self._number = 0
        account = os.getuid()
        try:
            self._user = pwd.getpwuid(account).pw_name
        except KeyError:
            self._user = f"uid-{account}"
        self._before = set(self._entries()) if lab.loki.real else set()

    def round(self, number: int) -> None:
        """Run every fault at least once."""
        rng = random.Random(f"{self.seed}/{number}")
        around, hosts = ([f for f in faults if self._can(f)] for faults in (AROUND_LOKI, ON_HOSTS))
        rng.shuffle(around)
        rng.shuffle(hosts)
        steps = max(len(around), len(hosts))
        for step in range(steps):
            self._step(
                around[step % len(around)],
                hosts[step % len(hosts)],
                random.Random(f"{self.seed}/{number}/{step}"),
            )

    def _can(self, fault: Fault) -> bool:
        return not any(need in self.lab.missing for need in fault.needs)

    def _step(self, around: Fault, on_hosts: Fault, rng: random.Random) -> None:
        lab = self.lab
        name = f"step {sum(self.faults.values()) // 2 + 1}: {around.name}; {on_hosts.name}"
        self.faults.update((around.name, on_hosts.name))
        lab.loki.step = name
        if self._say:
            waiting = sum(len(host.waiting()) for host in lab.hosts)
            print(f"{time.strftime('%X')} {name} ({waiting} waiting)", file=sys.stderr, flush=True)
        most = 2 if on_hosts.name in SLOW else 5
        # a fault's random numbers depend on events; those of the runs must not
        plan = [self._runs(rng, rng.randrange(1, most + 1), on_hosts, name) for _ in range(2)]
        faults = [fault.make(lab, random.Random(rng.random())) for fault in (around, on_hosts)]
        try:
            for runs in plan:
                for fault in faults:
                    next(fault, None)
                for host in lab.hosts:
                    if rng.random() < 0.8:
                        host.rest_is_over()
                lab.burst(runs)
            for fault in reversed(faults):
                for _ in fault:
                    pass
        finally:
            for fault in reversed(faults):
                fault.close()
            lab.directly()

    def _runs(self, rng: random.Random, count: int, fault: Fault, step: str) -> list[Run]:
        runs = []
        for host in self.lab.hosts:
            for _ in range(count):
                if fault.name != KILLED and rng.random() < 0.5:
                    word = rng.choice(host.words)
                    runs.append(Run(host, [word], f"(unknown) {word}", 2, step))
                    continue
                self._number += 1
                code = 0 if fault.name == "clock frozen" else self._number % CODES
                runs.append(Run(host, ["mine", str(code), "a b"], "(personal)", code, step))
        rng.shuffle(runs)
        self.runs += runs
        return runs

    def end(self) -> Tally:
        """Let everything arrive that can, and check the law."""
        lab = self.lab
        lab.loki.step = "the end"
        lab.settle()
        for later in (0, 40 * MINUTE, 4 * HOUR, HOUR) if not lab.loki.real else (0,):
            lab.loki.flush()
            if later:
                if "faketime" in lab.missing:
                    break
                lab.later(later)
            self._drain()
        lab.loki.flush()
        waiting = [event for host in lab.hosts for event in host.waiting()]
        numbers = [self._status(host) for host in lab.hosts]
        entries = self._settled_entries(len(self.runs) - len(waiting))
        return tally(
            self.runs,
            entries,
            waiting,
            sum(number["dropped"] for number in numbers),
            sum(number["refused"] for number in numbers),
            lab.loki.history,
        )

    def _drain(self) -> None:
        lab, patience, least = self.lab, PATIENCE, 1 << 30
        while patience:
            runs = [
                Run(host, [host.words[0]], f"(unknown) {host.words[0]}", 2, "the end")
                for host in lab.hosts
            ]
            self.runs += runs
            for host in lab.hosts:
                host.rest_is_over()
            lab.burst(runs)
            waiting = sum(len(host.waiting()) for host in lab.hosts)
            if not waiting:
                return
            patience = PATIENCE if waiting < least else patience - 1
            least = min(least, waiting)
            time.sleep(1)  # a host pushes at most once a second

    def _status(self, host: Host) -> dict[str, Any]:
        """The facts of `usage status`."""
        done = host.world.run("usage", "status", "--json", **host.route)
        assert done.returncode == 0, done.stderr
        return {row["fact"]: row["value"] for row in json.loads(done.stdout)["rows"]}

    def _entries(self) -> list[Entry]:
        now = self.lab.now()
        return self.lab.loki.entries(self._user, self._begun - 9 * DAY, now + 2 * HOUR)

    def _settled_entries(self, expected: int) -> list[Entry]:
        """The entries in Loki; a real one shows them some time after it has flushed them."""
        for _ in range(60 if self.lab.loki.real else 1):
            entries = [entry for entry in self._entries() if entry not in self._before]
            if len(entries) >= expected:
                break
            time.sleep(self.lab.loki.real != "")
        return entries
