"""Who ran a verb: the OS account of the real uid, never what the environment says."""

from __future__ import annotations

import os


def account() -> str:
    """The account's name from the password database, `uid-1000` where it has no entry. It may ask
    a slow directory server, so the parent of a sender never does."""
    import pwd

    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"
