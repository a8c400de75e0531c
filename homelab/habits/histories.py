"""Find and read the shell histories of the account that runs this, and of no other account.

The home directory and each history must belong to this account; they are opened through
system/ownership. The beginning of a history decides its format; its path decides only if that is
not clear (plain lines).
"""

from __future__ import annotations

import os
import time
from errno import ENAMETOOLONG
from stat import S_ISDIR, S_ISREG

from homelab.errors import REFUSED, UNCONFIGURED, Failure
from homelab.habits import entries
from homelab.system import accounts, ownership, paths
from homelab.texts import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BLOCK = 1 << 18  # bytes
_LONGEST_NAME = 255  # bytes of the name of a file
_XDG = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_SQLITE = b"SQLite format 3\0"
_MARKS = 2000  # lines in which marks of a format are searched


class History:
    """A history of the shell `shell` (bash, zsh, fish, nushell, ash, or atuin) at `path`. After its
    entries have been read, `skipped` is the number of unreadable ones (binary, too long), `untimed`
    of those without a moment, and `problem` says why reading stopped early ("" if it did not)."""

    __slots__ = ("_known", "has_moments", "path", "problem", "shell", "skipped", "untimed")

    def __init__(self, shell: str, path: str, has_moments: bool, known: dict[str, str]) -> None:
        self.shell = shell
        self.path = path
        self.has_moments = has_moments  # according to its beginning
        self.skipped = 0
        self.untimed = 0
        self.problem = ""
        self._known = known  # the cache of ownership.check

    def entries(self) -> Iterator[tuple[int, str, bool]]:
        """The entries in the order of the file: (moment in s since the epoch or 0 if unknown, text
        as typed, whether an AI agent typed it)."""
        self.problem = ""
        skipped = untimed = 0
        unreadable = entries.UNREADABLE
        tomorrow = time.time() + 86_400  # later moments come from a clock that was wrong
        try:
            for entry in self._read():
                if unreadable in entry[1]:
                    skipped += 1
                    continue
                if not 0 < entry[0] < tomorrow:
                    entry = (0, entry[1], entry[2])
                    untimed += 1
                yield entry
        except OSError as error:
            self.problem = _unread(self.path, error)
        except Failure as failure:
            self.problem = failure.sentence
        finally:
            self.skipped, self.untimed = skipped, untimed

    def _read(self) -> Iterator[tuple[int, str, bool]]:
        if _beginning(self.path, self._known, len(_SQLITE)) == _SQLITE:
            from homelab.habits import databases

            yield from databases.entries(self.path)
            return
        from homelab.habits import bash, fish, nushell, zsh

        formats = {"fish": fish, "nushell": nushell, "zsh": zsh}
        known = formats.get(self.shell, bash)
        for when, text in known.entries(entries.lines(self._blocks())):
            yield when, text, False

    def _blocks(self) -> Iterator[bytes]:
        """The blocks of the file, up to its present size: a shell may write to it meanwhile."""
        with open(_opened(self.path, self._known), "rb", buffering=0) as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0:
                block = file.read(min(_BLOCK, left))
                if not block:
                    return
                left -= len(block)
                yield block


class Histories:
    """The histories (`files`) of an account, and a sentence for each that can't be read at all
    (`problems`)."""

    __slots__ = ("files", "problems")

    def __init__(self) -> None:
        self.files: list[History] = []
        self.problems: list[str] = []


def find(env: Mapping[str, str]) -> Histories:
    """The histories of the account that runs this. Raises Failure: 77 if HOME is another account's,
    78 if there is none."""
    known: dict[str, str] = {}
    home = _home(env, known)
    found = Histories()
    seen: set[tuple[int, int]] = set()
    for shell, path in _places(env, home, found.problems):
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:  # the folder may have a history
            sentence = _unread(os.path.dirname(path), error)
            if error.errno == ENAMETOOLONG:
                sentence = f"{_too_long(env, path)} is not read: {error.strerror}"
            found.problems += [] if sentence in found.problems else [sentence]
            continue
        try:
            status = _own(path, known)
            if status is None or (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            begin = _beginning(path, known)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            found.problems.append(_unread(path, error))
            continue
        if not begin.startswith(_SQLITE) and entries.is_binary(begin):
            found.problems.append(
                f"{printable(path)} is not read: it is binary, not a shell history"
            )
        elif begin:
            kind, has_moments = _kind(begin, shell)
            found.files.append(History(kind, path, has_moments, known))
    return found


def once(histories: Histories) -> Iterator[tuple[int, str, bool]]:
    """The entries of all histories, as from `History.entries`, each once. An entry of a shell is
    left out if atuin has it, too: the same text, within 1 s, or at any time if the shell's moment
    is unknown. An entry of atuin matches at most one entry of a shell. Histories without moments
    come last, so their entries do not take the match of an entry with a moment. Entries without a
    moment in nushell's database were imported from its text file, and are left out there."""
    from homelab.habits.copies import Copies

    in_atuin, imported = Copies(), Copies()
    for history in histories.files:
        if history.shell == "atuin":
            for entry in history.entries():
                if not entry[2]:  # shells do not record the entries of an agent
                    in_atuin.add(entry[0], entry[1])
                yield entry
    in_atuin.sort()
    for has_moments in (True, False):
        for history in histories.files:
            if history.shell == "atuin" or history.has_moments != has_moments:
                continue
            for entry in history.entries():
                if in_atuin.take(entry[0], entry[1]):
                    continue
                if history.shell == "nushell" and not entry[0]:
                    if has_moments:
                        imported.add(0, entry[1])
                    elif imported.take(0, entry[1]):
                        continue
                yield entry
        imported.sort()


def _home(env: Mapping[str, str], known: dict[str, str]) -> str:
    """The home directory, if it is this account's. Raises Failure."""
    named = env.get("HOME", "")
    home = paths.home(env) if named[:1] in ("", "/") else ""
    try:
        status = os.stat(home) if home else None
    except OSError:
        status = None
    if status is None or not S_ISDIR(status.st_mode):
        why = _no_folder(named, home)
        raise Failure(UNCONFIGURED, f"{why}; set HOME to your home directory")
    if status.st_uid != os.geteuid():
        owner = accounts.name(status.st_uid)
        what = f"HOME is {printable(home)}, which belongs to another account ({owner})"
        raise Failure(REFUSED, f"{what}; run it as {owner}, or set HOME to your own home directory")
    try:
        ownership.check(home, known)
    except ownership.Untrusted as error:
        what = f"HOME is {printable(home)}, which other accounts can change"
        why = f"{printable(error.component)}: {error.why}"
        raise Failure(REFUSED, f"{what} ({why}); " + error.fix) from None
    return home


def _no_folder(named: str, home: str) -> str:
    """Why there is no home directory. `named` is HOME, `home` is HOME or the one in the password
    database."""
    if named:
        what = "a folder" if home else "an absolute path"
        return f"HOME ({printable(named)}) is not {what}"
    more = f", and this account's home directory ({printable(home)}) is not a folder"
    return "HOME is not set" + (more if home else "")


def _own(path: str, known: dict[str, str]) -> os.stat_result | None:
    """The status of a regular file that belongs to this account; None if it is not a regular file,
    such as /dev/null. Raises OSError."""
    status = ownership.check(path, known)
    if not S_ISREG(status.st_mode):
        return None
    if status.st_uid != os.geteuid():
        owner = accounts.name(status.st_uid)
        raise PermissionError(1, f"it belongs to another account ({owner})", path)
    return status


def _opened(path: str, known: dict[str, str]) -> int:
    """Open a regular file that belongs to this account; return the descriptor. Raises OSError."""
    if _own(path, known) is None:
        raise OSError(22, "it is not a regular file", path)
    return ownership.opened(path, known=known)


def _beginning(path: str, known: dict[str, str], most: int = _BLOCK) -> bytes:
    with open(_opened(path, known), "rb", buffering=0) as file:
        return file.read(most) or b""


def _unread(path: str, error: OSError) -> str:
    why = error.strerror or str(error)
    if isinstance(error, ownership.Untrusted):
        why = error.why
        if error.component != path:
            why = f"{printable(error.component)}: {why}"
    return f"{printable(path)} is not read: {why}"


def _too_long(env: Mapping[str, str], path: str) -> str:
    """The name of the variable that contains the overlong name in a path, or the path itself."""
    for name in ("HISTFILE", "ATUIN_DB_PATH", "ATUIN_DATA_DIR", "ZDOTDIR", *_XDG):
        value = env.get(name, "")
        if len(value) > _LONGEST_NAME and value[-_LONGEST_NAME:] in path:
            return name
    return printable(path)


def _kind(begin: bytes, shell: str) -> tuple[str, bool]:
    """(the shell that wrote a history with this beginning, or else the usual `shell` of its path;
    whether it has moments)."""
    if begin.startswith(_SQLITE):
        return ("nushell" if b"command_line" in begin else "atuin"), True
    from homelab.habits import fish, zsh

    of_bash = False
    for number, line in enumerate(begin.lstrip(b"\0\r\n").split(b"\n", _MARKS)[:_MARKS]):
        if line[:7] == fish.COMMAND and (number == 0 or shell == "fish"):  # else a person typed it
            return "fish", True
        if zsh.is_extended(line):
            return "zsh", True
        of_bash = of_bash or (line[:1] == b"#" and 9 < len(line) < 14 and line[1:].isdigit())
    if of_bash:
        return (shell if shell in ("bash", "ash") else "bash"), True
    return (shell if shell in ("zsh", "nushell", "ash") else "bash"), False


def _places(env: Mapping[str, str], home: str, problems: list[str]) -> Iterator[tuple[str, str]]:
    """The paths where histories may be, each with the shell that usually writes there."""

    def folder(name: str, default: str) -> str:
        named = env.get(name, "")
        return named if named.startswith("/") else home + default

    data = folder("XDG_DATA_HOME", "/.local/share")
    state = folder("XDG_STATE_HOME", "/.local/state")
    settings = folder("XDG_CONFIG_HOME", "/.config")
    cache = folder("XDG_CACHE_HOME", "/.cache")
    for name in ("bash_history", "bash_eternal_history"):
        yield "bash", f"{home}/.{name}"
    for base in (state, data, cache):
        for name in ("bash/history", "bash/bash_history", "bash_history"):
            yield "bash", f"{base}/{name}"
    yield "atuin", _database_of_atuin(env, home, data, settings, problems)
    zdotdir = env.get("ZDOTDIR", "")
    for base in (home, zdotdir, f"{settings}/zsh"):
        for name in ("zsh_history", "zhistory", "histfile"):
            if base:
                yield "zsh", f"{base}/.{name}"
    for base in (state, data, cache):
        for name in ("zsh/history", "zsh/.zsh_history", "zsh/zsh_history", "zsh_history"):
            yield "zsh", f"{base}/{name}"
    for name in _sessions(f"{data}/fish", problems):
        yield "fish", f"{data}/fish/{name}"
    moved = _moved_by_nushell(f"{settings}/nushell/config.nu", problems)
    support = f"{home}/Library/Application Support"  # macOS
    for place in (moved, *(f"{base}/nushell" for base in (settings, data, state, support))):
        if place:
            yield from (("nushell", f"{place}/history.{end}") for end in ("txt", "sqlite3"))
    if moved:
        yield "nushell", moved
    yield "ash", f"{home}/.ash_history"
    named = env.get("HISTFILE", "")
    if named:
        hints = (os.path.basename(named), os.path.basename(env.get("SHELL", "")))
        shells = [shell for hint in hints for shell in ("zsh", "bash", "ash") if shell in hint]
        yield (shells or ["bash"])[0], os.path.join(home, _expanded(named, env, home))


def _database_of_atuin(
    env: Mapping[str, str], home: str, data: str, settings: str, problems: list[str]
) -> str:
    """The path of atuin's database: `db_path` in its settings, else in its data folder
    (`data_dir`). Precedence: ATUIN_DB_PATH and ATUIN_DATA_DIR > the settings. A new atuin has both
    in ~/.atuin, unless those of an older one exist (tried with 18.24.1)."""
    said = {"data_dir": env.get("ATUIN_DATA_DIR", ""), "db_path": env.get("ATUIN_DB_PATH", "")}
    named = env.get("ATUIN_CONFIG_DIR", "")
    folders = [named] if named else [f"{settings}/atuin", f"{home}/.atuin"]
    for line in _first_lines([f"{folder}/config.toml" for folder in folders], problems):
        key, _, value = (part.strip() for part in line.partition("="))
        if key.startswith("["):
            break  # a section about something else begins
        if key in said and value[:1] in ("'", '"') and not said[key]:
            said[key] = value[1:].partition(value[0])[0]
    usual = f"{data}/atuin" if os.path.isdir(f"{data}/atuin") else f"{home}/.atuin/data"
    database = said["db_path"] or (said["data_dir"] or usual) + "/history.db"
    return os.path.join(home, _expanded(database, env, home))


def _moved_by_nushell(config: str, problems: list[str]) -> str:
    """The file or folder in nushell's settings (`history.path`, in 0.115.1), if it is a plain
    string; "" for none. Expressions are not evaluated."""
    for line in _first_lines([config], problems):
        name, _, value = (part.strip() for part in line.partition("="))
        if name == "$env.config.history.path" and value[:2] in ("'/", '"/'):
            return value[1:].partition(value[0])[0]
    return ""


def _first_lines(places: list[str], problems: list[str]) -> list[str]:
    """The lines of the first of these settings files that exists; empty if there is none. If it
    can't be read, that is added to `problems`, because it may name a history."""
    from homelab.system import files

    for path in places:
        try:
            return (
                files.content(path, 1 << 20, trusted=True).decode("utf-8", "replace").splitlines()
            )
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            problems.append(_unread(path, error))
            break
    return []


def _sessions(folder: str, problems: list[str]) -> list[str]:
    """The names of fish's histories: one for each session that has a name (fish_history)."""
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        problems.append(_unread(folder, error))
        return []
    for name in names:
        if name.endswith("_history.jsonl"):  # planned in 2026; the old file stays unchanged
            why = "it has the format of a newer fish; update homelab"
            problems.append(f"{printable(folder)}/{printable(name)} is not read: {why}")
    return [name for name in names if name.endswith("_history")]


def _expanded(path: str, env: Mapping[str, str], home: str) -> str:
    """The path, with `~` or a variable at its beginning expanded like in a shell."""
    first, slash, rest = path.partition("/")
    if first == "~":
        return f"{home}{slash}{rest}"
    if first[:1] == "$":
        name = first[1:].strip("{}")
        return f"{env.get(name, home if name == 'HOME' else '')}{slash}{rest}"
    return path
