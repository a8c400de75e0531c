"""The one gate: may this run be counted? Asked before anything else is done or looked at."""

from __future__ import annotations

from homelab.errors import Failure
from homelab.settings import OFF, OPERATORS, YES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.settings import Settings


class Verdict:
    """`state` is `on`, `off` or `print` (show the request, send nothing); `who` decided it, and
    whether that was the account `itself` (its environment, its own file)."""

    __slots__ = ("itself", "state", "who")

    def __init__(self, state: str, who: str, itself: bool = True) -> None:
        self.state = state
        self.who = who
        self.itself = itself


def by_environment(env: Mapping[str, str]) -> Verdict | None:
    """The environment's word, which needs no file; None where it says nothing.

    DO_NOT_TRACK (consoledonottrack.com) is set for all programs: any value but 0 and false means
    off, and none of ours overrules it; `print` sends nothing, so it needs no overruling.
    """
    ours = env.get("HOMELAB_TELEMETRY", "").strip().lower()
    if ours == "print":
        return Verdict("print", "HOMELAB_TELEMETRY=print")
    if ours and ours not in YES:  # what is not understood may have meant no
        return Verdict("off", f"HOMELAB_TELEMETRY={ours}")
    track = env.get("DO_NOT_TRACK", "").strip().lower()
    if track and track not in OFF:
        return Verdict("off", f"DO_NOT_TRACK={track}")
    return None


def verdict(env: Mapping[str, str], settings: Settings, ours: bool = True) -> Verdict:
    """What holds for this run. Settings that can't be read mean off: they may have said so.

    Without `ours`, what would hold without HOMELAB_TELEMETRY.
    """
    if not ours:
        env = {name: value for name, value in env.items() if name != "HOMELAB_TELEMETRY"}
    said = by_environment(env)
    if said is not None:
        return said
    try:
        value = settings.value("telemetry.enabled", environment=ours)
        refused = settings.refused()
    except Failure:
        return Verdict("off", "settings that can't be read")
    if refused:  # they may have said so
        return Verdict("off", refused)
    itself = value.source in ("environment", "user")
    if value.source != "environment" and value.text.strip().lower() in OFF:
        return Verdict("off", value.origin, itself)
    return Verdict("on", value.origin, itself)


def vocabulary(settings: Settings) -> frozenset[str]:
    """The operator's own words, counted by name as those of the wish-list are; none where the
    settings are broken, or name words that somebody else than the operator put there."""
    from homelab.telemetry.event import words_of

    try:
        value = settings.value("telemetry.vocabulary")
    except Failure:
        return frozenset()
    return words_of(value.text) if value.source in OPERATORS else frozenset()
