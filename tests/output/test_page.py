"""The page as text: the order of its parts, and that a label stays a label."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample_pages import FIRST, HOSTILE, PAGES, RUNS, many, page

from homelab.output import columns
from homelab.output.answer import Column, Table
from homelab.output.page import bars, html, intervals, scales, tables, trend
from homelab.output.page.markup import element, plain
from homelab.output.page.sheet import STYLE

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Read(HTMLParser):
    """A page read strictly: every element is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1], data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]

    def inside(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_and_reaches_for_nothing(name: str) -> None:
    text = PAGES[name]()
    assert text.startswith("<!DOCTYPE html>\n<html")
    assert text.isascii()
    read = Read(text)
    tags = {tag for tag, _ in read.found}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "a:href"}
    for _, attributes in read.found:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        assert attributes.get("href", "#").startswith("#")
    for address in re.findall(r"url\((.*?)\)", STYLE):
        assert address == "#hatch"
    assert "@import" not in STYLE
    policy = [each["content"] for each in read.of("meta") if "http-equiv" in each]
    assert policy == [html.POLICY]
    assert read.inside("style") == [STYLE]


@pytest.mark.parametrize("name", PAGES)
def test_charts_are_described_for_screen_readers(name: str) -> None:
    read = Read(PAGES[name]())
    assert read.of("html") == [{"lang": "en"}]
    ids = [attributes["id"] for _, attributes in read.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in read.found:
        for each in attributes.get("aria-labelledby", "").split():
            assert each in ids
        if attributes.get("href"):
            assert attributes["href"][1:] in ids
    for picture in read.of("svg"):
        named = picture.get("aria-labelledby")
        inner = "aria-hidden" not in picture and "role" not in picture
        assert inner or named or picture["aria-hidden"] == "true"
    for tag in ("header", "nav", "main", "footer", "h1", "title"):
        assert tag == "title" or len(read.of(tag)) == 1
    headings = [tag for tag, _ in read.found if re.fullmatch("h[1-6]", tag)]
    assert headings == ["h1"] + ["h2"] * (len(headings) - 1)
    for table in range(len(read.of("table"))):
        assert read.of("caption")[table]["id"]
    for head in read.of("th"):
        assert head["scope"] in ("col", "row")


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_stays_a_label(label: str) -> None:
    """In every place, it is the text that a terminal shows, and adds no element."""
    ordinary = Read(page(("ordinary",)))
    hostile = Read(page((label,)))
    assert [tag for tag, _ in hostile.found] == [tag for tag, _ in ordinary.found]
    shown = columns.visible(label)
    assert shown.isprintable()
    expected = shown if len(shown) <= tables.LONGEST else shown[: tables.LONGEST - 1] + "…"
    if label.strip():
        assert expected in hostile.inside("th")
        for tag in ("h2", "dt", "p", "code"):
            assert shown in hostile.inside(tag)


@given(st.text())
def test_no_text_can_be_anything_else(text: str) -> None:
    table = Table("x/1", (Column("a"), Column("b", flexible=True)), [(text, text)], notes=(text,))
    chart = bars.chart("k", text, [bars.Bar(text, 2, 1)], (text, text), text)
    made = html.page(
        text, text, [(text, text)], [html.Section("k", text, text, table, chart, text)], text
    )
    read = Read(made)
    assert read.inside("style") == [STYLE]
    tags = [tag for tag, _ in read.found]
    assert tags.count("h2") == tags.count("table") == tags.count("figure") == 1


def test_cells_are_those_of_the_columns() -> None:
    table = Table(
        "x/1",
        (
            Column("verb"),
            Column("runs", "count"),
            Column("share", "share"),
            Column("last", "moment"),
        ),
        [("a b", 12345, 0.0312, 1795465834883967747), ("c", 0, 0, None)],
    )
    read = Read(
        "".join(html.page("t", "", [], [html.Section("k", "h", "", table)], "").split("\n"))
    )
    cells = [text for tag, text in read.texts if tag in ("th", "td", "time")]
    lines = [re.split(r" {2,}", line) for line in columns.render(table).splitlines()]
    assert cells == [cell for line in lines for cell in line]
    assert read.of("time") == [{"datetime": "2026-11-23T20:30:34.883967747Z"}]
    assert [each.get("class") for each in read.of("td")] == ["number", "number", "moment"] * 2


def test_no_rows_are_a_sentence_and_too_many_are_counted() -> None:
    empty = Table("x/1", (Column("a"),), [], empty="nothing yet; run a verb")
    (only,) = tables.rendered(empty, "k", "c", 5)
    assert (only.tag, only.text) == ("p", "Nothing yet; run a verb.")
    full = Table("x/1", (Column("a"),), [("x",)] * 12)
    box, more = tables.rendered(full, "k", "c", 5)
    assert len(list(box.iter("tr"))) == 6
    assert more.text == "and 7 more"


def test_a_wide_table_is_several_that_paper_has_room_for() -> None:
    columns = tuple(Column(f"c{number}", "count") for number in range(40))
    found = tables.rendered(Table("x/1", columns, [tuple(range(40))]), "k", "h", 5)
    assert [each.findtext("table/caption") for each in found] == [
        "h (1 of 3)", "h (2 of 3)", "h (3 of 3)",
    ]  # fmt: skip
    cells = [[cell.text for cell in each.iter("td")] for each in found]
    assert [text for piece in cells for text in piece] == [str(number) for number in range(1, 40)]
    assert [each.findtext("table/tbody/tr/th") for each in found] == ["0", "0", "0"]
    assert max(map(len, cells)) + 1 == tables.WIDEST


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (100, [0, 50, 100]),
        (400, [0, 100, 200, 300, 400]),
        (401, [0, 200, 400, 600]),
        (999, [0, 500, 1000]),
        (10**18, [0, 5 * 10**17, 10**18]),
    ],
)
def test_ticks(most: int, expected: list[float]) -> None:
    assert scales.ticks(most) == expected


@given(st.integers(0, 10**30))
def test_ticks_reach_over_the_largest_and_are_few(most: int) -> None:
    found = scales.ticks(most)
    assert found[0] == 0
    assert most <= found[-1]
    assert 2 <= len(found) <= 6
    steps = {round((b - a) / (found[1] - found[0]), 6) for a, b in zip(found, found[1:])}
    assert steps == {1.0}


def test_numbers_as_they_are_read() -> None:
    assert [scales.count(n) for n in (0, 9999, 10_000, 1234567)] == [
        "0", "9999", "10,000", "1,234,567",
    ]  # fmt: skip
    assert [scales.short(n) for n in (0, 999, 1500, 20_000, 5e6, 10**18)] == [
        "0", "999", "1.5k", "20k", "5M", "1E",
    ]  # fmt: skip
    assert [scales.percent(*each) for each in ((1, 3), (0, 5), (5, 5), (1, 0))] == [
        "33.33%", "0%", "100%", "0%",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (1, ["24 Oct"]),
        (3, ["24 Oct", "25 Oct", "26 Oct"]),
        (10, ["24 Oct", "26 Oct", "28 Oct", "30 Oct", "1 Nov"]),
        (30, ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]),
        (60, ["26 Oct", "9 Nov", "23 Nov", "7 Dec", "21 Dec"]),
        (200, ["Nov", "Dec", "Jan 2027", "Feb", "Mar", "Apr", "May"]),
        (400, ["Nov", "Jan 2027", "Mar", "May", "Jul", "Sep", "Nov"]),
    ],
)
def test_days_on_an_axis(days: int, labels: list[str]) -> None:
    assert [label for _, label in scales.day_ticks(FIRST, days)] == labels


@given(st.integers(0, 40_000), st.integers(1, 20_000))
def test_days_on_an_axis_are_few_in_order_and_inside(first: int, days: int) -> None:
    found = scales.day_ticks(first, days)
    places = [where for where, _ in found]
    assert places == sorted(places)
    assert all(0 < where < 1 for where in places)
    assert len(found) <= 9
    assert found or days > 12


def test_bars_are_as_long_as_their_values() -> None:
    given = [bars.Bar("a", 200, 50), bars.Bar("b", 100), bars.Bar("c", 0)]
    legend, picture = bars.chart("k", "t", given, RUNS, "failed")
    drawn = list(picture.iter("rect"))
    assert [(r.get("x"), r.get("width"), r.get("class")) for r in drawn] == [
        ("0", "100%", "whole"), ("75%", "25%", "part"), ("0", "50%", "whole"),
    ]  # fmt: skip
    assert [each.text for each in picture.iter("title")][1:] == [
        "a: 200 runs, 50 failed",
        "b: 100 runs",
    ]
    assert ["".join(each.itertext()) for each in legend.iter("li")] == ["runs", "failed"]
    assert "a has 200 runs, 50 of them failed; c has 0" in str(picture.findtext("desc"))
    ys = [float(r.get("y") or "") for r in drawn]
    assert ys[0] == ys[1] < ys[2] < float(picture.get("height") or "")


def test_bars_of_nothing_and_of_many() -> None:
    assert bars.chart("k", "t", [], RUNS) == []
    assert bars.chart("k", "t", [bars.Bar("a", 0)], RUNS) == []
    (picture,) = bars.chart("k", "t", [bars.Bar("a", 10**18)] * 1000, RUNS, "failed")
    assert len(list(picture.iter("rect"))) == bars.MOST
    assert "and 985 more" in [each.text for each in picture.iter("text")]


def test_intervals_lie_on_their_scale() -> None:
    given = [
        intervals.Interval("a", 0.2, 0.1, 0.4, "of 50"),
        intervals.Interval("b", 0, 0, 0.05, "of 70"),
    ]
    (picture,) = intervals.chart("k", "t", given)
    points = [each.get("cx") for each in picture.iter("circle")]
    assert points == ["50%", "0%"]  # the scale ends at 40 %
    whiskers = [
        (each.get("x1"), each.get("x2"))
        for each in picture.iter("line")
        if each.get("class") == "whisker" and each.get("y1") == each.get("y2")
    ]
    assert whiskers == [("25%", "100%"), ("0%", "12.5%")]
    texts = ["".join(each.itertext()) for each in picture.iter("text")]
    assert texts[:5] == ["0%", "10%", "20%", "30%", "40%"]
    assert "20% (10 to 40%) of 50" in texts
    assert "0% (0 to 5.0%) of 70" in texts
    assert intervals.chart("k", "t", []) == []
    (one,) = intervals.chart("k", "t", [intervals.Interval("a", 1, 0.8, 1, "of 20")] * 1000)
    assert len(list(one.iter("circle"))) == intervals.MOST


def test_a_day_without_runs_is_a_gap_in_its_place() -> None:
    (picture,) = trend.chart("k", "t", trend.Days(FIRST), [4, 0, 2, 1], RUNS)
    drawn = list(picture.iter("rect"))
    assert [each.get("x") for each in drawn] == ["2.5%", "52.5%", "77.5%"]
    assert {each.get("width") for each in drawn} == {"20%"}
    heights = [float(each.get("height") or "") for each in drawn]
    assert heights == [160, 80, 40]
    assert [each.text for each in picture.iter("title")][1:] == [
        "24 Oct 2026: 4 runs", "26 Oct 2026: 2 runs", "27 Oct 2026: 1 run",
    ]  # fmt: skip
    assert "7 runs from 24 Oct 2026 to 27 Oct 2026, most on 24 Oct 2026: 4" in str(
        picture.findtext("desc") or ""
    )


@pytest.mark.parametrize("days", [1, 30, 400])
def test_a_trend_of_nothing_but_zeros_has_its_axes(days: int) -> None:
    (picture,) = trend.chart("k", "t", trend.Days(FIRST), [0] * days, RUNS)
    assert not list(picture.iter("rect"))
    assert [each.text for each in picture.iter("text")][:2] == ["0", "1"]
    assert trend.chart("k", "t", trend.Days(FIRST), [], RUNS) == []


def test_small_pictures_have_a_scale_of_their_own() -> None:
    found = trend.multiples(trend.Days(FIRST), [("a", [100, 0, 50]), ("b", [1, 0, 1])], RUNS)
    paths = [each.get("d") for each in found[0].iter("path")]
    assert paths == [
        "M0.1 100v-100.0h0.8V100zM2.1 100v-50.0h0.8V100z",
        "M0.1 100v-100.0h0.8V100zM2.1 100v-100.0h0.8V100z",
    ]
    said = [each.text for each in found[0].iter("span")]
    assert said == ["150 runs, at most 100 a day", "2 runs, at most 1 a day"]
    weeks = trend.multiples(trend.Days(FIRST, 7), [("a", [0])] * 20, RUNS)
    assert next(each.text for each in weeks[0].iter("span")) == "0 runs, at most 0 a week"
    assert weeks[1].text == f"and {20 - trend.MOST} more"
    assert trend.multiples(trend.Days(FIRST), [], RUNS) == []


def test_elements_are_put_together_in_their_order() -> None:
    made = element(
        "p", "a", element("b", "c"), "d", None, element("i"), "e", "f", aria_label="x\ny"
    )
    assert [made.text, made[0].tail, made[1].tail] == ["a", "d", "ef"]
    assert made.get("aria-label") == "x\\ny"
    assert plain("a\x00\u202e") == "a\\x00\\u{202e}"


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_keep_their_contrast_in_both_schemes() -> None:
    """WCAG 2.2: 4.5:1 for text, 3:1 for drawings."""
    schemes = [dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in STYLE.split("@media")[:2]]
    assert len(schemes) == 2
    for scheme in schemes:
        assert set(scheme) == {"paper", "band", "ink", "soft", "line", "whole", "part", "link"}
        for ground in ("paper", "band"):
            for ink, least in (
                ("ink", 7), ("soft", 4.5), ("link", 4.5), ("whole", 3), ("part", 3),
            ):  # fmt: skip
                light, dark = sorted(
                    (_luminance(scheme[ground]), _luminance(scheme[ink])), reverse=True
                )
                assert (light + 0.05) / (dark + 0.05) >= least, (ground, ink)


def test_many_rows_are_a_page_that_can_be_sent() -> None:
    assert len(page(many(1000), days=400)) < 1_000_000
