"""The machine this runs on: files, file systems, commands. Nothing here outlives its bound."""

from __future__ import annotations

import os

from homelab.system.mounted import SpaceUsage, begun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.system.child import Child

LISTING = 2 << 20  # bytes of what a command prints; 4,000 updates of apt take 1.2 MiB
# What is there in a container of Docker, of Podman, and of whatever systemd knows (LXC, nspawn).
_CONTAINED = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")


class Host:
    """What may be asked of the machine. Tests hand in another one."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def read(self, path: str, errors: str = "replace") -> str:
        """A small text file, the first MiB of it. Raises OSError."""
        from homelab.system import files

        return files.beginning(path, 1 << 20).decode("utf-8", errors)

    def entries(self, path: str) -> list[str]:
        """The names in a folder. Raises OSError."""
        return os.listdir(path)

    def names(self, path: str) -> list[str]:
        """The names in a folder; none where it is not there or can't be read."""
        try:
            return self.entries(path)
        except OSError:
            return []

    def modified(self, path: str) -> int:
        """When the file or folder last changed, in ns since the epoch. Raises OSError."""
        return os.stat(path).st_mtime_ns

    def stamp(self, path: str) -> tuple[int, ...]:
        """What any change of the file or folder at the path changes: device, inode, mode, owner,
        group, size, mtime and, last, ctime (ns); of one that can't be seen the error's number and
        0."""
        try:
            found = os.stat(path)
        except OSError as error:
            return error.errno or 0, 0
        return (
            found.st_dev, found.st_ino, found.st_mode, found.st_uid, found.st_gid, found.st_size,
            found.st_mtime_ns, found.st_ctime_ns,
        )  # fmt: skip

    def exists(self, path: str) -> bool:
        """Whether something stands at the path."""
        return os.path.exists(path)

    def owner(self, path: str) -> int | None:
        """The uid that owns what is at the path, None where nothing is or it can't be seen."""
        try:
            return os.stat(path).st_uid
        except OSError:
            return None

    def contained(self) -> bool:
        """Whether this is a container, whose kernel and clock are its host's."""
        return any(map(self.exists, _CONTAINED))

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

        Raises FileNotFoundError where it is not installed, TimeoutError after `seconds`, and
        OSError where it prints more than is kept: the end of a list can't be left out.
        """
        from homelab.system.child import Cancelled, Child

        # of our own group: a terminal's Ctrl-C ends it with us
        child = Child(
            command, {**os.environ, "LC_ALL": "C"}, seconds=seconds, asks=True, most=LISTING
        )
        self._children.append(child)
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
        """A command of the host, in the C locale and in UTC, for whoever runs and ends it; `env` is
        added to its environment."""
        from homelab.system.child import Child

        env = {**os.environ, "LC_ALL": "C", "TZ": "UTC", **env}
        child = Child(command, env, seconds=seconds)
        self._children.append(child)
        return child

    def end(self) -> None:
        """End the commands that are still under way."""
        for child in self._children:
            child.end()

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

    def clock_is_kept(self) -> bool | None:
        """Whether the kernel was told that its clock is right; None where it does not say."""
        import ctypes

        timex = ctypes.create_string_buffer(512)  # all 0: nothing is set (struct timex has 208)
        try:
            state = ctypes.CDLL(None).adjtimex(timex)
        except (OSError, AttributeError):
            return None
        return None if state < 0 else state != 5  # TIME_ERROR

    def usage(self, path: str) -> SpaceUsage:
        """The fill of the file system at `path`. Raises OSError."""
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
        """For each path its name without links and the fill of its file system; OSError for what
        can't be asked, TimeoutError for what did not answer within `seconds`.

        All are asked at once, each by a child: a dead network mount holds whoever asks it, beyond
        any signal.
        """
        return self.filling(paths, seconds)()

    def filling(
        self, paths: list[str], seconds: float
    ) -> Callable[[], list[tuple[str, SpaceUsage] | OSError]]:
        """Start `fills` now; call the result to wait for it."""
        return begun(paths, seconds, self.usage)
