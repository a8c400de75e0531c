"""The comparison of two builds: its interval, and that it runs to its end."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys

from support.world import ROOT

from bench.against import median_within


def test_the_interval_has_the_median_in_nineteen_of_twenty_samples() -> None:
    chosen = random.Random(1)
    inside = 0
    for _ in range(1000):
        _, low, high = median_within([chosen.lognormvariate(0, 0.3) for _ in range(101)])
        inside += low <= 1 <= high
    assert 940 <= inside <= 980


def test_a_build_against_itself_prints_a_ratio_for_each_command(pyz: str) -> None:
    few = "import bench.against as a; a.PAIRS = 10; a.main()"
    done = subprocess.run(
        [sys.executable, "-c", few, pyz, pyz],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests"},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = re.findall(r"^(\S.*?)(?:  +[\d.]+){3}  [\d.]+ to [\d.]+  ", done.stdout, re.MULTILINE)
    assert rows == ["version", "a drop-in, counted", "usage top, 20,000 runs"]
