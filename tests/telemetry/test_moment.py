"""The moment of a run, where the clock tells too little."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from homelab.telemetry.record import moment
from homelab.times import SECOND

NOW = 1795465834 * SECOND


def test_a_clock_that_moves_is_taken_as_it_is() -> None:
    ticks = count(NOW + 1, 41)
    assert moment(lambda: next(ticks)) == NOW + 1


@given(st.integers(0, SECOND - 1))
def test_a_clock_that_stands_still_gives_each_run_of_a_thousand_its_own(fraction: int) -> None:
    """In 2 of 1,000 trials two are the same, where a quarter of the second is left to draw from."""
    drawn = {moment(lambda: NOW + fraction) for _ in range(1000)}
    assert len(drawn) >= 998
    assert {each // SECOND for each in drawn} == {NOW // SECOND}
    assert fraction < SECOND // 4 or max(drawn) <= NOW + fraction


def test_a_coarse_clock_gives_moments_that_are_past() -> None:
    """One of whole microseconds, say: `usage top` a moment later shows the run."""

    def ticks() -> Iterator[int]:
        yield from count(NOW + SECOND // 2, 1000)

    coarse = ticks()
    assert NOW <= moment(lambda: next(coarse)) <= NOW + SECOND // 2 + 1000


def test_a_clock_before_1970_or_far_beyond_breaks_nothing() -> None:
    assert 0 <= moment(lambda: -5) < SECOND
    assert len(str(moment(lambda: 10**30))) == 19
