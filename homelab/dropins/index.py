"""Read the indexes of adopted checkouts on this host, and compare scripts with their stamps."""

from __future__ import annotations

import os

from homelab.dropins import index_text
from homelab.dropins.index_text import Index, Stamp
from homelab.system import ownership

FILE = "index"
LONGEST = 1 << 24  # bytes of an index: far more than 20,000 scripts need
_SETTLED = 2 * 10**9  # ns; soon after a change a file may change again without a new ctime


def indexes(base: str) -> list[Index]:
    """The indexes below `base`, sorted by name, including unusable ones."""
    try:
        names = sorted(os.listdir(base)) if base else []
    except OSError:
        return []
    found = (read(f"{base}/{name}") for name in names if name[0] != ".")
    return [index for index in found if index is not None]


def read(folder: str) -> Index | None:
    """The index in a folder, with a `problem` if it can't be used. None if there is no index: a
    removed checkout leaves the descriptions that people wrote."""
    path = f"{folder}/{FILE}"
    try:
        file = ownership.opened(path)
        try:
            data = os.read(file, min(os.fstat(file).st_size + 1, LONGEST))
        finally:
            os.close(file)
        *head, lines = [*data.split(b"\n", index_text.HEAD), b"", b"", b""][: index_text.HEAD + 1]
        text = b"\n".join(head).decode("utf-8", "surrogateescape")
        return index_text.parse(folder, text, lines)
    except ownership.Untrusted as error:
        problem = (f"{error.component}: {error.why}", error.fix)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        again = f"homelab verbs remove {os.path.basename(folder)}, then add the folder again"
        problem = (f"{path} can't be used: {why}", again)
    words = os.path.basename(folder).lstrip("+").split(".")
    return Index(folder, "", tuple(words), problem=problem)


def stamp_of(path: str, now: int) -> Stamp:
    """The stamp of a file at `now` (ns). Raises OSError."""
    from hashlib import sha256

    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(file)
        content = sha256()
        while True:
            piece = os.read(file, 1 << 20)
            if not piece:
                break
            content.update(piece)
    finally:
        os.close(file)
    status = _status(found)
    if abs(now - found.st_ctime_ns) < _SETTLED:
        status = (-1, 0, 0, 0)  # matches no file, so the content is compared
    return Stamp(content.hexdigest(), status)


def is_unchanged(stamp: Stamp, path: str) -> bool:
    """Whether a file has not changed since it was stamped. Its content is read only if its status
    differs, for example after git wrote the same content again. Raises OSError."""
    if _status(os.stat(path)) == stamp.status:
        return True
    return stamp_of(path, 0).digest == stamp.digest


def _status(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
