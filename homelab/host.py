"""The machine this runs on: files, file systems, commands. Nothing here outlives its bound."""

from __future__ import annotations

import os

from homelab.fills import Usage, asked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.child import Child


class Host:
    """What may be asked of the machine. Tests hand in another one."""

    def read(self, path: str, errors: str = "replace") -> str:
        """A small text file. Raises OSError."""
        with open(path, encoding="utf-8", errors=errors) as file:
            return file.read(1 << 20)

    def entries(self, path: str) -> list[str]:
        """The names in a folder. Raises OSError."""
        return os.listdir(path)

    def modified(self, path: str) -> int:
        """When the file or folder last changed, in ns since the epoch. Raises OSError."""
        return os.stat(path).st_mtime_ns

    def exists(self, path: str) -> bool:
        """Whether something stands at the path."""
        return os.path.exists(path)

    def socket(self, path: str) -> tuple[int, int]:
        """Which socket stands at the path, as (device, inode), whatever its names. Raises OSError,
        where there is none as well."""
        import errno
        import stat

        found = os.stat(path)
        if not stat.S_ISSOCK(found.st_mode):
            raise OSError(errno.ENOTSOCK, "Not a socket")
        return found.st_dev, found.st_ino

    def release(self) -> str:
        """The running kernel's release, as `uname -r` prints it."""
        return os.uname().release

    def cores(self) -> int:
        """Processors that are online."""
        return os.cpu_count() or 1

    def run(self, command: list[str], seconds: float) -> tuple[int, str]:
        """Exit code and stdout of a command of the host, in the C locale.

        Raises FileNotFoundError where it is not installed, TimeoutError after `seconds`.
        """
        import subprocess

        env = {**os.environ, "LC_ALL": "C"}
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                env=env,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"no answer within {seconds:.0f} s") from None
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def child(self, command: list[str], seconds: float, **env: str) -> Child:
        """A command of the host, in the C locale and in UTC, for whoever runs and ends it; `env` is
        added to its environment."""
        from homelab.child import Child

        return Child(command, {**os.environ, "LC_ALL": "C", "TZ": "UTC", **env}, seconds=seconds)

    def readable(self, path: str) -> bool:
        """Whether this account may read what stands at the path."""
        return os.access(path, os.R_OK)

    def monotonic(self) -> int:
        """ns since boot without those asleep: what systemd counts its monotonic timers in."""
        import time

        return time.monotonic_ns()

    def account(self) -> int:
        """The uid that this runs as."""
        return os.geteuid()

    def usage(self, path: str) -> Usage:
        """The fill of the file system at `path`. Raises OSError."""
        found = os.statvfs(path)
        return Usage(
            found.f_frsize,
            found.f_blocks,
            found.f_bfree,
            found.f_bavail,
            found.f_files,
            found.f_ffree,
        )

    def fills(self, paths: list[str], seconds: float) -> list[tuple[str, Usage] | OSError]:
        """For each path its name without links and the fill of its file system; OSError for what
        can't be asked, TimeoutError for what did not answer within `seconds`.

        All are asked at once, each by a child: a dead network mount holds whoever asks it, beyond
        any signal.
        """
        return asked(paths, seconds, self.usage)
