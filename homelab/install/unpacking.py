"""Write carried settings and own verbs on the host that received them."""

from __future__ import annotations

import errno
import os
import stat
import time

from homelab.dropins.names import fold, is_copy, word_of
from homelab.install.bundle import CONFIG, VERBS, BundleFile
from homelab.system import files, ownership, paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEW, SAME, REPLACED, KEPT, FAILED = "new", "same", "replaced", "kept", "failed"
GOOD = (NEW, SAME, REPLACED)


class Written:
    """The result for a file: its `name` in the archive, its `place` here, the `result` (new, same,
    replaced; kept: another file is there and stays; failed), and a `detail`."""

    __slots__ = ("detail", "name", "place", "result")

    def __init__(self, name: str, place: str, result: str, detail: str = "") -> None:
        self.name = name
        self.place = place
        self.result = result
        self.detail = detail


def place_of(name: str, env: Mapping[str, str], root: bool) -> str:
    """The path for a file of the archive: in the system's places for `root`, else in the account's.
    Raises OSError if there is no home."""
    if name == CONFIG:
        place = paths.SYSTEM_SETTINGS if root else paths.user_settings(env)
    else:
        folder = paths.SYSTEM_VERBS if root else paths.user_verbs(env)
        place = folder and f"{folder}/{name[len(VERBS) :]}"
    if not place:
        raise FileNotFoundError(errno.ENOENT, "this account has no home")
    return place


def write_all(
    carried: Sequence[BundleFile], env: Mapping[str, str], replace: bool
) -> list[Written]:
    """Write the files, and return their results in the same order. A text that describes a verb is
    kept away from the script of another one: it is written only if its own script was."""
    results = {
        file.name: write(file, env, replace) for file in carried if not file.name.endswith(".verb")
    }
    away = {_verb(name) for name, written in results.items() if written.result not in GOOD}
    for file in carried:
        if file.name in results:
            continue
        if _verb(file.name) in away:
            results[file.name] = Written(file.name, "", KEPT, "its script was not written")
        else:
            results[file.name] = write(file, env, replace)
    return [results[file.name] for file in carried]


def _verb(name: str) -> str:
    """The folder and the word of a verb, from the name of its script or of its description."""
    folder, file = os.path.split(name)
    word = fold(file[: -len(".verb")]) if file.endswith(".verb") else word_of(file)
    return f"{folder}/{word}"


def write(carried: BundleFile, env: Mapping[str, str], replace: bool) -> Written:
    """Write one file, completely or not at all, unless another one is there. With `replace` that
    one is kept beside it under another name. No link is followed at the end of the path, and
    nothing is written to a folder that another account can change."""
    root = os.geteuid() == 0
    try:
        place = place_of(carried.name, env, root)
    except OSError as error:
        return Written(carried.name, "", FAILED, str(error.strerror))
    try:
        private = carried.name == CONFIG and not root
        folder = ownership.folder(
            os.path.dirname(place), make=True, mode=0o700 if private else 0o755
        )
        try:
            ownership.refuse_shared(os.path.dirname(place), os.fstat(folder))
            return _written(carried, place, replace)
        finally:
            os.close(folder)
    except ownership.Untrusted as error:
        return Written(carried.name, place, FAILED, str(error.strerror))
    except OSError as error:
        why = error.strerror or str(error)
        if isinstance(error, NotADirectoryError):
            why = "a file is where its folder must be"
        return Written(carried.name, place, FAILED, why)


def _written(carried: BundleFile, place: str, replace: bool) -> Written:
    name = carried.name
    try:
        there: os.stat_result | None = os.lstat(place)
    except FileNotFoundError:
        there = None
    rivals = _rivals(place) if carried.is_verb else []
    if there is not None and stat.S_ISLNK(there.st_mode):
        return Written(name, place, KEPT, f"it is a link to {os.readlink(place)}; remove it first")
    if there is not None and not stat.S_ISREG(there.st_mode):
        what = "a folder" if stat.S_ISDIR(there.st_mode) else "not a regular file"
        return Written(name, place, KEPT, f"{what} is there; move it away first")
    if there is not None and not rivals and files.same(place, carried.data):
        if stat.S_IMODE(there.st_mode) != carried.mode and there.st_uid == os.geteuid():
            os.chmod(place, carried.mode)  # no link, as the folder is only ours
        return Written(name, place, SAME)
    if (there is not None or rivals) and not replace:
        what = "another file is there"
        if rivals:
            what = f"{rivals[0]} is the same verb"
        return Written(name, place, KEPT, f"{what}; --replace replaces it, and keeps a backup")
    backups = [_backup(place, hidden=carried.name != CONFIG)] if there is not None else []
    files.write(place, carried.data, carried.mode)
    for rival in rivals:
        path = f"{os.path.dirname(place)}/{rival}"
        backups.append(_backup(path, hidden=True))
        os.unlink(path)
    if not backups:
        return Written(name, place, NEW)
    return Written(name, place, REPLACED, f"the old one is {' and '.join(backups)}")


def _rivals(place: str) -> list[str]:
    """The names of other files in the folder that are the same verb: with two of them, none
    runs."""
    folder, name = os.path.split(place)
    return [
        each
        for each in sorted(os.listdir(folder))
        if each != name
        and each[0] != "."
        and not each.endswith(".verb")
        and not is_copy(each)
        and word_of(each) == word_of(name)
        and not os.path.isdir(f"{folder}/{each}")
    ]


def _backup(path: str, hidden: bool) -> str:
    """Keep a file under a second name, which no file had, and return that name. A backup of a verb
    is hidden: otherwise it would be a verb too."""
    folder, name = os.path.split(path)
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    for number in range(100):
        more = f"-{number}" if number else ""
        backup = f"{folder}/{'.' * hidden}{name[:180]}.before-{moment}{more}"
        try:
            os.link(path, backup, follow_symlinks=False)
            return backup
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
                raise
        # a file system without hard links
        data, mode = files.beginning(path, 1 << 30), stat.S_IMODE(os.stat(path).st_mode)
        if os.path.lexists(backup):
            continue
        files.write(backup, data, mode & 0o755)
        return backup
    raise FileExistsError(errno.EEXIST, "there are 100 backups of this second")
