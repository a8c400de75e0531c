"""A verb on seven hosts at once, against the slowest of them alone: a part of `build.py bench`."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from support.sshd import SSHD, lab

COUNT = 7
SLOWEST = 2.0  # s that the slowest host takes; the others take a part of it
RUNS = 5

_ROW = '{"schema": "homelab.port-check/1", "rows": [{"state": "ok", "target": "x:1"}]}'


def against_the_slowest(pyz: str, env: Mapping[str, str], folder: str) -> None:
    """`on` with seven hosts and with the slowest alone, in turn. Each is an sshd on loopback, whose
    homelab waits before it answers, as another machine's would."""
    if not shutil.which(SSHD):
        sys.stdout.write(f"\na verb on {COUNT} hosts: not measured, because sshd is missing\n")
        return
    place = Path(folder)
    place.mkdir(parents=True)
    with lab(place / "lab") as hosts:
        names = [f"host{number}" for number in range(COUNT)]
        for number, name in enumerate(names, 1):
            home = place / name / "bin"
            home.mkdir(parents=True)
            stub = home / "homelab"
            waits = SLOWEST * number / COUNT
            stub.write_text(f"#!/bin/sh\nsleep {waits:.2f}\necho '{_ROW}'\n")
            stub.chmod(0o755)
            hosts.add(name, f"SetEnv HOME={place / name} PATH={home}:/usr/bin:/bin")
        environment = {**env, "PATH": f"{hosts.bin}:{env['PATH']}"}
        verb = ["--prefix", "/none", "--", "port", "check", "x:1"]
        pairs = []
        quiet = subprocess.DEVNULL
        for _ in range(RUNS):
            taken = []
            for asked in (names, names[-1:]):
                begun = time.perf_counter()
                subprocess.run(
                    [pyz, "on", *asked, *verb],
                    env=environment,
                    check=True,
                    stdout=quiet,
                    stderr=quiet,
                )
                taken.append(time.perf_counter() - begun)
            pairs.append(taken)
    ours, theirs = map(statistics.median, zip(*pairs))
    ratio = statistics.median(one / other for one, other in pairs)
    sys.stdout.write(
        f"\na verb on {COUNT} hosts at once: {ours:.2f} s, on the slowest alone {theirs:.2f} s,"
        f" ratio {ratio:.2f} ({RUNS} runs of each in turn, medians)\n"
    )
