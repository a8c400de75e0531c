"""docs/time.md: each form on it is read as the page says, and each word that is read is on it."""

from __future__ import annotations

import re

import pytest
from support.world import ROOT

from homelab import times
from homelab.catalogue.argument_types import value
from homelab.catalogue.verb import Argument

NOW = 1795725034 * times.SECOND  # 2026-11-26 20:30:34 UTC
PAGE = (ROOT / "docs/time.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in re.split(r"^#+ ", PAGE, flags=re.MULTILINE)[1:])
DURATIONS = "TIME: a duration"
AHEAD = "Ahead"
WHEN = [
    name
    for name in SECTIONS
    if PAGE.index("## WHEN") < PAGE.index(f"# {name}\n") < PAGE.index(f"## {DURATIONS}")
]


def _rows(section: str) -> list[tuple[str, str]]:
    """The forms in a section's tables, with their meaning."""
    return re.findall(r"^\| `([^`]+)` \| (.+) \|$", SECTIONS[section], re.MULTILINE)


def _read(kind: str, text: str) -> object:
    return value(Argument("--since", kind, ""), text, NOW)


def test_the_page_has_forms_in_each_section() -> None:
    assert len(WHEN) > 7
    for section in (*WHEN[1:], DURATIONS, "Units"):
        assert len(_rows(section)) > 2, section


@pytest.mark.parametrize("section", WHEN)
def test_each_time_is_read(section: str) -> None:
    for form, meaning in _rows(section):
        for kind in ("when", "until") if section == AHEAD or form == "now" else ("when", "since"):
            moment = _read(kind, form)
            said = meaning.partition(";")[0]
            if said.endswith(" ago") or said.startswith("in 5"):
                assert moment == times.moment(said, NOW), form
    if section == AHEAD:
        for form, _ in _rows(section):
            with pytest.raises(ValueError, match="is not before now"):
                _read("since", form)


def test_each_duration_is_read() -> None:
    for form, meaning in _rows(DURATIONS):
        assert _read("span", form) == times.span(meaning), form
    for unit, rest in _rows("Units"):
        length, _, others = rest.partition(" | ")
        for name in (unit, *re.findall(r"`(\w+)`", others)):
            assert _read("span", f"1{name}") == times.span(length), name


def test_other_forms_in_the_text_are_read() -> None:
    for name in re.findall(r"`([a-z]+)`", SECTIONS["A day"]):
        assert _read("since", name), name
    with pytest.raises(ValueError, match=r".*"):
        times.span("1M")


def test_each_word_that_is_read_is_on_the_page() -> None:
    names = set(re.findall(r"`([a-z]+)`", SECTIONS["Units"]))
    assert names == set(times._UNITS)
    forms = " ".join(form for section in WHEN for form, _ in _rows(section))
    words = set(re.findall(r"[A-Za-z]+|[@+-]", forms + SECTIONS["A day"]))
    days = {name for day in times._DAYS for name in (day, day[:3])}
    known = {"now", "ago", "in", "today", "yesterday", "tomorrow", "T", "Z", "UTC", "GMT"}
    assert days | known | set("@+-") <= words
    zone = times._TIME.partition("(?P<zone>")[2].partition(")?")[0].split("|")
    assert {"z", "utc", "gmt"} == {name for name in zone if name.isalpha()}
