"""The machine this runs on: files, file systems, commands. Nothing here outlives its bound."""

from __future__ import annotations

import os


class Usage:
    """The fill of a file system, as statvfs(3) has it; blocks of `unit` bytes."""

    __slots__ = ("available", "blocks", "free", "inodes", "inodes_free", "unit")

    def __init__(
        self, unit: int, blocks: int, free: int, available: int, inodes: int, inodes_free: int
    ) -> None:
        self.unit = unit
        self.blocks = blocks
        self.free = free
        self.available = available
        self.inodes = inodes
        self.inodes_free = inodes_free


class Host:
    """What may be asked of the machine. Tests hand in another one."""

    def read(self, path: str) -> str:
        """A small text file. Raises OSError."""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)

    def entries(self, path: str) -> list[str]:
        """The names in a folder. Raises OSError."""
        return os.listdir(path)

    def exists(self, path: str) -> bool:
        """Whether something stands at the path."""
        return os.path.exists(path)

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

    def remote_usage(self, path: str, seconds: float) -> Usage:
        """The same of a network mount. Raises TimeoutError after `seconds` too: a dead one holds
        whoever asks it, beyond any signal, so a child asks."""
        import json
        import select
        import signal

        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_DFL)
                try:
                    found = self.usage(path)
                    answer: object = [getattr(found, name) for name in _ORDER]
                except OSError as error:
                    answer = error.strerror
                os.write(writer, json.dumps(answer).encode("ascii"))
            finally:
                os._exit(0)
        os.close(writer)
        try:
            ready, _, _ = select.select([reader], [], [], seconds)
            told = json.loads(os.read(reader, 4096) or b"null") if ready else None
        finally:
            os.close(reader)
        if told is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, os.WNOHANG)  # no more than that: it may be stuck until its mount is
            raise TimeoutError(f"no answer within {seconds:.0f} s")
        os.waitpid(child, 0)
        if isinstance(told, str):
            raise OSError(0, told)
        return Usage(*told)


_ORDER = ("unit", "blocks", "free", "available", "inodes", "inodes_free")
