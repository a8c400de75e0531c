"""Releases of labs, which anybody can write."""

from __future__ import annotations

import json

from fuzz.target import Target
from homelab.usage import merge
from homelab.usage.release_file import Refused, Release, dumps, parse


def _sample(**changed: object) -> bytes:
    document = {
        "schema": "homelab.usage-release/1",
        "version": "0.6.0",
        "lab": "0123456789abcdef",
        "months": [{"month": "2026-09", "partial": False}, {"month": "2026-10", "partial": True}],
        "accounts": [2, 5],
        "min_users": 2,
        "offered": ["config", "logs query"],
        "rows": [
            {
                "label": "logs query",
                "month": "2026-09",
                "runs": [21, 100],
                "accounts": [2, 5],
                "failed": [5, 20],
            },
            {
                "label": "(unknown) container restart",
                "month": "2026-10",
                "runs": [10001, None],
                "accounts": [2, 5],
                "failed": None,
            },
            {
                "label": "(few accounts)",
                "month": "2026-10",
                "runs": [2, 5],
                "accounts": [2, 5],
                "failed": None,
            },
        ],
        "habits": [{"words": "docker ps", "runs": [6, 20], "days": None}],
        **changed,
    }
    return json.dumps(document).encode()


def _is_release(_data: bytes, found: Release) -> None:
    """It can be written and read again, and merged alone and with itself."""
    text = dumps(found)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    again = parse(text.encode())
    assert dumps(again) == text
    labs = merge.labs_of([found, again])
    assert len(labs) == 1
    made = merge.ranked(labs, 1, frozenset(), lambda words: True)
    for row in made.rows:
        assert row.verb.isprintable()
        assert row.evidence.isprintable()


TARGETS = (
    Target(
        "usage.release_file",
        parse,
        _is_release,
        (
            _sample(),
            _sample(rows=[], habits=[]),
            _sample(schema="homelab.usage-release/2"),
            _sample(min_users=-1),
        ),
        refuses=(Refused,),
        inputs=2000,
    ),
)
