"""The folders and files of homelab on a host, by the XDG Base Directory specification. Paths are
`str`."""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SYSTEM_SETTINGS = "/etc/homelab/config.ini"
SYSTEM_VERBS = "/usr/local/lib/homelab/verbs"


def home(env: Mapping[str, str]) -> str:
    """The home directory, or "" if unknown. The password database, maybe a slow directory server,
    is asked only without HOME."""
    path = env.get("HOME", "")
    if path.startswith("/"):
        return path
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""


def expanded(path: str, home: str) -> str:
    """The path with `~` or `~ACCOUNT` at its beginning replaced, as a shell does it: no shell reads
    settings. `home` is this account's folder; a path whose folder is unknown stays as it is."""
    if path == "~" or path.startswith("~/"):
        return home + path[1:] if home.startswith("/") else path
    return os.path.expanduser(path) if path.startswith("~") else path


def _xdg(env: Mapping[str, str], name: str, default: str) -> str:
    base = env.get(name, "")
    if not base.startswith("/"):  # "must be absolute; consider a relative path invalid and ignore"
        base = home(env)
        if not base:
            return ""
        base += default
    return base + "/homelab"


def user_settings(env: Mapping[str, str]) -> str:
    """The user's settings file, or "" if there is no home."""
    folder = _xdg(env, "XDG_CONFIG_HOME", "/.config")
    return folder and folder + "/config.ini"


def state(env: Mapping[str, str]) -> str:
    """The folder for the journal and the outbox, or "" if there is no home."""
    return _xdg(env, "XDG_STATE_HOME", "/.local/state")


def name_marks(env: Mapping[str, str]) -> str:
    """The folder of the marks of `dropins.shadowed`, or "" if there is no home."""
    folder = state(env)
    return folder and folder + "/names"


def cache(env: Mapping[str, str]) -> str:
    """The cache folder, for data that can be asked for again, or "" if there is no home."""
    return _xdg(env, "XDG_CACHE_HOME", "/.cache")


def user_verbs(env: Mapping[str, str]) -> str:
    """The folder of the user's own drop-ins, or "" if there is no home."""
    folder = _xdg(env, "XDG_DATA_HOME", "/.local/share")
    return folder and folder + "/verbs"


def runtimes(env: Mapping[str, str], account: int, owner: Callable[[str], int | None]) -> list[str]:
    """The folders for the sockets of an account (uid), by precedence: `/run/user/UID`, which a
    login makes, then XDG_RUNTIME_DIR if the account owns it (by `owner`), as the XDG Base Directory
    specification requires. In cron the variable is missing, and after su(1) it is another
    account's."""
    usual = f"/run/user/{account}"
    named = env.get("XDG_RUNTIME_DIR", "")
    if named.startswith("/") and named != usual and owner(named) == account:
        return [usual, named]
    return [usual]


def closed(descriptor: int) -> None:
    """Close a descriptor and ignore errors: the work before it is done anyway."""
    try:
        os.close(descriptor)
    except OSError:
        pass


def open_regular(folder: int | None, name: str, flags: int) -> int:
    """Open a file in an open folder (None: `name` is a path) and return its descriptor: only a
    regular file, never through a link, and without blocking, since a pipe would block and a device
    has no end. Raises OSError."""
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    file = os.open(name, flags, 0o600, dir_fd=folder)
    mode = os.fstat(file).st_mode
    if not S_ISREG(mode):
        closed(file)
        if S_ISDIR(mode):
            raise IsADirectoryError(21, "Is a directory", name)  # EISDIR
        raise OSError(22, "it is not a regular file", name)  # EINVAL
    return file
