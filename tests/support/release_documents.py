"""Releases of labs as JSON documents."""

from __future__ import annotations

import json
from typing import Any


def document(**changed: Any) -> dict[str, Any]:
    """A release, with some fields changed, or removed by ... (an ellipsis)."""
    found = {
        "schema": "homelab.usage-release/1",
        "version": "0.6.0",
        "lab": "0123456789abcdef",
        "months": [{"month": "2026-09", "partial": False}, {"month": "2026-10", "partial": True}],
        "accounts": [2, 5],
        "min_users": 2,
        "offered": ["config", "logs query"],
        "rows": [row(), row(label="(unknown) container restart", failed=None)],
        "habits": [{"words": "docker compose ps", "runs": [6, 20], "days": None}],
        **changed,
    }
    return {name: value for name, value in found.items() if value is not ...}


def row(**changed: Any) -> dict[str, Any]:
    of_row = {"month": "2026-09", "runs": [21, 100], "accounts": [2, 5], "failed": [5, 20]}
    return {"label": "logs query", **of_row, **changed}


def written(found: dict[str, Any]) -> bytes:
    return json.dumps(found).encode()
