"""Exclusive use of a folder of this account's, on file systems without locks too.

Where the kernel or a file server knows no locks (NFS without a lock service, some FUSE), a file
that only one process can make takes their place: a claim. No kernel removes it when its process is
killed, so a claim that is older than its owner can be is taken away. Its age is told by the clock
of the file server, which all hosts of a shared home have in common.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time

_UNKNOWN = frozenset(
    (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.ENOTTY)
)
_CLAIM = ".claim"  # behind the name of the lock's file
_PAUSE = 0.05  # s


def are_unknown(error: OSError) -> bool:
    """Whether an error of taking a lock says that there are none here."""
    return error.errno in _UNKNOWN


class Lock:
    """The lock `name` in the folder with the descriptor `folder`, whose opened file is `file`. A
    process has it for `longest` s at most."""

    __slots__ = ("_claim", "_file", "_folder", "_longest", "_owned")

    def __init__(self, folder: int, file: int, name: str, longest: float) -> None:
        self._folder = folder
        self._file = file
        self._claim = name + _CLAIM
        self._longest = int(longest * 10**9)
        self._owned: os.stat_result | None = None

    def take(self, wait: float = 0.0) -> None:
        """Take it until `release`, or until the file is closed. Raises BlockingIOError where
        another process has it for `wait` s, and OSError where there can be none."""
        end = time.monotonic() + wait
        while True:
            try:
                self._take()
                return
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise
            time.sleep(_PAUSE)

    def release(self) -> None:
        """Let the next one have it; a lock of the kernel's ends with its file."""
        owned, self._owned = self._owned, None
        try:
            if owned and _is_same(self._status(self._claim), owned):
                os.unlink(self._claim, dir_fd=self._folder)
        except OSError:
            pass  # it grows old

    def _take(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if not are_unknown(error):
                raise
            self._make_claim()
            return
        if self._claimed():  # by a host that has no locks here
            fcntl.flock(self._file, fcntl.LOCK_UN)
            raise _busy()

    def _make_claim(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        if self._claimed():
            raise _busy()
        try:
            file = os.open(self._claim, flags, 0o600, dir_fd=self._folder)
        except FileExistsError:  # another process was quicker
            raise _busy() from None
        try:
            self._owned = os.fstat(file)
        finally:
            os.close(file)

    def _claimed(self) -> bool:
        """Whether a process has the claim. One that is too old is taken away."""
        try:
            claim = self._status(self._claim)
        except FileNotFoundError:
            return False
        os.utime(self._file)
        if abs(os.fstat(self._file).st_mtime_ns - claim.st_mtime_ns) < self._longest:
            return True
        # of several processes that see it so, one takes it away: none must take away its new one
        away = f"{self._claim}.{os.getpid()}.{time.monotonic_ns()}"
        try:
            os.rename(self._claim, away, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except FileNotFoundError:
            return False
        same = _is_same(self._status(away), claim)
        try:
            if not same:
                os.link(away, self._claim, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except OSError:
            pass  # there is a third one
        os.unlink(away, dir_fd=self._folder)
        return not same

    def _status(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self._folder, follow_symlinks=False)


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether it is the same file: a new one may have the number of one that is gone."""
    return os.path.samestat(one, other) and one.st_mtime_ns == other.st_mtime_ns


def _busy() -> BlockingIOError:
    return BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
