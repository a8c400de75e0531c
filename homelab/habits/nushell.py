r"""Pure: read the text histories of nushell: one line for each entry, `<\n>` for a line end in it
(reedline's src/history/file_backed.rs)."""

from __future__ import annotations

from homelab.habits.entries import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def entries(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """The entries of a history. Their moment is always unknown: 0."""
    for line in lines:
        if line:
            yield 0, text(line.replace(b"<\\n>", b"\n"))
