"""Histories of zsh as text; test_shells_that_write.py tests the ones that a real zsh writes."""

from __future__ import annotations

from homelab.habits import entries, zsh


def read(data: bytes) -> list[tuple[int, str]]:
    return list(zsh.entries(entries.lines([data])))


def test_an_extended_entry_has_its_moment() -> None:
    assert read(b": 1700000000:0;ls -l\n: 1700000060:12;echo a;b\n") == [
        (1_700_000_000, "ls -l"),
        (1_700_000_060, "echo a;b"),
    ]


def test_a_plain_line_is_an_entry_without_a_moment() -> None:
    assert read(b"ls\n: > file; ls\n: 1:x;ls\n") == [
        (0, "ls"),
        (0, ": > file; ls"),
        (0, ": 1:x;ls"),
    ]


def test_a_backslash_at_the_end_of_a_line_goes_on() -> None:
    text = b": 1700000000:0;for x in a\\\ndo docker run \\\\\\\n  $x\\\ndone\nls\n"
    assert read(text) == [
        (1_700_000_000, "for x in a\ndo docker run \\\\\n  $x\ndone"),
        (0, "ls"),
    ]


def test_a_blank_behind_a_backslash_at_the_end_is_not_typed() -> None:
    assert read(b"ls \\ \ndf \\  \nx \n") == [(0, "ls \\"), (0, "df \\ "), (0, "x ")]


def test_bytes_of_tokens_are_as_they_were_typed() -> None:
    """`ü` is c3 bc, `à` is c3 a0; a0 is one of the bytes that zsh escapes."""
    assert read(b"echo \xc3\xbc \xc3\x83\x80\n") == [(0, "echo ü à")]
    assert read(b"torn \x83\n") == [(0, "torn ")]


def test_an_entry_whose_end_is_lost_ends_where_the_next_one_begins() -> None:
    assert read(b": 1700000000:0;echo a\\\n: 1700000001:0;ls\n: 1700000002:0;x\\\n") == [
        (1_700_000_000, "echo a"),
        (1_700_000_001, "ls"),
        (1_700_000_002, "x"),
    ]


def test_a_bash_that_shares_the_file_gives_its_moments() -> None:
    assert read(b": 1700000000:0;ls\n#1700000001\ndf\nuptime\n") == [
        (1_700_000_000, "ls"),
        (1_700_000_001, "df"),
        (0, "uptime"),
    ]


def test_an_entry_of_too_many_lines_is_marked_and_the_next_one_is_read() -> None:
    found = read(b": 1700000000:0;" + b"docker ps -a\\\n" * 9000 + b"ls\ndf\n")
    assert [entries.UNREADABLE in text for _, text in found] == [True, False]
