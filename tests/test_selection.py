"""Which tests are quick, and which tests a run without the long ones leaves out."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from support.selection import acts
from support.world import ROOT, World

_TESTS = """
import subprocess, time
import pytest

class Host:
    def run(self): return subprocess.run(["true"])

@pytest.fixture
def host(): return Host()

def test_that_computes(): assert 1 + 1 == 2
def test_that_waits(): time.sleep(0)
def test_that_has_a_host(host): host.run()
@pytest.mark.quick("the one that goes from end to end")
def test_from_end_to_end(host): host.run()
@pytest.mark.needs("sh")
def test_that_needs_a_tool(): pass
@pytest.mark.long("it counts to a billion")
@pytest.mark.parametrize("number", (1, 2))
def test_that_is_long(number): pass
"""


def _computes() -> int:
    return len("x")


def _waits() -> None:
    time.sleep(1)


def _calls_itself_and_waits(more: bool) -> None:
    if more:
        _calls_itself_and_waits(False)
    _waits()


def _computes_with_more() -> list[int]:
    return [_computes() for _ in range(3)]


class _Starts:
    @property
    def version(self) -> bytes:
        return subprocess.check_output([sys.executable, "--version"])


def _has_one() -> _Starts:
    return _Starts()


def _is_in_another_module(world: World) -> World:
    return World(world.pyz, world.folder)


@pytest.mark.parametrize("function", [_computes, _computes_with_more])
def test_what_only_computes(function: Any) -> None:
    assert not acts(function)


@pytest.mark.parametrize(
    "function", [_waits, _calls_itself_and_waits, _has_one, _is_in_another_module]
)
def test_what_waits_or_starts_something(function: Any) -> None:
    assert acts(function)


def _names(folder: Path, *words: str) -> tuple[int, list[str]]:
    """The exit code of a run that only collects, and the names of its tests."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", str(folder / "pytest.ini"), "--rootdir", str(folder), *words],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if "::test_" in line]
    return done.returncode, [line.rpartition("::test_")[2] for line in lines]


def test_each_run_has_its_tests(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(_TESTS)
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\ntestpaths = .\npythonpath = {ROOT} {ROOT / 'tests'}\n"
        "addopts = --strict-markers -p support.selection\nmarkers =\n needs(tool):\n"
        " long(reason):\n quick(reason):\n"
    )
    waiting = ["that_waits", "that_has_a_host", "from_end_to_end", "that_needs_a_tool"]
    most = ["that_computes", *waiting]
    long = ["that_is_long[1]", "that_is_long[2]"]
    assert _names(tmp_path) == (0, most)
    assert _names(tmp_path, "--long") == (0, long)
    assert _names(tmp_path, "--quick") == (0, ["that_computes", "from_end_to_end"])
    # a named test is run
    assert _names(tmp_path, "test_it.py") == (0, most + long)
    assert _names(tmp_path, "test_it.py::test_that_is_long") == (0, long)
    assert _names(tmp_path, "--long", "test_it.py") == (0, long)
    (tmp_path / "test_it.py").write_text("import pytest\n@pytest.mark.long\ndef test_it(): pass\n")
    assert _names(tmp_path)[0] == pytest.ExitCode.USAGE_ERROR  # a mark without a reason
