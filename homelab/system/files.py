"""Write files completely or not at all, even in a crash or while others read; and read regular
files with limits on size and time."""

from __future__ import annotations

import errno
import os
import stat

from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = 4 << 20  # characters
_BOM = b"\xef\xbb\xbf"
WAIT = 5.0  # s; a sleeping disk takes less, a dead network mount takes forever
_ABANDONED = 3600  # s; writing a file takes seconds, with its check a minute


def text(file: str, named: str, seconds: float = WAIT) -> str:
    """The text of a file, or of stdin if it is `-`, read within `seconds`; messages about it begin
    with `named`. Raises Failure (2) if it can't be read or is too long: the end of a list must not
    be left out."""
    too_long = Failure(USAGE, f"{named} is longer than {_size(_TEXT)}")
    most = _TEXT + len(_BOM)
    try:
        found = content("/dev/stdin" if file == "-" else file, most, seconds)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise too_long from None
        raise Failure(USAGE, f"{named} can't be read: {error.strerror}") from None
    text = found.decode("utf-8-sig", "replace")
    if len(text) > _TEXT:
        raise too_long
    return text


def content(path: str, most: int, seconds: float = WAIT, trusted: bool = False) -> bytes:
    """The bytes of a regular file of at most `most` bytes; with `trusted` only if no other account
    can change it. Descriptors that the caller opened (/dev/stdin, the shell's <(…)) are always
    read, also pipes, which must end within `seconds`. Raises OSError whose `strerror` says what is
    wrong, also if its file system does not answer within `seconds` (at most WAIT): a call to it
    hangs, and no signal ends that."""
    number = descriptor(path)
    if number >= 0 and not stat.S_ISREG(os.fstat(number).st_mode):
        found = _arrived(number, most + 1, seconds)
        _refuse_longer(found, most)
        return found
    from homelab.system import parallel

    read = _rest if number >= 0 else trusted_beginning if trusted else beginning
    seconds = min(seconds, WAIT)
    try:
        found = parallel.with_timeout(lambda: read(path, most + 1), seconds)
    except TimeoutError as error:
        if error.strerror:  # from the file system itself
            raise
        why = f"its file system does not answer within {seconds:g} s"
        raise TimeoutError(errno.ETIMEDOUT, why, path) from None
    _refuse_longer(found, most)
    return found


def _rest(path: str, most: int) -> bytes:
    """The first `most` bytes of an open regular file from its current position, which does not
    change, as some files are read twice. Raises OSError."""
    file = descriptor(path)
    return os.pread(file, most, os.lseek(file, 0, os.SEEK_CUR))


def _arrived(file: int, most: int, seconds: float) -> bytes:
    """The first `most` bytes of an open pipe, socket or terminal. Raises OSError, also if it does
    not end within `seconds`; a person at a terminal may take longer."""
    import select
    import time

    end = time.monotonic() + seconds
    poller = select.poll()
    poller.register(file, select.POLLIN)
    endless = os.isatty(file)
    found = bytearray()
    while len(found) < most:
        left = None if endless else min(end - time.monotonic(), 1e6)
        if (left is not None and left <= 0) or not poller.poll(left and left * 1000):
            raise TimeoutError(errno.ETIMEDOUT, f"it did not end within {seconds:g} s")
        block = os.read(file, min(most - len(found), 1 << 16))
        if not block:
            break
        found += block
    return bytes(found)


def beginning(path: str, most: int) -> bytes:
    """The first `most` bytes of a regular file. Other files are not opened: a pipe would block, a
    device may have no end, and opening some (a watchdog, a tape) does harm. Raises OSError whose
    `strerror` says what is wrong."""
    if "\0" in path:
        raise OSError(errno.EINVAL, "its name contains a NUL character")
    _refuse_irregular(os.stat(path))
    with open(path, "rb", opener=_without_waiting) as file:
        _refuse_irregular(os.fstat(file.fileno()))
        return file.read(most) or b""


def trusted_beginning(path: str, most: int) -> bytes:
    """The first `most` bytes of a regular file that no other account can change. Raises OSError,
    including Untrusted."""
    from homelab.system import ownership

    with open(ownership.opened(path), "rb") as file:
        return file.read(most)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _refuse_irregular(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def _refuse_longer(found: bytes, most: int) -> None:
    if len(found) > most:
        raise OSError(errno.EFBIG, f"it is larger than {_size(most)}")


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"


def write(path: str, data: bytes, mode: int, check: Callable[[str], None] | None = None) -> None:
    """Write a file of homelab completely or not at all, with that mode whatever the umask is, and
    replace an existing file; `check` is called with its temporary path before that. Raises OSError
    and the errors of `check`; then nothing is left behind."""
    _put(path, data, mode, lambda file: os.fchmod(file, mode), check)


def save(path: str, data: bytes, mode: int) -> None:
    """Write a file of the account completely, or leave it unchanged. A link stays a link; an
    existing file is replaced by one with its group and mode, without write permission for others; a
    new file gets `mode` less the umask. A device or a pipe is written to directly. Raises OSError,
    and Untrusted if another account can change the folder, or owns a link or the existing file.
    """
    from homelab.system import ownership

    if descriptor(path) >= 0:
        _append(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC), data)
        return
    if path.endswith("/") or os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    place, there = ownership.target(path)
    if there is None:
        _put(place, data, mode, lambda file: None)
        return
    if not stat.S_ISREG(there.st_mode):
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        _append(os.open(place, flags), data)
        return
    owner, group = there.st_uid, there.st_gid
    bits = there.st_mode & 0o755  # no other account may change the file

    def settle(file: int) -> None:
        try:
            os.fchown(file, owner, group)
        except PermissionError:
            pass  # root's file becomes this account's, which may write to the folder
        os.fchmod(file, bits)

    _put(place, data, 0o600, settle)


def descriptor(path: str) -> int:
    """The number of the open descriptor that a path of /dev or /proc names (as the shell's <(…)
    does), -1 for any other path. Other paths below /proc are not open descriptors: /proc/self/root
    leads anywhere."""
    folder, _, name = path.rpartition("/")
    if folder == "/dev" and name in _STANDARD:
        return _STANDARD.index(name)
    if folder in ("/dev/fd", "/proc/self/fd") and name.isascii() and name.isdigit():
        return int(name) if len(name) < 8 else -1
    return -1


_STANDARD = ("stdin", "stdout", "stderr")


def _append(file: int, data: bytes) -> None:
    with open(file, "wb") as stream:
        stream.write(data)


def _put(
    path: str,
    data: bytes,
    mode: int,
    settle: Callable[[int], None],
    check: Callable[[str], None] | None = None,
) -> None:
    arriving = _arriving(path)
    try:
        file = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with open(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            settle(file)
            os.fsync(file)  # before the rename: a crash must not leave an empty file
        if check is not None:
            check(arriving)
        os.replace(arriving, path)
    except BaseException:
        _discard(arriving)
        raise


def point(link: str, target: str) -> None:
    """Make a symbolic link, or change the target of an existing one, in one step. Raises
    OSError."""
    arriving = _arriving(link)
    try:
        os.symlink(target, arriving)
        os.replace(arriving, link)
    except BaseException:
        _discard(arriving)
        raise


def _arriving(path: str) -> str:
    """The temporary path of a file before it gets its name, in the same folder; a leftover there is
    deleted."""
    folder, name = os.path.split(path)
    arriving = os.path.join(folder, f".{name[:40]}.{os.getpid()}")  # a name has at most 255 bytes
    _discard(arriving)
    return arriving


def unfinished(path: str) -> list[str]:
    """The temporary paths of other processes for the same file: they are writing it, or were
    killed."""
    folder, name = os.path.split(path)
    begin = f".{name[:40]}."
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    ends = ((name, name[len(begin) :]) for name in names if name.startswith(begin))
    return [f"{folder}/{name}" for name, end in ends if end.isascii() and end.isdigit()]


def abandoned(path: str, here: bool) -> bool:
    """Whether one of `unfinished` will never be finished: it is over an hour old, or its process is
    gone (only with `here`: all writers run on this host)."""
    import time

    try:
        if time.time() - os.lstat(path).st_mtime > _ABANDONED:
            return True
        if here:
            os.kill(int(path.rpartition(".")[2]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except (OSError, ValueError):
        pass  # it is gone, the process belongs to another account, or its name has no pid
    return False


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def same(path: str, data: bytes) -> bool:
    """Whether the path is a regular file (not a link) with exactly this content."""
    try:
        if os.path.islink(path) or os.stat(path).st_size != len(data):
            return False
        return beginning(path, len(data) + 1) == data
    except OSError:
        return False
