"""Decide whether this run may be counted. This is the only place that decides, and it comes before
everything else.

The environment can only switch counting off. Of the files, the account's own has precedence over
the system's: a `yes` in it counts the account's runs although the system says `no`, because it is
the account's own use. An operator who wants no run counted anywhere configures no Loki, or sets
DO_NOT_TRACK.
"""

from __future__ import annotations

from homelab.errors import Failure
from homelab.settings import OFF, OPERATORS, says_yes
from homelab.settings import of_account as settings_of_account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.settings import Settings
    from homelab.telemetry.event import OwnName


VARIABLE = "HOMELAB_TELEMETRY"
VOCABULARY = "telemetry.vocabulary"
PERSONAL = "telemetry.personal"
ACCOUNT_AS = "telemetry.account_as"


class Verdict:
    """`state` is `on`, `off` or `print` (show the request, send nothing); `who` is what decided it,
    and `itself` whether that was the account (its environment, its own file). Not `decided`: the
    settings can't be read, or are ignored."""

    __slots__ = ("decided", "itself", "state", "who")

    def __init__(self, state: str, who: str, itself: bool = True, decided: bool = True) -> None:
        self.state = state
        self.who = who
        self.itself = itself
        self.decided = decided


def by_environment(env: Mapping[str, str]) -> Verdict | None:
    """The decision of the environment, which needs no file; None if it has none.

    DO_NOT_TRACK (consoledonottrack.com) is for all programs: any value except 0 and false means
    off, and no variable of ours overrules it; `print` sends nothing, so it need not overrule it.
    """
    ours = env.get(VARIABLE, "").strip().lower()
    if ours == "print":
        return Verdict("print", f"{VARIABLE}=print")
    if ours and not says_yes(ours):  # an unknown value may have meant no
        return Verdict("off", f"{VARIABLE}={ours}")
    track = env.get("DO_NOT_TRACK", "").strip().lower()
    if track and track not in OFF:
        return Verdict("off", f"DO_NOT_TRACK={track}")
    return None


def verdict(env: Mapping[str, str], settings: Settings, ours: bool = True) -> Verdict:
    """The verdict for this run. Settings that cannot be read mean off: they may say so. A pseudonym
    without a usable key means off too: the name must not be sent in its place.

    Without `ours`, the verdict that HOMELAB_TELEMETRY does not change.
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
        return Verdict("off", "settings that can't be read", decided=False)
    if refused:  # the ignored file may say no
        return Verdict("off", refused, decided=False)
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


def of_account(env: Mapping[str, str], settings: Settings) -> Verdict:
    """The verdict for this account's runs, to show it. That for this run can be another one: `on`,
    on another host, counts a run there."""
    return verdict(settings_of_account(env), settings)


def is_asked(env: Mapping[str, str]) -> bool:
    """Whether the environment asks for counting; a `no` in a file still forbids it."""
    return says_yes(env.get(VARIABLE, ""))


def vocabulary(settings: Settings) -> frozenset[str]:
    """The operator's own words, which are counted by name like those of the list. Empty if the
    settings are broken, or if the words come from anyone but the operator."""
    from homelab.telemetry.event import words_of

    try:
        value = settings.value(VOCABULARY)
    except Failure:
        return frozenset()
    return words_of(value.text) if value.source in OPERATORS else frozenset()


def own_words(settings: Settings) -> bool:
    """Whether the account allows counting a listed word in the name of an own script. Only the
    account can: the same setting in the system's file or the build has no effect."""
    try:
        value, written = settings.value(PERSONAL), settings.value(PERSONAL, environment=False)
    except Failure:
        return False
    if written.source == "user" and written.text.strip().lower() != "words":
        return False  # the environment cannot turn on what the account's own file turns off
    return value.source not in OPERATORS and value.text.strip().lower() == "words"


def own_verb(settings: Settings, words: tuple[str, ...], name: str, counts_as: str) -> OwnName:
    """How an account's own verb is counted: its `words` for the account's journal, and the label
    that may be sent, by the word that it declares (`counts_as`) or its own `name`."""
    from homelab.telemetry import event

    label = event.PERSONAL
    if counts_as:
        label = event.of_personal(counts_as, vocabulary(settings))
    elif own_words(settings):
        label = event.of_script(name, vocabulary(settings))
    return event.OwnName(words, label)


def without_effect(settings: Settings) -> list[tuple[str, str]]:
    """The settings that have no effect, fully or partly, each with a sentence on the reason and the
    remedy. Raises Failure (78) if the settings are broken."""
    from homelab.telemetry.event import bad_words

    found = []
    value = settings.value(VOCABULARY)
    if value.text and value.source not in OPERATORS:
        why = "only the system's file or the build can set it; remove it there"
        found.append((VOCABULARY, f"{value.origin}: no effect: {why}"))
    elif bad_words(value.text):
        named = ", ".join(map(repr, bad_words(value.text)))
        why = f"not counted by name: {named}; a word has at most 32 of a-z, 0-9 and -"
        found.append((VOCABULARY, f"{value.origin}: {why}"))
    value = settings.value(PERSONAL)
    if value.text and value.source in OPERATORS:
        why = "only the account itself can set it, in its own file or its environment"
        found.append((PERSONAL, f"{value.origin}: no effect: {why}"))
    elif value.text.strip().lower() not in ("", "words", "no"):
        found.append((PERSONAL, f"{value.origin}: no effect: must be words or no"))
    value = settings.value(ACCOUNT_AS)
    if value.text.strip().lower() not in ("label", "metadata"):
        found.append((ACCOUNT_AS, f"{value.origin}: no effect: must be label or metadata"))
    return found
