"""The notice of the first run: what is counted, where it goes, how to stop it."""

from __future__ import annotations

import os

from homelab.system.paths import own_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context

NAME = "told"


def give(context: Context, folder: str) -> bool:
    """Say it, if it was never said on this account; returns whether it was said now. Raises
    OSError where that can't be remembered."""
    opened = own_folder(folder)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        os.close(os.open(NAME, flags, 0o600, dir_fd=opened))
    except FileExistsError:
        return False
    finally:
        os.close(opened)
    url = context.settings.text("loki.url")
    where = "verbs are counted by name and exit code, in a journal of your account's own"
    if url:
        where = f"from the next run on, verbs are counted by name and exit code, sent to {url}"
    context.say(
        f"homelab: {where};\n"
        "homelab: nothing else is; `homelab usage off` stops it, `homelab usage status` shows it."
    )
    return True
