"""The comparison of two builds: its interval, its order, and that it runs to its end or says why
not."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.world import ROOT

from bench.against import median_within
from bench.start import Command, in_turn


def test_the_interval_has_the_median_in_nineteen_of_twenty_samples() -> None:
    chosen = random.Random(1)
    inside = 0
    for _ in range(1000):
        _, low, high = median_within([chosen.lognormvariate(0, 0.3) for _ in range(101)])
        inside += low <= 1 <= high
    assert 940 <= inside <= 980


def test_a_build_against_itself_prints_a_ratio_for_each_command(pyz: str) -> None:
    done = _compared(pyz, pyz)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^(\S.*?)(?:  +[\d.]+){3}  [\d.]+ to [\d.]+  ", done.stdout, re.MULTILINE)
    assert rows == [
        "version",
        "an unknown verb",
        "a drop-in, counted",
        "host status --help",
        "port check",
        "usage top, 20,000 runs",
    ]


def test_a_build_that_exits_with_an_unexpected_code_stops_the_comparison(
    pyz: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho not configured\nexit 78\n")
    broken.chmod(0o755)
    done = _compared(pyz, str(broken))
    sentence = "build.py: version: old.pyz exits with 78, not 0: not configured\n"
    assert (done.returncode, done.stderr) == (1, sentence)
    assert not re.search(r"^version", done.stdout, re.MULTILINE)


def test_a_file_that_is_no_program_stops_the_comparison(pyz: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("not a program\n")
    broken.chmod(0o755)
    done = _compared(pyz, str(broken))
    sentence = "build.py: version: old.pyz can't be started: Exec format error\n"
    assert (done.returncode, done.stderr) == (1, sentence)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--against"], "build.py: bench --against takes the file of one other build\n"),
        (["--against", "/no/such"], "build.py: bench --against: there is no file /no/such\n"),
        (["--against=/no/such"], "build.py: bench --against: there is no file /no/such\n"),
    ],
)
def test_a_missing_file_is_one_sentence(words: list[str], sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "build.py"), "bench", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


def test_the_order_within_a_pair_alternates(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    ran.touch()
    first, second = (
        Command(name, ["sh", "-c", f'echo {name} >> "$0"', str(ran)], os.environ)
        for name in ("A", "B")
    )
    assert len(in_turn(first, second, 3)) == 3
    assert ran.read_text().split() == list("ABBA" * 3)


def _compared(new: str, old: str) -> subprocess.CompletedProcess[str]:
    """The output of comparing two builds with few pairs."""
    few = "import bench.against as a; a.PAIRS = 10; a.main()"
    return subprocess.run(
        [sys.executable, "-c", few, new, old],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests"},
        capture_output=True,
        text=True,
        check=False,
    )
