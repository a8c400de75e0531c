"""What the tests share: the built file, a clean world to run it in, and a fake Loki."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
from balancer import Balancer, balanced
from fake_loki import FakeLoki
from hypothesis import settings
from reading import Sink

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


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
    """The built file, as this Python starts it, and as one for which it has no bytecode does: that
    is told by the first bytes, when it is executed by itself."""
    whole = Path(pyz).read_bytes()
    if request.param == "the sources":
        magic = repr(MAGIC_NUMBER).encode()
        assert whole[:4096].count(magic) == 1
        whole = whole.replace(magic, magic.replace(b"\\n", b"\\t"), 1)
    path = tmp_path / "started.pyz"
    path.write_bytes(whole)
    path.chmod(0o755)
    return str(path)


class World:
    """A host of its own for each test: home, environment, and the built file to run in it."""

    def __init__(self, pyz: str, folder: Path) -> None:
        self.pyz = pyz
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self.env = {
            "HOME": str(self.home),
            # first the Python that runs the tests: the file looks for python3 there
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        self.state = self.home / ".local/state/homelab"
        self.journal = self.state / "usage.log"
        self.verbs = self.home / ".local/share/homelab/verbs"

    def reachable(self) -> None:
        """Let other accounts come to its folder: pytest keeps what it makes to itself."""
        for path in (self.folder, *self.folder.parents):
            if path == Path(tempfile.gettempdir()):
                break
            path.chmod(0o755)

    def run(self, *words: str, python: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run the built file, by itself or by the Python named; `env` is added to the world's."""
        return subprocess.run(
            [*([python] if python else []), self.pyz, *words],
            env={**self.env, **env},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def events(self) -> list[str]:
        """The journal's lines without their times."""
        if not self.journal.exists():
            return []
        return [line.partition(" ")[2] for line in self.journal.read_text().splitlines()]

    def settings(self, text: str) -> Path:
        """Write the user's settings file."""
        path = self.home / ".config/homelab/config.ini"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def dropin(self, name: str, text: str, mode: int = 0o755) -> Path:
        """Put a drop-in into the user's own folder."""
        path = self.verbs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path


def at_a_terminal(world: World, *words: str, **env: str) -> str:
    """What a person sees of a run: stdout and stderr as a terminal shows them."""
    child, terminal = pty.fork()
    if child == 0:
        env = {**world.env, "TERM": "xterm", **env}
        os.execve(world.pyz, [world.pyz, *words], env)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # EIO: the other end is closed
            break
        shown += piece
    os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def world(pyz: str, tmp_path: Path) -> World:
    return World(pyz, tmp_path)


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
    """The fake, or the real Loki that HOMELAB_TEST_LOKI names."""
    real = os.environ.get("HOMELAB_TEST_LOKI")
    if real:
        yield Sink(real.rstrip("/"))
        return
    with FakeLoki() as server:
        yield Sink(server.url)


settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


def pytest_configure() -> None:
    """A shell without job control starts a job in the background with these ignored, and so would
    be all that the tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        missing = [tool for tool in mark.args if not _there(tool)]
        if missing:
            why = f"needs {', '.join(missing)} (Debian: apt-get install; see .ci/run)"
            if os.environ.get("CI") == "true":
                pytest.fail(f"{why}; in CI it must be there")
            pytest.skip(why)


def _there(tool: str) -> bool:
    if tool == "root":
        return os.geteuid() == 0
    if tool == "fuse":
        return os.path.exists("/dev/fuse")
    if tool == "namespaces":  # root of a plain container may not make any
        try:
            command = ["unshare", "-n", "-m", "-p", "-f", "true"]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            return False
    if tool.startswith("/"):
        return os.path.exists(tool)
    places = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return shutil.which(tool, path=places) is not None
