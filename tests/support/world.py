"""A host of its own for each test, with the built file to run in it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class World:
    """A host of its own for each test: home, environment, and the built file to run in it."""

    def __init__(self, pyz: str, folder: Path) -> None:
        self.pyz = pyz
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self.env = {
            "HOME": str(self.home),
            # first the Python that runs the tests: the file looks for python3 in PATH
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        self.state = self.home / ".local/state/homelab"
        self.journal = self.state / "usage.log"
        self.verbs = self.home / ".local/share/homelab/verbs"

    def reachable(self) -> None:
        """Let other accounts enter its folder: pytest makes its folders private."""
        for path in (self.folder, *self.folder.parents):
            if path.stat().st_mode & 0o055 != 0o055:  # /tmp keeps its mode
                path.chmod(0o755)

    def run(self, *words: str, python: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run the built file, by itself or with the given `python`; `env` is added to the
        world's."""
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
    """The text that a person sees of a run: stdout and stderr on a terminal."""
    return on_a_terminal([world.pyz, *words], {**world.env, "TERM": "xterm", **env})


def on_a_terminal(command: Sequence[str], env: Mapping[str, str]) -> str:
    """The text of a command's stdout and stderr on a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], list(command), dict(env))
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
