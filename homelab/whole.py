"""Files that are written whole or not at all, whatever happens and whoever reads meanwhile."""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def write(path: str, data: bytes, mode: int, check: Callable[[str], None] | None = None) -> None:
    """Write a file whole, or not at all; `check` is called with the path that it has before it is
    put in its place. Raises OSError, and what `check` raises, with nothing left behind."""
    arriving = _arriving(path)
    try:
        file = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with open(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(file, mode)  # whatever the umask is
            os.fsync(file)  # before the name is: a crash must not leave an empty command
        if check is not None:
            check(arriving)
        os.replace(arriving, path)
    except BaseException:
        _discard(arriving)
        raise


def point(link: str, target: str) -> None:
    """Make a symbolic link, or turn the one that is there to another target, in one step. Raises
    OSError."""
    arriving = _arriving(link)
    try:
        os.symlink(target, arriving)
        os.replace(arriving, link)
    except BaseException:
        _discard(arriving)
        raise


def _arriving(path: str) -> str:
    """Where a file is made before it takes its name: in the same folder, and nothing yet."""
    arriving = f"{os.path.dirname(path)}/.{os.path.basename(path)}.{os.getpid()}"
    _discard(arriving)
    return arriving


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def folder(path: str) -> None:
    """Make a folder and what is missing above it, for all to read whatever the umask is. Raises
    OSError."""
    if os.path.isdir(path):
        return
    above = os.path.dirname(path)
    if above != path:
        folder(above)
    try:
        os.mkdir(path)
    except FileExistsError:
        if os.path.isdir(path):
            return
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", path) from None
    os.chmod(path, 0o755)


def same(path: str, data: bytes) -> bool:
    """Whether the file at the path, and no link to one, holds just that."""
    try:
        if os.path.islink(path) or os.stat(path).st_size != len(data):
            return False
        with open(path, "rb") as file:
            return file.read() == data
    except OSError:
        return False
