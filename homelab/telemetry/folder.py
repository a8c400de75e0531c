"""The state folder, which is this account's own or is not touched."""

from __future__ import annotations

import os


def own_folder(folder: str) -> int:
    """Open the state folder, made if it is missing (mode 0700), as a descriptor."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    if not folder:
        raise FileNotFoundError("no home directory")
    try:
        opened = os.open(folder, flags)
    except FileNotFoundError:
        above = folder
        while above and not os.path.exists(above):
            above = os.path.dirname(above)
        if os.stat(above).st_uid != os.geteuid():
            raise PermissionError(f"{above} is another account's") from None
        make(folder)
        opened = os.open(folder, flags)
    if os.fstat(opened).st_uid != os.geteuid():
        os.close(opened)
        raise PermissionError(f"{folder} is another account's")
    return opened


def make(folder: str) -> None:
    """Make a folder and what is missing above it, each with mode 0700 whatever the umask is, as the
    XDG Base Directory specification wants it."""
    if os.path.isdir(folder):
        return
    make(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return
    if os.stat(folder).st_mode & 0o777 != 0o700:
        os.chmod(folder, 0o700)
