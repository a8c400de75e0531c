"""Ignores: the rows that they hide, their last day, and the note on one that hides nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab import times
from homelab.checks import ignores
from homelab.checks.row import CheckRow

NOW = times.moment("2027-01-15 12:00", 0)


def rows() -> list[CheckRow]:
    return [
        CheckRow("critical", "unit", "foo.service", "failed", also=(("host", "units"),)),
        CheckRow("unknown", "port", "[fd00::7]:22", "no answer"),
        CheckRow("warning", "disk", "/srv", "91% used", also=(("host", "disk /srv"),)),
        CheckRow("ok", "cert", "nas.lan"),
    ]


def applied(*texts: str, now: int = NOW) -> tuple[list[tuple[str, str, str]], list[str]]:
    found = [ignores.parse(text, f"config.ini:{line}", NOW) for line, text in enumerate(texts, 2)]
    after, notes = ignores.applied(rows(), found, now)
    return [(row.state, f"{row.check} {row.name}", row.detail) for row in after], notes


def test_an_ignored_problem_is_skipped_with_the_reason() -> None:
    after, notes = applied("unit foo.service until 2027-01-31: replaced: see #4")
    assert after[0] == (
        "skipped", "unit foo.service", "ignored until 2027-01-31: replaced: see #4",
    )  # fmt: skip
    assert [state for state, *_ in after[1:]] == ["unknown", "warning", "ok"]
    assert notes == []


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("unit foo.*: x", {"unit foo.service"}),
        ("unit *: x", {"unit foo.service"}),
        ("unit foo: x", set()),
        ("host units: x", {"unit foo.service"}),
        ("host disk /srv: x", {"disk /srv"}),
        ('disk "/srv": x', {"disk /srv"}),
        ("port [fd00::7]:22: x", {"port [fd00::7]:22"}),
        ("port [fd00::7]:*: x", {"port [fd00::7]:22"}),
        ("cert *: x", set()),
        ("cert foo.service: x", set()),
    ],
)
def test_it_hides_problems_and_unknowns_of_that_name(text: str, hidden: set[str]) -> None:
    after, notes = applied(text)
    assert {name for state, name, _ in after if state == "skipped"} == hidden
    assert bool(notes) == (not hidden)


def test_one_that_hides_nothing_is_noted() -> None:
    after, notes = applied("cert nas.lan: x")
    assert len(after) == 4
    assert notes == [
        "an ignore hides nothing: cert nas.lan (config.ini:2); that is fine; remove it"
    ]
    _, notes = applied("cert nas: x", "unit foo.service: x", "unit foo.*: y")
    head = "an ignore hides nothing: "
    assert [note[len(head) :] for note in notes if note.startswith(head)] == [
        "cert nas (config.ini:2); no row has that name; correct or remove it",
        "unit foo.* (config.ini:4); another line ignores that; remove one of them",
    ]


@pytest.mark.parametrize(
    ("until", "moment", "expired"),
    [
        ("2027-01-31", "2027-01-31 23:59:59", False),
        ("2027-01-31", "2027-02-01 00:00:00", True),
        ("2028-02-29", "2028-02-29 23:00:00", False),
        ("2027-12-31", "2028-01-01 00:00:00", True),
        ("9999-12-31", "2028-01-01 00:00:00", False),
        ("2027-01-31 13:00", "2027-01-31 12:59:59", False),
        ("2027-01-31 13:00", "2027-01-31 13:00:00", True),
    ],
)
def test_a_date_counts_through_the_end_of_that_day(until: str, moment: str, expired: bool) -> None:
    after, notes = applied(
        f"unit foo.service until {until}: replaced", now=times.moment(moment, NOW)
    )
    assert after[0][0] == ("critical" if expired else "skipped")
    assert notes == []
    over = [row for row in after if row[1] == "ignore unit foo.service"]
    assert bool(over) == expired
    if expired:
        detail = f"expired on {until}: replaced; remove it or give it a new date"
        assert over == [("warning", "ignore unit foo.service", detail)]


def test_an_expired_one_is_reported_even_if_the_problem_is_gone() -> None:
    after, _ = applied("cert gone.lan until 2027-01-01: x")
    assert after[-1][:2] == ("warning", "ignore cert gone.lan")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("units foo: x", "; did you mean unit?"),
        ("unit foo.service until 2027-01-31", "ignore has no reason; write ignore = unit"),
        ("unit foo.service until 2027-01-31:", "ignore has no reason; write ignore = unit"),
        ("unit: x", "ignore names nothing to ignore; "),
        ("unit until 2027-01-31: x", "ignore names nothing to ignore; "),
        ("unit foo until: x", "ignore has no date behind until; "),
        ("unit foo until tomorrow: x", "not a date: 'tomorrow'; write a day like 2027-01-31"),
        ("unit foo until 2027-02-30: x", "not a date: '2027-02-30'"),
        ("unit foo until 31.01.2027: x", "not a date: '31.01.2027'"),
        ("", "ignore begins with a kind of check"),
        ("disk usage /: x", "ignore has the kind of a check, not its verb; write disk /"),
    ],
)
def test_a_malformed_one_is_an_error(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="ignore") as error:
        ignores.parse(text, "", NOW)
    assert sentence in str(error.value)


def test_a_password_in_an_address_is_not_kept() -> None:
    found = ignores.parse("service https://me:secret@nas.lan/: moved", "", NOW)
    assert found.words == "service https://…@nas.lan/"
    assert found.covers(CheckRow("critical", "service", "https://…@nas.lan/"))
    for text in ("service https://*.lan/*", "backup borg:me@nas:/srv", "unit wg-quick@wg0"):
        assert ignores.parse(f"{text}: x", "", NOW).words == text


def test_a_reason_may_speak_of_until() -> None:
    found = ignores.parse("unit foo: wait until the disk arrives", "", NOW)
    assert (found.name, found.until, found.reason) == ("foo", "", "wait until the disk arrives")


@given(st.lists(st.text("ab*", max_size=4), max_size=4), st.text("ab", max_size=8))
def test_a_pattern_matches_as_one_for_file_names_does(parts: list[str], name: str) -> None:
    from fnmatch import fnmatchcase

    pattern = "*".join(parts)
    assert ignores.matches(pattern, name) == fnmatchcase(name, pattern)
