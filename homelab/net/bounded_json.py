"""Pure: JSON of another server, read only where it holds no more values than expected.

A limit in bytes does not bound memory: 16 MiB of `{}` take 441 MB once read, and one call of
`json.loads` can't be interrupted.
"""

from __future__ import annotations

import json

_PIECE = 1 << 16  # bytes that are split at once
_DIGITS = 20  # a moment in ns has 19


def loads(data: bytes, most_values: int) -> object:
    """The document in UTF-8 JSON. Keys count as values, and what is
    empty as two. Whole numbers of 20 digits or more take
    long to read and mean nothing here: they are -1. Raises ValueError where the data is not JSON,
    is nested too deeply, or holds more values than `most_values`."""
    # each value and key, apart from the first, comes after one of these
    marks = 1 + data.count(b",") + data.count(b"[") + data.count(b"{") + data.count(b":")
    if marks > most_values and not _fits(data, most_values):
        raise ValueError(f"more than {most_values} values")
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"), parse_int=_whole)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _fits(data: bytes, most_values: int) -> bool:
    """Whether the marks outside of strings are no more than that."""
    # what is escaped could hide where a string ends; a backslash is inside of strings only
    data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    count, inside = 1, 0
    for start in range(0, len(data), _PIECE):
        parts = data[start : start + _PIECE].split(b'"')
        outside = b"".join(parts[inside::2])
        count += sum(map(outside.count, (b",", b"[", b"{", b":")))
        if count > most_values:
            return False
        inside ^= (len(parts) - 1) & 1
    return True


def _whole(digits: str) -> int:
    return int(digits) if len(digits) < _DIGITS else -1
