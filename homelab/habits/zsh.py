"""Pure: read the histories of zsh, plain and extended.

An extended entry is `: START:SECONDS;COMMAND`. Line ends inside a command have a backslash in front
of them; a command that ends with a backslash has a blank behind it. Some bytes, including those of
non-ASCII letters, are written as two (savehistfile and readhistline in zsh's Src/hist.c).
"""

from __future__ import annotations

from homelab.habits.entries import LONGEST, META, moment, text, unmetafied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def entries(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """The entries of a history: (moment of the start in s since the epoch or 0 if unknown, text).
    A line `#SECONDS` comes from a bash that shares the file."""
    open_lines: list[bytes] = []  # lines of an entry that goes on
    size = start = shared = 0
    for line in lines:
        extended = _extended(line) if line[:2] == b": " else None
        if open_lines and extended:  # the end of the previous entry is lost
            yield from _joined(start, open_lines, size)
            open_lines = []
        if not open_lines:
            size = 0
            if extended:
                start, line = moment(extended[0]), extended[1]
            elif line[:1] == b"#" and moment(line[1:]):
                shared = moment(line[1:])
                continue
            elif line:
                start, shared = shared, 0
        if line[-1:] == b"\\":
            size += len(line)
            if size <= LONGEST:
                open_lines.append(line[:-1])
            elif not open_lines:
                open_lines = [b""]
            continue
        if line[-1:] == b" " and line.rstrip(b" ")[-1:] == b"\\":
            line = line[:-1]
        if open_lines:
            yield from _joined(start, [*open_lines, line], size + len(line))
            open_lines = []
        elif line:
            if META in line:
                yield from _joined(start, [line], 0)
            else:
                yield start, text(line)
    yield from _joined(start, open_lines, size)


def is_extended(line: bytes) -> bool:
    """Whether a line is the beginning of an entry with a moment."""
    return _extended(line) is not None


def _extended(line: bytes) -> tuple[bytes, bytes] | None:
    """(the digits of the moment, the first line) of an extended entry; None for another line."""
    head, semicolon, command = line.partition(b";")
    start, _, seconds = head[2:].partition(b":")
    start = start.strip()
    if semicolon and head[:2] == b": " and start.isdigit() and seconds.isdigit():
        return start, command
    return None


def _joined(start: int, lines: list[bytes], size: int) -> Iterator[tuple[int, str]]:
    """The entry of these lines, whose total size in bytes is `size`; nothing if it is empty."""
    entry = unmetafied(b"\n".join(lines)) if size <= LONGEST else b"\0"
    if entry:
        yield start, text(entry)
