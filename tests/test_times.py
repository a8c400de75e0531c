"""Moments and spans: what is typed, what is printed, and windows of whole milliseconds."""

from __future__ import annotations

import calendar
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab import times

NOW = 1795465834 * times.SECOND + 883967747  # 2026-11-23T20:30:34.883967747Z


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("24h", 86400), ("7d", 604800), ("4w", 2419200), ("1h30m", 5400)],
)
def test_spans(text: str, seconds: int) -> None:
    assert times.span(text) == seconds * times.SECOND
    assert times.start_of(text, NOW) == NOW - seconds * times.SECOND


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "d",
        "7x",
        "7d7",
        "-7d",
        "7 d",
        "0d",
        "1.5h",
        "\uff19d",
        "tomorrow",
        "2026-13-01",
        "2099-01-01",
        "99999w",
        "2026-11-23T25:00",
        "2026-11-23T20:00:00.",
        "2026-11-23T20:00:00.1234567890",
    ],
)
def test_what_names_no_past_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        times.start_of(text, NOW)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-01", "2026-10-31T23:00:00Z"),
        ("2026-11-01 12:30", "2026-11-01T11:30:00Z"),
        ("2026-11-01T12:30:00Z", "2026-11-01T12:30:00Z"),
        ("2026-11-01T12:30:00.25+02:00", "2026-11-01T10:30:00.25Z"),
        ("2026-11-01T12:30:00.123456789Z", "2026-11-01T12:30:00.123456789Z"),
        ("2026-11-01 12:30:00.5", "2026-11-01T11:30:00.5Z"),
        ("2026-03-29", "2026-03-28T23:00:00Z"),  # the day that has 23 hours
        ("today", "2026-11-22T23:00:00Z"),
        ("yesterday", "2026-11-21T23:00:00Z"),
        ("1795465834", "2026-11-23T20:30:34Z"),
    ],
)
def test_dates_are_local_unless_they_say_otherwise(
    text: str, utc: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert times.rfc3339(times.start_of(text, NOW)) == utc
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.integers(min_value=0, max_value=2**62))
def test_rfc3339_is_exact(moment: int) -> None:
    whole, _, fraction = times.rfc3339(moment).rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    assert seconds * times.SECOND + int((fraction or "0").ljust(9, "0")) == moment


@given(st.integers(0, 10**10), st.integers(1, 10**10))
def test_a_window_is_widened_by_less_than_a_millisecond_a_side(start: int, length: int) -> None:
    first, last = times.window(start, start + length)
    assert first <= start < first + times.MILLISECOND
    assert last - times.MILLISECOND < start + length <= last
    assert first % times.MILLISECOND == last % times.MILLISECOND == 0
