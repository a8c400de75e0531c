"""Histories of fish as text; test_shells_that_write.py tests the ones that a real fish writes."""

from __future__ import annotations

from homelab.habits import entries, fish


def read(text: str) -> list[tuple[int, str]]:
    return list(fish.entries(entries.lines([text.encode()])))


def test_an_entry_has_its_moment_and_its_text() -> None:
    text = "- cmd: ls -l\n  when: 1700000000\n  paths:\n    - a\n    - - cmd: x\n- cmd: df\n"
    assert read(text) == [(1_700_000_000, "ls -l"), (0, "df")]


def test_line_ends_and_backslashes_are_as_they_were_typed() -> None:
    text = "- cmd: for x in a\\n  echo \\\\n \\\\\\\\ \\\\\\n: {}\\nend\n  when: 1700000000\n"
    assert read(text) == [(1_700_000_000, "for x in a\n  echo \\n \\\\ \\\n: {}\nend")]


def test_a_torn_end_loses_no_entry() -> None:
    assert read("- cmd: ls\n  when: 17000000") == [(0, "ls")]
    assert read("- cmd: ls\n  wh") == [(0, "ls")]
    assert read("- cmd: ls\n- cm") == [(0, "ls")]
