"""The pure parts: what goes in, what comes out, one line a case."""

from __future__ import annotations

import calendar
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab import times
from homelab.catalogue import resolve
from homelab.errors import Failure
from homelab.loki import logql
from homelab.loki.address import Address
from homelab.usage import day_tiles

NOW = 1795465834 * times.SECOND + 883967747  # 2026-11-23T20:30:34.883967747Z
PATHS = frozenset(("host status", "logs query", "logs tail", "usage top", "version"))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("version", 1),
        ("host status", 2),
        ("host status --json", 2),
        ("logs query {a=1} query", 2),
        ("logs", 0),
        ("logs nosuch", 0),
        ("", 0),
    ],
)
def test_longest_prefix(words: str, count: int) -> None:
    assert resolve.longest_prefix(words.split(), PATHS) == count


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("status", "host status"),
        ("lgos query", "logs query"),
        ("logs qury", "logs query"),
        ("hsot status", "host status"),
        ("log tail", "logs tail"),
        ("verison", "version"),
        ("vers", "version"),
        ("host-status", "host status"),
        ("usage tpo", "usage top"),
        ("usage to", "usage top"),
        ("logs tial", "logs tail"),
    ],
)
def test_the_likeliest_suggestion_comes_first(words: str, first: str) -> None:
    found = resolve.suggestions(words.split(), PATHS)
    assert found[0] == first
    assert len(found) <= 3


@given(st.sampled_from(sorted(PATHS)), st.data())
def test_one_slip_of_the_hand_is_understood(path: str, data: st.DataObject) -> None:
    """A letter wrong, missing, too many, or exchanged with the next, in a word of four or more."""
    words = path.split(" ")
    which = data.draw(st.sampled_from([i for i, word in enumerate(words) if len(word) > 3] or [0]))
    word = words[which]
    at = data.draw(st.integers(0, len(word) - 2))
    wrong = [word[:at] + "z" + word[at + 1 :], word[:at] + word[at + 1 :]]
    wrong += [f"{word[:at]}z{word[at:]}", word[:at] + word[at + 1] + word[at] + word[at + 2 :]]
    words[which] = data.draw(st.sampled_from(wrong))
    found = resolve.suggestions(words, PATHS)
    assert path in found
    assert len(found) <= 3


def test_nothing_is_suggested_for_what_is_like_nothing() -> None:
    assert resolve.suggestions(["zzzzqqq"], PATHS) == []


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


_MS = times.MILLISECOND
_MOMENT = st.integers(NOW // _MS - 100 * 86_400_000, NOW // _MS).map(lambda ms: ms * _MS)


@given(_MOMENT, st.integers(1, 100 * 86_400_000))
def test_the_pieces_cover_each_moment_of_the_window_once(start: int, length: int) -> None:
    end = start + length * _MS
    reached = start
    for piece in day_tiles.pieces(start, end):
        assert piece[0] == reached < piece[1]
        reached = piece[1]
        path, parameters = day_tiles.question(piece, ("exit",), "{}")
        if path == "query":
            assert parameters["time"] == piece[1]
            assert f"[{(piece[1] - piece[0]) // _MS}ms]" in str(parameters["query"])
            assert piece[1] - piece[0] < times.DAY
        else:
            first, last = int(parameters["start"]), int(parameters["end"])
            assert (first - times.DAY, last) == piece
            assert first % times.DAY == last % times.DAY == 0
            assert last - first < day_tiles.MOST * times.DAY
        halves = day_tiles.halves(piece)
        assert (halves[0][0], halves[-1][1]) == piece
        assert len(halves) == 1 or halves[0][1] == halves[1][0]
        assert (len(halves) == 1) == (piece[1] - piece[0] <= times.DAY)
    assert reached == end


@given(st.text())
def test_no_label_value_escapes_its_quotes(value: str) -> None:
    text = logql.quoted(value)
    assert text[0] == text[-1] == '"'
    inner = text[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inner
    assert all(sign.isprintable() for sign in text)


@pytest.mark.parametrize(
    ("url", "lb", "base", "name", "dial"),
    [
        ("http://loki.lan", "", "http://loki.lan", "loki.lan", ("loki.lan", 80)),
        ("http://loki.lan:3100/", "", "http://loki.lan:3100", "loki.lan", ("loki.lan", 3100)),
        ("https://loki.lan", "10.0.0.5", "https://loki.lan", "loki.lan", ("10.0.0.5", 443)),
        ("https://loki.lan", "10.0.0.5:8443", "https://loki.lan", "loki.lan", ("10.0.0.5", 8443)),
        ("http://gw/loki-gw", "[::1]:81", "http://gw/loki-gw", "gw", ("::1", 81)),
        ("http://loki/loki/api/v1/push", "", "http://loki", "loki", ("loki", 80)),
        ("http://[::1]:3100", "", "http://[::1]:3100", "::1", ("::1", 3100)),
    ],
)
def test_addresses(url: str, lb: str, base: str, name: str, dial: tuple[str, int]) -> None:
    address = Address(url, lb)
    assert (address.base, address.name, address.dial) == (base, name, dial)


@pytest.mark.parametrize(
    ("url", "lb"),
    [
        ("loki.lan", ""),
        ("loki.lan:3100", ""),
        ("ftp://loki.lan", ""),
        ("http://", ""),
        ("http://loki.lan:port", ""),
        ("http://loki.lan/?a=b", ""),
        ("http://lo ki", ""),
        ("http://löki", ""),
        ("http://a..b", ""),
        ("http://.lan", ""),
        ("http://" + "a" * 64 + ".lan", ""),
        ("http://loki.lan", "[::1"),
        ("http://loki.lan", "\u2100"),
        ("http://loki.lan", "10.0.0.5:port"),
        ("http://loki.lan", "http://10.0.0.5"),
        ("http://loki.lan", "10.0.0.5/x"),
    ],
)
def test_what_is_no_address_is_refused_with_78(url: str, lb: str) -> None:
    with pytest.raises(Failure) as caught:
        Address(url, lb)
    assert caught.value.code == 78
    assert ";" in caught.value.sentence  # what to do about it


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(Failure) as caught:
        Address("http://alice:hunter2@loki.lan")
    assert "hunter2" not in caught.value.sentence
