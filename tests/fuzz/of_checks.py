"""Targets for what `homelab check` reads: settings lines, ignores, the output of plugins, and the
JSON of its children."""

from __future__ import annotations

import json

from fuzz.target import Target
from homelab import times
from homelab.catalogue.verb import Verb
from homelab.checks import answers, ignores, lines, plugin_output
from homelab.checks.ignores import Ignore
from homelab.checks.kinds import KEYS, KINDS
from homelab.checks.lines import Line, Plan
from homelab.checks.plugin_output import PluginResult
from homelab.checks.row import CheckRow
from homelab.errors import Failure
from homelab.findings import ORDER
from homelab.output.columns import visible
from homelab.settings import Entry
from homelab.verbs import BUILT_IN

_NOW = 1_795_000_000 * times.SECOND


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _find(path: str) -> Verb | None:
    return BUILT_IN.find(path)


def _plan(data: bytes) -> Plan:
    found = []
    for number, line in enumerate(_text(data).split("\n"), 1):
        key, _, text = line.partition("=")
        found.append(Entry(key.strip(), text.strip(), f"config.ini:{number}"))
    return lines.parse(found, _find, _NOW)


def _is_plan(data: bytes, plan: Plan) -> None:
    """Each line of the section is in the plan: none is lost."""
    keys = [line.partition("=")[0].strip() for line in _text(data).split("\n")]
    assert set(keys) <= set(KEYS)
    assert len(plan.ignores) == keys.count("ignore")
    for line in plan.lines:
        assert line.key in KEYS
        assert line.label
        assert answers.described(line)
    certs = [line.partition("=") for line in _text(data).split("\n")]
    said = [text.strip().lower() for key, _, text in certs if key.strip() == "cert"]
    wanted = [text for text in said if text not in ("no", "off", "false")]
    assert sum(line.key == "cert" for line in plan.lines) == len(wanted)


def _ignore(data: bytes) -> Ignore:
    return ignores.parse(_text(data), "config.ini:1", _NOW)


def _is_ignore(data: bytes, found: Ignore) -> None:
    text = _text(data)
    assert found.name
    assert found.name in text or "://…@" in found.name
    assert found.reason in text
    assert (found.end is None) == (not found.until)
    assert ignores.matches(found.name, found.name)


def _plugin(data: bytes) -> PluginResult:
    return plugin_output.parse(data[0] if data else 0, data[1:])


def _is_result(data: bytes, found: PluginResult) -> None:
    code = data[0] if data else 0
    assert found.state == plugin_output.STATES.get(code, "unknown")
    assert found.text or found.state == "ok"
    for text in (found.text, *found.lines):
        assert visible(text) == text
    json.dumps(found.performance, allow_nan=False)
    for datum in found.performance:
        assert "text" in datum or datum["label"]


def _rows(data: bytes) -> list[CheckRow]:
    code, _, out = data.partition(b"\n")
    line = Line("cert", ["nas.lan"], "config.ini:1")
    number = int(code) if code.isdigit() and len(code) < 3 else 0
    found = answers.rows(KINDS["cert"], line, number, out, _text(code), BUILT_IN.verb("cert check"))
    vitals = Line("host", [], "")
    found += answers.rows(
        KINDS["host"], vitals, number, out, _text(code), BUILT_IN.verb("host status")
    )
    return answers.without_doubles(found)


def _are_rows(data: bytes, found: list[CheckRow]) -> None:
    assert found
    for row in found:
        assert row.state in ORDER
        assert row.name
        for text in (row.name, row.detail, row.value):
            assert visible(text) == text
        answers.named_by(row)


_SECTION = rb"""disk_used = 85
cert_warn = 30d
host = --load 3
cert = nas.lan mail.lan:25 --warn 10d
service = https://nas.lan/ --contains "Disk #1"
port = nas.lan:22,80
own = dns nas.lan
plugin = --name load /usr/lib/nagios/plugins/check_load -w 5 -c 10
timer = yes
ignore = unit foo.service until 2027-01-31: replaced
ignore = host disk /: full by design"""
_CERT = json.dumps(
    {
        "schema": "homelab.cert-check/1",
        "rows": [
            {"state": "critical", "target": "nas.lan", "days": -3, "detail": "expired"},
            {"state": "ok", "check": "disk /", "value": "37%", "detail": None},
        ],
    }
).encode()
TARGETS = (
    Target(
        "checks.lines",
        _plan,
        _is_plan,
        (_SECTION, b"cert = 'nas", b"certs = nas.lan", b"unit =", b"own = --name x y z"),
        refuses=(Failure,),
        inputs=500,
    ),
    Target(
        "checks.ignores",
        _ignore,
        _is_ignore,
        (
            b"unit foo.service until 2027-01-31: replaced",
            b"port [fd00::7]:*: moved",
            b"cert https://nas.lan/ until 2027-01-31 13:00: a: b",
        ),
        refuses=(ValueError,),
    ),
    Target(
        "checks.plugin_output",
        _plugin,
        _is_result,
        (
            b"\0OK - load average: 0.1|load1=0.1;5;10;0; 'a ''b'=3MB;@1:2;~:3;0;9\nmore|x=U y=1",
            b"\2\xff\x1b[31m|||'=;;",
        ),
        inputs=2000,
    ),
    Target(
        "checks.answers",
        _rows,
        _are_rows,
        (b"1\n" + _CERT, b"70\n", b'0\n{"rows": []}'),
        inputs=2000,
    ),
)
