"""The newest snapshot of rsnapshot, from the times of its folders: rsnapshot has no list of
snapshots for programs."""

from __future__ import annotations

import errno
import os
import stat

from homelab import times
from homelab.backups import rsnapshot
from homelab.backups.rsnapshot import Conf
from homelab.backups.snapshot import Inventory, Snapshot, Unreadable, newest
from homelab.system import files, ownership

_MOST = 1 << 20  # bytes of a settings file
_LOG = 1 << 16  # bytes of the end of a log file
_RUNS = (
    "include_conf in {} runs a command, which homelab does not run; name the snapshot folder"
    " instead: rsnapshot:/PATH"
)


def inventory(where: str, shown: str, seconds: float) -> Inventory:
    """The newest snapshot of a settings file, or of a folder that is a snapshot_root."""
    try:
        if os.path.isdir(where):
            return _of_root(where, shown)
        conf = _conf(where, seconds)
    except Unreadable as error:
        return Inventory(shown, trouble=str(error))
    if conf.runs:
        return Inventory(shown, trouble=_RUNS.format(where))
    if not conf.root or not (conf.levels or conf.sync_first):
        lacks = "retain" if conf.root else "snapshot_root"
        why = f"{where} has no line {lacks} with a tab behind it; name rsnapshot's settings"
        return Inventory(shown, trouble=why)
    return _of_root(conf.root, shown, conf, os.path.basename(where))


def _conf(where: str, seconds: float) -> Conf:
    """The settings in a file. Raises Unreadable."""
    conf = Conf()

    def load(path: str) -> str:
        try:
            data = files.content(path, _MOST, seconds, trusted=True)
        except FileNotFoundError:
            raise Unreadable(f"{path} does not exist; correct its name") from None
        except ownership.Untrusted as error:
            raise Unreadable(f"homelab does not use it: {error.strerror}") from None
        except OSError as error:
            raise Unreadable(f"{path} can't be read: {_why(error)}") from None
        return data.decode("utf-8", "surrogateescape")

    rsnapshot.read(load(where), conf, load)
    return conf


def is_unused(where: str, seconds: float) -> bool:
    """Whether a settings file is the one that a package installs, and rsnapshot never ran with it:
    its snapshot_root is missing or empty."""
    try:
        conf = _conf(where, seconds)
        return conf.is_example() and not os.listdir(conf.root)
    except FileNotFoundError:
        return True
    except (Unreadable, OSError):
        return False


def _of_root(root: str, shown: str, conf: Conf | None = None, file: str = "") -> Inventory:
    """The newest folder of a snapshot_root. With the settings in a `file` (its name), only folders
    that these name count, and none that a run in progress has not finished."""
    belongs = conf.has if conf else rsnapshot.is_snapshot
    try:
        names = sorted(filter(belongs, os.listdir(root)), key=rsnapshot.place)
    except FileNotFoundError:
        why = f"{root} does not exist; check its name, and whether its disk is mounted"
        return Inventory(shown, missing=why)
    except OSError as error:
        return Inventory(shown, trouble=f"{root} can't be read: {_why(error)}")
    lockfile = conf.lockfile if conf else ""
    begun = _modified(lockfile) if lockfile else None
    found, notes, trouble = [], [], ""
    for name in names:
        path = os.path.join(root, name)
        made, why = _made(path)
        trouble = trouble or why
        if made is None:
            continue
        if begun is not None and made >= begun:
            notes.append(f"{name} is not finished: {lockfile} exists")
        else:
            # rsnapshot sets whole seconds; cp keeps the ns of the copy that it makes from it
            found.append(Snapshot(name, made // times.SECOND * times.SECOND, path=path))
    missing = f"{root} has no snapshot of rsnapshot (a folder like alpha.0)"
    if notes and not found:
        missing = "there is no finished snapshot"
    failed = bool(found and conf and conf.logfile and conf.failed(_end(conf.logfile), file))
    if failed and conf:
        notes.append(f"the last run had errors, so it may lack a host or folder: {conf.logfile}")
    return Inventory(
        shown, newest(found), None, "snapshot", trouble, missing, tuple(notes), suspect=failed
    )


def _end(path: str) -> str:
    """The end of a log file, "" if it can't be read, or if this account should not read it."""
    try:
        with open(ownership.opened(path), "rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - _LOG, 0))
            return file.read(_LOG).decode("utf-8", "replace")
    except OSError:
        return ""


def _made(path: str) -> tuple[int | None, str]:
    """The time of a snapshot's folder (ns), None if there is none; and why it can't be read."""
    try:
        found = os.lstat(path)
    except OSError as error:
        absent = error.errno in (errno.ENOENT, errno.ENOTDIR)
        return None, "" if absent else f"{path} can't be read: {_why(error)}"
    if not stat.S_ISDIR(found.st_mode):
        return None, f"{path} is not a folder"
    return found.st_mtime_ns, ""


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _modified(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
