"""Install and remove this file on this host, whole or not at all, where PATH finds it.

Each folder that is written to is judged first (`ownership`): where another account could exchange
one, root would try and install what that account put there. `root:staff` folders, as /usr/local has
them on some Debian hosts, are refused on purpose. In a folder that passes, nobody else can change
what is there between the writing, the trial and the rename.
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

_LOCK = ".lock"  # in the library, while an installation or a removal is at work
WRITTEN, UNCHANGED, LINKED, REMOVED = "written", "unchanged", "linked", "removed"


def install(
    copy: Copy,
    prefix: Prefix,
    extras: Mapping[str, str],
    check: Mapping[str, str],
    unverified: bool = False,
) -> tuple[list[tuple[str, str]], list[str]]:
    """Put the copy below the prefix and point `bin/homelab` at it; returns what was done, as
    (state, path), and sentences on what of `extras` could not be. Until the link is moved, which
    is one step, the version before is what runs; it stays beside the new one, older ones go.

    `extras` are further files, by path below the prefix; `check` is the environment in which the
    new file is tried before the link is moved, and in which the version before checks its signature
    unless it may be `unverified`. Raises Failure (1, 69), with nothing half-written left.
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
            done += _tidied([path + SUFFIX])  # of other bytes
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
    """A sentence where the copy is older than the version `before`, which is a path or "". Its
    signature does not tell: that says who made a copy, and not that it is the newest."""
    from homelab.install.remote_script import numbers

    version = os.path.basename(before).split("-")[1] if before else ""
    if not version or numbers(version) <= numbers(copy.version):
        return []
    return [f"{copy.version} takes the place of {version}, which is newer and stays beside it"]


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
    """Whether the copy is what is at the path, and can be executed."""
    return _same(path, copy.data) and os.access(path, os.X_OK)


def _beside(prefix: Prefix, extras: Mapping[str, str], done: list[tuple[str, str]]) -> list[str]:
    """Write the further files, and add what was `done`; returns sentences on those that could not
    be written."""
    notes = []
    for name, text in extras.items():
        extra = f"{prefix.folder}/{name}"
        try:
            if _same(extra, text.encode("utf-8")):
                done.append((UNCHANGED, extra))
                continue
            if os.path.lexists(extra) and not begins(extra, _mark(text)):
                notes.append(f"{extra} was not put there by self install and stays")
                continue
            _folder(os.path.dirname(extra))
            files.write(extra, text.encode("utf-8"), 0o644)
            done.append((WRITTEN, extra))
        except OSError as error:
            notes.append(f"{extra} can't be written: {error.strerror}; homelab runs without it")
    return notes


def _left_over(prefix: Prefix, extras: Iterable[str], locked: bool) -> list[str]:
    """The paths of what installations that were killed have left. Where the prefix is `locked`,
    nobody else is at work in it, but for older versions, which write the `extras` without a lock;
    where it can't be, others may be at work, of other hosts as well."""
    beside = _unfinished(prefix, extras)
    if not locked:
        return [path for path in prefix.unfinished() + beside if files.abandoned(path, here=False)]
    return prefix.unfinished() + [path for path in beside if files.abandoned(path, here=True)]


def _unfinished(prefix: Prefix, extras: Iterable[str]) -> list[str]:
    """The paths of what is being written in the place of the further files, or was left there."""
    return [path for name in extras for path in files.unfinished(f"{prefix.folder}/{name}")]


def _mark(text: str) -> bytes:
    """What a further file begins with, whichever version wrote it: five words of its first line."""
    return " ".join(text.split("\n", 1)[0].split(" ")[:5]).encode("utf-8")


def _point(link: str, path: str, new: bool) -> None:
    """Point the command at the file; where that is refused, a new one is not left behind. A signal
    may come when it has just been pointed there."""
    try:
        files.point(link, path)
    except OSError:
        if new:
            _tidied([path])
        raise


def _folders(prefix: Prefix, extras: Iterable[str]) -> list[str]:
    """The folders that are written to, each once."""
    paths = [prefix.link, *(f"{prefix.folder}/{name}" for name in extras)]
    return list(dict.fromkeys([prefix.library, *map(os.path.dirname, paths)]))


def _refuse_untrusted(prefix: Prefix, extras: Iterable[str], what: str) -> None:
    """Raises Failure (1) where another account may change a folder that is written to."""
    for folder in _folders(prefix, extras):
        try:
            ownership.refuse_shared(folder, ownership.check(folder))
        except ownership.Untrusted as error:
            raise _untrusted(error, prefix, what) from None
        except OSError:
            pass  # what is there of its path was judged; the rest is told where it is used


def _untrusted(error: ownership.Untrusted, prefix: Prefix, what: str) -> Failure:
    return Failure(NO, f"nothing was {what} below {prefix.folder}, because of {error.strerror}")


def _folder(path: str) -> None:
    """Make a folder and what is missing above it, for all to read whatever the umask is. Raises
    OSError, and Untrusted where another account may change it."""
    os.close(ownership.folder(path, make=True, mode=0o755))


def _same(path: str, data: bytes) -> bool:
    """Whether the file at the path, and no link to one, holds just that, and nobody else may
    write to it."""
    try:
        ownership.check(path)
    except OSError:
        return False
    return files.same(path, data)


def _locked(folder: str, seconds: float = 60) -> int:
    """One installation at a time: what another one has just written is not to be tidied away.
    Returns a descriptor for `_unlocked`, -1 on a file system that knows no locks. Raises Failure
    (1) where another one takes longer than that, and OSError."""
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
                what = f"another installation is at work in {folder}; try it again later"
                raise Failure(NO, what) from None
            time.sleep(0.1)
        except OSError:
            _tidied([path])
            os.close(lock)
            return -1
        os.close(lock)


def _lock_file(path: str) -> int:
    """The file to lock, opened: a new one where another account can open the one that is there, as
    a process that can open a file can hold its lock. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT
    lock = paths.open_regular(None, path, flags)
    found = os.fstat(lock)
    if found.st_uid == os.geteuid() and not found.st_mode & 0o077:
        return lock
    os.close(lock)
    os.unlink(path)
    return paths.open_regular(None, path, flags)  # some file systems give all the same mode


def _is_at(path: str, file: int) -> bool:
    """Whether an opened file is what is at the path now."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(file))
    except FileNotFoundError:
        return False


def _unlocked(lock: int, folder: str) -> None:
    if lock >= 0:
        _tidied([f"{folder}/{_LOCK}"])  # while it is held, so that it is not another one's
        os.close(lock)


def _tidied(paths: list[str]) -> list[tuple[str, str]]:
    done = []
    for path in paths:
        try:
            os.unlink(path)
            done.append((REMOVED, path))
        except OSError:
            pass  # it takes room, and does no harm
    return done


def uninstall(prefix: Prefix, extras: Mapping[str, str]) -> list[tuple[str, str]]:
    """Remove what `install` has put below the prefix, the command first; returns (state, path).
    Of `extras` those go that begin as ours do. Raises Failure (1)."""
    _refuse_silent(prefix, extras)
    _refuse_untrusted(prefix, extras, "removed")
    try:
        lock = _locked(prefix.library)
    except OSError:  # nothing is there, or what is there can't be removed, which is said below
        lock = -1
    try:
        done = _removed(prefix, extras)
    finally:
        _unlocked(lock, prefix.library)
    try:
        if done and not os.listdir(prefix.library):  # the host's own verbs stand below it
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
            mend = "run it with sudo" if isinstance(error, PermissionError) else _left(done)
            raise Failure(NO, f"{path} can't be removed: {error.strerror}; {mend}") from None
    return done


def _left(done: list[tuple[str, str]]) -> str:
    return "what is left runs no more" if done else "nothing was changed"


def _refuse_silent(prefix: Prefix, extras: Iterable[str]) -> None:
    """A dead network mount, there or where a link leads, would hold whoever looks at it."""
    from homelab.system.machine import Host

    places = [prefix.folder, prefix.library, prefix.link]
    places += [f"{prefix.folder}/{name}" for name in extras]
    for place, answer in zip(places, Host().fills(places, files.WAIT)):
        if isinstance(answer, TimeoutError):
            what = f"{place}: its file system does not answer within {files.WAIT:g} s"
            raise Failure(NO, f"{what}; mount it again, or choose another --prefix")


def _refuse_foreign(prefix: Prefix) -> None:
    """`bin/homelab` may be our link, or a copy or a link to one, put there by hand."""
    if os.path.lexists(prefix.link) and not prefix.target() and not begins(prefix.link, MARK):
        raise Failure(
            NO,
            f"{prefix.link} is there and is no copy of homelab; move it away, or choose another"
            " --prefix",
        )


def _try(path: str, copy: Copy, env: Mapping[str, str]) -> None:
    """Run the new file, as the shell will. Raises Failure (1) where it does not run, or is not what
    runs here: that was replaced meanwhile."""
    import json

    from homelab.system.child import Child

    child = Child([path, "version", "--json"], env, seconds=60)
    try:
        code, out, err = child.run()
    except PermissionError:
        folder = os.path.dirname(path)
        raise Failure(
            NO, f"nothing can be run from {folder} (mounted noexec?); choose another --prefix"
        ) from None
    except TimeoutError:
        raise Failure(NO, f"{path} did not start within 60 s; try it again") from None
    finally:
        child.end()  # which a signal to us leaves running
    if code:
        told = err.text().strip().splitlines()
        why = told[-1] if told else f"exit code {code}"
        raise Failure(NO, f"the copy does not run by itself: {why}")
    try:
        build = json.loads(out.kept)["build"]
    except (ValueError, KeyError, TypeError, RecursionError):
        build = ""
    if build != copy.build:
        raise Failure(NO, f"{copy.path} was replaced while it ran; run it again")


def _unwritable(error: OSError, prefix: Prefix) -> Failure:
    what = error.filename2 or error.filename or prefix.library
    if os.path.basename(what).startswith("."):  # the name that it has until it is whole
        what = os.path.dirname(what)
    return Failure(NO, f"{what} can't be written: {error.strerror}; {_who(error)}")


def _who(error: OSError) -> str:
    if isinstance(error, PermissionError) and os.geteuid():
        return "run it with sudo, or give --prefix ~/.local"
    return "nothing was changed"
