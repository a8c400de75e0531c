"""Log lines as columns: the pure part."""

from __future__ import annotations

import time

import pytest

from homelab import times
from homelab.logs.rendering import Columns


def test_in_an_hour_that_comes_twice_the_offset_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """C9: otherwise times would seem to go backwards. The lines stay aligned."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    first = times.moment("2026-10-25T00:59:59Z", 0)
    rows: list[tuple[int, dict[str, str], str]] = [
        (first + number * 3600 * times.SECOND, {}, f"n={number}") for number in range(3)
    ]
    try:
        shown = Columns(header=True, utc=False, colour=False, common=None).lines(rows, 0)
        utc = Columns(header=False, utc=True, colour=False, common=None).lines(rows, 0)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert shown.splitlines() == [
        "TIME                           LINE",
        "2026-10-25 02:59:59.000+02:00  n=0",
        "2026-10-25 02:59:59.000+01:00  n=1",
        "2026-10-25 03:59:59.000        n=2",
    ]
    assert utc.splitlines()[0] == "2026-10-25 00:59:59.000Z  n=0"
