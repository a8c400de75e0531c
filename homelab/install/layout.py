"""A copy of this file, and the place of an installed one."""

from __future__ import annotations

import os

from homelab import __version__
from homelab.boot import baked
from homelab.errors import NO, Failure
from homelab.install.signers import SUFFIX
from homelab.system import files

MARK = b"# The first 4096 bytes of homelab.pyz are for sh"  # in every copy, see start.sh
_LARGEST = 16 << 20  # bytes of a copy, which has less than 1 MiB
_SIGNS = frozenset("0123456789abcdef")


class Copy:
    """The running file: its path, version, build, and its bytes."""

    __slots__ = ("build", "data", "path", "version")

    def __init__(self, path: str, version: str, build: str) -> None:
        """Read the file. Raises Failure (1) if that fails, or if it is not a built file."""
        self.path = path
        self.version = version
        self.build = build
        try:
            self.data = files.content(path, _LARGEST)
        except OSError as error:
            raise Failure(NO, f"{path} can't be read: {error.strerror}") from None
        if MARK not in self.data[:4096]:
            raise Failure(NO, f"{path} is not a built homelab.pyz; build one with python3 build.py")
        if build.encode("ascii") not in self.data:  # the bytecode of each Python has it
            raise Failure(NO, f"{path} was replaced while it ran; run it again")

    @property
    def name(self) -> str:
        """The name of the file when it is installed."""
        return f"homelab-{self.version}-{self.build}.pyz"


def running(program: str) -> Copy:
    """The running file, at the path `program`. Raises Failure (1) if it is not a built file."""
    return Copy(program, __version__, baked.BUILD)


class Prefix:
    """The place of an installation: `PREFIX/lib/homelab/homelab-VERSION-BUILD.pyz`, and
    `PREFIX/bin/homelab`, which is a link to it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.library = f"{folder}/lib/homelab"
        self.link = f"{folder}/bin/homelab"

    def files(self) -> list[str]:
        """The installed versions, sorted."""
        try:
            names = os.listdir(self.library)
        except OSError:
            return []
        return sorted(f"{self.library}/{name}" for name in names if _is_version(name))

    def signatures(self) -> list[str]:
        """The signatures of installed versions, sorted, including those whose version is gone."""
        try:
            names = os.listdir(self.library)
        except OSError:
            return []
        parts = (name.rpartition(SUFFIX) for name in names)
        ours = [name for name, _, end in parts if not end and _is_version(name)]
        return sorted(f"{self.library}/{name}{SUFFIX}" for name in ours)

    def target(self) -> str:
        """The installed version that `bin/homelab` links to, "" if there is none."""
        try:
            told = os.readlink(self.link)
        except OSError:
            return ""
        folder, name = os.path.split(os.path.join(os.path.dirname(self.link), told))
        # by any spelling of the prefix at its installation: one of them may be a link
        inside = os.path.realpath(folder) == os.path.realpath(self.library) and _is_version(name)
        return f"{self.library}/{name}" if inside else ""

    def unfinished(self) -> list[str]:
        """The paths of temporary files that installations are writing in place of a version or of
        the command, or left behind when they were killed."""
        left = files.unfinished(self.link)
        try:
            names = os.listdir(self.library)
        except OSError:
            return left
        return (
            sorted(f"{self.library}/{name}" for name in names if name.startswith(".homelab-"))
            + left
        )


def _is_version(name: str) -> bool:
    """Whether a file's name is like `homelab-0.6.0-0123456789ab.pyz`."""
    stem = name[: -len(".pyz")].split("-")
    return (
        name.endswith(".pyz")
        and len(stem) >= 3
        and stem[0] == "homelab"
        and len(stem[-1]) == 12
        and set(stem[-1]) <= _SIGNS
    )


def begins(path: str, mark: bytes) -> bool:
    """Whether the first bytes of a file contain the line `mark`."""
    try:
        return mark in files.beginning(path, 4096)
    except OSError:
        return False


def shadowing(path: str, search: str) -> str:
    """The path that the shell finds for the name of `path` along the PATH `search` before it; "" if
    it finds `path` itself, and "-" if it finds none."""
    name = os.path.basename(path)
    for folder in search.split(":"):
        found = f"{folder or '.'}/{name}"
        if os.access(found, os.X_OK) and os.path.isfile(found):
            return "" if os.path.realpath(found) == os.path.realpath(path) else found
    return "-"
