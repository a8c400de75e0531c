"""A machine from a table, for code that reads /proc and /sys and runs commands."""

from __future__ import annotations

import os
from collections.abc import Callable

from homelab.system.machine import Host
from homelab.system.mounted import SpaceUsage

GIB = 1 << 30


class Machine(Host):
    """A host from a table: files by path, and the answers of its commands and file systems."""

    def __init__(self, **files: str) -> None:
        self.files = {f"/{name.replace('__', '/')}": text for name, text in files.items()}
        self.full: dict[str, SpaceUsage] = {}
        self.command: tuple[int, str] | Exception = FileNotFoundError()
        self.kernel = "6.1.0-28-amd64"
        self.folders: dict[str, list[str]] = {}
        self.owners: dict[str, int] = {}  # all other files are this account's
        self.kept: bool | None = True

    def read(self, path: str, errors: str = "replace") -> str:
        if path not in self.files:
            raise FileNotFoundError(path)
        return self.files[path]

    def exists(self, path: str) -> bool:
        return path in self.files or path in self.folders

    def owner(self, path: str) -> int | None:
        return self.owners.get(path, os.geteuid())

    def entries(self, path: str) -> list[str]:
        if path not in self.folders:
            raise FileNotFoundError(path)
        return self.folders[path]

    def release(self) -> str:
        return self.kernel

    def clock_is_kept(self) -> bool | None:
        return self.kept

    def cores(self) -> int:
        return 4

    def run(self, command: list[str], seconds: float) -> tuple[int, str]:
        if isinstance(self.command, Exception):
            raise self.command
        return self.command

    def usage(self, path: str) -> SpaceUsage:
        if path not in self.full:
            raise PermissionError(13, "Permission denied")
        return self.full[path]

    def filling(
        self, paths: list[str], seconds: float
    ) -> Callable[[], list[tuple[str, SpaceUsage] | OSError]]:
        dead = TimeoutError("no answer within 2 s")
        return lambda: [(path, self.full[path]) if path in self.full else dead for path in paths]


def filled(percent: int, inodes: int = 10, gib: int = 100) -> SpaceUsage:
    """A file system of `gib` GiB that is used to `percent`, its inodes to `inodes` percent."""
    free = (100 - percent) * gib * GIB // 100 // 4096
    return SpaceUsage(4096, gib * GIB // 4096, free, free, 1000, 1000 - inodes * 10)
