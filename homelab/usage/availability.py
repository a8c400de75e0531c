"""The verbs that this host offers and that are counted by name, and since when they could run."""

from __future__ import annotations

import os

from homelab.describe import inventory
from homelab.dropins import listing
from homelab.times import DAY
from homelab.usage.counts import VERSION, Question, day_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.registry import Registry
    from homelab.context import Context
    from homelab.dropins.find import Dropin
    from homelab.usage.counts import Counts


UNUSED, YOUNG = "unused", "too young"


class Offer:
    """A verb that could have been used: its path, the `source` it has (`built-in`, or the folder of
    a drop-in), and the moment `since` (ns) from which it is known to have been there; None where
    nobody is known to have it yet."""

    __slots__ = ("since", "source", "verb")

    def __init__(self, verb: str, source: str, since: int | None) -> None:
        self.verb = verb
        self.source = source
        self.since = since

    def state(self, start: int) -> str:
        """`unused` where it was there all the time since `start` (ns), else `too young`. Runs tell
        no more than the day on which it came, so that day must be over."""
        if self.since is None or day_of(self.since + 1) >= day_of(start):
            return YOUNG
        return UNUSED


def known_by(start: int, end: int) -> Question:
    """What is asked for `offers` in the window (start, end]: versions since as long a time before
    it, and at least the whole day before it."""
    return Question(max(0, min(2 * start - end, (start // DAY - 1) * DAY)), end, VERSION)


def running(context: Context) -> list[Dropin]:
    """The drop-ins that run on this host, by one walk through their folders."""
    listed = inventory.walked(context).listed
    return [each.dropin for each in listed if each.state == listing.RUNS]


def offers(built_in: Registry, dropins: list[Dropin], versions: Counts) -> list[Offer]:
    """The built-in verbs and the operator's of `dropins`, which run here; `versions` is the
    answer to `known_by`.

    A built-in is there since a version that has it first ran somewhere, a drop-in since its file
    came to this host: its status change, which no copying can set back. Nothing is known from
    before runs were counted.
    """
    found = [
        Offer(verb.path, verb.source, first_seen(versions, verb.since))
        for verb in built_in.every()
        if verb.recorded and not verb.discovery
    ]
    counted = first_seen(versions)
    for dropin in dropins:
        if not dropin.folder.personal:
            since = None if counted is None else max(counted, _came(dropin.path))
            found.append(Offer(dropin.verb, dropin.folder.path, since))
    return found


def _came(path: str) -> int:
    try:
        return os.stat(path).st_ctime_ns
    except OSError:  # it went while we looked
        return 0


def own(built_in: Registry, dropins: list[Dropin]) -> frozenset[str]:
    """The first words of the verbs that run on this host: those of `dropins`, and the built-ins."""
    return frozenset(dropin.words[0] for dropin in dropins) | frozenset(built_in.families)


def first_seen(versions: Counts, least: str = "") -> int | None:
    """The first moment (ns) of the first day on which a version from `least` up ran somewhere,
    whichever verb it was; `versions` are runs by version. None where none did."""
    days = [
        min(days)
        for version, days in versions.days.items()
        if not least or _numbers(version) >= _numbers(least)
    ]
    return min(days) * DAY if days else None


def _numbers(version: str) -> list[int]:
    """`0.10.2` → [0, 10, 2]; what is no version is older than all."""
    parts = version.split(".")
    return [int(part) for part in parts] if all(part.isdigit() for part in parts) else []
