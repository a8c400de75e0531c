"""The one gate: may this run be counted? Asked before anything else is done or looked at.

The environment only switches off. Of the files, the account's own decides before the system's: a
`yes` in it counts the account's runs although the system says `no`, since what is counted is its
own use. An operator who wants no run counted anywhere configures no Loki, or sets DO_NOT_TRACK.
"""

from __future__ import annotations

from homelab.errors import Failure
from homelab.settings import OFF, OPERATORS, says_yes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.settings import Settings


VARIABLE = "HOMELAB_TELEMETRY"
VOCABULARY = "telemetry.vocabulary"
PERSONAL = "telemetry.personal"
ACCOUNT_AS = "telemetry.account_as"


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
    ours = env.get(VARIABLE, "").strip().lower()
    if ours == "print":
        return Verdict("print", f"{VARIABLE}=print")
    if ours and not says_yes(ours):  # what is not understood may have meant no
        return Verdict("off", f"{VARIABLE}={ours}")
    track = env.get("DO_NOT_TRACK", "").strip().lower()
    if track and track not in OFF:
        return Verdict("off", f"DO_NOT_TRACK={track}")
    return None


def verdict(env: Mapping[str, str], settings: Settings, ours: bool = True) -> Verdict:
    """What holds for this run. Settings that can't be read mean off: they may have said so. A
    pseudonym without a usable key means off too: the name must not be sent in its place.

    Without `ours`, what would hold without HOMELAB_TELEMETRY.
    """
    if not ours:
        env = {name: value for name, value in env.items() if name != VARIABLE}
    said = by_environment(env)
    if said is not None:
        return said
    try:
        value = settings.value("telemetry.enabled", environment=False)
        refused = settings.refused()
        pseudonymous = settings.text("telemetry.account") == "pseudonym"
    except Failure:
        return Verdict("off", "settings that can't be read")
    if refused:  # they may have said so
        return Verdict("off", refused)
    itself = value.source == "user" or is_asked(env)
    if not says_yes(value.text):
        return Verdict("off", value.origin, itself)
    if pseudonymous:
        from homelab.telemetry import pseudonym

        try:
            pseudonym.key(settings)
        except Failure as failure:
            return Verdict("off", failure.sentence, itself)
    return Verdict("on", value.origin, itself)


def is_asked(env: Mapping[str, str]) -> bool:
    """Whether the environment asks for counting, which a file's `no` forbids all the same."""
    return says_yes(env.get(VARIABLE, ""))


def vocabulary(settings: Settings) -> frozenset[str]:
    """The operator's own words, counted by name as those of the list are; none where the
    settings are broken, or name words that somebody else than the operator put there."""
    from homelab.telemetry.event import words_of

    try:
        value = settings.value(VOCABULARY)
    except Failure:
        return frozenset()
    return words_of(value.text) if value.source in OPERATORS else frozenset()


def own_words(settings: Settings) -> bool:
    """Whether the account lets a listed word in the name of an own script be counted. Nobody else
    can: what the system's file or the build says is without effect."""
    try:
        value, written = settings.value(PERSONAL), settings.value(PERSONAL, environment=False)
    except Failure:
        return False
    if written.source == "user" and written.text.strip().lower() != "words":
        return False  # the environment does not turn on what the account's own file turns off
    return value.source not in OPERATORS and value.text.strip().lower() == "words"


def without_effect(settings: Settings) -> list[tuple[str, str]]:
    """The settings of which something is not obeyed, each with a sentence on what, why and where.
    Raises Failure (78) where settings are broken."""
    from homelab.telemetry.event import bad_words

    found = []
    value = settings.value(VOCABULARY)
    if value.text and value.source not in OPERATORS:
        why = "only the system's file or the build can set it; remove it there"
        found.append((VOCABULARY, f"{value.origin}: it has no effect: {why}"))
    elif bad_words(value.text):
        named = ", ".join(map(repr, bad_words(value.text)))
        why = f"not counted by name: {named}; a word has at most 32 of a-z, 0-9 and -"
        found.append((VOCABULARY, f"{value.origin}: {why}"))
    value = settings.value(PERSONAL)
    if value.text and value.source in OPERATORS:
        why = "only the account itself can set it, in its own file or its environment"
        found.append((PERSONAL, f"{value.origin}: it has no effect: {why}"))
    elif value.text.strip().lower() not in ("", "words", "no"):
        found.append((PERSONAL, f"{value.origin}: it has no effect: it is words or no"))
    value = settings.value(ACCOUNT_AS)
    if value.text.strip().lower() not in ("label", "metadata"):
        found.append((ACCOUNT_AS, f"{value.origin}: it has no effect: it is label or metadata"))
    return found
