"""The common parts of the formats, and the text history of nushell, which has little more."""

from __future__ import annotations

from homelab.habits import entries, nushell


def test_lines_come_whole_whatever_the_blocks_are() -> None:
    text = b"ls\r\n\ndocker ps\nuptime"
    for size in range(1, 20):
        blocks = (text[at : at + size] for at in range(0, len(text), size))
        assert list(entries.lines(blocks)) == [b"ls", b"", b"docker ps", b"uptime"]


def test_of_a_line_that_is_too_long_only_its_ends_are_kept() -> None:
    for blocks in (
        [b"ls\n" + b"x" * 10_000_000 + b"\ndf\n"],
        [b"ls\nx", *[b"x" * 1000] * 99, b"\ndf\n"],
    ):
        first, long, last = entries.lines(blocks)
        assert (first, last) == (b"ls", b"df")
        assert b"\0" in long
        assert len(long) <= entries.LONGEST


def test_an_entry_with_letters_of_another_encoding_is_read_and_a_binary_one_is_not() -> None:
    assert entries.text(b"ls M\xfcller") == "ls M\ufffdller"
    assert entries.text(b"a\tb\nc") == "a\tb\nc"
    assert entries.text(b"echo \x1b[0m") == "echo \x1b[0m"
    for binary in (b"\x7fELF\x02\x01\x01", b"\x1f\x8b\x08\x08\xfa\xde\x90", b"\x00l\0s", b"\0"):
        assert entries.UNREADABLE in entries.text(binary)


def test_a_line_of_nushell_has_the_line_ends_of_its_entry() -> None:
    lines = entries.lines([b"ls\nif true {<\\n>  ps | where cpu > 1<\\n>}\n\n"])
    assert list(nushell.entries(lines)) == [(0, "ls"), (0, "if true {\n  ps | where cpu > 1\n}")]
