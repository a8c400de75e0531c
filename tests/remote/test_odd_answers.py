"""Values that no homelab prints, in the answers of other hosts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homelab.catalogue.arguments import parse
from homelab.output import columns, document, separated
from homelab.output.answer import Column, Table
from homelab.remote import merged
from homelab.remote.carried import Carried
from homelab.remote.verb_script import VerbAnswer
from homelab.verbs import BUILT_IN

KINDS = "text bytes change count seconds share moment labels bars lines data estimate".split()
VALUES: list[Any] = [
    None, True, "x", "\ud800", "a\nb", "\x1b[31m", -1, 10**19, 1e308, -1e308, 5e-324, "9" * 30,
    [], ["\ud800"], [1], [[]], [{"a": None}], {}, {"a": "\ud800"}, {"a": {"b": [1]}},
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-13-01T00:00:00Z",
]  # fmt: skip


def _merged(columns_here: tuple[Column, ...], rows: list[dict[str, Any]]) -> Table:
    verb = BUILT_IN.verb("disk usage")
    carried = Carried(verb.path, verb, [], "read")
    carried.table, carried.columns = True, columns_here
    answer = json.dumps({"schema": verb.schema, "rows": rows}).encode("ascii")
    out = b"homelab:answer=0\n" + answer + b"\n\nhomelab:end=0=0\n"
    arguments = parse(BUILT_IN.verb("on"), ["nas", "--", "disk"], 0)
    return merged.table(carried, {"nas": VerbAnswer("0", 0, out, b"", cut=False)}, arguments)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_of_another_kind_is_shown_or_refused(kind: str) -> None:
    for value in VALUES:
        table = _merged((Column("state"), Column("x", kind)), [{"state": "ok", "x": value}])
        for width in (0, 80):
            columns.render(table, True, width).encode()
        separated.render(table).encode()
        (row,) = json.loads(document.render(table))["rows"]
        assert row["state"] == ("unknown" if row["problem"] else "ok"), value


def test_the_columns_of_a_table_have_different_names() -> None:
    odd = {"host": "a", "host_there": "b", "problem": "c", "problem_there": "d"}
    table = _merged((Column("state"), Column("x")), [{"state": "ok", "x": "y", **odd}])
    keys = [column.key for column in table.columns]
    assert len(set(keys)) == len(keys)
    (row,) = json.loads(document.render(table))["rows"]
    assert row["host"] == "nas"
    assert sorted(set("abcd") & set(map(str, row.values()))) == list("abcd")
