"""Install and remove this file on this host, completely or not at all, where PATH finds it.

Each folder to write to is checked first (`ownership`): if another account could replace one, root
would try and install a file of that account. `root:staff` folders, like /usr/local on some Debian
hosts, are refused on purpose. In a folder that passes, nobody else can change the file between
writing, trying and renaming it.
"""

from __future__ import annotations

import os

from homelab.errors import NO, Failure
from homelab.install.layout import MARK, Copy, Prefix, begins
from homelab.install.signers import SUFFIX
from homelab.system import files, ownership, paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LOCK = ".lock"  # in the library, during an installation or a removal
WRITTEN, UNCHANGED, LINKED, REMOVED = "written", "unchanged", "linked", "removed"


def install(
    copy: Copy,
    prefix: Prefix,
    extras: Mapping[str, str],
    check: Mapping[str, str],
    unverified: bool = False,
) -> tuple[list[tuple[str, str]], list[str]]:
    """Put the copy below the prefix and make `bin/homelab` a link to it. Returns the steps done, as
    (state, path), and sentences on those of `extras` that could not be written. Until the link is
    moved, which is one step, the previous version runs; it stays beside the new one, and older ones
    are deleted.

    `extras` are further files, by path below the prefix; `check` is the environment in which the
    new file is tried before the link is moved, and in which the previous version checks its
    signature unless it may be `unverified`. Raises Failure (1, 69), with nothing half-written left.
    """
    from homelab.install import signature

    _refuse_silent(prefix, extras)
    _refuse_untrusted(prefix, extras, "installed")
    _refuse_foreign(prefix)
    path = f"{prefix.library}/{copy.name}"
    signed, unused = signature.beside(copy.path)
    is_signed = not signed or files.same(path + SUFFIX, signed)
    if is_signed and _is_whole(copy, prefix, path, extras):
        whole = [path, prefix.link, *(f"{prefix.folder}/{name}" for name in extras)]
        return [(UNCHANGED, name) for name in whole], [unused] * bool(unused)
    done = []
    lock = -1
    try:
        _folder(prefix.library)
        _folder(os.path.dirname(prefix.link))
        lock = _locked(prefix.library)
        done += _tidied(_left_over(prefix, extras, lock >= 0))
        before = prefix.target()
        told = signature.accepted(copy, signed, unused, prefix, check, unverified)
        new = not os.path.lexists(path)
        if _runs(path, copy):
            done.append((UNCHANGED, path))
        else:
            files.write(path, copy.data, 0o755, lambda arriving: _try(arriving, copy, check))
            done.append((WRITTEN, path))
            done += _tidied([path + SUFFIX])  # it belongs to other bytes
        if signed and not files.same(path + SUFFIX, signed):
            files.write(path + SUFFIX, signed, 0o644)
            done.append((WRITTEN, path + SUFFIX))
        if before == path:
            done.append((UNCHANGED, prefix.link))
        else:
            _point(prefix.link, path, new)
            done.append((LINKED, prefix.link))
        if before != path:
            done += _tidied([old for old in prefix.files() if old not in (path, before)])
        versions = [version + SUFFIX for version in prefix.files()]
        done += _tidied([name for name in prefix.signatures() if name not in versions])
        notes = [note for note in (unused, told) if note] + _downgrade(copy, before)
        notes += _beside(prefix, extras, done)
    except ownership.Untrusted as error:
        raise _untrusted(error, prefix, "installed") from None
    except OSError as error:
        raise _unwritable(error, prefix) from None
    finally:
        _unlocked(lock, prefix.library)
    return done, notes


def _downgrade(copy: Copy, before: str) -> list[str]:
    """A sentence if the copy is older than the version `before`, which is a path or "". The
    signature does not show this: it says who made a copy, not that it is the newest."""
    from homelab.install.remote_script import numbers

    version = os.path.basename(before).split("-")[1] if before else ""
    if not version or numbers(version) <= numbers(copy.version):
        return []
    return [f"{copy.version} replaces {version}, which is newer and is kept beside it"]


def _is_whole(copy: Copy, prefix: Prefix, path: str, extras: Mapping[str, str]) -> bool:
    """Whether the copy is installed at `path` with all its `extras` and nothing is left over: then
    nothing is written, not even a lock."""
    return (
        prefix.target() == path
        and _runs(path, copy)
        and all(_same(f"{prefix.folder}/{name}", text.encode()) for name, text in extras.items())
        and not prefix.unfinished()
        and not _unfinished(prefix, extras)
    )


def _runs(path: str, copy: Copy) -> bool:
    """Whether the file at the path is the copy, and can be executed."""
    return _same(path, copy.data) and os.access(path, os.X_OK)


def _beside(prefix: Prefix, extras: Mapping[str, str], done: list[tuple[str, str]]) -> list[str]:
    """Write the further files, and add the steps to `done`; return sentences on those that could
    not be written."""
    notes = []
    for name, text in extras.items():
        extra = f"{prefix.folder}/{name}"
        try:
            if _same(extra, text.encode("utf-8")):
                done.append((UNCHANGED, extra))
                continue
            if os.path.lexists(extra) and not begins(extra, _mark(text)):
                notes.append(f"{extra} was not installed by self install; it was not replaced")
                continue
            _folder(os.path.dirname(extra))
            files.write(extra, text.encode("utf-8"), 0o644)
            done.append((WRITTEN, extra))
        except OSError as error:
            notes.append(f"{extra} can't be written: {error.strerror}; homelab runs without it")
    return notes


def _left_over(prefix: Prefix, extras: Iterable[str], locked: bool) -> list[str]:
    """The paths of files left by installations that were killed. If the prefix is `locked`, no
    other process works in it, except older versions, which write the `extras` without a lock; if it
    can't be locked, others may be at work, even on other hosts."""
    beside = _unfinished(prefix, extras)
    if not locked:
        return [path for path in prefix.unfinished() + beside if files.abandoned(path, here=False)]
    return prefix.unfinished() + [path for path in beside if files.abandoned(path, here=True)]


def _unfinished(prefix: Prefix, extras: Iterable[str]) -> list[str]:
    """The paths of temporary files that are being written in place of the further files, or were
    left behind."""
    return [path for name in extras for path in files.unfinished(f"{prefix.folder}/{name}")]


def _mark(text: str) -> bytes:
    """The bytes with which a further file begins in every version: five words of its first line."""
    return " ".join(text.split("\n", 1)[0].split(" ")[:5]).encode("utf-8")


def _point(link: str, path: str, new: bool) -> None:
    """Make the command a link to the file; if that is refused, do not leave a new file behind. A
    signal may come just after the link was made."""
    try:
        files.point(link, path)
    except OSError:
        if new:
            _tidied([path])
        raise


def _folders(prefix: Prefix, extras: Iterable[str]) -> list[str]:
    """The folders to write to, without duplicates."""
    paths = [prefix.link, *(f"{prefix.folder}/{name}" for name in extras)]
    return list(dict.fromkeys([prefix.library, *map(os.path.dirname, paths)]))


def _refuse_untrusted(prefix: Prefix, extras: Iterable[str], what: str) -> None:
    """Raise Failure (1) if another account may change a folder to write to."""
    for folder in _folders(prefix, extras):
        try:
            ownership.refuse_shared(folder, ownership.check(folder))
        except ownership.Untrusted as error:
            raise _untrusted(error, prefix, what) from None
        except OSError:
            pass  # the existing part of its path is fine; its use reports the rest


def _untrusted(error: ownership.Untrusted, prefix: Prefix, what: str) -> Failure:
    return Failure(NO, f"nothing was {what} below {prefix.folder}: {error.strerror}")


def _folder(path: str) -> None:
    """Make a folder and its missing parents, readable for all whatever the umask is. Raises
    OSError, and Untrusted if another account may change it."""
    os.close(ownership.folder(path, make=True, mode=0o755))


def _same(path: str, data: bytes) -> bool:
    """Whether the file at the path, not a link to one, has just that content, and nobody else may
    write to it."""
    try:
        ownership.check(path)
    except OSError:
        return False
    return files.same(path, data)


def _locked(folder: str, seconds: float = 60) -> int:
    """Take the lock: only one installation at a time, so that none tidies away the files of
    another. Returns a descriptor for `_unlocked`, -1 on a file system without locks. Raises Failure
    (1) if another one takes longer than that, and OSError."""
    import fcntl
    import time

    path = f"{folder}/{_LOCK}"
    end = time.monotonic() + seconds
    while True:
        lock = _lock_file(path)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, lock):
                return lock
            # the process that held it has removed the file, and another may have made a new one
        except BlockingIOError:
            if time.monotonic() >= end:
                os.close(lock)
                what = f"another installation is running in {folder}; try again later"
                raise Failure(NO, what) from None
            time.sleep(0.1)
        except OSError:
            _tidied([path])
            os.close(lock)
            return -1
        os.close(lock)


def _lock_file(path: str) -> int:
    """Open the file to lock: a new one if another account can open the existing one, as a process
    that can open a file can hold its lock. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT
    lock = paths.open_regular(None, path, flags)
    found = os.fstat(lock)
    if found.st_uid == os.geteuid() and not found.st_mode & 0o077:
        return lock
    os.close(lock)
    os.unlink(path)
    return paths.open_regular(None, path, flags)  # some file systems give all files the same mode


def _is_at(path: str, file: int) -> bool:
    """Whether the path still leads to an opened file."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(file))
    except FileNotFoundError:
        return False


def _unlocked(lock: int, folder: str) -> None:
    if lock >= 0:
        _tidied([f"{folder}/{_LOCK}"])  # while the lock is held, so that it is not another's
        os.close(lock)


def _tidied(paths: list[str]) -> list[tuple[str, str]]:
    done = []
    for path in paths:
        try:
            os.unlink(path)
            done.append((REMOVED, path))
        except OSError:
            pass  # it takes space, and does no harm
    return done


def uninstall(prefix: Prefix, extras: Mapping[str, str]) -> list[tuple[str, str]]:
    """Remove the files that `install` has put below the prefix, the command first; return (state,
    path). Of `extras`, those go that begin as ours do. Raises Failure (1)."""
    _refuse_silent(prefix, extras)
    _refuse_untrusted(prefix, extras, "removed")
    try:
        lock = _locked(prefix.library)
    except OSError:  # it does not exist, or can't be removed, which is reported below
        lock = -1
    try:
        done = _removed(prefix, extras)
    finally:
        _unlocked(lock, prefix.library)
    try:
        if done and not os.listdir(prefix.library):  # the host's own verbs are below it
            os.rmdir(prefix.library)
    except OSError:
        pass
    return done


def _removed(prefix: Prefix, extras: Mapping[str, str]) -> list[tuple[str, str]]:
    doomed = [prefix.link] if prefix.target() else []
    left = prefix.unfinished() + _unfinished(prefix, extras)
    doomed += prefix.files() + prefix.signatures()
    doomed += [path for path in left if files.abandoned(path, here=True)]
    doomed += [
        path
        for path, text in ((f"{prefix.folder}/{name}", text) for name, text in extras.items())
        if begins(path, _mark(text))
    ]
    done = []
    for path in doomed:
        try:
            os.unlink(path)
            done.append((REMOVED, path))
        except FileNotFoundError:
            pass
        except OSError as error:
            remedy = "run it with sudo" if isinstance(error, PermissionError) else _left(done)
            raise Failure(NO, f"{path} can't be removed: {error.strerror}; {remedy}") from None
    return done


def _left(done: list[tuple[str, str]]) -> str:
    return "the command is removed, but other files are left" if done else "nothing was changed"


def _refuse_silent(prefix: Prefix, extras: Iterable[str]) -> None:
    """Raise Failure (1) if the prefix, or a link there, is on a dead network mount: opening it
    would block."""
    from homelab.system.machine import Host

    places = [prefix.folder, prefix.library, prefix.link]
    places += [f"{prefix.folder}/{name}" for name in extras]
    for place, answer in zip(places, Host().fills(places, files.WAIT)):
        if isinstance(answer, TimeoutError):
            what = f"{place}: its file system does not answer within {files.WAIT:g} s"
            raise Failure(NO, f"{what}; mount it again, or choose another --prefix")


def _refuse_foreign(prefix: Prefix) -> None:
    """Refuse a `bin/homelab` that is not our link, nor a copy or a link to one that someone put
    there."""
    if os.path.lexists(prefix.link) and not prefix.target() and not begins(prefix.link, MARK):
        raise Failure(
            NO,
            f"{prefix.link} exists and is not a copy of homelab; move it away, or choose another"
            " --prefix",
        )


def _try(path: str, copy: Copy, env: Mapping[str, str]) -> None:
    """Run the new file, as the shell will. Raises Failure (1) if it does not run, or differs from
    the running one, which was replaced meanwhile."""
    import json

    from homelab.system.child import Child

    child = Child([path, "version", "--json"], env, seconds=60)
    try:
        code, out, err = child.run()
    except PermissionError:
        folder = os.path.dirname(path)
        raise Failure(
            NO, f"programs can't run in {folder} (mounted noexec?); choose another --prefix"
        ) from None
    except TimeoutError:
        raise Failure(NO, f"{path} did not start within 60 s; try again") from None
    finally:
        child.end()  # otherwise it goes on after a signal to us
    if code:
        told = err.text().strip().splitlines()
        why = told[-1] if told else f"exit code {code}"
        raise Failure(NO, f"the copy does not run: {why}")
    try:
        build = json.loads(out.kept)["build"]
    except (ValueError, KeyError, TypeError, RecursionError):
        build = ""
    if build != copy.build:
        raise Failure(NO, f"{copy.path} was replaced while it ran; run it again")


def _unwritable(error: OSError, prefix: Prefix) -> Failure:
    what = error.filename2 or error.filename or prefix.library
    if os.path.basename(what).startswith("."):  # its temporary name
        what = os.path.dirname(what)
    return Failure(NO, f"{what} can't be written: {error.strerror}; {_who(error)}")


def _who(error: OSError) -> str:
    if isinstance(error, PermissionError) and os.geteuid():
        return "run it with sudo, or use --prefix ~/.local"
    return "nothing was changed"
