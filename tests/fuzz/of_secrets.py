"""Target for shell histories, with anything that people type."""

from __future__ import annotations

from support.planted_secrets import commands_of, planted

from fuzz.target import Target
from homelab.habits.secrets import has_secret


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _has_secret(data: bytes) -> bool:
    return has_secret(_text(data), [_text(data).split()])


def _stays_secret(data: bytes, found: bool) -> None:
    text = _text(data)
    assert found in (True, False)
    assert has_secret(f"{text}\nDB_PASSWORD=Hunter2", [])
    assert has_secret(text, [*commands_of(text[:200]), ["sshpass", "-p", "Hunter2"]])


TARGETS = (
    Target(
        "habits.secrets",
        _has_secret,
        _stays_secret,
        [each.entry.encode() for each in planted(200)],
        inputs=1500,
    ),
)
