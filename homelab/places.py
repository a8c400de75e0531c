"""Where things stand on a host, after the XDG Base Directory specification. Paths are `str`."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEM_SETTINGS = "/etc/homelab/config.ini"
SYSTEM_VERBS = "/usr/local/lib/homelab/verbs"


def home(env: Mapping[str, str]) -> str:
    """The home directory, or "" where none is known. The password database is asked only without
    HOME, since it may be a slow directory server."""
    path = env.get("HOME", "")
    if path.startswith("/"):
        return path
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""


def _xdg(env: Mapping[str, str], name: str, default: str) -> str:
    base = env.get(name, "")
    if not base.startswith("/"):  # "must be absolute; consider a relative path invalid and ignore"
        base = home(env)
        if not base:
            return ""
        base += default
    return base + "/homelab"


def user_settings(env: Mapping[str, str]) -> str:
    """The user's settings file, or "" where there is no home."""
    folder = _xdg(env, "XDG_CONFIG_HOME", "/.config")
    return folder and folder + "/config.ini"


def state(env: Mapping[str, str]) -> str:
    """The folder for the journal and the outbox, or "" where there is no home."""
    return _xdg(env, "XDG_STATE_HOME", "/.local/state")


def user_verbs(env: Mapping[str, str]) -> str:
    """The folder of the user's own drop-ins, or "" where there is no home."""
    folder = _xdg(env, "XDG_DATA_HOME", "/.local/share")
    return folder and folder + "/verbs"
