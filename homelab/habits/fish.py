"""Pure: read the histories of fish 2 to 4.

    - cmd: for x in a b\\n  echo $x\\nend
      when: 1795459106
      paths:
        - a

It looks like YAML but is not: only line ends and backslashes are escaped (fish's
src/history/file.rs).
"""

from __future__ import annotations

from homelab.habits.entries import moment, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMAND = b"- cmd: "
_WHEN = b"  when: "


def entries(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """The entries of a history: (moment in s since the epoch or 0 if unknown, text)."""
    command = b""
    when = 0
    for line in lines:
        if line[:7] == COMMAND:
            if command:
                yield when, text(_unescaped(command))
            command, when = line[7:], 0
        elif line[:8] == _WHEN:
            when = moment(line[8:].strip())
    if command:
        yield when, text(_unescaped(command))


def _unescaped(command: bytes) -> bytes:
    if b"\\" not in command:
        return command
    return b"\\".join(part.replace(b"\\n", b"\n") for part in command.split(b"\\\\"))
