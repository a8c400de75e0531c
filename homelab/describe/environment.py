"""The environment variables that this program reads."""

from __future__ import annotations

from homelab.describe.known_words import VARIABLES
from homelab.settings import SETTINGS


def variables() -> list[tuple[str, str]]:
    """Every variable with its effect, sorted by name."""
    of_settings = [(each.env, f"{each.summary} ({each.name})") for each in SETTINGS if each.env]
    return sorted([*of_settings, *VARIABLES])
