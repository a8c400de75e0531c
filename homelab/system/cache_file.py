"""Files in the account's cache folder ($XDG_CACHE_HOME/homelab), for data that can be asked for
again.

A file is one line (format, SHA-256 and length of the content) and the compressed content. Any other
file is not used: one that is cut off, filled with zeros, written by another version or copied from
another place. Files may be deleted at any time, and if two processes write the same one, the last
one wins.
"""

from __future__ import annotations

import os

from homelab.system import files, paths
from homelab.system.ownership import own_folder
from homelab.system.paths import closed, open_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAGIC = "homelab-cache"
_LINE = 200  # bytes, at most, of the first line
_EINVAL = 22


def read(env: Mapping[str, str], name: str, form: str, most: int) -> bytes:
    """The content of the file `name` in the format `form`, at most `most` bytes. Raises
    FileNotFoundError if there is no such file, and OSError whose `strerror` says why a file is not
    used, also if another account can change it or it is a link."""
    folder = own_folder(paths.cache(env), make=False)
    try:
        file = open_regular(folder, name, os.O_RDONLY)
    finally:
        closed(folder)
    with open(file, "rb") as stream:
        found = os.fstat(file)
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise _unusable("another account can change it")
        data = stream.read(most + _LINE + 1)
    return _content(data, form, most)


def _content(data: bytes, form: str, most: int) -> bytes:
    import zlib

    line, _, packed = data[: most + _LINE].partition(b"\n")
    words = line.decode("ascii", "replace").split(" ")
    if len(data) > most + _LINE or len(words) != 4 or words[0] != _MAGIC:
        raise _unusable("it is damaged")
    if words[1] != form:
        raise _unusable("another version of homelab wrote it")
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, most + 1)
    except zlib.error:
        raise _unusable("it is damaged") from None
    whole = unpacking.eof and not unpacking.unused_data and len(content) <= most
    if not whole or line != _line(form, content):
        raise _unusable("it is damaged")
    return content


def write(env: Mapping[str, str], name: str, form: str, content: bytes, most: int) -> str:
    """Write the content to the file `name`, readable by this account only: completely or not at
    all. Return "", or the reason why it can't be written. Raises nothing."""
    import zlib

    if len(content) > most:
        return f"it is larger than {most >> 20} MiB"
    folder = paths.cache(env)
    if not os.path.isdir(os.path.dirname(os.path.dirname(folder))):
        return "no home directory"  # do not create one for a cache
    try:
        closed(own_folder(folder))
        path = f"{folder}/{name}"
        for left in files.unfinished(path):
            if files.abandoned(left, here=False):
                os.unlink(left)
        data = b"%s\n%s" % (_line(form, content), zlib.compress(content, 3))
        # by its path: own_folder checked that no other account can change any part of it
        files.write(path, data, 0o600)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _line(form: str, content: bytes) -> bytes:
    from hashlib import sha256

    return f"{_MAGIC} {form} {sha256(content).hexdigest()} {len(content)}".encode("ascii")


def names(env: Mapping[str, str], beginning: str) -> list[str]:
    """The names of the cache files with this beginning, including unfinished ones. Raises OSError
    if the folder can't be read, Untrusted if another account can change it."""
    try:
        folder = own_folder(paths.cache(env), make=False)
    except FileNotFoundError:
        return []
    try:
        return sorted(_beginning(folder, beginning))
    finally:
        closed(folder)


def remove(env: Mapping[str, str], beginning: str) -> list[str]:
    """Delete the cache files with this beginning. Return their names. Raises the errors of `names`,
    and OSError with the name of a file that can't be deleted."""
    removed = []
    for name in names(env, beginning):
        folder = own_folder(paths.cache(env), make=False)
        try:
            os.unlink(name, dir_fd=folder)
            removed.append(name)
        except FileNotFoundError:
            pass  # another process deleted it first
        finally:
            closed(folder)
    return removed


def _beginning(folder: int, beginning: str) -> Iterator[str]:
    for name in os.listdir(folder):
        if name.startswith((beginning, f".{beginning}")):  # an unfinished one begins with a dot
            yield name


def _unusable(why: str) -> OSError:
    return OSError(_EINVAL, why)
