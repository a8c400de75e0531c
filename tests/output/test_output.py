"""Rows as columns, JSON and CSV, exact to the byte."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.world import World, at_a_terminal

from homelab import dispatch
from homelab.catalogue.values import Values
from homelab.context import Context
from homelab.errors import Failure
from homelab.output import as_text, columns, document, progress, separated
from homelab.output.answer import Column, Stream, Table
from homelab.system import foreground
from homelab.usage import trend
from homelab.verbs import BUILT_IN

MOMENT, STAMP = 1795465834883967747, "2026-11-23T20:30:34.883967747Z"
TABLE = Table(
    "homelab.test/1",
    (Column("verb"), Column("runs", "count"), Column("share", "share"), Column("last", "moment")),
    [("host status", 12, 0.75, MOMENT), ("zoë 日本", 4, 0.0312, None)],
    facts={"since": "x"},
)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_columns() -> None:
    assert columns.render(TABLE) == (
        "VERB         RUNS  SHARE  LAST\n"
        "host status    12    75%  2026-11-23 20:30\n"
        "zoë 日本        4   3.1%  -\n"
    )
    assert columns.render(TABLE, header=False).splitlines()[0].startswith("host status  12   75%")


def test_how_long_it_took() -> None:
    cells: list[tuple[Any, ...]] = [(0.0421,), (1.25,), (40,), (754.0,), (15_120.5,), (None,)]
    table = Table("homelab.test/1", (Column("took", "seconds"),), cells)
    assert columns.render(table, header=False).splitlines() == [
        "     42 ms", "     1.2 s", "      40 s", "    12 min", "4 h 12 min", "         -",
    ]  # fmt: skip
    assert separated.render(table, False).split() == [
        "0.0421", "1.25", "40", "754.0", "15120.5", '""',
    ]  # fmt: skip


def test_fine_rows_are_folded_in_columns_only() -> None:
    values = Values()
    for name in ("json", "csv", "no_header"):
        setattr(values, name, False)
    table = Table("homelab.test/1", TABLE.columns, TABLE.rows, fine="1 is fine", folded=1)
    assert list(as_text.pieces(table, values, 0, False)) == [
        "VERB         RUNS  SHARE  LAST\nhost status    12    75%  2026-11-23 20:30\n"
    ]
    assert as_text.talk(table, values) == ("1 is fine",)
    table.folded = 2
    assert list(as_text.pieces(table, values, 0, False)) == [""]
    for way in ("json", "csv"):
        setattr(values, way, True)
        (text,) = as_text.pieces(table, values, 0, False)
        assert "zoë 日本" in text
        assert as_text.talk(table, values) == ()
        setattr(values, way, False)


def test_lines_stand_below_their_row() -> None:
    rows: list[tuple[Any, ...]] = [("a", ("one", "\x1b[31mred", "two\nin one")), ("b", ())]
    table = Table("x/1", (Column("name"), Column("log", "lines")), rows)
    assert columns.render(table) == ("NAME\na\n    one\n    \\x1b[31mred\n    two\\nin one\nb\n")
    assert columns.render(table, width=12).splitlines()[2:4] == ["    one", "    \\x1b[31…"]
    assert [row["log"] for row in json.loads(document.render(table))["rows"]] == [
        ["one", "\x1b[31mred", "two\nin one"], [],
    ]  # fmt: skip
    (_, first, second) = csv.reader(io.StringIO(separated.render(table), newline=""))
    assert first == ["a", "one\n\\x1b[31mred\ntwo\nin one"]
    assert second == ["b", ""]


def stream(apart: bool = False) -> Stream:
    """TABLE's rows in a batch each, and an empty one; its notes come at the end."""

    def batches() -> Iterator[list[tuple[Any, ...]]]:
        yield TABLE.rows[:1]
        yield []
        yield TABLE.rows[1:]
        made.facts["complete"] = True
        made.notes.append("that was all")

    made = Stream("homelab.test/1", TABLE.columns, batches(), apart=apart, empty="nothing")
    return made


def pieces(answer: Stream, **flags: bool) -> list[str]:
    values = Values()
    for name in ("json", "csv", "no_header"):
        setattr(values, name, flags.get(name, False))
    return list(as_text.pieces(answer, values, 0, draws=False))


def test_rows_are_printed_as_they_come() -> None:
    made = stream()
    assert pieces(made) == [
        "VERB         RUNS  SHARE  LAST\nhost status    12    75%  2026-11-23 20:30\n",
        "zoë 日本        4   3.1%  -\n",
    ]
    assert as_text.talk(made, Values()) == ("that was all",)
    assert "".join(pieces(stream(), csv=True)) == separated.render(TABLE)
    told = json.loads("".join(pieces(stream(), json=True)))
    whole = json.loads(document.render(TABLE))
    assert told == {"schema": whole["schema"], "rows": whole["rows"], "complete": True}
    apart = "".join(pieces(stream(apart=True), json=True)).splitlines()
    assert [json.loads(line) for line in apart] == whole["rows"]


def test_rows_that_end_in_a_failure() -> None:
    """The JSON is complete and says why rows are missing; the failure itself comes after it."""

    def batches(count: int) -> Iterator[list[tuple[Any, ...]]]:
        yield from [TABLE.rows[:1]] * count
        raise Failure(69, "it broke\x1b[2J off")

    def printing(count: int, **flags: bool) -> str:
        made = Stream("homelab.test/1", TABLE.columns, batches(count), facts={"complete": True})
        values = Values()
        for name in ("json", "csv", "no_header"):
            setattr(values, name, flags.get(name, False))
        text = ""
        with pytest.raises(Failure, match="it broke"):
            for piece in as_text.pieces(made, values, 0, draws=False):
                text += piece
        return text

    text = printing(2, json=True)
    assert "\x1b" not in text
    answer = json.loads(text)
    assert len(answer["rows"]) == 2
    assert (answer["complete"], answer["error"]) == (False, "it broke\x1b[2J off")
    assert printing(0, json=True) == ""
    assert printing(1).splitlines()[1:] == ["host status    12    75%  2026-11-23 20:30"]


def test_moments_to_the_minute_or_the_second() -> None:
    """The values above them do not matter."""
    for seconds, shown in ((False, "2026-11-23 20:30"), (True, "2026-11-23 20:30:34")):
        column = Column("time", "moment", seconds=seconds)
        assert columns.render(Table("homelab.test/1", (column,), [(MOMENT,)])) == f"TIME\n{shown}\n"


def test_json_is_fit_for_a_terminal() -> None:
    text = document.render(Table("homelab.test/1", (Column("a"),), [("x\x9b1m\u202ey",)]))
    assert text.isascii()
    assert json.loads(text)["rows"] == [{"a": "x\x9b1m\u202ey"}]
    assert "zoë 日本" in document.render(TABLE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Gerät \u26a0\ufe0f weg", "Gerät \u26a0\ufe0f weg"),
        ("Gerät a\ufe0f weg", "Gerät a\\ufe0f weg"),
        ("Gerät\x9b1m\u202e\U000e0101", "Gerät\\u009b1m\\u202e\\udb40\\udd01"),
        ("ä\nö\udcff", "ä\\nö\\udcff"),
        ("\ufe0f", "\\ufe0f"),
    ],
)
def test_json_escapes_invisible_characters_and_no_others(text: str, said: str) -> None:
    assert document.dumps(text) == f'"{said}"'
    for indent in (None, 2):
        value = {text: [text, {"a": "b"}]}
        assert json.loads(document.dumps(value, indent)) == value


FLAT = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
NESTED = st.recursive(
    FLAT, lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(), one, max_size=4)
)
LABELS = st.dictionaries(st.text(), st.text(), max_size=3)


@given(NESTED)
def test_json_is_what_python_writes(value: object) -> None:
    """Byte for byte, except characters that are unsafe for a terminal."""
    for indent in (None, 2):
        text = json.dumps(value, indent=indent, ensure_ascii=False)
        escaped = "\n".join(map(document._escaped, text.split("\n")))
        assert document.dumps(value, indent) == escaped


@given(
    st.lists(
        st.tuples(st.integers(0, 2**62), LABELS, st.text(), st.none() | st.integers(), NESTED)
    ),
    LABELS,
)
def test_rows_are_what_python_writes(rows: list[Any], shared: dict[str, str]) -> None:
    rows += [(moment, shared, *rest) for moment, _, *rest in rows]
    kinds = ("moment", "labels", "text", "count", "lines", "bars")
    shown = [Column(f"n{at}", kind) for at, kind in enumerate(kinds)]
    found = Table("homelab.test/1", tuple(shown), [(*row, (1, 2)) for row in rows], {"a": shared})
    expected: dict[str, Any] = {"schema": "homelab.test/1", "a": shared}
    expected["rows"] = [
        {f"n{at}": document.value(cell, shown[at]) for at, cell in enumerate(row)} for row in rows
    ]
    assert document.render(found) == document.dumps(expected, 2) + "\n"
    made = [document.dumps(row) + "\n" for row in expected["rows"]]
    assert document.lines(found.rows, found.columns) == "".join(made)


def test_no_rows_at_all() -> None:
    def nothing() -> Stream:
        return Stream("homelab.test/1", TABLE.columns, iter(()), empty="nothing")

    made = nothing()
    assert pieces(made) == []
    assert as_text.talk(made, Values()) == ("nothing",)
    assert json.loads("".join(pieces(nothing(), json=True))) == {
        "schema": "homelab.test/1",
        "rows": [],
    }
    assert "".join(pieces(nothing(), csv=True)) == "verb,runs,share,last\n"


def test_json() -> None:
    assert json.loads(document.render(TABLE)) == {
        "schema": "homelab.test/1",
        "since": "x",
        "rows": [
            {
                "verb": "host status",
                "runs": 12,
                "share": 0.75,
                "last": "2026-11-23T20:30:34.883967747Z",
            },
            {"verb": "zoë 日本", "runs": 4, "share": 0.0312, "last": None},
        ],
    }


def test_csv() -> None:
    assert separated.render(TABLE) == (
        "verb,runs,share,last\n"
        "host status,12,0.75,2026-11-23T20:30:34.883967747Z\n"
        "zoë 日本,4,0.0312,\n"
    )


def _screen(text: str, columns: int) -> list[str]:
    """The text on a terminal: a carriage return goes back, a full line wraps."""
    rows, row, column = [[" "] * columns], 0, 0
    for sign in text:
        if sign == "\r":
            column = 0
            continue
        if column == columns:
            rows.append([" "] * columns)
            row, column = row + 1, 0
        rows[row][column] = sign
        column += 1
    return ["".join(each).rstrip() for each in rows]


@pytest.mark.parametrize("echoed", ["", "^C"])
def test_progress_leaves_a_clean_line(echoed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET", 0.0)
    monkeypatch.setattr(progress, "STEP", 0.0)
    stderr = io.StringIO()
    line = progress.Progress(stderr, shown=True)
    line.says("counting " * 20)  # as long as the terminal is wide
    assert _screen(stderr.getvalue(), 80)[0].startswith("homelab: counting counting")
    stderr.write(echoed)  # by the terminal, at the cursor
    line.over()
    assert _screen(stderr.getvalue(), 80) == [""]


def test_progress_is_gone_when_its_block_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET", 0.0)
    stderr = io.StringIO()
    with pytest.raises(KeyboardInterrupt), progress.Progress(stderr, shown=True) as line:
        tell = line.counter(7, "servers asked")
        tell(3, [])
        assert stderr.getvalue().strip() == "homelab: 3 of 7 servers asked …"
        raise KeyboardInterrupt
    assert _screen(stderr.getvalue(), 80) == [""]


def test_progress_names_what_it_waits_for_and_draws_each_text_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Section D of the reports: the line was drawn some 90 times with one text, and named
    nothing."""
    monkeypatch.setattr(progress, "QUIET", 0.0)
    monkeypatch.setattr(progress, "STEP", 0.0)
    stderr = io.StringIO()
    with progress.Progress(stderr, shown=True) as line:
        tell = line.counter(6, "slow checks done")
        for _ in range(50):
            tell(4, ["updates", "containers"])
        once = stderr.getvalue()
        tell(2, ["a", "b", "a", "c", "d"])
    assert once == "\rhomelab: 4 of 6 slow checks done, waiting for updates, containers …\r"
    assert ", waiting for a, b, c and more …" in stderr.getvalue()


def test_a_terminal_that_can_not_go_back_gets_no_progress_and_no_colours() -> None:
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    def world(**env: str) -> Context:
        return Context([], env, Tty(), Tty(), BUILT_IN)

    for env, moves, coloured in (
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({}, True, False),
    ):
        context = world(**env)
        assert context.progress()._shown == moves
        context.width = lambda: 80  # type: ignore[method-assign]
        assert context.colours() == coloured
        assert context.colours("always")
        assert not context.colours("never")
    piped = Context([], {"TERM": "xterm"}, io.StringIO(), io.StringIO(), BUILT_IN)
    assert not piped.colours()
    assert piped.colours("always")


STATES = (
    Column("state"),
    Column("name"),
    Column("status", drop=2),
    Column("image", flexible=True, drop=1),
    Column("detail"),
)
LONG = "its health check failed 5 times: wget: can't connect to remote host (127.0.0.1)"


def test_columns_without_room_are_left_out_whole_and_named() -> None:
    """Section D of the reports: a column with the header … and cells with … did not say what it
    left out."""
    table = Table("x/1", STATES, [("warning", "web", "running", "registry.lan/team/web:1", LONG)])
    assert columns.render(table, width=82).splitlines() == [
        "STATE    NAME  STATUS   IMAGE                    DETAIL",
        "warning  web   running  registry.lan/team/web:1  its health check failed 5 times:",
        " " * 49 + "wget: can't connect to remote",
        " " * 49 + "host (127.0.0.1)",
    ]
    assert table.left_out == ""
    assert columns.render(table, width=60).splitlines()[:2] == [
        "STATE    NAME  STATUS   DETAIL",
        "warning  web   running  its health check failed 5 times:",
    ]
    assert table.left_out == "hidden, because the terminal has 60 columns: IMAGE (--json has all)"
    columns.render(table, width=40)
    assert (
        table.left_out
        == "hidden, because the terminal has 40 columns: STATUS, IMAGE (--json has all)"
    )
    piped = columns.render(table).splitlines()
    assert len(piped) == 2
    assert piped[1].endswith(f"registry.lan/team/web:1  {LONG}")
    assert table.left_out == ""


def test_a_header_is_above_the_texts_of_its_column() -> None:
    name = "a-name-of-some-length"
    rows = [("warning", name, "up", "-", LONG), ("ok", name, "up", "-", "-")]
    table = Table("x/1", STATES[:2] + STATES[4:], [(*row[:2], row[4]) for row in rows])
    assert columns.render(table, width=50).splitlines()[:3] == [
        "STATE    NAME",
        "    DETAIL",
        f"warning  {name}",
    ]
    beside = columns.render(table, width=60).splitlines()
    assert beside[0].endswith("  DETAIL")
    assert beside[1].index("its health") == beside[0].index("DETAIL")


def test_columns_without_content_are_left_out_first_and_not_named() -> None:
    image = "registry.lan/team/web:1"
    table = Table("x/1", STATES, [("ok", "web", None, image, "-"), ("ok", "db", None, image, "-")])
    assert columns.render(table, width=80).splitlines()[0].split() == [
        "STATE", "NAME", "STATUS", "IMAGE", "DETAIL",
    ]  # fmt: skip
    assert columns.render(table, width=40).splitlines() == [
        "STATE  NAME  IMAGE",
        f"ok     web   {image}",
        f"ok     db    {image}",
    ]
    assert table.left_out == ""
    assert columns.render(table, width=30).splitlines()[0] == "STATE  NAME"
    assert table.left_out == "hidden, because the terminal has 30 columns: IMAGE (--json has all)"
    one = Table("x/1", STATES, [("ok", "web", None, image, "-"), ("ok", "db", "up", image, "-")])
    columns.render(one, width=40)
    assert "IMAGE" in one.left_out
    assert "-" in columns.render(Table("x/1", STATES[:1], [("-",)]), width=1)


@given(
    st.lists(
        st.tuples(*[st.text("ab c/", max_size=60)] * 5), min_size=1, max_size=4,
    ),
    st.integers(1, 200),
)  # fmt: skip
def test_no_word_of_the_last_column_is_broken_or_lost(
    rows: list[tuple[str, str, str, str, str]], width: int
) -> None:
    text = columns.render(Table("x/1", STATES, list(rows)), header=False, width=width)
    words = text.split()
    for row in rows:
        for word in row[4].split():
            assert word in words
    assert "…" not in text or any(len(row[3]) > 8 for row in rows)


def test_states_have_colours_where_they_are_wanted() -> None:
    rows = [(state, "a", "-", "-", "-") for state in ("critical", "warning", "unknown", "ok")]
    table = Table("x/1", STATES, rows)
    plain = columns.render(table, width=80)
    coloured = columns.render(table, width=80, coloured=True)
    assert [line.split("m")[0] for line in coloured.splitlines()[1:]] == [
        "\x1b[1;31", "\x1b[33", "\x1b[35", "\x1b[32",
    ]  # fmt: skip
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    piped = columns.render(table, coloured=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", piped) == columns.render(table)
    assert "\x1b[1;31mcritical\x1b[0m" in piped


@pytest.mark.parametrize(
    ("text", "room", "cut"),
    [
        ("three short words", 17, "three short words"),
        ("three short words", 15, "three short…"),
        ("three short words", 12, "three short…"),
        ("three short words", 11, "three…"),
        ("a " + "b" * 30, 12, "a bbbbbbbbb…"),
        ("    indented", 8, "    ind…"),
        ("größer als", 9, "größer…"),
        ("日本語 日本語", 9, "日本語…"),
        ("ab", 1, "…"),
        ("ab", 0, "…"),
    ],
)
def test_a_text_is_cut_between_words(text: str, room: int, cut: str) -> None:
    assert columns.cut(text, room) == cut
    assert columns.columns_of(cut) <= max(room, 1)


def test_a_narrow_terminal_cuts_the_flexible_column_and_a_pipe_nothing() -> None:
    table = Table("x/1", (Column("a"), Column("b", flexible=True)), [("one", "x" * 100)])
    assert columns.render(table, width=40).splitlines() == ["A    B", "one  " + "x" * 34 + "…"]
    assert columns.render(table).splitlines()[1] == "one  " + "x" * 100
    assert columns.render(table, width=200).splitlines()[1] == "one  " + "x" * 100


def test_one_long_name_at_a_narrow_terminal_makes_one_line_long() -> None:
    named = (Column("a"), Column("b", "count"), Column("c", flexible=True))
    table = Table("t/1", named, [("one", 1, "x" * 30), ("n" * 100, 2, "y" * 30)])
    header, one, long = columns.render(table, width=60).splitlines()
    assert header == "A" + " " * 32 + "B  C"
    assert one == "one" + " " * 30 + "1  " + "x" * 23 + "…"
    assert long == "n" * 100 + "  2  " + "y" * 23 + "…"


def test_trend_stays_within_a_narrow_terminal() -> None:
    periods = trend.periods(range(20_000, 20_031), trend.DAY)
    runs = tuple(range(31))
    table = Table("x/1", trend.columns(periods), [("host status", *runs, sum(runs), runs)])
    wide, narrow = (columns.render(table, width=width, draws=True) for width in (80, 40))
    assert "█" in wide
    assert "█" not in narrow
    for text, width in ((wide, 80), (narrow, 40)):
        header, row = text.splitlines()
        assert "…" not in header
        assert " 465" in row
        assert max(map(columns.columns_of, (header, row))) <= width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\r", "a\\nb\\r"),
        ("a\tb", "a\\tb"),
        ("\x9b1m", "\\x9b1m"),
        ("\u202eabc", "\\u{202e}abc"),
        ("a\u200bb", "a\\u{200b}b"),
        ("a\u2028b", "a\\u{2028}b"),
        ("x\u3164y", "x\\u{3164}y"),
        ("a\ufe0fb", "a\\u{fe0f}b"),
        ("\u26a0\ufe0f disk", "\u26a0\ufe0f disk"),
        ("\u26a0\U000e0101", "\u26a0\\u{e0101}"),
        ("\udcff", "\\u{dcff}"),
        ("héllo 日本\u3000語", "héllo 日本\u3000語"),
    ],
)
def test_control_and_invisible_characters(text: str, shown: str) -> None:
    assert columns.visible(text) == shown
    assert columns.visible_lines(f"{text}\n\t{text}") == columns.visible_lines(
        text
    ) + "\n\t" + columns.visible_lines(text)


@given(st.lists(st.tuples(st.text(), st.integers()), min_size=1))
def test_a_row_is_always_one_line_and_csv_reads_back(rows: list[tuple[str, int]]) -> None:
    """JSON has texts unchanged that CSV escapes, or keeps from being a formula."""
    table = Table("x/1", (Column("a"), Column("b", "count")), list(rows))
    assert columns.render(table).count("\n") == len(rows) + 1
    assert columns.render(table, width=80).count("\n") == len(rows) + 1
    read = list(csv.reader(io.StringIO(separated.render(table, header=False), newline="")))
    for (text, number), (field, digits) in zip(rows, read):
        assert field.removeprefix("'") == columns.visible_lines(text).removeprefix("'")
        assert digits == str(number)
    assert len(read) == len(rows)
    told = json.loads(document.render(table))["rows"]
    assert told == [{"a": text, "b": number} for text, number in rows]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "\\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("\x1b=1", "\\x1b=1"),
        ('a"=1', 'a"=1'),
        ("a=1", "a=1"),
        ("1-1", "1-1"),
        ("", ""),
    ],
)
def test_no_text_in_a_csv_is_a_formula(text: str, field: str) -> None:
    table = Table("x/1", (Column("a"), Column("b")), [(text, "x")])
    assert next(csv.reader(io.StringIO(separated.render(table, header=False), newline=""))) == [
        field, "x",
    ]  # fmt: skip


def test_numbers_in_a_csv_stay_numbers() -> None:
    """The kind of their column counts, not their look."""
    cells = (("a", -5), ("count", -5), ("count", "+Inf"), ("change", -0.5), ("seconds", -1.5))
    shown = tuple(Column(f"c{at}", kind) for at, (kind, _) in enumerate(cells))
    table = Table("x/1", shown, [tuple(cell for _, cell in cells)])
    assert separated.render(table, header=False) == "-5,-5,+Inf,-0.5,-1.5\n"


def test_lines_below_a_row_and_headers_are_not_formulas_either() -> None:
    table = Table("x/1", (Column("=1"), Column("log", "lines")), [("a", ("-x", "=1"))])
    read = list(csv.reader(io.StringIO(separated.render(table), newline="")))
    assert read == [["'=1", "log"], ["a", "'-x\n=1"]]


def test_a_terminal_and_a_pipe_get_the_same_rows_without_colour(world: World) -> None:
    piped = world.run("config", HOMELAB_TELEMETRY="1").stdout
    shown = at_a_terminal(world, "config", HOMELAB_TELEMETRY="1")
    assert shown == piped


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1", "nosuch"])
def test_characters_outside_the_locale_are_escaped(locale: str, world: World) -> None:
    world.settings("[loki]\ntenant = zoë\n")
    done = subprocess.run(
        [sys.executable, world.pyz, "config"],
        env={**world.env, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"zo" in done.stdout


@pytest.fixture(scope="module")
def latin1(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a locale whose encoding is ISO-8859-1."""
    if not Path("/usr/share/i18n/charmaps").is_dir():
        pytest.skip("needs Debian's package locales; see .ci/run")
    folder = tmp_path_factory.mktemp("locales")
    name = "en_US.ISO-8859-1"
    subprocess.run(
        ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(folder / name)],
        check=True, capture_output=True,
    )  # fmt: skip
    return {"LOCPATH": str(folder), "LC_ALL": name}


@pytest.mark.needs("localedef")
@pytest.mark.parametrize(
    "words", [["config", "--json"], ["config", "--csv"], ["manifest"]], ids=" ".join
)
def test_output_for_programs_is_utf8_in_every_locale(
    words: list[str], latin1: dict[str, str], world: World
) -> None:
    """C2: in a locale of ISO-8859-1, JSON is still valid."""
    text = "na\u00efve \u2713 \U0001f600"
    world.settings(f"[loki]\ntenant = {text}\n")
    world.dropin("say", f"#!/bin/sh\n# Summary: {text}\n")
    shown = subprocess.run(
        [world.pyz, *words], env={**world.env, **latin1}, capture_output=True, check=True
    ).stdout
    assert text in shown.decode("utf-8")
    assert b"\\u2713" not in shown


@pytest.mark.needs("localedef")
def test_output_for_people_is_in_the_encoding_of_their_locale(
    latin1: dict[str, str], world: World
) -> None:
    """C2"""
    world.settings("[loki]\ntenant = na\u00efve \u2713\n")
    shown = subprocess.run(
        [world.pyz, "config"], env={**world.env, **latin1}, capture_output=True, check=True
    ).stdout
    assert b"na\xefve \\u2713" in shown


@pytest.mark.parametrize("output", ["raw", "json", "logfmt", "columns", "-"])
def test_lines_for_programs_are_utf8_and_columns_are_the_locales(output: str) -> None:
    """C2: `logs query --output raw` and `usage report --output -`."""
    flags = Values()
    vars(flags)["output"] = output
    assert as_text.for_programs(flags) == (output != "columns")
    written = io.BytesIO()
    stdout = io.TextIOWrapper(written, encoding="iso-8859-1", errors="backslashreplace")
    context = Context([], {}, stdout, io.StringIO(), BUILT_IN)
    if as_text.for_programs(flags):
        context.write_utf8()
    dispatch.write_out(context, "na\u00efve \u2713 \udcff\n")
    raw = "na\u00efve \u2713 \\udcff\n".encode()
    assert written.getvalue() == (raw if output != "columns" else b"na\xefve \\u2713 \\udcff\n")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_slow_reader_of_a_pipe_that_does_not_block_gets_all(stream: str, world: World) -> None:
    """C29: another process that shares the pipe may have made it non-blocking. The first write
    fills the pipe."""
    fails = ["job", "run", "x", "--", "sh", "-c", "seq 50000; exit 3"]
    words = ["manifest"] if stream == "stdout" else fails
    whole = getattr(world.run(*words), stream)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    null = subprocess.DEVNULL
    out, err = (writer, null) if stream == "stdout" else (null, writer)
    child = subprocess.Popen([world.pyz, *words], env=world.env, stdout=out, stderr=err)
    os.close(writer)
    select.select([reader], [], [])
    while foreground.status(child.pid)[:1] not in ([b"S"], [b"Z"], []):
        pass  # it is still writing
    with open(reader, "rb") as pipe:
        text = pipe.read().decode()
    assert child.wait() == (0 if stream == "stdout" else 3)
    assert len(text) > 100_000
    assert text[-1000:] == whole[-1000:]
