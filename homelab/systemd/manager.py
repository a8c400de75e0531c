"""The managers of systemd on this host: the system's and this account's own. Questions to them run
concurrently, within one time limit."""

from __future__ import annotations

import time

from homelab.system import parallel, paths
from homelab.system.child import Cancelled, Output
from homelab.systemd import properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homelab.system.machine import Host

_JOBS = 8  # concurrent commands
_AT_ONCE = 200  # units in one command line: a name has up to 255 bytes
_STATE = "SystemState"
_MOST = 10_000  # units; a large host has 1000
_SIZE = 16 << 20  # bytes of a manager's answer; a unit takes 500
_GRACE = 0.6  # s, for file systems, which have no time limit of their own


class ManagerUnreachable(Exception):
    """A manager did not answer; the text says why."""


class Asking:
    """Commands on the host that take `seconds` at most in all."""

    def __init__(self, host: Host, seconds: float) -> None:
        self._host = host
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._over = False
        self.late = False  # whether the time ran out

    def run(self, command: list[str], **env: str) -> tuple[int, Output, Output]:
        """The exit code, stdout and stderr of a command. Raises ManagerUnreachable."""
        left = self._deadline - time.monotonic()
        child = self._host.child(command, left, **env)
        if self._over:
            raise Cancelled
        try:
            if left <= 0:
                raise TimeoutError
            return child.run()
        except TimeoutError:
            self.late = True
            raise ManagerUnreachable(f"{command[0]}: {self.unanswered}") from None
        except FileNotFoundError:
            raise ManagerUnreachable(f"{command[0]} is not installed") from None
        except OSError as error:
            raise ManagerUnreachable(f"{command[0]}: {error.strerror}") from None

    def at_once(self, calls: list[Callable[[], None]]) -> None:
        """Make the calls, several at a time, and return when all are done or the time is over (a
        folder on a dead mount may hang). When it ends, for any reason, running commands are
        ended."""
        left = max(self._deadline - time.monotonic(), 0.0) + _GRACE

        def late(call: Callable[[], None]) -> None:
            self.late = True

        for _ in parallel.answers(
            calls, lambda call: call(), left, jobs=_JOBS, end=self._end, late=late
        ):
            pass

    @property
    def unanswered(self) -> str:
        """The sentence for a command that did not answer in time."""
        return f"no answer within {self._seconds:g} s"

    def _end(self) -> None:
        self._over = True
        self._host.end()


class Manager:
    """The system's manager, or that of the account `uid` (`name` says which)."""

    def __init__(self, name: str, asking: Asking, runtime: str = "", uid: int = 0) -> None:
        self.name = name
        self._uid = uid
        self._asking = asking
        # a login sets it, cron does not
        self._env = {"XDG_RUNTIME_DIR": runtime} if runtime else {}

    def ask(self, *words: str) -> str:
        """The output of systemctl. Raises ManagerUnreachable."""
        out = self._run(["systemctl", f"--{self.name}", "--no-pager", *words])
        if out.lost:
            raise ManagerUnreachable("systemctl printed more than 1 MiB")
        return out.text()

    def show(self, names: list[str], fields: str) -> list[dict[str, str]]:
        """The properties `fields` that each unit in `names` has. Raises ManagerUnreachable."""
        if len(names) > _MOST:
            raise ManagerUnreachable(f"systemctl lists more than {_MOST} units")
        found: list[dict[str, str]] = []
        size = 0
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            text = self.ask("show", f"--property={fields}", "--", *some)
            size += len(text)
            if size > _SIZE:
                raise ManagerUnreachable(f"systemctl printed more than {_SIZE >> 20} MiB in all")
            found += properties.blocks(text, fields)[: len(some)]
        return found

    def state(self) -> str:
        """The state that `is-system-running` reports: running, degraded, starting, maintenance,
        …"""
        text = self.ask("show", f"--property={_STATE}")
        return next((block[_STATE] for block in properties.blocks(text, _STATE)), "")

    def journal(self, unit: str, fields: str, lines: int) -> str:
        """The last entries of a unit's journal as JSON lines, newest first: if there is too much,
        the oldest are lost. Raises ManagerUnreachable.

        Entries of its programs, and entries about it from its manager and the manager's children,
        which run as root or the account. For the latter, journalctl's own --unit reads only process
        1, and so may miss why a program could not be started.
        """
        if self.name == properties.SYSTEM:
            own, of, uid = "_SYSTEMD_UNIT", "UNIT", 0
        else:
            own, of, uid = "_SYSTEMD_USER_UNIT", "USER_UNIT", self._uid
        command = ["journalctl", "--quiet", "--no-pager", "--reverse", "--output=json"]
        command += [f"--output-fields={fields}", f"--lines={lines}", f"{own}={unit}"]
        if self.name == properties.USER:
            command.append(f"_UID={uid}")
        command += ["+", f"{of}={unit}", f"_UID={uid}"]
        return self._run(command).kept.decode("utf-8", "replace")

    def _run(self, command: list[str]) -> Output:
        """The output of a command. Raises ManagerUnreachable."""
        code, out, err = self._asking.run(command, **self._env)
        if code:
            said = err.text().strip().splitlines()
            raise ManagerUnreachable(f"{command[0]}: {said[0] if said else f'exit code {code}'}")
        return out


def booted(host: Host) -> bool:
    """Whether this host runs systemd, by the test of sd_booted(3)."""
    return host.exists("/run/systemd/system")


def runtime(host: Host, env: Mapping[str, str]) -> str:
    """The runtime folder of this account's manager, "" if none runs."""
    for folder in paths.runtimes(env, host.account(), host.owner):
        if host.exists(f"{folder}/systemd/private"):
            return folder
    return ""


def others(host: Host) -> list[int]:
    """The uids of the other accounts that have a manager."""
    names = host.names("/run/user")
    uids = sorted(int(name) for name in names if name.isascii() and name.isdigit())
    return [uid for uid in uids if uid != host.account()]


def journal_is_closed(host: Host) -> bool:
    """Whether the system's journal exists and this account may not read it."""
    closed = False
    for folder in ("/var/log/journal", "/run/log/journal"):
        try:
            machines = host.entries(folder)
        except OSError:
            continue
        for machine in machines:
            path = f"{folder}/{machine}/system.journal"
            if host.readable(path):
                return False
            closed = closed or host.exists(path)
    return closed
