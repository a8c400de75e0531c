"""Target for kept counts of closed days: a file of another version, or one damaged by a disk's
fault."""

from __future__ import annotations

from support.kept_days import figures, sample

from fuzz.target import Target
from homelab.usage.kept_text import Kept, Refused, dumps, parse

_OF = "0" * 64


def _read(data: bytes) -> Kept:
    return parse(data, _OF)


def _is_whole(_data: bytes, kept: Kept) -> None:
    """Assert that writing and reading it again changes nothing, and that no figure is negative."""
    assert figures(_read(dumps(kept, _OF))) == figures(kept)
    for counts in kept.days.values():
        assert all(type(runs) is int and runs >= 0 for runs in counts.values())
        assert all(len(key) == 4 for key in counts)
    for per_day in kept.places.values():
        assert all(len(counts) == 60 and min(counts) >= 0 for counts in per_day.values())


TARGETS = (
    Target(
        "usage.kept_text",
        _read,
        _is_whole,
        (dumps(sample(), _OF), dumps(Kept(), _OF), dumps(sample(), "another")),
        refuses=(Refused,),
        inputs=2000,
    ),
)
