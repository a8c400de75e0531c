"""Pure: common parts of the formats of shell histories: limits, times, the text of an entry."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST = 1 << 16  # bytes of an entry; what is longer was pasted and does not repeat
UNREADABLE = "\0"  # marks the text of an entry that can't be read: binary, or too long
_EARLIEST = 600_000_000  # s; 1989, when bash was first released: a clock before that is not set
_LATEST = 4_102_444_800  # s; 2100
_STRANGE = 4  # more than one in so many characters that do not occur in text make it binary
_SAMPLE = 1 << 13  # bytes
META = b"\x83"  # in zsh's files, in front of a byte XOR 32


def moment(digits: bytes) -> int:
    """Parse the decimal digits of a moment (s since the epoch); 0 if they are not a number, or not
    a time at which a shell can have run."""
    return known_moment(int(digits)) if len(digits) < 13 and digits.isdigit() else 0


def known_moment(seconds: int) -> int:
    """The moment (s since the epoch), or 0 if no shell can have run then."""
    return seconds if _EARLIEST <= seconds < _LATEST else 0


def text(entry: bytes) -> str:
    """The text of an entry, with U+FFFD for bytes that are not UTF-8. It contains UNREADABLE if the
    entry is binary or too long."""
    if len(entry) > LONGEST:
        return UNREADABLE
    found = entry.decode("utf-8", "replace")
    if not found.isprintable():
        found = found.lstrip("\0") or UNREADABLE  # NUL bytes are left from a power cut
    if found.isprintable() or UNREADABLE in found:
        return found
    return UNREADABLE if _strange(found) * _STRANGE > len(found) else found


def is_binary(beginning: bytes) -> bool:
    """Whether a file with this beginning is not text. NUL bytes alone do not make it binary: a
    power cut leaves blocks of them. Neither do the bytes that zsh writes for non-ASCII letters."""
    sample = unmetafied(beginning[:_SAMPLE].replace(b"\0", b"")).decode("utf-8", "replace")
    return _strange(sample) * _STRANGE > len(sample)


def _strange(text: str) -> int:
    """The number of characters that do not occur in text."""
    controls = sum(not sign.isprintable() and sign not in "\t\r\n" for sign in text)
    return controls + text.count("\ufffd")


def unmetafied(line: bytes) -> bytes:
    """The bytes as typed, from the bytes in zsh's files. zsh writes NUL, 0x83 and the bytes of its
    tokens (0x84 to 0xa2) as 0x83 and the byte XOR 32."""
    first, *parts = line.split(META)
    return first + b"".join(bytes((part[0] ^ 32,)) + part[1:] for part in parts if part)


def lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a file that is read in blocks, without their ends (also CR LF). A line that is
    too long is cut to its beginning, a NUL byte and its end."""
    rest = b""
    for block in blocks:
        parts = block.replace(b"\r\n", b"\n").split(b"\n")
        parts[0] = rest + parts[0]
        if len(parts) > 1 and parts[0][-1:] == b"\r":  # the previous block ended there
            parts[0] = parts[0][:-1]
        rest = _bounded(parts.pop())
        for part in parts:
            yield part if len(part) <= LONGEST else _bounded(part)
    if rest:
        yield rest


def _bounded(line: bytes) -> bytes:
    return line if len(line) <= LONGEST else line[:100] + b"\0" + line[-100:]
