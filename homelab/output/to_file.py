"""Write the text of a verb with `--output FILE` into that file, or to stdout."""

from __future__ import annotations

import errno
import os
from stat import S_ISREG

from homelab.errors import NO, Failure
from homelab.output.answer import Text
from homelab.system import ownership, paths
from homelab.system.files import descriptor, save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


class Target:
    """The target of `--output FILE`: whether it is a `file` on a disk, or will be one (stdout, a
    pipe and a device are not), and whether an existing file is `replaced`."""

    __slots__ = ("file", "replaced")

    def __init__(self, file: bool, replaced: bool) -> None:
        self.file = file
        self.replaced = replaced


def target(path: str, env: Mapping[str, str]) -> Target:
    """Check the target of a verb that asks others or a person before it writes. Raises Failure (1)
    if nothing can be written there, or if it is homelab's own state or settings, whose place is in
    `env`."""
    if path in STDOUT or descriptor(path) >= 0:
        return Target(file=False, replaced=False)
    try:
        if path.endswith("/") or os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        place, there = ownership.target(path)
        folder = os.path.dirname(place)
        file = there is None or S_ISREG(there.st_mode)
        if file and any(_is_below(folder, own) for own in _own(env)):
            raise Failure(
                NO,
                f"{path} is not written: homelab keeps its own files in {folder}; choose another"
                " --output, or - for stdout",
            )
        # a file is replaced, a device is written to
        if not os.access(folder if file else place, os.W_OK, effective_ids=_EFFECTIVE):
            raise _denied(folder if file else place)
    except OSError as error:
        raise unwritten(path, error) from None
    return Target(file, file and there is not None)


_EFFECTIVE = os.access in os.supports_effective_ids


def _denied(place: str) -> OSError:
    if os.statvfs(place).f_flag & os.ST_RDONLY:
        return OSError(errno.EROFS, os.strerror(errno.EROFS), place)
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)


def _own(env: Mapping[str, str]) -> list[str]:
    settings = (paths.user_settings(env), paths.SYSTEM_SETTINGS)
    return [paths.state(env), *map(os.path.dirname, settings)]


def _is_below(folder: str, other: str) -> bool:
    return bool(other) and f"{folder}/".startswith(f"{os.path.realpath(other)}/")


def answer(path: str, text: str) -> Text:
    """The answer of a verb with `--output FILE`: the text if that is stdout, else an empty one, and
    the text is in the file. Only this account can read a new file: it contains names of accounts.
    Raises Failure (1), and BrokenPipeError if the file is a pipe that nobody reads."""
    if path in STDOUT:
        return Text(text)
    try:
        save(path, text.encode("utf-8", "backslashreplace"), 0o600)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(path, error) from None
    return Text("")


def unwritten(path: str, error: OSError) -> Failure:
    """Return the failure (1) of a file that can't be written."""
    advice = "choose another --output, or - for stdout"
    if isinstance(error, ownership.Untrusted):
        where = "" if error.component == os.path.abspath(path) else f"{error.component}: "
        return Failure(NO, f"{path} is not written: {where}{error.why}; {advice}")
    why = error.strerror or str(error)
    folder = os.path.dirname(path)
    if isinstance(error, FileNotFoundError) and folder and not os.path.exists(folder):
        why = f"there is no folder {folder}"
    return Failure(NO, f"{path} can't be written: {why}; {advice}")
