"""Exclusive use of a folder of this account, also on file systems without locks.

If the kernel or a file server has no locks (NFS without a lock service, some FUSE), a claim
replaces them: a file that only one process can create. The kernel does not remove it if its process
is killed, so a claim that is older than its owner can be is removed. Its age is measured with the
clock of the file server, which all hosts of a shared home use.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time

_UNKNOWN = frozenset(
    (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.ENOTTY)
)
_CLAIM = ".claim"  # suffix of the lock file's name
_PAUSE = 0.05  # s


def are_unknown(error: OSError) -> bool:
    """Whether an error of taking a lock means that the file system has no locks."""
    return error.errno in _UNKNOWN


class Lock:
    """The lock `name` in the folder with the descriptor `folder`; `file` is the descriptor of its
    open file. A process holds it for at most `longest` s."""

    __slots__ = ("_claim", "_file", "_folder", "_longest", "_owned")

    def __init__(self, folder: int, file: int, name: str, longest: float) -> None:
        self._folder = folder
        self._file = file
        self._claim = name + _CLAIM
        self._longest = int(longest * 10**9)
        self._owned: os.stat_result | None = None

    def take(self, wait: float = 0.0) -> None:
        """Take the lock until `release`, or until the file is closed. Raises BlockingIOError if
        another process holds it for `wait` s, and OSError if a lock is impossible."""
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
        """Release the claim; a kernel lock ends when its file is closed."""
        owned, self._owned = self._owned, None
        try:
            if owned and _is_same(self._status(self._claim), owned):
                os.unlink(self._claim, dir_fd=self._folder)
        except OSError:
            pass  # it is removed when it is too old

    def _take(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if not are_unknown(error):
                raise
            self._make_claim()
            return
        if self._claimed():  # by a host without locks on this file system
            fcntl.flock(self._file, fcntl.LOCK_UN)
            raise _busy()

    def _make_claim(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        if self._claimed():
            raise _busy()
        try:
            file = os.open(self._claim, flags, 0o600, dir_fd=self._folder)
        except FileExistsError:  # another process was first
            raise _busy() from None
        try:
            self._owned = os.fstat(file)
        finally:
            os.close(file)

    def _claimed(self) -> bool:
        """Whether a process holds the claim. A claim that is too old is removed."""
        try:
            claim = self._status(self._claim)
        except FileNotFoundError:
            return False
        os.utime(self._file)
        if abs(os.fstat(self._file).st_mtime_ns - claim.st_mtime_ns) < self._longest:
            return True
        # several processes may see an old claim: only one may remove it, and none a newer claim
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
            pass  # a third process has made one
        os.unlink(away, dir_fd=self._folder)
        return not same

    def _status(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self._folder, follow_symlinks=False)


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether both are the same file: a new file may have the inode number of a deleted one."""
    return os.path.samestat(one, other) and one.st_mtime_ns == other.st_mtime_ns


def _busy() -> BlockingIOError:
    return BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
