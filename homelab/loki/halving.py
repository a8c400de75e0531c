"""Pure: more lines on one moment than an answer holds, in two parts that exclude each other.

Both parts are the query with a filter behind it, one the other's opposite: whatever the lines are,
each is in exactly one of them. The lines that came only choose a filter that leaves both smaller.
"""

from __future__ import annotations

from homelab.loki.logql import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Entry = tuple[dict[str, str], int, str]

_TEXTS = 16  # lines from which texts to look for are taken
_LENGTHS = (1, 2, 4, 8)  # of such a text


def filtered(query: str, filters: str) -> str:
    """The LogQL query with filters behind its pipeline. Its own parentheses go, behind which none
    may stand, and a comment at its end is over where the line is."""
    if not filters:
        return query
    inner = query.strip()
    while inner[:1] == "(" and inner[-1:] == ")":
        inner = inner[1:-1].strip()
    between = "\n" if "#" in inner.rpartition("\n")[2] else ""
    return inner + between + filters


def halves(rows: list[Entry]) -> tuple[str, str] | None:
    """Two filters that exclude each other, each of which some of the rows pass; None where the rows
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
    """Two filters that exclude each other: for what has these labels ("" is none), and the rest."""
    pairs = sorted(labels.items())
    same = "".join(f" | {name}={quoted(value)}" for name, value in pairs)
    others = " or ".join(f"{name}!={quoted(value)}" for name, value in pairs)
    return same, f" | {others}"


def _texts(lines: list[str]) -> Iterator[str]:
    """Texts that some of the lines may have and others not: where they first differ."""
    first, last = min(lines), max(lines)
    at = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), len(first))
    for line in lines[:: max(len(lines) // _TEXTS, 1)]:
        for start in (at, max(len(line) - 4, 0)):
            for length in _LENGTHS:
                text = line[start : start + length]
                # U+FFFD stands for bytes that are none of a text, and can't be asked for
                if text and "\ufffd" not in text:
                    yield text
