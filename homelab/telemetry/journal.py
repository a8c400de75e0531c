"""The built-in sink: a file of the account's own with its runs, used if no Loki is configured.

One line per event, `1795459106342321843 exit=0 ver=0.6.0 verb=logs query`, appended in one write.
The journal is never sent: events from before a Loki was configured stay here, and the sender lets
it grow old (`fold_daily`). `history` reads the file, `fold` keeps it small.
"""

from __future__ import annotations

import os

from homelab.system.ownership import own_folder
from homelab.system.paths import closed, open_regular
from homelab.telemetry import FOLD_LOCK, FULL, HISTORY, JOURNAL
from homelab.telemetry.event import OwnRun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.settings import Settings
    from homelab.system.foreground import Undisturbed
    from homelab.telemetry.event import Event

_WRITING = 60.0  # s for a child that writes for a run that a slow disk held up
_FOLDING = 300.0  # s for a fold that a run starts
_DAY = 86_400 * 10**9  # ns
_DIGITS = 19  # of the moment that a line begins with


def append(folder: str, record: str) -> bool:
    """Append the record of an event, or lines of them, and return whether the file grew over a
    multiple of FULL. Raises OSError as `own_folder` and `open_regular`."""
    return _write(_opened(folder), record)


def _opened(folder: str) -> int:
    opened = own_folder(folder)
    try:
        return open_regular(opened, JOURNAL, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    finally:
        closed(opened)


def _write(file: int, record: str) -> bool:
    size = 1
    try:
        size = os.fstat(file).st_size
        # end a line that a full disk cut off, so that only that line is lost
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
    except OSError:
        torn = True  # an empty line does no harm either
    line = b"\n" * torn + record.encode("utf-8") + b"\n"
    try:
        written = os.write(file, line)
    except OSError:
        written = os.write(file, line)  # try once more, as the error may be temporary
    finally:
        closed(file)
    return size // FULL != (size + written) // FULL


# ---- the functions of `sinks.Writer` ----


def write(
    events: Sequence[Event | OwnRun], settings: Settings, folder: str, last: Undisturbed
) -> None:
    """Append the events of a run in one write; an own verb has its real name here, and nowhere
    else.

    The run that makes the file too large, one in half a million, also starts a fold in a child that
    runs alone, and so does the first run of a day if something may be older than
    telemetry.journal_days: the journal of an account that never reads its counts stays small and
    forgets too. A failed fold is tried again by readers, and by the next such run.
    """
    file, due = -1, False
    record = "\n".join(
        event.own_record() if isinstance(event, OwnRun) else event.record() for event in events
    )
    time = events[0].time
    days = int(settings.text("telemetry.journal_days"))

    def step() -> None:
        nonlocal file
        try:
            file = _opened(folder)
        except OSError:
            file = _opened(folder)

    if last.done(step) or file >= 0:
        due = _is_first_of_day(file, time) and _may_be_old(file, folder, time - days * _DAY)
        # a second try would write the line twice, so this is not cut off
        if not _write(file, record) and not due:
            return
    from homelab.system.detached import alone, detached

    if file < 0:
        try:
            if alone():
                detached(lambda _: append(folder, record), _WRITING)
                return
        except OSError:
            pass
        append(folder, record)
    elif alone():
        from homelab.telemetry.fold import fold

        detached(lambda _: fold(folder, time, days), _FOLDING)


def _is_first_of_day(file: int, now: int) -> bool:
    """Whether nothing was written to the file on the day (UTC) of `now` (ns)."""
    try:
        status = os.fstat(file)
    except OSError:
        return False
    return status.st_size > 0 and status.st_mtime_ns // _DAY < now // _DAY


def _may_be_old(file: int, folder: str, oldest: int) -> bool:
    """Whether the file begins before the moment `oldest` (ns), or there is a history, whose age
    only a fold knows."""
    try:
        first = os.pread(file, _DIGITS, 0)
    except OSError:
        return False
    old = first.isdigit() and int(first) < oldest
    return old or os.path.lexists(f"{folder}/{HISTORY}")


def fold_daily(folder: str, now: int, days: int) -> None:
    """Start a fold at the moment `now` (ns), in a child that runs alone, unless one began on that
    day (UTC): telemetry.journal_days also holds for the journal of an account whose runs go to
    another sink. The modification time of the fold's lock is the moment of the last fold. Raises
    OSError if no child can be started."""
    try:
        if os.stat(f"{folder}/{FOLD_LOCK}").st_mtime_ns // _DAY == now // _DAY:
            return
    except OSError:
        if not os.path.lexists(f"{folder}/{JOURNAL}"):
            return  # there never was a journal
    from homelab.system.detached import alone, detached
    from homelab.telemetry.fold import fold

    if alone():
        detached(lambda _: fold(folder, now, days), _FOLDING)


def shown(event: Event, settings: Settings) -> str:
    return "none: no Loki is configured, so runs stay in this account's own journal"


def place(settings: Settings, folder: str) -> str:
    return folder and f"{folder}/{JOURNAL}"


def status(event: Event, settings: Settings, folder: str) -> list[tuple[str, str | int | None]]:
    rows: list[tuple[str, str | int | None]] = [
        ("an event", f"{event.record()} (it begins with the time, in ns since 1970)")
    ]
    why = trouble(folder)
    return [*rows, ("not counted", why)] if why else rows


def trouble(folder: str) -> str:
    """Why runs can't be kept in the journal, "" if they can."""
    from homelab.telemetry.history import unreadable

    if not os.path.lexists(folder):
        return ""  # the next run creates it
    try:
        opened = own_folder(folder, make=False)
        try:
            full = not os.fstatvfs(opened).f_bavail
            closed(open_regular(opened, JOURNAL, os.O_RDONLY))
        except FileNotFoundError:
            pass
        finally:
            closed(opened)
    except OSError as error:
        return unreadable(folder, JOURNAL, error).sentence
    return f"the disk of {folder} is full; free some space" if full else ""
