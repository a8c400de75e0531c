"""The newest file of a path or a pattern. Nothing is opened; links below a folder are not followed,
so that a walk ends."""

from __future__ import annotations

import fnmatch
import os
import stat
import time

from homelab import times
from homelab.backups.snapshot import Inventory, Snapshot
from homelab.backups.source import TOOLS
from homelab.system.clock import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 1_000_000  # files and folders that are looked at; about 5 s on a local disk
_PARTS = 64  # parts of a pattern
_MAGIC = frozenset("*?[")
# Endings that rsync, curl, browsers, upload servers and backup scripts give to files and folders
# that are not complete.
_UNFINISHED = (
    ".part", ".partial", ".tmp", ".temp", ".incomplete", ".filepart", ".unfinished", ".crdownload",
    ".inprogress", ".in-progress",
)  # fmt: skip
# Folders in which rsync keeps such files (--partial-dir, --delay-updates).
_ARRIVING = (".rsync-partial", ".rsync-tmp", ".~tmp~")
# Folders that file systems and NAS systems make: of fsck, trash, and thumbnails.
_APART = ("lost+found", "#recycle", "$RECYCLE.BIN", "System Volume Information", "@eaDir")
_TRASH = ".Trash-"  # with the account's number, on removable disks
_RECENT = 5 * times.SECOND  # a file that changed within this time may still be growing
_PAUSE = 0.25  # s between two looks at such a file


class _Bound(Exception):
    """The walk is too long; the text says what the bound is."""


def inventory(pattern: str, shown: str, seconds: float, most: int = MOST) -> Inventory:
    """The files of a path, a folder (all files below it) or a pattern (`*`, `?`, `[…]`, and `**`
    for folders of any depth; hidden names only where the pattern has the dot)."""
    search = _Search(pattern, most, time.monotonic() + seconds)
    trouble = ""
    try:
        search.run()
    except _Bound as error:
        trouble = str(error)
    newest = search.settled()
    if search.denied:
        path, why = search.denied[0]
        more = f" (and {len(search.denied) - 1} more)" if len(search.denied) > 1 else ""
        trouble = trouble or f"{path} can't be read: {why}{more}"
    empty = search.empty
    suspect = bool(empty and (newest is None or empty[0] > newest.moment))
    notes = []
    if newest is not None and suspect and empty:
        notes.append(f"{_name(empty[1])} is newer, but it is empty")
    if search.growing:
        notes.append(f"{_name(search.growing)} is still being written")
    return Inventory(
        shown, newest, search.count, "file", trouble, _missing(search), tuple(notes), suspect
    )


def _missing(search: _Search) -> str:
    """Why there is no usable file."""
    if search.empty:
        if search.empties > 1:
            return f"all of its {search.empties} files are empty (0 bytes)"
        return f"{_name(search.empty[1])} is empty (0 bytes): that is not a backup"
    if search.growing:
        return "it has no complete file yet"
    if search.unfinished:
        return f"only an unfinished one is there: {_name(search.unfinished)}"
    if search.dangling:
        return f"{_name(search.dangling)} is a link to something that does not exist"
    if search.special:
        return "it is neither a file nor a folder"
    if search.link:
        return f"there is no file in it, only links such as {_name(search.link)}; name their target"
    if search.matched:
        return "there is no file in it"
    if search.literal and search.pattern in TOOLS:
        return f"it does not exist; for a repository, write {search.pattern}:"
    return "it does not exist" if search.literal else "nothing matches this pattern"


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2] or path


class _Search:
    """A search for the newest files. `count` is how many were seen, `matched` how many paths the
    pattern has, `denied` what could not be read and why, `special` whether one is neither a file
    nor a folder, `link` a link below a folder. `empty` is the newest empty file that the pattern
    names (mtime, path); `empties` counts them all."""

    def __init__(self, pattern: str, most: int, until: float) -> None:
        self.pattern = pattern
        self._only_folders = pattern.endswith("/")
        self._left = most
        self._most = most
        self._until = until
        self.literal = not _MAGIC & set(pattern) or os.path.lexists(pattern)
        # `*.part` asks for such files
        self._any_ending = self.literal or _is_unfinished(pattern)
        self.count = self.matched = self.empties = 0
        self.special = False
        self.denied: list[tuple[str, str]] = []
        self.dangling = self.unfinished = self.growing = self.link = ""
        self.empty: tuple[int, str] | None = None
        self._newest: list[tuple[int, str, int]] = []  # (mtime, path, size): the two newest files

    def run(self) -> None:
        """Look at all files. Raises _Bound."""
        for path in [self.pattern] if self.literal else self._matches():
            self._look(path)

    def settled(self) -> Snapshot | None:
        """The newest file that does not grow; `growing` is a newer one that does."""
        files = sorted(self._newest, reverse=True)
        if files and abs(now() - files[0][0]) < _RECENT:
            before, path, size = files[0]
            time.sleep(_PAUSE)
            try:
                after: os.stat_result | None = os.stat(path)
            except OSError:
                after = None
            if after is None or (after.st_mtime_ns, after.st_size) != (before, size):
                self.growing = path
                files = files[1:]
        if not files:
            return None
        moment, path, size = files[0]
        return Snapshot(_name(path), moment, size=size, path=path)

    def _look(self, path: str) -> None:
        """Look at a path that the pattern names."""
        self._step()
        try:
            found = os.stat(path)
        except FileNotFoundError:
            if os.path.islink(path):
                self.dangling = self.dangling or path
                self.matched += 1
            return
        except OSError as error:
            if error.errno in _ABSENT:
                return
            self._deny(path, error)
            return
        self.matched += 1
        if stat.S_ISDIR(found.st_mode):
            if not self.literal and _is_apart(_name(path)):
                self.matched -= 1
            elif self._any_ending or not _is_unfinished(path):
                self._below(path)
            else:
                self.unfinished = path
        elif self._only_folders:
            self.matched -= 1
        elif stat.S_ISREG(found.st_mode):
            self._consider(path, found, direct=True)
        else:
            self.special = True

    def _below(self, folder: str) -> None:
        for entry in self._walk(folder):
            try:
                if entry.is_file(follow_symlinks=False):
                    self._consider(entry.path, entry.stat(follow_symlinks=False), direct=False)
                elif entry.is_symlink():
                    self.link = entry.path
            except FileNotFoundError:
                continue  # deleted meanwhile
            except OSError as error:
                self._deny(entry.path, error)

    def _consider(self, path: str, found: os.stat_result, direct: bool) -> None:
        self.count += 1
        if not (self._any_ending and direct) and _is_unfinished(path):
            self.unfinished = path
            self.count -= 1
        elif not found.st_size:
            # below a folder, empty files are usual: marks, locks, placeholders
            self.empties += 1
            if direct or self.empty is None:
                self.empty = max(self.empty or (0, ""), (found.st_mtime_ns if direct else 0, path))
            self.count -= 1
        else:
            self._newest.append((found.st_mtime_ns, path, found.st_size))
            if len(self._newest) > 2:
                self._newest = sorted(self._newest)[1:]

    def _matches(self) -> Iterator[str]:
        parts = [part for part in self.pattern.split("/") if part and part != "."]
        if len(parts) > _PARTS:
            raise _Bound(f"the pattern has more than {_PARTS} parts")
        return self._matching("/" if self.pattern.startswith("/") else "", parts)

    def _matching(self, folder: str, parts: list[str]) -> Iterator[str]:
        """The paths below a folder ("" is the working directory) that the parts name."""
        if not parts:
            yield folder or "."
            return
        part, *rest = parts
        if part == "**":
            while rest[:1] == ["**"]:
                del rest[0]
            yield from self._matching(folder, rest)
            for entry in self._walk(folder or ".", hidden=False) if rest else ():
                if entry.is_dir(follow_symlinks=False):
                    yield from self._matching(_relative(folder, entry.path), rest)
        elif _MAGIC & set(part):
            for entry in self._entries(folder or "."):
                hidden = entry.name.startswith(".") and not part.startswith(".")
                if hidden or not fnmatch.fnmatchcase(entry.name, part):
                    continue
                if not rest or self._is_folder(entry):
                    yield from self._matching(os.path.join(folder, entry.name), rest)
        else:
            path = os.path.join(folder, part)
            try:
                os.lstat(path)
            except OSError as error:
                if error.errno not in _ABSENT:
                    self._deny(path, error)
                return
            yield from self._matching(path, rest)

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir()
        except OSError as error:
            self._deny(entry.path, error)
            return False

    def _walk(self, folder: str, hidden: bool = True) -> Iterator[os.DirEntry[str]]:
        """All that is below a folder."""
        folders = [folder]
        while folders:
            for entry in self._entries(folders.pop()):
                if hidden or not entry.name.startswith("."):
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name in _ARRIVING or _is_apart(entry.name):
                            continue
                        if _is_unfinished(entry.name):
                            self.unfinished = entry.path
                            continue
                        folders.append(entry.path)
                    yield entry

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        """The entries of a folder, one at a time: a million of them take a GiB."""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._step()
                    yield entry
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            self._deny(folder, error)

    def _step(self) -> None:
        """Count one more entry. Raises _Bound."""
        self._left -= 1
        if self._left < 0:
            raise _Bound(f"it has more than {self._most} files and folders; name a part of it")
        if self._left % 256 == 0 and time.monotonic() > self._until:
            raise _Bound("it could not be read within --timeout; name a part of it")

    def _deny(self, path: str, error: OSError) -> None:
        self.denied.append((path, (error.strerror or str(error)).lower()))


_ABSENT = (2, 20)  # ENOENT, ENOTDIR


def _relative(folder: str, path: str) -> str:
    """The path of an entry of the working directory without `./` in front."""
    return path if folder else path.removeprefix("./")


def _is_apart(name: str) -> bool:
    return name in _APART or name.startswith(_TRASH)


def _is_unfinished(path: str) -> bool:
    """Whether the name is that of a file that is not complete; rsync writes `.name.Ab3dEf`."""
    name = path.rpartition("/")[2]
    middle, _, last = name[1:].rpartition(".")
    # six random letters and digits; `.nas.backup` and `.nas.202611` are names that people give
    random = len(last) == 6 and last.isalnum() and not last.isdigit()
    random = random and not (last.isalpha() and last.islower())
    arriving = name.startswith(".") and middle and random
    return name.lower().endswith(_UNFINISHED) or bool(arriving)
