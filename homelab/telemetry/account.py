"""Who ran a verb: the OS account of the real uid, never what the environment says; and the label
`user` that its runs are sent with, of the stream or in the entry's structured metadata."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings


def account() -> str:
    """The account's name from the password database, `uid-1000` where it has no entry. It may ask
    a slow directory server, so the parent of a sender never does."""
    import pwd

    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


def label(settings: Settings) -> str:
    """The label `user` of this account's runs: its name or its pseudonym. Raises Failure (78) where
    a pseudonym is wanted and no key can be used: the name is never sent instead."""
    if settings.text("telemetry.account") != "pseudonym":
        return account()
    from homelab.telemetry import pseudonym

    return pseudonym.of(pseudonym.key(settings), account())


def in_metadata(settings: Settings) -> bool:
    """Whether runs are sent with `user` in each entry's structured metadata, and not among the
    labels of the stream. What is neither label nor metadata is label. Raises Failure (78) where
    settings are broken."""
    return settings.text("telemetry.account_as").strip().lower() == "metadata"


def labels(settings: Settings, name: str) -> tuple[str, ...]:
    """The labels that an account's runs may have in Loki: the name, and its pseudonym where this
    reader has the key."""
    if not settings.text("telemetry.account_key_file"):
        return (name,)
    from homelab.errors import Failure
    from homelab.telemetry import pseudonym

    try:
        return (name, pseudonym.of(pseudonym.key(settings), name))
    except Failure:
        return (name,)
