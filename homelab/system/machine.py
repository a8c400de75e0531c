"""This machine: files, file systems, commands. Every call has a time limit."""

from __future__ import annotations

import os

from homelab.system.mounted import SpaceUsage, begun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.system.child import Child

LISTING = 2 << 20  # bytes of a command's output; 4,000 updates of apt take 1.2 MiB
# Files in a container of Docker, of Podman, and of the kinds that systemd knows (LXC, nspawn).
_CONTAINED = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")


class Host:
    """The questions to the machine. Tests pass a fake."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._ended = False

    def read(self, path: str, errors: str = "replace") -> str:
        """The first MiB of a text file. Raises OSError."""
        from homelab.system import files

        return files.beginning(path, 1 << 20).decode("utf-8", errors)

    def text(self, path: str) -> str:
        """The first MiB of a text file, without white space around it; "" if it is missing or can't
        be read."""
        try:
            return self.read(path).strip()
        except OSError:
            return ""

    def entries(self, path: str) -> list[str]:
        """The names in a folder. Raises OSError."""
        return os.listdir(path)

    def names(self, path: str) -> list[str]:
        """The names in a folder; none if it is missing or can't be read."""
        try:
            return self.entries(path)
        except OSError:
            return []

    def modified(self, path: str) -> int:
        """The time of the last change of the file or folder, in ns since the epoch. Raises
        OSError."""
        return os.stat(path).st_mtime_ns

    def stamp(self, path: str) -> tuple[int, ...]:
        """The values that change with the file or folder at the path: device, inode, mode, owner,
        group, size, mtime and, last, ctime (ns). If it can't be read: the error's number and 0."""
        try:
            found = os.stat(path)
        except OSError as error:
            return error.errno or 0, 0
        return (
            found.st_dev, found.st_ino, found.st_mode, found.st_uid, found.st_gid, found.st_size,
            found.st_mtime_ns, found.st_ctime_ns,
        )  # fmt: skip

    def exists(self, path: str) -> bool:
        """Whether the path exists."""
        return os.path.exists(path)

    def owner(self, path: str) -> int | None:
        """The uid of the owner of the path, None if it is missing or can't be read."""
        try:
            return os.stat(path).st_uid
        except OSError:
            return None

    def contained(self) -> bool:
        """Whether this is a container, which shares kernel and clock with its host."""
        return any(map(self.exists, _CONTAINED))

    def socket(self, path: str) -> tuple[int, int]:
        """The socket at the path as (device, inode), the same for all its paths. Raises OSError,
        also if it is not a socket."""
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
        """The number of online processors."""
        return os.cpu_count() or 1

    def run(self, command: list[str], seconds: float) -> tuple[int, str]:
        """The exit code and stdout of a command of the host, in the C locale.

        Raises FileNotFoundError if it is not installed, TimeoutError after `seconds`, and OSError
        if it prints more than is kept: the end of a list must not be left out.
        """
        from homelab.system.child import Cancelled, Child

        # in this process's group: Ctrl-C at a terminal ends both
        child = Child(
            command, {**os.environ, "LC_ALL": "C"}, seconds=seconds, asks=True, most=LISTING
        )
        self._keep(child)
        try:
            code, out, _ = child.run()
        except Cancelled:
            raise TimeoutError("it was told to end") from None
        except TimeoutError:
            raise TimeoutError(f"no answer within {seconds:.0f} s") from None
        if out.lost:
            raise OSError(f"{command[0]} printed more than {LISTING >> 20} MiB")
        return code, out.kept.decode("utf-8", "replace")

    def child(self, command: list[str], seconds: float, **env: str) -> Child:
        """A command of the host, in the C locale and in UTC, for the caller to run and end; `env`
        is added to its environment."""
        from homelab.system.child import Child

        env = {**os.environ, "LC_ALL": "C", "TZ": "UTC", **env}
        child = Child(command, env, seconds=seconds)
        self._keep(child)
        return child

    def _keep(self, child: Child) -> None:
        self._children.append(child)
        if self._ended:  # a thread goes on to its next command
            child.end()

    def end(self) -> None:
        """End the commands that still run. Later ones do not start: `run` raises TimeoutError,
        `child` gives one that is cancelled."""
        self._ended = True
        for child in self._children:
            child.end()

    def program(self, name: str) -> str | None:
        """The path of a program in PATH or in a usual folder; None if it is not installed. Raises
        OSError as `executable` does."""
        from homelab.system.executable import executable, search_path

        return executable(name, search_path(os.environ.get("PATH", os.defpath)))

    def resolved(self, path: str) -> str:
        """The path without links."""
        return os.path.realpath(path)

    def readable(self, path: str) -> bool:
        """Whether this account may read the path."""
        return os.access(path, os.R_OK)

    def monotonic(self) -> int:
        """The ns since boot without suspend, the clock of systemd's monotonic timers."""
        import time

        return time.monotonic_ns()

    def account(self) -> int:
        """The uid of this process."""
        return os.geteuid()

    def clock_is_kept(self) -> bool | None:
        """Whether the kernel's clock is marked as synchronised; None if the kernel does not say."""
        import ctypes

        timex = ctypes.create_string_buffer(
            512
        )  # all 0: a query that sets nothing (struct timex has 208)
        try:
            state = ctypes.CDLL(None).adjtimex(timex)
        except (OSError, AttributeError):
            return None
        return None if state < 0 else state != 5  # TIME_ERROR

    def usage(self, path: str) -> SpaceUsage:
        """The space usage of the file system at `path`. Raises OSError."""
        found = os.statvfs(path)
        return SpaceUsage(
            found.f_frsize,
            found.f_blocks,
            found.f_bfree,
            found.f_bavail,
            found.f_files,
            found.f_ffree,
        )

    def fills(self, paths: list[str], seconds: float) -> list[tuple[str, SpaceUsage] | OSError]:
        """The path without links and the space usage of its file system, for each path; OSError if
        it can't be asked, TimeoutError if it does not answer within `seconds`.

        All are asked concurrently, each by a child: a process that asks a dead network mount hangs,
        and no signal ends it.
        """
        return self.filling(paths, seconds)()

    def filling(
        self, paths: list[str], seconds: float
    ) -> Callable[[], list[tuple[str, SpaceUsage] | OSError]]:
        """Start `fills` now; call the result to wait for it."""
        return begun(paths, seconds, self.usage)
