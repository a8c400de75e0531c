"""Pure: what `self push` carries beside the copy: a settings file and own verbs, as one tar archive
(POSIX.1-2001, pax)."""

from __future__ import annotations

import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterable

CONFIG = "config.ini"  # the settings file
VERBS = "verbs/"  # in front of the path of each file of a verb
LARGEST = 16 << 20  # bytes of all files, and of the archive
MOST = 4000  # files
_DEEPEST = 10  # folders
_CONFIG_MODE = 0o644
_VERB_MODE = 0o755


class BundleFile:
    """A file: its `name` in the archive (`config.ini`, `verbs/nas/df.sh`), its bytes and its
    mode."""

    __slots__ = ("data", "mode", "name")

    def __init__(self, name: str, data: bytes, mode: int) -> None:
        self.name = name
        self.data = data
        # nobody else may write to it, whatever its mode is here
        self.mode = mode & (_CONFIG_MODE if name == CONFIG else _VERB_MODE) | 0o400

    @property
    def is_verb(self) -> bool:
        """Whether it is the script or program of a verb, not the text that describes one."""
        return self.name.startswith(VERBS) and not self.name.endswith(".verb")


def packed(files: Iterable[BundleFile]) -> bytes:
    """The archive of the files: the same bytes for the same files."""
    import tarfile

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in sorted(files, key=lambda file: file.name):
            member = tarfile.TarInfo(file.name)
            member.size, member.mode = len(file.data), file.mode
            archive.addfile(member, io.BytesIO(file.data))
    return stream.getvalue()


def unpacked(data: bytes) -> list[BundleFile]:
    """The files of an archive, in its order. Raises ValueError, whose text says what is wrong: only
    regular files with the names that `packed` gives them are accepted."""
    import tarfile

    files: list[BundleFile] = []
    size = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                if len(files) == MOST:
                    raise ValueError(f"it has more than {MOST} files")
                size += member.size
                if size > LARGEST:
                    raise ValueError(f"its files have more than {LARGEST >> 20} MiB")
                files.append(_file(archive, member))
    except (tarfile.TarError, OverflowError, RecursionError, EOFError, MemoryError) as error:
        raise ValueError(f"it is not an archive of self push: {error}") from None
    names = [file.name for file in files]
    if len(set(names)) < len(names):
        raise ValueError("it has two files of one name")
    if not files:
        raise ValueError("it has no files")
    return files


def _file(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BundleFile:
    if not member.isreg() or not is_name(member.name):
        raise ValueError(f"{member.name[:200]!r} is neither settings nor a file of a verb")
    opened = archive.extractfile(member)
    content = opened.read(member.size) if opened else b""
    if len(content) != member.size:
        raise ValueError(f"{member.name[:200]!r} is cut off")
    return BundleFile(member.name, content, member.mode)


def is_name(name: str) -> bool:
    """Whether a file may have this name in the archive: it leads to a place below the folder of
    verbs, and to no hidden file, and people can read it in a list of files."""
    if name == CONFIG:
        return True
    parts = name.split("/")
    return (
        name.startswith(VERBS)
        and name.isprintable()
        and 2 <= len(parts) <= _DEEPEST
        and all(part and part[0] != "." and len(part) < 200 for part in parts)
    )
