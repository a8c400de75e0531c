"""Pure: read JSON of another server, but only if it has no more values than expected.

A limit in bytes does not limit memory: 16 MiB of `{}` take 441 MB once read, and a call of
`json.loads` can't be interrupted.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PIECE = 1 << 16  # bytes that are split at once
_DIGITS = 20  # a time in ns has 19


def loads(
    data: bytes, most_values: int, pairs: Callable[[list[Any]], object] | None = None
) -> object:
    """The document in UTF-8 JSON; `pairs` makes an object of its fields (name, value), a dict if it
    is None. Whole numbers of 20 digits or more are slow to read and have no use here: they become
    -1. Raises ValueError if the data is not JSON, is nested too deeply, or has more than
    `most_values` values, as counted by `values`."""
    if values(data, most_values) > most_values:
        raise ValueError(f"more than {most_values} values")
    try:
        return json.loads(
            data.decode("utf-8", "surrogatepass"), parse_int=_whole, object_pairs_hook=pairs
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def values(data: bytes, enough: int) -> int:
    """The greatest number of values that a JSON text can have; above `enough` it may be inexact.
    Keys count as values, and an empty list or object counts as two."""
    count = 1 + _marks(data)
    if count <= enough:
        return count  # few enough even if marks inside strings count
    # escapes could hide the end of a string; backslashes occur only inside strings
    data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    count, inside = 0, 0
    for start in range(0, len(data), _PIECE):
        parts = data[start : start + _PIECE].split(b'"')
        count += _marks(b"".join(parts[inside::2]))
        inside ^= (len(parts) - 1) & 1
        if count > enough:
            break
    return count + 1


def _marks(text: bytes) -> int:
    """The number of marks: every value and key except the first comes after one."""
    return sum(map(text.count, (b",", b"[", b"{", b":")))


def _whole(digits: str) -> int:
    return int(digits) if len(digits) < _DIGITS else -1
