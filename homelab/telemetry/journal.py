"""The embedded sink: one account's own file of its runs, where no Loki is configured.

One line an event, `1795459106342321843 exit=0 ver=0.6.0 verb=logs query`, appended in one write.
Nothing here is ever sent: what was journalled before a Loki was configured stays here.
"""

from __future__ import annotations

import os

from homelab.telemetry.folder import own_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.analytics.counts import Tally

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


def read(folder: str, start: int, end: int, user: str) -> Tally:
    """Count the events after `start` up to `end` (ns); all are `user`'s. No journal is no events.

    A line that is none of ours (torn by a full disk, rubbish) is passed over. Raises OSError where
    the file is there and can't be read.
    """
    from homelab.analytics.counts import Tally

    tally = Tally()
    counts: dict[bytes, int] = {}
    last: dict[bytes, bytes] = {}
    first, final = b"%019d" % start, b"%019d" % end
    width = 19  # digits of every moment from 2001 to 2286, so bytes compare as numbers do
    try:
        with open(f"{folder}/{NAME}", "rb") as file:
            for line in file:
                moment = line[:width]
                if first < moment <= final:
                    event = line[width:]
                    counts[event] = counts.get(event, 0) + 1
                    if moment > last.get(event, b""):
                        last[event] = moment
    except FileNotFoundError:
        return tally
    for event, count in counts.items():
        code, verb = _parsed(event)
        if verb:
            tally.add(verb, code, count)
            tally.users[verb] = {user}
            tally.seen(verb, int(last[event]))
    return tally


def _parsed(event: bytes) -> tuple[int, str]:
    """` exit=0 ver=0.6.0 verb=logs query\\n` → (0, "logs query"); (0, "") where it is no event."""
    head, found, verb = event.partition(b" verb=")
    words = head.split()
    if not (found and verb.endswith(b"\n") and len(words) == 2 and words[0][:5] == b"exit="):
        return 0, ""
    try:
        return int(words[0][5:]), verb[:-1].decode("utf-8")
    except ValueError:
        return 0, ""
