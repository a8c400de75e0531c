"""Every verb of this host, described alike: the catalogue's, and the drop-ins that run."""

from __future__ import annotations

from homelab import catalogue
from homelab.catalogue import FAMILIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.dropins.listing import Found
    from homelab.verb import Verb


def walked(context: Context, group: tuple[str, ...] = ()) -> Found:
    """The drop-ins of this host, those too that do not run (below `group` alone, if given)."""
    from homelab.dropins import listing

    return listing.every(context.places(), FAMILIES, group)


def verbs(context: Context, words: tuple[str, ...] = ()) -> list[Verb]:
    """The verbs whose path begins with `words`, sorted. For words that built-ins own no folder is
    touched."""
    found = [
        verb for verb in catalogue.every() if tuple(verb.path.split(" "))[: len(words)] == words
    ]
    if not words or words[0] not in FAMILIES:
        found += own(context, words)
    return sorted(found, key=lambda verb: verb.path)


def own(context: Context, words: tuple[str, ...] = ()) -> list[Verb]:
    """The drop-ins that run and whose path begins with `words`."""
    from homelab.dropins import describe, listing

    found = walked(context, words[:-1])
    return [
        describe.verb(listed.dropin)
        for listed in found.listed
        if listed.state == listing.RUNS and listed.dropin.words[: len(words)] == words
    ]
