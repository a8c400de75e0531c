"""The embedded sink: one account's own file of its runs, where no Loki is configured.

One line an event, `1795459106342321843 exit=0 ver=0.6.0 verb=logs query`, appended in one write.
Nothing here is ever sent: what was journalled before a Loki was configured stays here.
"""

from __future__ import annotations

import os

from homelab.system.paths import closed, own_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings
    from homelab.system.foreground import Undisturbed
    from homelab.telemetry.event import Event

NAME = "usage.log"


WRITING = 60.0  # s, in which a child writes for a run that a slow disk held up


def append(folder: str, record: str) -> None:
    """Append an event's record. Raises OSError as `own_file`."""
    _write(_opened(folder), record)


def _opened(folder: str) -> int:
    return own_file(folder, NAME, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK)


def _write(file: int, record: str) -> None:
    try:
        size = os.fstat(file).st_size
        # a line torn by a full disk is ended first, so that it takes no other with it
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
    except OSError:
        torn = True  # an empty line takes nothing with it either
    line = b"\n" * torn + record.encode("utf-8") + b"\n"
    try:
        os.write(file, line)
    except OSError:
        os.write(file, line)  # once more, should that have been the disk's mood
    finally:
        closed(file)


# ---- what `sinks.Writer` wants ----


def write(event: Event, settings: Settings, folder: str, last: Undisturbed) -> None:
    file = -1

    def step() -> None:
        nonlocal file
        try:
            file = _opened(folder)
        except OSError:
            file = _opened(folder)

    if last.done(step) or file >= 0:
        _write(file, event.record())  # which can't be done again, so it is not cut off
    else:
        from homelab.system.detached import detached

        last.unbound()
        detached(lambda _: append(folder, event.record()), WRITING)


def shown(event: Event, settings: Settings) -> str:
    return "none: no Loki is configured, so runs stay in this account's own journal"


def place(settings: Settings, folder: str) -> str:
    return folder and f"{folder}/{NAME}"


def status(event: Event, folder: str) -> list[tuple[str, str | int | None]]:
    return [("an event", event.record())]
