"""The results of sending events: counts, the last delivery, the last failure and its reason.

A small text file, `KEY VALUE` per line, written by the sender alone under its lock. Its
modification time is the moment until which nothing is sent to Loki: a run checks that by one
stat(2), and reads the file only if that moment is in the future and the clock stands still.
"""

from __future__ import annotations

import os

from homelab.system.clock import now as clock_now
from homelab.system.ownership import own_folder
from homelab.system.paths import closed, open_regular

NAME = "sender"
MOST = 1000  # events in a push, unless something speaks for fewer
_NUMBERS = (
    "delivered",
    "dropped",
    "refused",
    "failures",
    "first_delivery",
    "last_delivery",
    "last_failure",
    "last_push",
    "last_silence",
    "last_question",
    "last_loss",
    "clock",
    "size",
    "rest",
    "rest_from",
)
_AHEAD = 600 * 10**9  # ns; a moment further in the future is not a small difference of clocks
_LONGEST_REST = 600 * 10**9  # ns; a clock that was set back must not stop the sender for ever
_ENOUGH = 1 << 20  # bytes; the names of a whole push fit
_DIGITS = 20  # of a number, with its sign


class Ledger:
    """Counts of events; `failures` in a row; moments in ns, 0 for never; `clock` is how far (ns)
    Loki's clock is ahead of ours; `reason` of the last failure.

    `rest_until` is the file's modification time, in ns. As a clock may stand still, the pause is
    also kept in seconds of this host's uptime: `rest` from `rest_from` on.
    """

    def __init__(self) -> None:
        self.delivered = 0
        self.dropped = 0  # too old, or over the outbox's limit
        self.refused = 0  # by Loki, for their content
        self.failures = 0
        self.first_delivery = 0  # 0 also if an earlier version made it
        self.last_delivery = 0
        self.last_failure = 0
        self.last_push = 0
        self.last_silence = 0  # Loki did not answer, or another server did
        self.last_question = 0  # for events that Loki may have and does not show
        self.last_loss = 0  # an event was dropped or refused
        self.clock = 0
        self.size = MOST  # events in the next push
        self.rest = 0
        self.rest_from = 0
        self.rest_until = 0
        self.reason = ""
        self.user = ""  # the label `user` of the last push
        self.settled: list[str] = []  # names of events that are counted and not removed yet

    def set_right(self, now: int) -> None:
        """Set moments that are after `now` (ns) to now: they come from a clock that was ahead and
        is correct again. A wait of an hour after them would last years."""
        moments = ("first_delivery", "last_delivery", "last_failure", "last_silence", "last_loss")
        for name in moments:
            if getattr(self, name) > now + _AHEAD:
                setattr(self, name, now)

    def keep(self, folder: str) -> bool:
        """Write the ledger, and return whether that worked; events are sent even if it failed."""
        try:
            write(folder, self, self.rest_until)
        except OSError:
            return False
        return True


def read(folder: str) -> Ledger:
    """Read the ledger, an empty one if there is none. A value that is not a number counts as 0."""
    ledger = Ledger()
    try:
        opened = own_folder(folder, make=False)
        try:
            file = open_regular(opened, NAME, os.O_RDONLY)
        finally:
            closed(opened)
        try:
            lines = os.read(file, _ENOUGH).decode("utf-8", "surrogateescape").splitlines()
            ledger.rest_until = os.fstat(file).st_mtime_ns
        finally:
            os.close(file)
    except OSError:
        return ledger
    for line in lines:
        key, _, value = line.partition(" ")
        if key == "reason":
            ledger.reason = value
        elif key == "user":
            ledger.user = value
        elif key == "settled":
            ledger.settled.append(value)
        elif key in _NUMBERS and len(value) <= _DIGITS:
            try:
                setattr(ledger, key, int(value))
            except ValueError:
                pass
    ledger.size = min(max(ledger.size, 1), MOST)
    return ledger


def write(folder: str, ledger: Ledger, rest_until: int) -> None:
    """Replace the ledger as a whole; no sender is started before `rest_until` (ns)."""
    ledger.rest_until = rest_until
    lines = [f"{key} {getattr(ledger, key)}\n" for key in _NUMBERS]
    lines.append(f"reason {' '.join(ledger.reason.split())}\n")
    lines.append(f"user {' '.join(ledger.user.splitlines())}\n")
    lines += [f"settled {name}\n" for name in ledger.settled]
    arriving = f"{NAME}.new"
    opened = own_folder(folder)
    try:
        file = open_regular(opened, arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            data = "".join(lines).encode("utf-8", "surrogateescape")
            if os.write(file, data) < len(data):
                raise OSError("the disk is full")
            os.utime(file, ns=(rest_until, rest_until))
        finally:
            os.close(file)
        os.rename(arriving, NAME, src_dir_fd=opened, dst_dir_fd=opened)
    finally:
        closed(opened)


def remove(folder: str) -> bool:
    """Delete the ledger, and return whether there was one: the next sender starts over, and knows
    of no earlier failure. Raises OSError."""
    there = False
    for name in (NAME, f"{NAME}.new"):
        try:
            os.unlink(f"{folder}/{name}")
            there = True
        except FileNotFoundError:
            pass
    return there


def resting(folder: str, now: int) -> bool:
    """Whether nothing may be sent to Loki at `now` (ns), after a failure."""
    try:
        until = os.stat(f"{folder}/{NAME}").st_mtime_ns
    except OSError:
        return False
    if not now < until < now + _LONGEST_REST:
        return False
    if clock_now() != clock_now():
        return True  # the clock moves, so that moment will come
    book = read(folder)
    return not 0 < book.rest <= uptime() - book.rest_from


def uptime() -> int:
    """Seconds since this host started, 0 if unknown."""
    try:
        with open("/proc/uptime", "rb") as file:
            return int(file.read(64).partition(b".")[0])
    except (OSError, ValueError):
        return 0
