"""The verbs that this host offers and that are counted by name, and since when they could run."""

from __future__ import annotations

import os

from homelab import catalogue, known
from homelab.analytics.offers import Offer, first_seen
from homelab.dropins import listing
from homelab.runs import VERSION, Question
from homelab.times import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.dropins.find import Dropin
    from homelab.runs import Counts


def known_by(start: int, end: int) -> Question:
    """What is asked for `offers` in the window (start, end]: versions since as long a time before
    it, and at least the whole day before it."""
    return Question(max(0, min(2 * start - end, (start // DAY - 1) * DAY)), end, VERSION)


def running(context: Context) -> list[Dropin]:
    """The drop-ins that run on this host, by one walk through their folders."""
    listed = known.walked(context).listed
    return [each.dropin for each in listed if each.state == listing.RUNS]


def offers(dropins: list[Dropin], versions: Counts) -> list[Offer]:
    """The catalogue's verbs and the operator's of `dropins`, which run here; `versions` is the
    answer to `known_by`.

    A built-in is there since a version that has it first ran somewhere, a drop-in since its file
    came to this host: its status change, which no copying can set back. Nothing is known from
    before runs were counted.
    """
    found = [
        Offer(verb.path, verb.source, first_seen(versions, verb.since))
        for verb in catalogue.every()
        if verb.recorded and not verb.discovery
    ]
    counted = first_seen(versions)
    for dropin in dropins:
        if not dropin.place.personal:
            since = None if counted is None else max(counted, _came(dropin.path))
            found.append(Offer(dropin.verb, dropin.place.folder, since))
    return found


def _came(path: str) -> int:
    try:
        return os.stat(path).st_ctime_ns
    except OSError:  # it went while we looked
        return 0


def own(dropins: list[Dropin]) -> frozenset[str]:
    """The first words of the verbs that run on this host: those of `dropins`, and the built-ins."""
    return frozenset(dropin.words[0] for dropin in dropins) | frozenset(catalogue.FAMILIES)
