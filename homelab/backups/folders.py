"""The newest snapshot of rsnapshot, from the times of its folders: rsnapshot has no list of
snapshots for programs."""

from __future__ import annotations

import errno
import os
import stat

from homelab.backups import rsnapshot
from homelab.backups.rsnapshot import Conf
from homelab.backups.snapshot import Inventory, Snapshot, Unreadable, newest
from homelab.system import files, ownership

_MOST = 1 << 20  # bytes of a settings file
_RUNS = (
    "include_conf in {} runs a command, which homelab does not run; name the snapshot folder"
    " instead: rsnapshot:/PATH"
)


def inventory(where: str, shown: str, seconds: float) -> Inventory:
    """The newest snapshot of a settings file, or of a folder that is a snapshot_root."""
    try:
        if os.path.isdir(where):
            return _of_root(where, shown)
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
    except Unreadable as error:
        return Inventory(shown, trouble=str(error))
    if conf.runs:
        return Inventory(shown, trouble=_RUNS.format(where))
    if not conf.root or not conf.folders():
        lacks = "retain" if conf.root else "snapshot_root"
        return Inventory(shown, trouble=f"{where} has no line {lacks}; name rsnapshot's settings")
    return _of_conf(conf, shown)


def _of_conf(conf: Conf, shown: str) -> Inventory:
    found, notes = [], []
    begun = _modified(conf.lockfile) if conf.lockfile else None
    trouble = ""
    for path in conf.folders():
        made, why = _made(path)
        trouble = trouble or why
        if made is None:
            continue
        if begun is not None and made >= begun:
            notes.append(f"{os.path.basename(path)} is not finished: {conf.lockfile} exists")
            path = conf.before()
            made = _made(path)[0] if path else None
        if made is not None:
            found.append(Snapshot(os.path.basename(path), made, path=path))
    missing = f"{' and '.join(conf.folders())} do not exist; rsnapshot has made no snapshot"
    if len(conf.folders()) == 1:
        missing = f"{conf.folders()[0]} does not exist; rsnapshot has made no snapshot"
    if notes and not found:
        missing = "there is no finished snapshot"
    return Inventory(
        shown, newest(found), None, "snapshot", trouble, missing, tuple(dict.fromkeys(notes))
    )


def _of_root(root: str, shown: str) -> Inventory:
    try:
        names = [name for name in os.listdir(root) if rsnapshot.is_newest(name)]
    except OSError as error:
        return Inventory(shown, trouble=f"{root} can't be read: {_why(error)}")
    found, trouble = [], ""
    for name in names:
        path = os.path.join(root, name)
        made, why = _made(path)
        trouble = trouble or why
        if made is not None:
            found.append(Snapshot(name, made, path=path))
    missing = "it has no snapshot of rsnapshot (a folder like alpha.0)"
    return Inventory(shown, newest(found), None, "snapshot", trouble, missing)


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
