"""The embedded sink: one account's own file of its runs, where no Loki is configured.

One line an event, `1795459106342321843 exit=0 ver=0.6.0 verb=logs query`, appended in one write.
Nothing here is ever sent: what was journalled before a Loki was configured stays here.
"""

from __future__ import annotations

import os

from homelab.system.paths import own_folder

NAME = "usage.log"


def append(folder: str, record: str) -> None:
    """Append an event's record. Raises OSError where that is not possible, and PermissionError
    where the folder is another account's (root with a kept HOME must leave no file of root's
    there)."""
    opened = own_folder(folder)
    try:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.open(NAME, flags | os.O_NONBLOCK, 0o600, dir_fd=opened)
    finally:
        os.close(opened)
    try:
        size = os.fstat(file).st_size
        # a line torn by a full disk is ended first, so that it takes no other with it
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, b"\n" * torn + record.encode("utf-8") + b"\n")
    finally:
        os.close(file)
