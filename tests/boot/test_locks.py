"""The lock files: the packages that build.py installs, each file by its sha256."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support.world import ROOT

GROUPS = ("pip", "build", "test", "lint", "lock", "node", "shells")
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
INSTALL = """
import sys, build
build.LOCKS, target, index = sys.argv[1:]
build._install([sys.executable, "-m", "pip"], ["build"],
               "--target", target, "--no-index", "--find-links", index)
"""


def _locked(group: str) -> dict[Requirement, list[str]]:
    """The requirements of a lock file, each with its hashes."""
    text = (ROOT / f"locks/{group}.txt").read_text().replace("\\\n", " ")
    lines = [line.split(" --hash=") for line in text.splitlines() if line[:1] not in ("#", "")]
    return {Requirement(line[0]): [word.strip() for word in line[1:]] for line in lines}


def _pinned(group: str) -> list[Requirement]:
    """The requirements that pyproject.toml has in a dependency group."""
    text = (ROOT / "pyproject.toml").read_text().partition("[dependency-groups]\n")[2]
    found = re.search(rf"^{group} = (\[.*?\])\s*(#.*)?$", text, re.MULTILINE | re.DOTALL)
    assert found
    return [Requirement(line) for line in ast.literal_eval(found[1])]


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_file_names_releases_and_hashes_and_nothing_else(group: str) -> None:
    """No index, no address, no path: a lock file says which packages, not from where."""
    locked = _locked(group)
    assert locked
    for requirement, hashes in locked.items():
        assert re.fullmatch(r"==[\w.!+]+", str(requirement.specifier)), requirement
        assert not requirement.url
        assert hashes
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", word) for word in hashes), requirement
    for line in (ROOT / f"locks/{group}.txt").read_text().splitlines():
        assert line.startswith("#") or "/" not in line
        assert re.match(r"#|    --hash=|[a-z]", line), line


@pytest.mark.parametrize("name", ["grafana", "nushell"])
def test_the_lock_file_for_npm_names_versions_and_hashes_and_no_registry(name: str) -> None:
    kind = {"grafana": "dependencies", "nushell": "optionalDependencies"}[name]
    asked = json.loads((ROOT / f"tests/{name}/package.json").read_text())[kind]
    packages = json.loads((ROOT / f"tests/{name}/package-lock.json").read_text())["packages"]
    assert packages.pop("")[kind] == asked
    for name, version in asked.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    for name, package in packages.items():
        assert re.fullmatch(r"sha512-[\w+/]{86}==", package["integrity"]), name
        assert not {"resolved", "link"} & package.keys(), name


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_file_holds_what_its_group_in_pyproject_says(group: str) -> None:
    for python in PYTHONS:
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        environment["sys_platform"] = "linux"
        found = {
            requirement.name: requirement.specifier
            for requirement in _locked(group)
            if requirement.marker is None or requirement.marker.evaluate(environment)
        }
        for pinned in _pinned(group):
            if pinned.marker is None or pinned.marker.evaluate(environment):
                assert found.get(pinned.name) == pinned.specifier, "python3 build.py lock"


def test_groups_share_what_they_have_in_common() -> None:
    """They are installed into one environment."""
    for python in PYTHONS:
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        environment["sys_platform"] = "linux"
        versions: dict[str, str] = {}
        for group in GROUPS:
            for requirement in _locked(group):
                if requirement.marker is None or requirement.marker.evaluate(environment):
                    version = str(requirement.specifier)
                    assert versions.setdefault(requirement.name, version) == version


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A folder with one wheel."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tool-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tool.py", "")
        wheel.writestr(
            "tool-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n"
        )
        wheel.writestr(
            "tool-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("tool-1.0.dist-info/RECORD", "tool.py,,\n")
    return folder


def _installed(index: Path, digest: str) -> subprocess.CompletedProcess[str]:
    locks = index.parent / "locks"
    locks.mkdir()
    (locks / "build.txt").write_text(f"tool==1.0 \\\n    --hash=sha256:{digest}\n")
    words = [str(locks), str(index.parent / "target"), str(index)]
    return subprocess.run(
        [sys.executable, "-c", INSTALL, *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_package_with_the_right_hash_is_installed(index: Path) -> None:
    (wheel,) = index.iterdir()
    done = _installed(index, hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert done.returncode == 0, done.stderr
    assert (index.parent / "target/tool.py").exists()


def test_a_package_with_another_hash_ends_the_build_with_a_sentence(index: Path) -> None:
    done = _installed(index, "0" * 64)
    assert done.returncode == 1
    assert re.fullmatch(
        r"build\.py: the sha256 of tool==1\.0 is not in locks/build\.txt, so nothing was"
        r" installed; find out what changed: that file, the index or a proxy\n",
        done.stderr,
    )
    assert not (index.parent / "target").exists()


def test_a_source_release_is_not_built(index: Path) -> None:
    """The build dependencies of a source release have no hash."""
    (wheel,) = index.iterdir()
    source = index / "tool-1.0.tar.gz"
    wheel.rename(source)
    done = _installed(index, hashlib.sha256(source.read_bytes()).hexdigest())
    assert done.returncode == 1
    assert "No matching distribution found for tool==1.0" in done.stderr
    assert not (index.parent / "target").exists()
