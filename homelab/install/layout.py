"""What a copy of this file is, and where an installed one stands."""

from __future__ import annotations

import os

from homelab import __version__
from homelab.boot import baked
from homelab.errors import NO, Failure
from homelab.install.signers import SUFFIX
from homelab.system import files

MARK = b"# The first 4096 bytes of homelab.pyz are for sh"  # of every copy, see start.sh
_LARGEST = 16 << 20  # bytes of a copy, which has less than 1 MiB
_SIGNS = frozenset("0123456789abcdef")


class Copy:
    """The running file: its path, version, build, and its bytes."""

    __slots__ = ("build", "data", "path", "version")

    def __init__(self, path: str, version: str, build: str) -> None:
        """Reads it. Raises Failure (1) where that is not possible, or where it is no built file."""
        self.path = path
        self.version = version
        self.build = build
        try:
            self.data = files.content(path, _LARGEST)
        except OSError as error:
            raise Failure(NO, f"{path} can't be read: {error.strerror}") from None
        if MARK not in self.data[:4096]:
            raise Failure(NO, f"{path} is no built homelab.pyz; python3 build.py makes one")
        if build.encode("ascii") not in self.data:  # each bytecode has it
            raise Failure(NO, f"{path} was replaced while it ran; run it again")

    @property
    def name(self) -> str:
        """The name of the file where it is installed."""
        return f"homelab-{self.version}-{self.build}.pyz"


def running(program: str) -> Copy:
    """The file that runs, at the path `program`. Raises Failure (1) where it is no built file."""
    return Copy(program, __version__, baked.BUILD)


class Prefix:
    """Where an installation stands: `PREFIX/lib/homelab/homelab-VERSION-BUILD.pyz`, and
    `PREFIX/bin/homelab`, which points at it."""

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
        """The signatures of installed versions, sorted; also of those that are gone."""
        try:
            names = os.listdir(self.library)
        except OSError:
            return []
        parts = (name.rpartition(SUFFIX) for name in names)
        ours = [name for name, _, end in parts if not end and _is_version(name)]
        return sorted(f"{self.library}/{name}{SUFFIX}" for name in ours)

    def target(self) -> str:
        """The installed version that `bin/homelab` points at, "" where it points at none."""
        try:
            told = os.readlink(self.link)
        except OSError:
            return ""
        folder, name = os.path.split(os.path.join(os.path.dirname(self.link), told))
        # by whatever spelling of the prefix it was installed: one of them may be a link
        inside = os.path.realpath(folder) == os.path.realpath(self.library) and _is_version(name)
        return f"{self.library}/{name}" if inside else ""

    def unfinished(self) -> list[str]:
        """The paths of what installations are writing in the place of a version or of the command,
        or have left there since they were killed."""
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
    """What the shell finds for the name of `path` along the PATH `search` before it: the path of
    that, "" where it finds this one, and "-" where it finds none."""
    name = os.path.basename(path)
    for folder in search.split(":"):
        found = f"{folder or '.'}/{name}"
        if os.access(found, os.X_OK) and os.path.isfile(found):
            return "" if os.path.realpath(found) == os.path.realpath(path) else found
    return "-"
