"""What became of the events: counts, the last delivery, the last failure and its reason.

A small text file, `KEY VALUE` a line, written by the sender alone under its lock. Its modification
time is the moment before which Loki is left alone: a run learns that by one stat(2), without
reading it.
"""

from __future__ import annotations

import os

NAME = "sender"
_NUMBERS = ("delivered", "dropped", "refused", "failures", "last_delivery", "last_failure", "clock")
_LONGEST_REST = 600 * 10**9  # ns; a clock that was set back must not silence the sender for ever


class Ledger:
    """Counts of events; `failures` in a row; moments in ns, 0 for never; `clock` is how far (ns)
    Loki's clock is ahead of ours; `reason` of the last failure."""

    def __init__(self) -> None:
        self.delivered = 0
        self.dropped = 0  # too old, or over the outbox's bound
        self.refused = 0  # by Loki, for what they are
        self.failures = 0
        self.last_delivery = 0
        self.last_failure = 0
        self.clock = 0
        self.reason = ""


def read(folder: str) -> Ledger:
    """The ledger, an empty one where there is none. What is not a number in it counts as 0."""
    ledger = Ledger()
    try:
        with open(f"{folder}/{NAME}", encoding="utf-8", errors="replace") as file:
            lines = file.read(1 << 16).splitlines()
    except OSError:
        return ledger
    for line in lines:
        key, _, value = line.partition(" ")
        if key == "reason":
            ledger.reason = value
        elif key in _NUMBERS:
            try:
                setattr(ledger, key, int(value))
            except ValueError:
                pass
    return ledger


def write(folder: str, ledger: Ledger, rest_until: int) -> None:
    """Replace the ledger as a whole; no sender is started before `rest_until` (ns)."""
    lines = [f"{key} {getattr(ledger, key)}\n" for key in _NUMBERS]
    lines.append(f"reason {' '.join(ledger.reason.split())}\n")
    arriving = f"{folder}/{NAME}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    file = os.open(arriving, flags, 0o600)
    try:
        os.write(file, "".join(lines).encode("utf-8"))
    finally:
        os.close(file)
    os.utime(arriving, ns=(rest_until, rest_until))
    os.rename(arriving, f"{folder}/{NAME}")


def resting(folder: str, now: int) -> bool:
    """Whether Loki is to be left alone at `now` (ns), after a failure."""
    try:
        until = os.stat(f"{folder}/{NAME}").st_mtime_ns
    except OSError:
        return False
    return now < until < now + _LONGEST_REST
