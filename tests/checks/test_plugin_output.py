"""The text, the state and the performance data of monitoring plugins."""

from __future__ import annotations

import json

import pytest

from homelab.checks import plugin_output


@pytest.mark.parametrize(
    ("code", "state"), [(0, "ok"), (1, "warning"), (2, "critical"), (3, "unknown")]
)
def test_exit_codes_mean_what_they_mean_for_plugins(code: int, state: str) -> None:
    found = plugin_output.parse(code, b"DISK - 5 GiB left | /=5\n")
    assert (found.state, found.text) == (state, "DISK - 5 GiB left")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (4, "ended with exit code 4, which is not 0 to 3"),
        (127, "ended with exit code 127, which is not 0 to 3"),
        (137, "ended by signal 9"),
        (255, "ended with exit code 255, which is not 0 to 3"),
    ],
)
def test_any_other_end_is_unknown_with_the_reason(code: int, why: str) -> None:
    assert plugin_output.parse(code, b"OK\n").text == f"{why}: OK"
    assert plugin_output.parse(code, b"").text == why
    assert plugin_output.parse(code, b"").state == "unknown"


def test_stderr_speaks_where_stdout_does_not() -> None:
    assert plugin_output.parse(2, b"", b"a\nno route\n").text == "no route"
    assert plugin_output.parse(2, b"").text == "ended with exit code 2 and without a text"
    assert plugin_output.parse(0, b"").text == ""


def test_blank_lines_in_front_are_left_out() -> None:
    assert plugin_output.parse(1, b"\n \r\n\t\n real\nmore\n").text == "real"


def test_a_second_bar_on_a_line_only_divides() -> None:
    for out in (b"x||a=1 'b|c'=2|d=3\n", b"x | a=1|'b|c'=2 | d=3\n"):
        labels = [datum["label"] for datum in plugin_output.parse(0, out).performance]
        assert labels == ["a", "b|c", "d"]


def test_performance_data_of_the_first_line_and_of_the_end() -> None:
    out = (
        b"OK - x | load1=0.5;5;10;0; 'a ''b c'=12MB;@1:2;~:3;0;99\n"
        b"more text\nand more | /=U;;; '/srv'=45%;80;90\nodd ='x'=1 n=1,5\n"
    )
    found = plugin_output.parse(0, out)
    assert (found.text, found.lines) == ("OK - x", ("more text", "and more"))
    assert found.performance == (
        {"label": "load1", "value": 0.5, "unit": None, "warn": "5", "crit": "10", "min": "0",
         "max": None},
        {"label": "a 'b c", "value": 12, "unit": "MB", "warn": "@1:2", "crit": "~:3", "min": "0",
         "max": "99"},
        {"label": "/", "value": None, "unit": None, "warn": None, "crit": None, "min": None,
         "max": None},
        {"label": "/srv", "value": 45, "unit": "%", "warn": "80", "crit": "90", "min": None,
         "max": None},
        {"text": "odd"},
        {"text": "='x'=1"},
        {"text": "n=1,5"},
    )  # fmt: skip
    json.dumps(found.performance, allow_nan=False)


def test_any_bytes_are_safe_for_a_terminal() -> None:
    found = plugin_output.parse(1, b"\x1b[2Jred\t\xff|\x07=1\r\n\x1b]0;x\x07\n")
    for text in (found.text, *found.lines):
        assert text.isprintable()
    assert found.text == "\\x1b[2Jred \ufffd"


def test_a_flood_is_bounded() -> None:
    found = plugin_output.parse(0, b"x" * 9999 + b"|" + b"a=1 " * 9999 + b"\n" + b"y\n" * 9999)
    assert len(found.text) == 500
    assert len(found.lines) == 100
    assert len(found.performance) == 200
