"""Fixtures that the tests share: the built file, a clean world to run it in, and a fake Loki."""

from __future__ import annotations

import filecmp
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from hypothesis import settings
from support import grafana_library, shells
from support.accounts import Account, account, remove_stale
from support.apt import cached
from support.balancer import Balancer, balanced
from support.lab import Lab
from support.reading import Sink
from support.roots import ROOTS, SUITES
from support.world import ROOT, World


@pytest.fixture(scope="session")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The built file, copied away from the project."""
    given = os.environ.get("HOMELAB_PYZ")
    if not given:
        pytest.fail("run the tests by `python3 build.py test`, which builds the file they use")
    path = tmp_path_factory.mktemp("host") / "homelab.pyz"
    shutil.copy(given, path)
    return str(path)


@pytest.fixture(params=["its bytecode", "the sources"])
def started(request: pytest.FixtureRequest, pyz: str, tmp_path: Path) -> str:
    """The built file, as this Python starts it, and as a Python without bytecode in it does: that
    is decided by the first bytes, when the file is executed itself."""
    whole = Path(pyz).read_bytes()
    if request.param == "the sources":
        magic = repr(MAGIC_NUMBER).encode()
        assert whole[:4096].count(magic) == 1
        whole = whole.replace(magic, magic.replace(b"\\n", b"\\t"), 1)
    path = tmp_path / "started.pyz"
    path.write_bytes(whole)
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="session")
def apt() -> Iterator[dict[str, str]]:
    with cached() as env:
        yield env


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project elsewhere, which shares the installed environment."""
    copy = tmp_path / "another folder"
    copy.mkdir()
    for name in ("build.py", "reach.py", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    for name in ("docs", "locks"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copytree(
        ROOT / "homelab", copy / "homelab", ignore=shutil.ignore_patterns("__pycache__")
    )
    (copy / ".build").mkdir()
    for environment in (ROOT / ".build").glob("venv-*"):
        (copy / ".build" / environment.name).symlink_to(environment)
    return copy


@pytest.fixture
def world(pyz: str, tmp_path: Path, apt: dict[str, str]) -> World:
    world = World(pyz, tmp_path)
    world.env.update(apt)
    return world


@pytest.fixture
def everyones(world: World) -> str:
    """The built file, in a place where every account can run it."""
    world.reachable()
    return str(shutil.copy(world.pyz, str(world.folder / "homelab.pyz")))


@pytest.fixture(scope="module")
def u1() -> Iterator[Account]:
    """A second account of this host (see `support.accounts` for the marks that it needs)."""
    with account("u1") as found:
        yield found


@pytest.fixture(scope="module")
def u2() -> Iterator[Account]:
    """A third account."""
    with account("u2") as found:
        yield found


@pytest.fixture
def loki() -> Iterator[FakeLoki]:
    with FakeLoki() as server:
        yield server


@pytest.fixture
def balancer(loki: FakeLoki, tmp_path: Path) -> Iterator[Balancer]:
    with balanced(tmp_path / "nginx", loki.url) as nginx:
        yield nginx


@pytest.fixture
def sink() -> Iterator[Sink]:
    """The fake Loki, or the real one that HOMELAB_TEST_LOKI names."""
    real = os.environ.get("HOMELAB_TEST_LOKI")
    if real:
        yield Sink(real.rstrip("/"))
        return
    with FakeLoki() as server:
        yield Sink(server.url)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    with lab.loki:
        yield lab


@pytest.fixture(scope="module", params=SUITES)
def root(request: pytest.FixtureRequest, pyz: str) -> Iterator[Path]:
    """The root of a Debian, with the built file at /srv/homelab.pyz. The file stays there: another
    worker may be running it."""
    path = ROOTS / request.param
    if not path.is_dir():
        why = f"no {request.param} in .build/roots; python3 tests/support/roots.py makes it"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{why}; in CI it must be there")
        pytest.skip(why)
    there = path / "srv/homelab.pyz"
    if not there.exists() or not filecmp.cmp(pyz, there, shallow=False):
        new = there.with_name(f"new-{os.getpid()}")
        shutil.copy(pyz, new)
        new.replace(there)
    yield path


settings.register_profile("untimed", deadline=None)  # a busy machine must not fail a test
settings.register_profile("quick", deadline=None, max_examples=10)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("quick" if config.option.which == "quick" else "untimed")
    # a shell without job control starts a background job with these ignored, and so would be all
    # processes that the tests start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_sessionstart() -> None:
    if os.geteuid() == 0:
        remove_stale()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        missing = [tool for tool in mark.args if not _there(tool)]
        if missing:
            why = f"needs {', '.join(missing)} (.ci/run shows how to install it)"
            if os.environ.get("CI") == "true":
                pytest.fail(f"{why}; in CI it must be there")
            pytest.skip(why)


def _there(tool: str) -> bool:
    if tool == "root":
        return os.geteuid() == 0
    if tool == "fuse":
        return os.path.exists("/dev/fuse")
    if tool == "namespaces":  # root of a plain container may not be allowed to make any
        try:
            command = ["unshare", "-n", "-m", "-p", "-f", "true"]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            return False
    if tool == "loop":  # a plain container has no loop devices
        script = "mount -t tmpfs none /tmp; cd /tmp; truncate -s 1M image; mkfs.ext4 -q image"
        try:
            command = ["unshare", "-m", "sh", "-ec", f"{script}; mkdir at; mount -o loop image at"]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            return False
    if tool == "@grafana/data":
        return grafana_library.installed()
    if tool == "nu":
        return shells.has_nu()
    if tool == "atuin":
        return shells.has_atuin()
    if tool.startswith("/"):
        return os.path.exists(tool)
    places = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return shutil.which(tool, path=places) is not None
