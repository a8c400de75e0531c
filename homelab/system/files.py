"""Files that are written whole or not at all, whatever happens and whoever reads meanwhile; and
regular files that are read, bounded in size and time."""

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
WAIT = 5.0  # s; a disk that sleeps takes less, a network mount whose server is gone takes forever
_ABANDONED = 3600  # s; a file takes its name seconds after it was begun, with its check a minute


def text(file: str, named: str, seconds: float = WAIT) -> str:
    """The text of a file that is read within `seconds`, or of stdin where that is `-`; a sentence
    on it begins with `named`. Raises Failure (2) where it can't be read or is too long: the end of
    a list can't be left out."""
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
    """All bytes of a regular file of at most `most` bytes; with `trusted` only if no other account
    can change it. What the caller has opened (/dev/stdin, the shell's <(…)) is read whoever can
    change it, a pipe too, whose end has `seconds` to come. Raises OSError whose `strerror` says
    what is wrong, also where its file system does not answer within `seconds`, or WAIT if that is
    less: it holds whoever asks it, beyond any signal."""
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
        if error.strerror:  # of the file system itself
            raise
        why = f"its file system does not answer within {seconds:g} s"
        raise TimeoutError(errno.ETIMEDOUT, why, path) from None
    _refuse_longer(found, most)
    return found


def _rest(path: str, most: int) -> bytes:
    """The first `most` bytes of an open regular file from where it stands. It stays there, as some
    files are read twice. Raises OSError."""
    file = descriptor(path)
    return os.pread(file, most, os.lseek(file, 0, os.SEEK_CUR))


def _arrived(file: int, most: int, seconds: float) -> bytes:
    """The first `most` bytes of a pipe, a socket or a terminal that is open. Raises OSError, also
    where its end does not come within `seconds`; a person at a terminal may take longer."""
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
            raise TimeoutError(errno.ETIMEDOUT, f"its end did not come within {seconds:g} s")
        block = os.read(file, min(most - len(found), 1 << 16))
        if not block:
            break
        found += block
    return bytes(found)


def beginning(path: str, most: int) -> bytes:
    """The first `most` bytes of a regular file. Nothing else is opened, since a pipe would hold
    us, a device may have no end, and to open some (a watchdog, a tape) does harm. Raises OSError
    whose `strerror` says what is wrong."""
    if "\0" in path:
        raise OSError(errno.EINVAL, "a NUL character is in its name")
    _refuse_irregular(os.stat(path))
    with open(path, "rb", opener=_without_waiting) as file:
        _refuse_irregular(os.fstat(file.fileno()))
        return file.read(most) or b""


def trusted_beginning(path: str, most: int) -> bytes:
    """The first `most` bytes of a regular file that no other account can change. Raises OSError,
    Untrusted among them."""
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
    """Write a file of ours whole, or not at all, with that mode whatever the umask is and in the
    place of whatever is there; `check` is called with the path that it has before it is put there.
    Raises OSError, and what `check` raises, with nothing left behind."""
    _put(path, data, mode, lambda file: os.fchmod(file, mode), check)


def save(path: str, data: bytes, mode: int) -> None:
    """Write a file of the account's own whole, or leave it as it was. A link stays a link; what is
    there is replaced by a file of its group and mode, less what lets others write to it; what is
    new gets `mode` less the umask. What is no file on a disk (a device, a pipe) is written to as it
    is. Raises OSError, and Untrusted where another account may change the folder, or owns a link or
    what is there.
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
    bits = there.st_mode & 0o755  # no other account changes what we write

    def settle(file: int) -> None:
        try:
            os.fchown(file, owner, group)
        except PermissionError:
            pass  # root's becomes this account's, who may write to the folder
        os.fchmod(file, bits)

    _put(place, data, 0o600, settle)


def descriptor(path: str) -> int:
    """The number of the descriptor that a path of /dev or /proc names (the shell's <(…) is one), -1
    for any other path. Nothing else below /proc is open already: /proc/self/root leads anywhere."""
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
            os.fsync(file)  # before the name is: a crash must not leave an empty file
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
    folder, name = os.path.split(path)
    arriving = os.path.join(folder, f".{name[:40]}.{os.getpid()}")  # a name has at most 255 bytes
    _discard(arriving)
    return arriving


def unfinished(path: str) -> list[str]:
    """The paths of what other processes have begun to write in the place of this one: they are at
    work on it, or were killed."""
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
    gone, if all who write there are of this host."""
    import time

    try:
        if time.time() - os.lstat(path).st_mtime > _ABANDONED:
            return True
        if here:
            os.kill(int(path.rpartition(".")[2]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except (OSError, ValueError):
        pass  # it is gone by now, the process is another account's, or no process is named
    return False


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def same(path: str, data: bytes) -> bool:
    """Whether the file at the path, and no link to one, holds just that."""
    try:
        if os.path.islink(path) or os.stat(path).st_size != len(data):
            return False
        return beginning(path, len(data) + 1) == data
    except OSError:
        return False
