"""The embedded sink: one account's own file of its runs, where no Loki is configured.

One line an event, `1795459106342321843 exit=0 ver=0.6.0 verb=logs query`, appended in one write.
Nothing here is ever sent: what was journalled before a Loki was configured stays here.
"""

from __future__ import annotations

import os

from homelab.system.paths import own_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings
    from homelab.telemetry.event import Event

NAME = "usage.log"


def append(folder: str, record: str) -> None:
    """Append an event's record. Raises OSError as `own_file`."""
    file = own_file(folder, NAME, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        size = os.fstat(file).st_size
        # a line torn by a full disk is ended first, so that it takes no other with it
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, b"\n" * torn + record.encode("utf-8") + b"\n")
    finally:
        os.close(file)


# ---- what `sinks.Writer` wants ----


def write(event: Event, settings: Settings, folder: str) -> None:
    append(folder, event.record())


def shown(event: Event, settings: Settings) -> str:
    return "none: no Loki is configured, so runs stay in this account's own journal"


def place(settings: Settings, folder: str) -> str:
    return folder and f"{folder}/{NAME}"


def status(event: Event, folder: str) -> list[tuple[str, str | int | None]]:
    return [("an event", event.record())]
