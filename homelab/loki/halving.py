"""Pure: split the lines of one moment, more than an answer holds, into two parts without overlap.

Both parts are the query with a filter appended, one the opposite of the other: whatever the lines
are, each is in exactly one part. The lines already read only help to choose a filter that makes
both parts smaller.
"""

from __future__ import annotations

from homelab.loki.logql import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Entry = tuple[dict[str, str], int, str]

_TEXTS = 16  # lines from which search texts are taken
_LENGTHS = (1, 2, 4, 8)  # characters of a search text


def filtered(query: str, filters: str) -> str:
    """The LogQL query with filters appended to its pipeline. Its outer parentheses are removed,
    since nothing may follow them, and a comment at its end is closed by a newline."""
    if not filters:
        return query
    inner = query.strip()
    while inner[:1] == "(" and inner[-1:] == ")":
        inner = inner[1:-1].strip()
    between = "\n" if "#" in inner.rpartition("\n")[2] else ""
    return inner + between + filters


def halves(rows: list[Entry]) -> tuple[str, str] | None:
    """Two filters that exclude each other, each of which some of the rows pass; None if the rows
    are all alike."""
    lines = [line for _, _, line in rows]
    best, text = len(lines), ""
    for candidate in dict.fromkeys(_texts(lines)):
        uneven = abs(2 * sum(candidate in line for line in lines) - len(lines))
        if uneven < best:
            best, text = uneven, candidate
    if text:
        return f" |= {quoted(text)}", f" != {quoted(text)}"
    for name in sorted({name for labels, _, _ in rows for name in labels}):
        counts: dict[str, int] = {}
        for labels, _, _ in rows:
            text = labels.get(name, "")
            counts[text] = counts.get(text, 0) + 1
        value = max(counts, key=lambda text: counts[text])
        if len(counts) > 1:
            return f" | {name}={quoted(value)}", f" | {name}!={quoted(value)}"
    return None


def stream(labels: Mapping[str, str]) -> tuple[str, str]:
    """Two filters that exclude each other: for entries with these labels ("" means absent), and for
    the rest."""
    pairs = sorted(labels.items())
    same = "".join(f" | {name}={quoted(value)}" for name, value in pairs)
    others = " or ".join(f"{name}!={quoted(value)}" for name, value in pairs)
    return same, f" | {others}"


def _texts(lines: list[str]) -> Iterator[str]:
    """Texts that only some of the lines may contain: taken where the lines first differ."""
    first, last = min(lines), max(lines)
    at = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), len(first))
    for line in lines[:: max(len(lines) // _TEXTS, 1)]:
        for start in (at, max(len(line) - 4, 0)):
            for length in _LENGTHS:
                text = line[start : start + length]
                # U+FFFD replaces bytes that are not text, and can't be searched for
                if text and "\ufffd" not in text:
                    yield text
