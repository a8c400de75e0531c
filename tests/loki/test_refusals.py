"""Refusals by Loki, or by a server in its place: numbers of any length, texts of any kind."""

from __future__ import annotations

import pytest

from homelab.loki import limits, refusals
from homelab.loki.address import Address

ADDRESS = Address("http://loki.lan")
LONG = "9" * 5000  # digits that `int` refuses


@pytest.mark.parametrize("text", [LONG, f"{LONG}d", f"1h{LONG}m", "\u00b2", "5\u00b2d"])
def test_a_limit_of_thousands_of_digits_is_none(text: str) -> None:
    assert limits.size(text) is None
    told = limits.of_yaml(f"limits_config:\n  retention_period: {text}\n".encode())
    assert limits.tighter(told) == []
    assert limits.shown(told) == [f"retention_period {text}"] * (len(text) < 60)


@pytest.mark.parametrize(
    "place", [f"line {LONG}, col 1", f"line 1, col {LONG}", "line 1, col \u00b2"]
)
def test_a_place_that_no_query_has_is_not_marked(place: str) -> None:
    failure = refusals.of_text(ADDRESS, 400, f"parse error at {place}: x".encode(), "{a=`b`}")
    assert failure is not None
    assert failure.below == ""
    assert failure.sentence.startswith("Loki refuses the query: parse error")


def test_a_limits_value_is_short_and_fit_for_a_terminal() -> None:
    said = f"the query time range exceeds the limit (limit: \x1b[2J{'a' * 5000})"
    failure = refusals.of_text(ADDRESS, 400, said.encode(), "{a=`b`}")
    assert failure is not None
    assert failure.sentence.isprintable()
    assert len(failure.sentence) < 1000
