"""How columns read the cells of typed rows."""

from __future__ import annotations

from homelab.output.answer import Column, Table


class Inner:
    name = "nas"
    empty = ""
    count = 0
    lines = ()


class Row:
    key = "value"
    inner = Inner()
    nothing = None


def test_a_column_reads_an_attribute_a_path_or_what_a_function_makes_of_the_row() -> None:
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


def test_what_a_row_does_not_have_is_none() -> None:
    columns = tuple(Column(path) for path in ("missing", "nothing.name", "inner.empty"))
    assert Table("homelab.x/1", columns, [Row()]).rows == [(None, None, None)]


def test_a_tuple_is_a_row_as_it_is() -> None:
    assert Table("homelab.x/1", (Column("a"), Column("b")), [(1, "")]).rows == [(1, "")]
