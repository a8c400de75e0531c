"""Moments and spans: how they are typed and printed, and windows of whole milliseconds."""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterator
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab import times

NOW = 1795465834 * times.SECOND + 883967747  # 2026-11-23T20:30:34.883967747Z
HOUR = 3600 * times.SECOND


# Lengths of time, each with its seconds.
SPANS = (
    ("90s", 90),
    ("15m", 900),
    ("24h", 86400),
    ("7d", 604800),
    ("4w", 2419200),
    ("1h30m", 5400),
    ("1H 30m", 5400),
    ("7 d", 604800),
    ("1.5h", 5400),
    ("0.5d", 43200),
    ("2w", 1209600),
    ("1mo", 2592000),
    ("1y", 31536000),
    ("10 minutes", 600),
    ("1 hour 5 min", 3900),
)


@pytest.mark.parametrize(("text", "seconds"), SPANS)
def test_spans(text: str, seconds: int) -> None:
    """C14: one table of units for lengths of time and for moments."""
    assert times.span(text) == seconds * times.SECOND
    for ago in (text, f"{text} ago", f"-{text}", f"now-{text}", f"now - {text}"):
        assert times.moment(ago, NOW) == NOW - seconds * times.SECOND


@pytest.mark.parametrize(
    "text",
    ["", "7", "d", "7x", "7d7", "-7d", "0d", "0.5s", ".5h", "1.h", "1.2.3h", "\uff19d", "\u00b2s",
     "1_0s", "1M", "9" * 5000 + "s", "1,5h"],
)  # fmt: skip
def test_an_invalid_length_of_time_is_refused(text: str) -> None:
    """C14, C33: `1M` is a month for some and a minute for others."""
    with pytest.raises(ValueError, match=r".*"):
        times.span(text)


@pytest.mark.parametrize(
    "text",
    ["", "7", "d", "soon", "0d", "\u00b2s", "2026-13-01", "2026-02-30", "0000-01-01", "9999-12-31",
     "2299-01-01", "in 99999w", "2026-11-23T25:00", "2026-11-23T24:01", "2026-11-23T20:60",
     "2026-11-23T20:00:00.", "2026-11-23T20:00:00.1234567890", "2026-11-23T20:00+24:00",
     "2026-11-23T", "13:00 yesterday x", "utc", "now5m", "ago", "-", "@", "9" * 5000,
     "1795465834\n", "\u0661\u0663:00"],
)  # fmt: skip
def test_an_invalid_moment_is_refused(text: str) -> None:
    """C14: every wrong text is refused in the same way."""
    for later in (False, True):
        with pytest.raises(ValueError, match=r".*"):
            times.moment(text, NOW, later)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def put(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


POSIX = "CET-1CEST,M3.5.0,M10.5.0/3"  # the zone of Berlin on a host without tzdata


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-01", "2026-10-31T23:00:00Z"),
        ("2026-11-01 12:30", "2026-11-01T11:30:00Z"),
        ("2026-11-01T12:30:00Z", "2026-11-01T12:30:00Z"),
        ("2026-11-01T12:30z", "2026-11-01T12:30:00Z"),
        ("2026-11-01T12:30:00.25+02:00", "2026-11-01T10:30:00.25Z"),
        ("2026-11-01T12:30:00+0200", "2026-11-01T10:30:00Z"),
        ("2026-11-01 12:30:00 +02", "2026-11-01T10:30:00Z"),
        ("2026-11-01 12:30:00-0330", "2026-11-01T16:00:00Z"),
        ("2026-11-01T12:30:00.123456789Z", "2026-11-01T12:30:00.123456789Z"),
        ("2026-11-01 12:30:00.5", "2026-11-01T11:30:00.5Z"),
        ("2026-11-01 12:30:00,123", "2026-11-01T11:30:00.123Z"),
        ("2026-03-29", "2026-03-28T23:00:00Z"),  # the day that has 23 hours
        ("now", "2026-11-23T20:30:34.883967747Z"),
        ("today", "2026-11-22T23:00:00Z"),
        ("yesterday", "2026-11-21T23:00:00Z"),
        ("Yesterday 13:00", "2026-11-22T12:00:00Z"),
        ("today 13:00:05", "2026-11-23T12:00:05Z"),
        ("monday", "2026-11-22T23:00:00Z"),
        ("sun", "2026-11-21T23:00:00Z"),
        ("tuesday 8:15", "2026-11-17T07:15:00Z"),
        ("13:00", "2026-11-23T12:00:00Z"),
        ("13:00:05", "2026-11-23T12:00:05Z"),
        ("19:00:00,123", "2026-11-23T18:00:00.123Z"),
        ("13:00Z", "2026-11-23T13:00:00Z"),
        ("1795465834", "2026-11-23T20:30:34Z"),
        ("@1795465834", "2026-11-23T20:30:34Z"),
        ("1795465834.25", "2026-11-23T20:30:34.25Z"),
        ("1795465834883", "2026-11-23T20:30:34.883Z"),
        ("1795465834883967747", "2026-11-23T20:30:34.883967747Z"),
    ],
)
def test_dates_are_local_unless_they_say_otherwise(
    text: str, utc: str, zone: Callable[[str], None]
) -> None:
    """C14."""
    for name in ("Europe/Berlin", POSIX):
        zone(name)
        assert times.rfc3339(times.moment(text, NOW)) == utc


def test_a_time_of_day_is_the_last_one_or_for_an_end_the_nearest(
    zone: Callable[[str], None],
) -> None:
    """C14: at 21:30, 23:00 is yesterday's for the begin of a window, and today's for its end."""
    zone("Europe/Berlin")
    assert times.rfc3339(times.moment("23:00", NOW)) == "2026-11-22T22:00:00Z"
    assert times.rfc3339(times.moment("23:00", NOW, later=True)) == "2026-11-23T22:00:00Z"
    assert times.rfc3339(times.moment("22:00", NOW + 4 * HOUR, later=True)) == (
        "2026-11-23T21:00:00Z"
    )
    assert times.moment("in 5m", NOW) == times.moment("+5m", NOW) == NOW + 300 * times.SECOND


@pytest.mark.parametrize("name", ["Europe/Berlin", POSIX])
def test_of_an_hour_that_comes_twice_a_window_has_both(
    name: str, zone: Callable[[str], None]
) -> None:
    """C9: the window begins at the first 02:30 and ends at the second, and both are distinct."""
    zone(name)
    first = times.moment("2026-10-25 02:30", NOW)
    last = times.moment("2026-10-25 02:30", NOW, later=True)
    assert times.rfc3339(first) == "2026-10-25T00:30:00Z"
    assert times.rfc3339(last) == "2026-10-25T01:30:00Z"
    assert times.local(first) == "2026-10-25 02:30+02:00"
    assert times.local(last, seconds=True) == "2026-10-25 02:30:00+01:00"
    assert times.local(first - HOUR) == "2026-10-25 01:30"
    assert times.local(last + HOUR) == "2026-10-25 03:30"
    for moment in (first, last):
        assert times.moment(times.local(moment), NOW) == moment


@pytest.mark.parametrize("name", ["Europe/Berlin", POSIX])
def test_an_hour_that_is_left_out_is_the_moment_of_the_change(
    name: str, zone: Callable[[str], None]
) -> None:
    """C9."""
    zone(name)
    for later in (False, True):
        found = times.moment("2026-03-29 02:30", NOW, later)
        assert times.rfc3339(found) == "2026-03-29T01:00:00Z"


def test_a_day_without_a_midnight_begins_when_its_clocks_do(zone: Callable[[str], None]) -> None:
    """C9: in Beirut the hour from midnight on is left out."""
    zone("EET-2EEST,M3.5.0/0,M10.5.0/0")
    assert times.rfc3339(times.moment("2026-03-29", NOW)) == "2026-03-28T22:00:00Z"


def test_longer_ago_than_1970_is_since_then() -> None:
    """C14: a default of 30d is not an error on a board that starts in 1970."""
    assert times.moment("99999w", NOW) == times.moment("30d", times.DAY) == 0


def test_times_in_the_year_2299_are_printed() -> None:
    there = 10_400_000_000 * times.SECOND
    assert times.rfc3339(there) == "2299-07-25T08:53:20Z"
    assert times.local(there)[:4] == "2299"


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
