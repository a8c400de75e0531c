"""Columns read the cells of typed rows."""

from __future__ import annotations

import pytest
from fuzz.work import Lines

from homelab.output.answer import Column, Table
from homelab.output.columns import cut


class Inner:
    name = "nas"
    empty = ""
    count = 0
    lines = ()


class Row:
    key = "value"
    inner = Inner()
    nothing = None


def test_a_column_reads_an_attribute_a_path_or_a_function() -> None:
    columns = (
        Column("key"),
        Column("renamed", of="key"),
        Column("path", of="inner.name"),
        Column("zero", of="inner.count"),
        Column("lines", of="inner.lines"),
        Column("made", of=lambda row: row.key.upper()),
        Column("kept", of=lambda row: ""),
    )
    (cells,) = Table("homelab.x/1", columns, [Row()]).rows
    assert cells == ("value", "value", "nas", 0, (), "VALUE", "")


def test_a_missing_attribute_is_none() -> None:
    columns = tuple(Column(path) for path in ("missing", "nothing.name", "inner.empty"))
    assert Table("homelab.x/1", columns, [Row()]).rows == [(None, None, None)]


def test_a_tuple_is_a_row_as_it_is() -> None:
    assert Table("homelab.x/1", (Column("a"), Column("b")), [(1, "")]).rows == [(1, "")]


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [
        ("backup", 6, "backup"),
        ("backups", 6, "backu…"),
        ("中文字", 5, "中文…"),
        ("中文字", 4, "中…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("ab", 1, "…"),
        ("ab", 0, "…"),
    ],
)
def test_a_text_that_is_too_wide_is_cut_between_signs(text: str, room: int, shown: str) -> None:
    assert cut(text, room) == shown


def test_a_text_is_cut_in_work_that_grows_as_the_text_does() -> None:
    with Lines(everything=True) as short:
        cut("中" * 1000, 20)
    with Lines(everything=True) as long:
        cut("中" * 10_000, 20)
    assert long.count < 11 * short.count
