"""The account that ran a verb: the OS account of the real uid, never a name from the environment.
And the label `user` of its runs, which is a label of the stream or in the entry's structured
metadata."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings


def account() -> str:
    """The account's name from the password database, or `uid-1000` if it has no entry. This may ask
    a slow directory server, so the parent of a sender never calls it."""
    import pwd

    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


def label(settings: Settings) -> str:
    """The label `user` of this account's runs: its name or its pseudonym. Raises Failure (78) if a
    pseudonym is configured and no key can be used: the name is never sent instead."""
    if settings.text("telemetry.account") != "pseudonym":
        return account()
    from homelab.telemetry import pseudonym

    return pseudonym.of(pseudonym.key(settings), account())


def in_metadata(settings: Settings) -> bool:
    """Whether runs are sent with `user` in each entry's structured metadata instead of among the
    labels of the stream. Any unknown value means label. Raises Failure (78) if the settings are
    broken."""
    return settings.text("telemetry.account_as").strip().lower() == "metadata"


def labels(settings: Settings, name: str) -> tuple[str, ...]:
    """The labels that an account's runs may have in Loki: the name, and its pseudonym if this
    reader has the key."""
    if not settings.text("telemetry.account_key_file"):
        return (name,)
    from homelab.errors import Failure
    from homelab.telemetry import pseudonym

    try:
        return (name, pseudonym.of(pseudonym.key(settings), name))
    except Failure:
        return (name,)
