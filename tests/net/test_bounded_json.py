"""JSON of other servers, which is read only if it has no more values than expected."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.world import ROOT

from homelab.net import bounded_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ("7", 7),
        ('{"a": [1, -2.5, null, true, "\u00e9\U0001f600"]}', {"a": [1, -2.5, None, True, "é😀"]}),
        (r'"\ud800"', "\ud800"),
        ("[" + "9" * 19 + "]", [int("9" * 19)]),
        ("[" + "9" * 20 + ", 1]", [-1, 1]),
    ],
)
def test_a_document_is_read(text: str, value: object) -> None:
    assert bounded_json.loads(text.encode(), 20) == value


@pytest.mark.parametrize(
    "text", ["", "[", "{} {}", '{"a"}', "nope", "[" * 100_000, '"\\', "[1,]", "\udcff"], ids=len
)
def test_invalid_json_raises_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        bounded_json.loads(text.encode("utf-8", "surrogateescape"), 1_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "[" + ",".join(["{}"] * 11) + "]",
        "[" + ",".join(["[]"] * 11) + "]",
        "[" + "0," * 11 + "0]",
        "{" + ",".join(f'"{n}":0' for n in range(11)) + "}",
        "[" * 11 + "]" * 11,
        '{"":' * 11 + "0" + "}" * 11,
        r'["\\",' + "0," * 11 + r'"\\"]',
        r'["\"",' + "0," * 11 + r'"\\\""]',
        '["' + "x" * 70_000 + '",' + "0," * 11 + "0]",
        '["' + "x" * 65_534 + '",' + "0," * 11 + "0]",
    ],
    ids=len,
)
def test_more_values_than_expected_raise_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="more than 10 values"):
        bounded_json.loads(text.encode(), 10)


@pytest.mark.parametrize(
    "inside", [",[{:" * 100_000, r"\"," * 100_000, r"\\," * 100_000, r"\\\",," * 100_000], ids=len
)
def test_marks_inside_strings_do_not_count_as_values(inside: str) -> None:
    import json

    text = f'["{inside}", "{inside}"]'
    assert bounded_json.loads(text.encode(), 10) == json.loads(text)


def test_sixteen_mib_of_empty_objects_take_little_memory() -> None:
    program = """
import resource
from homelab.net import bounded_json
data = b"[" + b"{}," * (16 << 20 >> 2) + b"{}]"
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    bounded_json.loads(data, 1_000_000)
except ValueError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(grown.stdout) < 50 << 10  # KiB
