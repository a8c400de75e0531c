"""The moment of a run on a clock that is coarse or stands still."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.system import clock
from homelab.telemetry.record import moment
from homelab.times import SECOND

NOW = 1795465834 * SECOND


def test_a_clock_that_moves_is_taken_as_it_is() -> None:
    ticks = count(NOW + 1, 41)
    assert moment(lambda: next(ticks)) == NOW + 1


@given(st.integers(0, SECOND - 1))
def test_a_clock_that_stands_still_gives_each_run_of_a_thousand_its_own(fraction: int) -> None:
    """In 2 of 1,000 trials two are equal, if only a quarter of the second is left to draw from."""
    drawn = {moment(lambda: NOW + fraction) for _ in range(1000)}
    assert len(drawn) >= 998
    assert {each // SECOND for each in drawn} == {NOW // SECOND}
    assert fraction < SECOND // 4 or max(drawn) <= NOW + fraction


def test_a_coarse_clock_gives_moments_that_are_past() -> None:
    """A clock with whole microseconds, for example: `usage top` a moment later shows the run."""

    def ticks() -> Iterator[int]:
        yield from count(NOW + SECOND // 2, 1000)

    coarse = ticks()
    assert NOW <= moment(lambda: next(coarse)) <= NOW + SECOND // 2 + 1000


def test_a_clock_before_1970_or_far_beyond_breaks_nothing() -> None:
    assert 0 <= moment(lambda: -5) < SECOND
    assert len(str(moment(lambda: 10**30))) == 19


def test_a_clock_past_2262_gives_each_run_its_own_moment() -> None:
    """C19: 2262 is the last year that Loki can read, and a clock in 2299 puts all runs there."""
    ticks = count(10_382_256_000 * SECOND + 1, 41)
    drawn = {moment(lambda: next(ticks)) for _ in range(100)}
    assert len(drawn) > 98
    assert max(drawn) < 2**63


@pytest.mark.parametrize("tick", [10_000_000, 4_000_000, 1_000_000, 1000])
def test_runs_within_one_tick_of_a_coarse_clock_have_moments_of_their_own(tick: int) -> None:
    """C19: also those of processes that read the clock at the same time."""
    reads = (NOW + number // 40 * tick for number in count())
    drawn = [moment(lambda: next(reads)) for _ in range(1000)]
    assert len(set(drawn)) >= 998


def test_python_reads_the_clock_in_the_year_2299(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's number of ns ends in 2262."""

    def too_large() -> int:
        raise OverflowError("timestamp too large to convert to C _PyTime_t")

    monkeypatch.setattr("homelab.system.clock.time.time_ns", too_large)
    monkeypatch.setattr("homelab.system.clock.time.clock_gettime", lambda clock: 10_382_256_000.25)
    assert clock.now() == 10_382_256_000 * SECOND
