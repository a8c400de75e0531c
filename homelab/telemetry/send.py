"""Carry events to Loki; runs in the detached child only, and imports there what HTTP takes."""

from __future__ import annotations

import os

from homelab.telemetry import event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings

TIMEOUT = 0.8  # s, each wait on the socket; the child's lifetime bounds the whole


def account() -> str:
    """The OS account of the real uid, from the password database, never from the environment."""
    import pwd

    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


def body_of(user: str, events: list[tuple[int, str, str, str]]) -> bytes:
    """The request's body, as `HOMELAB_TELEMETRY=print` shows it and the sender sends it."""
    import json

    document = event.push_body(user, events)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def push(settings: Settings, events: list[tuple[int, str, str, str]]) -> int:
    """One push; returns Loki's status. Raises Failure where there was no answer."""
    from homelab.loki.connect import configured

    loki = configured(settings, connect=TIMEOUT, wait=TIMEOUT)
    return loki.request("POST", event.PUSH, body_of(account(), events)).status
