"""The one gate: may this run be counted? Asked before anything else is done or looked at."""

from __future__ import annotations

from homelab.errors import Failure
from homelab.settings import OFF, OPERATORS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.settings import Settings


class Verdict:
    """`state` is `on`, `off` or `print` (show the request, send nothing); `who` decided it."""

    __slots__ = ("state", "who")

    def __init__(self, state: str, who: str) -> None:
        self.state = state
        self.who = who


def by_environment(env: Mapping[str, str]) -> Verdict | None:
    """The environment's word, which needs no file; None where it says nothing.

    DO_NOT_TRACK (consoledonottrack.com) is set for all programs: any value but 0 and false means
    off, and none of ours overrules it.
    """
    ours = env.get("HOMELAB_TELEMETRY", "").strip().lower()
    if ours in OFF:
        return Verdict("off", f"HOMELAB_TELEMETRY={ours}")
    track = env.get("DO_NOT_TRACK", "").strip().lower()
    if track and track not in ("0", "false", "no", "off"):
        return Verdict("off", f"DO_NOT_TRACK={track}")
    if ours == "print":
        return Verdict("print", "HOMELAB_TELEMETRY=print")
    return None


def verdict(env: Mapping[str, str], settings: Settings) -> Verdict:
    """What holds for this run. Settings that can't be read mean off: they may have said so."""
    said = by_environment(env)
    if said is not None and said.state == "off":
        return said
    try:
        value = settings.value("telemetry.enabled")
    except Failure:
        return Verdict("off", "settings that can't be read")
    if value.source != "environment" and value.text.strip().lower() in OFF:
        return Verdict("off", value.origin)
    return said or Verdict("on", value.origin)


def vocabulary(settings: Settings) -> frozenset[str]:
    """The operator's own words, counted by name as those of the wish-list are; none where the
    settings are broken, or name words that somebody else than the operator put there."""
    from homelab.telemetry.event import words_of

    try:
        value = settings.value("telemetry.vocabulary")
    except Failure:
        return frozenset()
    return words_of(value.text) if value.source in OPERATORS else frozenset()
