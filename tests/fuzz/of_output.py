"""Targets for rows with any text, as columns, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from typing import Any

from fuzz.target import Target
from homelab import findings
from homelab.catalogue.arguments import parse
from homelab.output import columns, document, separated
from homelab.output.answer import Column, Table
from homelab.output.page import markup
from homelab.remote import merged
from homelab.remote.carried import Carried
from homelab.remote.verb_script import VerbAnswer
from homelab.verbs import BUILT_IN

_COLUMNS = (Column("name", flexible=True), Column("labels", "labels"), Column("n", "count"))


def fit_for_a_terminal(text: str) -> None:
    """Assert that nothing in it, except line ends, controls a terminal."""
    assert all(sign.isprintable() or sign in "\n\u3000" for sign in text), repr(text)


def rows_of(table: Table) -> None:
    """Assert that a table can be printed in each format, and read back from those for programs."""
    for width in (0, 20, 80):
        text = columns.render(table, True, width)
        assert text.count("\n") == len(table.rows) + 1
        fit_for_a_terminal(text)
    shown = document.render(table)
    fit_for_a_terminal(shown)
    read = json.loads(shown)
    assert len(read["rows"]) == len(table.rows)
    lines = list(csv.reader(io.StringIO(separated.render(table), newline="")))
    kinds = columns.SHOWN_ONLY
    assert lines[0] == [column.key for column in table.columns if column.kind not in kinds]
    assert len(lines) == len(table.rows) + 1
    fit_for_a_terminal(separated.render(table).replace("\t", ""))  # tabs stay within a field


def _table(data: bytes) -> Table:
    cells = data.decode("utf-8", "surrogateescape").split("\0")
    rows: list[Any] = [(cell, {"a": cell, cell: 1}, len(cell)) for cell in cells]
    return Table("x/1", _COLUMNS, rows)


def _is_table(data: bytes, table: Table) -> None:
    rows_of(table)
    lines = list(csv.reader(io.StringIO(separated.render(table), newline="")))
    for line, row in zip(lines[1:], table.rows):
        escaped = columns.visible_lines(str(row[0]))
        assert line[0] in (escaped, f"'{escaped}")  # a mark keeps it from being a formula
        assert line[0] == "-" or not line[0].lstrip(" ").startswith(("=", "+", "-", "@"))
        assert line[2] == str(row[2])
    for row in table.rows:
        text = str(row[0])
        assert columns.columns_of(columns.cut(columns.visible(text), 10)) <= 10


class _Elements(HTMLParser):
    """The elements that a browser sees in a page, and the text in them."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.begun.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(data: bytes) -> str:
    text = data.decode("utf-8", "surrogateescape")
    return markup.document(markup.element("p", text, title=text))


def _is_page(data: bytes, text: str) -> None:
    """Assert that a browser finds only our element, with the text in it."""
    assert text.isascii()
    expected = columns.visible(data.decode("utf-8", "surrogateescape"))
    read = _Elements()
    read.feed(text)
    read.close()
    assert read.begun == [("p", [("title", expected)])]
    assert read.text.strip() == expected.strip()


_CELLS = (b"plain\0two words", b'a,"b"\0=1+1\0-1\0+x\0@y', b"a\r\nb\0\x1b[2J\0\xe4\xb8\xad" * 3)


def _answer(data: bytes) -> Table:
    """The table of `on` for two hosts, whose answers are the parts of `data`."""
    verb = BUILT_IN.verb("cert check")
    carried = Carried(verb.path, verb, [], "read")
    carried.table = True
    carried.columns = _OF_HOSTS
    values = parse(verb, ["nas"], 0)
    answers = {}
    for host, part in zip(("pve1", "nas"), data.split(b"\xff\xff", 1)):
        begun = b"homelab:answer=0\n"
        out = b"welcome\n" + begun + part + b"\n\nhomelab:end=0=0\n"
        answers[host] = VerbAnswer("0", 0, out, part, cut=False)
    return merged.table(carried, answers, values)


def _is_merged(data: bytes, table: Table) -> None:
    assert {row[0] for row in table.rows} >= set(table.facts["failures"])  # type: ignore[call-overload]
    for row in table.rows:
        assert row[1] in findings.ORDER
    bad = any(row[1] not in findings.FINE for row in table.rows)
    assert bool(table.code) == bad
    fit_for_a_terminal(document.render(table))
    fit_for_a_terminal(columns.render(table, True, 80))
    json.loads(document.render(table))
    separated.render(table)


def _reply(data: bytes) -> VerbAnswer:
    return VerbAnswer("0", len(data) % 3, data, data, cut=len(data) % 5 == 0)


def _is_reply(data: bytes, answer: VerbAnswer) -> None:
    assert "\n" not in answer.why()
    assert answer.result is None or answer.result.reason


_OF_HOSTS = (
    Column("state"),
    Column("target"),
    Column("days", "count"),
    Column("expires", "moment"),
    Column("names", "labels"),
    Column("log", "lines"),
    Column("took", "seconds"),
    Column("size", "bytes"),
    Column("full", "share"),
    Column("detail"),
)
_NEWER = (
    b'{"schema": "homelab.cert-check/1", "problems": 1, "rows": [{"state": "critical", "target":'
    b' "nas", "days": 3, "expires": "2026-11-23T20:10:34.5Z", "names": {"a": "b"}, "log": ["x"],'
    b' "took": 1e3, "size": 12345678, "full": 0.5,'
    b' "detail": null}]}\xff\xff{"schema": "homelab.cert-check/2", "rows": [{"state": "ok",'
    b' "mood": [1, {"a": true}], "days": 1e3}]}'
)
_DOCUMENTS = (_NEWER, b'{"schema": "homelab.cert-check/1", "rows": [')
_OLDER = (
    b"welcome\nhomelab:path=/x\nhomelab:answer=0\n{}\n\nhomelab:version=homelab 0.5.0 (build x)"
    b"\nhomelab:end=0=2\n"
)
_REPLIES = (_OLDER, b"\nhomelab:done=missing\n")
TARGETS = (
    Target("output.read_back", _answer, _is_merged, _DOCUMENTS, inputs=100),
    Target("remote.verb_script", _reply, _is_reply, _REPLIES, inputs=1000),
    Target("output", _table, _is_table, _CELLS, inputs=70),
    Target("output.page", _page, _is_page, (*_CELLS, b"<b>&amp;\0]]>"), inputs=500),
)
