"""Pure: the health of a btrfs file system, from the kernel's files below /sys/fs/btrfs, from `btrfs
device stats`, and from the file in which btrfs-progs keep the last scrub (scrub.status.UUID)."""

from __future__ import annotations

import re

from homelab.storage import number
from homelab.texts import lines
from homelab.times import SECOND

_STATISTIC = re.compile(r"\[(.+)\]\.([a-z_]+?)_(?:io_)?errs +(\d{1,20})", re.ASCII)
_KERNELS = re.compile(r"([a-z]+)_errs (\d{1,20})", re.ASCII)
MISSING = "<missing disk>"


class Scrub:
    """The last scrub of all devices together. `at` is when it ended (ns), of several devices the
    earliest; `finished` and `canceled` say how: with neither it was interrupted, unless it is
    `running`. `uncorrectable` errors stay, `corrected` ones were repaired."""

    __slots__ = ("at", "canceled", "corrected", "finished", "running", "uncorrectable")

    def __init__(self) -> None:
        self.at: int | None = None
        self.finished = True
        self.canceled = False
        self.running = False
        self.corrected = 0
        self.uncorrectable = 0


class Filesystem:
    """A mounted btrfs: its `folder`, `label` and `uuid`, and the `errors` of its devices by name
    (None: unknown, for the reason `why_errors`). `missing` is the number of missing devices. It is
    `redundant` if its data are stored twice or with parity, `stopped` if the kernel made it
    read-only after an error. `doing` is the operation that runs (`balance`) or is paused (`balance
    paused`). `scrub` is None if it was never scrubbed; `why` says why that is not known."""

    __slots__ = (
        "doing", "errors", "folder", "label", "missing", "redundant", "scrub", "stopped", "uuid",
        "why", "why_errors",
    )  # fmt: skip

    def __init__(self, folder: str, uuid: str) -> None:
        self.folder = folder
        self.uuid = uuid
        self.label = ""
        self.errors: dict[str, dict[str, int]] | None = {}
        self.missing = 0
        self.redundant = False
        self.stopped = False
        self.doing = ""
        self.scrub: Scrub | None = None
        self.why = ""
        self.why_errors = ""


def kernel_errors(text: str) -> dict[str, int]:
    """The errors of a device that are not 0, by kind (`write`, `read`, `flush`, `corruption`,
    `generation`), from its file error_stats. Raises ValueError if the kernel has no counts
    (`invalid`)."""
    counted = [*filter(None, (_KERNELS.fullmatch(line.strip()) for line in lines(text)))]
    if not counted:
        raise ValueError(text[:80])
    return {found[1]: int(found[2]) for found in counted if int(found[2])}


def statistics(text: str) -> dict[str, dict[str, int]]:
    """The errors that are not 0 by device and kind, from `btrfs device stats`; a missing device
    begins with MISSING. Raises ValueError if the text has no line of a device."""
    errors: dict[str, dict[str, int]] = {}
    for line in lines(text):
        found = _STATISTIC.fullmatch(line.strip())
        if found:
            device = errors.setdefault(found[1], {})
            if int(found[3]):
                device[found[2]] = int(found[3])
    if not errors:
        raise ValueError(text[:80])
    return errors


def scrub(text: str, uuid: str) -> Scrub | None:
    """The last scrub from the file scrub.status, None if it has none of this file system.

    A line has the fields of one device: `UUID:1|csum_errors:0|…|t_start:1796031557|finished:1`."""
    found: Scrub | None = None
    for line in lines(text):
        first, *fields = line.split("|")
        if first.partition(":")[0] != uuid:
            continue
        values = {}
        for field in fields:
            name, _, value = field.partition(":")
            values[name] = number.whole(value) or 0
        began = values.get("t_start") or 0
        if not began:
            continue
        at = (max(began, values.get("t_resumed") or 0) + (values.get("duration") or 0)) * SECOND
        found = found or Scrub()
        found.at = at if found.at is None else min(at, found.at)
        found.finished &= bool(values.get("finished"))
        found.canceled |= bool(values.get("canceled"))
        found.corrected += values.get("corrected_errors") or 0
        found.uncorrectable += values.get("uncorrectable_errors") or 0
    return found
