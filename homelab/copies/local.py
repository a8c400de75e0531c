"""This file on this host: put where PATH finds it, whole or not at all, and taken away again."""

from __future__ import annotations

import os

from homelab import whole
from homelab.copies.layout import MARK, Copy, Prefix, begins
from homelab.errors import NO, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

WRITTEN, UNCHANGED, LINKED, REMOVED = "written", "unchanged", "linked", "removed"


def install(
    copy: Copy, prefix: Prefix, extras: Mapping[str, str], check: Mapping[str, str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Put the copy below the prefix and point `bin/homelab` at it; returns what was done, as
    (state, path), and sentences on what of `extras` could not be. Until the link is moved, which
    is one step, the version before is what runs; it stays beside the new one, older ones go.

    `extras` are further files, by path below the prefix; `check` is the environment in which the
    new file is tried before the link is moved. Raises Failure (1), with nothing half-written left.
    """
    _refuse_foreign(prefix)
    path = f"{prefix.library}/{copy.name}"
    done = []
    lock = -1
    try:
        whole.folder(prefix.library)
        whole.folder(os.path.dirname(prefix.link))
        lock = _locked(prefix.library)
        before = prefix.target()
        if whole.same(path, copy.data) and os.access(path, os.X_OK):
            done.append((UNCHANGED, path))
        else:
            whole.write(path, copy.data, 0o755, lambda arriving: _try(arriving, copy, check))
            done.append((WRITTEN, path))
        if before == path:
            done.append((UNCHANGED, prefix.link))
        else:
            whole.point(prefix.link, path)
            done.append((LINKED, prefix.link))
        if before != path:
            done += _tidied([old for old in prefix.files() if old not in (path, before)])
    except OSError as error:
        raise _unwritable(error, prefix) from None
    finally:
        if lock >= 0:
            os.close(lock)
    notes = []
    for name, text in extras.items():
        extra = f"{prefix.folder}/{name}"
        try:
            if whole.same(extra, text.encode("utf-8")):
                done.append((UNCHANGED, extra))
                continue
            whole.folder(os.path.dirname(extra))
            whole.write(extra, text.encode("utf-8"), 0o644)
            done.append((WRITTEN, extra))
        except OSError as error:
            notes.append(f"{extra} can't be written: {error.strerror}; homelab runs without it")
    return done, notes


def _locked(folder: str) -> int:
    """One installation at a time: what another one has just written is not to be tidied away.
    Returns a descriptor to close; a file system that knows no locks goes without."""
    import fcntl

    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
    except OSError:
        pass
    return opened


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
    doomed = [prefix.link] if prefix.target() else []
    doomed += prefix.files()
    doomed += [
        path
        for path, text in ((f"{prefix.folder}/{name}", text) for name, text in extras.items())
        if begins(path, text.split("\n", 1)[0].encode("utf-8"))
    ]
    done = []
    try:
        for path in doomed:
            os.unlink(path)
            done.append((REMOVED, path))
        if done and not os.listdir(prefix.library):  # the host's own verbs stand below it
            os.rmdir(prefix.library)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Failure(
            NO, f"{error.filename} can't be removed: {error.strerror}; {_who(error)}"
        ) from None
    return done


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
    import subprocess

    try:
        done = subprocess.run(
            [path, "version", "--json"],
            stdin=subprocess.DEVNULL, capture_output=True, env=dict(env), timeout=60, check=False,
        )  # fmt: skip
    except PermissionError:
        folder = os.path.dirname(path)
        raise Failure(
            NO, f"nothing can be run from {folder} (mounted noexec?); choose another --prefix"
        ) from None
    except subprocess.TimeoutExpired:
        raise Failure(NO, f"{path} did not start within 60 s; try it again") from None
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = told[-1] if told else f"exit code {done.returncode}"
        raise Failure(NO, f"the copy does not run by itself: {why}")
    if json.loads(done.stdout)["build"] != copy.build:
        raise Failure(NO, f"{copy.path} was replaced while it ran; run it again")


def _unwritable(error: OSError, prefix: Prefix) -> Failure:
    what = error.filename2 or error.filename or prefix.library
    return Failure(NO, f"{what} can't be written: {error.strerror}; {_who(error)}")


def _who(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "run it with sudo, or give --prefix ~/.local"
    return "nothing was changed"
