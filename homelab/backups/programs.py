"""Run backup tools: without a terminal, with repositories in the environment instead of the
arguments, which every account of this host can read."""

from __future__ import annotations

import os
import time

from homelab.backups import repository
from homelab.system import ownership
from homelab.system.child import Cancelled, Child
from homelab.system.executable import executable, search_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 16 << 20  # bytes of an answer; a snapshot of restic takes 400
_ENV = {
    "LC_ALL": "C",
    "TZ": "UTC",  # borg 1 prints local times without a zone
    "SSH_ASKPASS_REQUIRE": "never",  # ssh must not open a window
}


class Refused(Exception):
    """A tool that can't be run; the text says why and what to do."""


class Ran:
    """The end of a tool: exit code, stdout, stderr (`errors`, never to be shown, and `shown`
    without secrets), and whether stdout is `cut` because it is too long."""

    __slots__ = ("code", "cut", "errors", "out", "shown")

    def __init__(self, code: int, out: bytes, errors: str, shown: str, cut: bool) -> None:
        self.code = code
        self.out = out
        self.errors = errors
        self.shown = shown
        self.cut = cut

    def text(self) -> str:
        """The text of stdout."""
        return self.out.decode("utf-8", "surrogateescape")


class Programs:
    """Runs the tools for one source in the environment `env`, for at most `seconds` in total."""

    def __init__(self, env: Mapping[str, str], seconds: float) -> None:
        self._env = dict(env)
        self._until = time.monotonic() + seconds
        self._hidden = repository.secrets(self._env)
        self._children: list[Child] = []
        self._path = search_path(env.get("PATH", os.defpath))

    def run(
        self,
        command: list[str],
        env: Mapping[str, str] | None = None,
        without: tuple[str, ...] = (),
        name: str = "",
    ) -> Ran:
        """Run a tool with more variables, and `without` some; `name` is the repository, which may
        have a password in it. Raises Refused, and TimeoutError."""
        kept = {key: value for key, value in self._env.items() if key not in without}
        program = self._program(command[0])
        given = {**kept, **_ENV, "PATH": self._path, **(env or {})}
        left = max(self._until - time.monotonic(), 0.01)
        child = Child([program, *command[1:]], given, seconds=left, most=_MOST)
        self._children.append(child)
        try:
            code, out, err = child.run()
        except Cancelled:
            raise TimeoutError from None
        except TimeoutError:
            raise
        except OSError as error:
            raise Refused(f"{program} can't be started: {error.strerror}") from None
        errors = err.kept.decode("utf-8", "replace")
        shown = repository.cleaned(errors, name, self._hidden)
        return Ran(code, bytes(out.kept), errors, shown, bool(out.lost))

    def value(self, name: str) -> str:
        """The value of an environment variable, "" if it is not set."""
        return self._env.get(name, "")

    def _program(self, name: str) -> str:
        try:
            found = executable(name, self._path)
        except ownership.Untrusted as error:
            raise Refused(f"root does not run {name}: {error.strerror}") from None
        except OSError as error:
            raise Refused(f"{name} can't be checked: {error.strerror}") from None
        if found is None:
            raise Refused(
                f"{name} is not installed on this host; run this where the backup is made"
            )
        return found

    def end(self) -> None:
        """End the tools that still run."""
        for child in self._children:
            child.end()
