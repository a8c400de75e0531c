"""The verbs of this host that are counted by name, and since when they could run."""

from __future__ import annotations

import os

from homelab.describe import inventory
from homelab.dropins import description, listing
from homelab.telemetry import vocabulary
from homelab.usage.offer import Offer, first_seen
from homelab.usage.outcome import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.registry import Registry
    from homelab.context import Context
    from homelab.dropins.dropin import Dropin
    from homelab.usage.counts import Counts


def running(context: Context) -> list[Dropin]:
    """The drop-ins that run on this host, from one walk through their folders."""
    listed = inventory.walked(context).listed
    return [each.dropin for each in listed if each.state == listing.RUNS]


def rules(dropins: list[Dropin]) -> tuple[dict[str, Rule], dict[str, Rule]]:
    """How to read the exit codes of the drop-ins whose headers name their `Answers:`: those of the
    operator, and those of the account itself, whose names only its own journal may have."""
    operators: dict[str, Rule] = {}
    own: dict[str, Rule] = {}
    for dropin in dropins:
        answers = description.read(dropin).answers
        if answers:
            side = own if dropin.folder.personal else operators
            side[dropin.verb] = Rule(frozenset(answers), passes_on=False)
    return operators, own


def offers(built_in: Registry, dropins: list[Dropin], versions: Counts) -> list[Offer]:
    """The built-in verbs, and those of `dropins` (which run here) that are the operator's;
    `versions` is the answer to `offer.known_by`.

    A built-in is available since a version that has it first ran on any host, a drop-in since its
    file came to this host: the time of its last status change, which copying can't set back.
    Nothing is known from before runs were counted.
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
    except OSError:  # deleted since the walk
        return 0


def own(built_in: Registry, dropins: list[Dropin]) -> dict[str, str]:
    """The words that verbs of this host are for, and the verb's path: the first words of `dropins`,
    two words of those in a built-in group (`disk clean`), and the names of scripts in
    an added folder (`scripts backup` is for `backup`). The first words of built-in verbs are there
    with ""."""
    found = {dropin.words[0]: dropin.words[0] for dropin in dropins}
    found.update(dict.fromkeys(built_in.families, ""))
    for dropin in dropins:
        if dropin.words[0] in built_in.groups and len(dropin.words) > 1:
            found[" ".join(dropin.words[:2])] = " ".join(dropin.words[:2])
    for dropin in dropins:
        prefix = dropin.folder.prefix
        if prefix and dropin.words[:-1] == prefix:
            name = dropin.words[-1]
            found.setdefault(vocabulary.listed(name) or name, dropin.verb)
    return found
