"""Rows of the table from what a check verb printed: none is lost, whatever it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homelab.checks import answers
from homelab.checks.kinds import KINDS
from homelab.checks.lines import Line
from homelab.checks.row import CheckRow
from homelab.verbs import BUILT_IN

LINE = Line("cert", ["nas.lan", "git.lan"], "config.ini:2")
ROWS = [
    {"state": "critical", "target": "nas.lan:443", "days": -3, "detail": "expired"},
    {"state": "ok", "target": "git.lan:443", "days": 80, "detail": None},
]


def printed(path: str, out: object) -> bytes:
    """Bytes as they are; a document with the schema of the verb of that path."""
    if isinstance(out, bytes):
        return out
    assert isinstance(out, dict)
    return json.dumps({"schema": BUILT_IN.verb(path).schema, **out}).encode()


def read(out: object, code: int = 0, err: str = "", key: str = "cert") -> list[CheckRow]:
    line = LINE if key == "cert" else Line(key, [], "")
    path = KINDS[key].path
    verb = BUILT_IN.verb(path)
    return answers.rows(KINDS[key], line, code, printed(path, out), err, verb)


def said(rows: list[CheckRow]) -> list[tuple[str, str, str, str]]:
    return [(row.state, f"{row.check} {row.name}", row.value, row.detail) for row in rows]


def test_rows_keep_state_name_value_and_detail() -> None:
    rows = read({"rows": ROWS}, 1)
    assert said(rows) == [
        ("critical", "cert nas.lan:443", "-3 d", "expired"),
        ("ok", "cert git.lan:443", "80 d", ""),
    ]
    assert {row.source for row in rows} == {"config.ini:2"}
    assert ("cert", "nas.lan") in rows[0].names


@pytest.mark.parametrize(
    ("out", "code", "err", "detail"),
    [
        (b"", 70, "homelab: a bug in homelab, KeyError: x\n", "a bug in homelab, KeyError: x"),
        (b"", 2, "homelab: no port 'x'\nexample: y\nsee homelab help z\n", "no port 'x'"),
        (b"", 137, "", "cert check was ended by signal 9"),
        (b"", 0, "", "cert check ended with exit code 0 and without an answer"),
        (b"", 1, "Traceback\nKeyError: x\n", "KeyError: x"),
        (b"", 255, "", "cert check ended with exit code 255 and without an answer"),
        (b"fine\n", 0, "", "cert check: its answer is not JSON: 'fine'"),
        (b"fine\n", 70, "homelab: a bug in homelab\n", "a bug in homelab"),
        (b"[1]", 0, "", "cert check: its answer is not a document homelab.cert-check/1: '[1]'"),
        ({"rows": 3}, 0, "", "cert check: its document homelab.cert-check/1 has no rows"),
        (b'{"rows": [', 0, "", "cert check: its answer is cut off, or not JSON: '{\"rows\": ['"),
        (b"[" * 99_999, 0, "", f"cert check: its answer is not JSON: '{'[' * 40}…'"),
        ({"rows": []}, 69, "homelab: nothing is mounted\n", "nothing is mounted"),
        ({"rows": [3]}, 0, "", "cert check: its document homelab.cert-check/1 has no rows"),
        ({"rows": [{"state": "fine"}]}, 0, "", "cert check gave a row without a known state"),
        ({"rows": [{"target": "x"}]}, 0, "", "cert check gave a row without a known state"),
    ],
)
def test_what_is_no_answer_is_unknown_with_the_reason(
    out: Any, code: int, err: str, detail: str
) -> None:
    assert said(read(out, code, err)) == [("unknown", "cert nas.lan git.lan", "", detail)]


@pytest.mark.parametrize(
    ("document", "code", "err", "why"),
    [
        ({"rows": ROWS}, 70, "homelab: stdout can't be written\n", "stdout can't be written"),
        ({"rows": ROWS, "complete": False, "error": "Loki went away"}, 69, "", "Loki went away"),
    ],
)
def test_rows_of_a_verb_that_failed_are_kept_and_the_failure_is_one(
    document: object, code: int, err: str, why: str
) -> None:
    rows = said(read(document, code, err))
    assert len(rows) == 3
    assert rows[-1] == ("unknown", "cert nas.lan git.lan", "", why)


def test_a_verb_with_nothing_to_check_is_skipped() -> None:
    (row,) = read({"rows": []}, 0, "homelab: no timer is enabled\n", "timer")
    assert said([row]) == [("skipped", "timer timer list", "", "no timer is enabled")]


def test_values_are_written_as_elsewhere() -> None:
    for key, cells, value in (
        ("disk", {"mount": "/srv", "used": 0.914}, "91%"),
        ("service", {"url": "https://nas.lan/", "total": 0.0123}, "12 ms"),
        ("backup", {"backup": "etc", "age": 97_200}, "1 d 3 h"),
        ("container", {"name": "immich", "status": "running"}, "running"),
        ("unit", {"unit": "nginx.service"}, ""),
        ("port", {"target": "x:1", "result": None}, ""),
        ("cert", {"target": "x", "days": True}, ""),
    ):
        (row,) = read({"rows": [{"state": "ok", **cells}]}, key=key)
        assert row.value == value


def test_a_row_without_a_name_has_its_first_text() -> None:
    rows = [{"state": "unknown", "name": None, "engine": "docker", "detail": "refused"}]
    (row,) = read({"rows": rows}, 69, key="container")
    assert row.name == "docker"


def test_vitals_of_one_thing_give_way_to_a_line_about_it() -> None:
    vitals = {"state": "warning", "check": "disk /srv", "value": "91%", "detail": "9 GiB left"}
    host = read({"rows": [vitals, {**vitals, "check": "load"}]}, 1, key="host")
    assert [f"{row.check} {row.name}" for row in host] == ["disk /srv", "host load"]
    assert ("host", "disk /srv") in host[0].names
    own = read({"rows": [{"state": "ok", "mount": "/srv", "used": 0.91}]}, key="disk")
    assert answers.without_doubles([*host, *own]) == [host[1], *own]
    assert answers.without_doubles(host) == host


def test_pools_and_disks_have_the_names_of_their_vitals() -> None:
    cells = {"state": "critical", "detail": "x"}
    document = {"rows": [{**cells, "name": "tank", "type": "zfs"},
                         {**cells, "name": "sda", "type": "smart"}]}  # fmt: skip
    vitals = {"rows": [{**cells, "check": "pools"}, {**cells, "check": "smart"}]}
    for row, name in zip(read(vitals, 1, key="host"), ("tank", "sda")):
        by = answers.named_by(row)
        assert by is not None
        found = read(document, 1, key="health")
        (shown,) = answers.in_place_of(row, found)
        assert (shown.check, shown.name) == ("health", name)
        assert ("host", row.name) in shown.names


def test_what_the_vitals_count_is_named() -> None:
    cells = {"state": "warning", "check": "units", "value": "1 failed", "detail": "foo.service"}
    (row,) = read({"rows": [cells]}, 1, key="host")
    by = answers.named_by(row)
    assert by is not None
    assert by[0] == "unit failed"
    named = [{"state": "warning", "unit": "foo.service", "detail": "exit 1"}]
    line = Line("host", [], "")
    verb = BUILT_IN.verb(by[0])
    found = answers.rows(by[1], line, 1, printed(by[0], {"rows": named}), "", verb)
    (shown,) = answers.in_place_of(row, found)
    assert (shown.check, shown.name, shown.state) == ("unit", "foo.service", "warning")
    assert {("unit", "foo"), ("host", "units")} <= set(shown.names)
    fine = answers.rows(by[1], line, 0, printed(by[0], {"rows": []}), "", verb)
    assert answers.in_place_of(row, fine) == [row]
    cells["state"] = "ok"
    (row,) = read({"rows": [cells]}, key="host")
    assert answers.named_by(row) is None


def test_security_updates_are_behind_all_other_rows_and_named_so() -> None:
    update = {"state": "warning", "package": "curl", "kind": "security", "detail": None}
    rows = answers.without_doubles(
        [*read({"rows": [update]}, 1, key="update"), *read({"rows": ROWS}, 1)]
    )
    assert [row.check for row in rows] == ["cert", "cert", "update"]
    assert rows[-1].detail == "security"


def test_what_is_unknown_beside_a_named_problem_is_kept() -> None:
    cells = {"state": "warning", "check": "units", "value": "1 failed", "detail": "foo.service"}
    (row,) = read({"rows": [cells]}, 1, key="host")
    refused = {"state": "unknown", "manager": "me", "unit": None, "detail": "not reached"}
    failed = {"state": "warning", "unit": "foo.service", "detail": "exit 1"}
    by = answers.named_by(row)
    assert by is not None
    verb, line = BUILT_IN.verb(by[0]), Line("host", [], "")
    for rows, shown in (
        ([failed, refused], ["warning unit foo.service", "unknown unit me"]),
        ([refused], ["warning host units"]),
    ):
        found = answers.rows(by[1], line, 1, printed(by[0], {"rows": rows}), "", verb)
        after = answers.in_place_of(row, found)
        assert [f"{one.state} {one.check} {one.name}" for one in after] == shown
