"""Target for releases of labs, which anyone can write."""

from __future__ import annotations

from support.release_documents import document, row, written

from fuzz.target import Target
from homelab.usage import merge
from homelab.usage.release_file import Refused, Release, dumps, parse


def _sample(**changed: object) -> bytes:
    rows = [
        row(failed=[5, 20]),
        row(label="(unknown) container restart", month="2026-10", runs=[10001, None], failed=None),
        row(label="(few accounts)", month="2026-10", runs=[2, 5], failed=None),
    ]
    return written(document(**{"rows": rows, **changed}))


def _is_release(_data: bytes, found: Release) -> None:
    """Assert that it can be written and read again, and merged alone and with itself."""
    text = dumps(found)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    again = parse(text.encode())
    assert dumps(again) == text
    labs = merge.labs_of([found, again])
    assert len(labs) == 1
    made = merge.ranked(labs, 1, frozenset(), lambda words: True)
    for decision in made.rows:
        assert decision.verb.isprintable()
        assert decision.evidence.isprintable()


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
