"""Pure: whether two outputs of one command say the same.

What differs by nature from run to run becomes a word of its own on both sides: moments, durations,
sizes, hashes, versions, ports of clients. All else is compared to the letter. Where such a word was
put in, a column may have another width, so runs of blanks count as two.
"""

from __future__ import annotations

import re

_UNIT = "(?:ns|µs|us|ms|s|min|h|d)"
_DIFFERING = (
    ("MOMENT", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:\d\d)?"),
    ("MOMENT", r"\d{4}-\d\d-\d\d(?! ?\d\d:)"),
    ("MOMENT", r"\b1[789]\d{8}(?:\d{9})?\b"),  # seconds or nanoseconds since the epoch
    ("CLOCK", r"(?<![\d.:])\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?![\d.:])"),
    ("HASH", r"\b(?=[0-9a-f]*\d)(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12})\b"),
    ("SIZE", r"(?<![\w.])\d+(?:\.\d+)? ?(?:bytes|[KMGTP]i?B|B)\b"),
    ("DURATION", rf"(?<![\w.])\d+(?:\.\d+)? {_UNIT}(?: \d+ {_UNIT})*\b"),
    ("LOAD", r"(?<=load )\d+\.\d\d"),
    ("Content-Length: NUMBER", r"Content-Length: \d+"),
    ("port NUMBER", r"\bport \d{5}\b"),
    ("VERSION", r"(?<![\w.:])\d+\.\d+\.\d+(?![\w.])"),
    ("(build HASH)", r"\(build [0-9a-f]+\)"),
)
_PATTERN = re.compile("|".join(f"({pattern})" for _, pattern in _DIFFERING))
_WORDS = [word for word, _ in _DIFFERING]


def steady(text: str) -> str:
    """An output with words in place of its varying parts."""
    return _PATTERN.sub(lambda match: _WORDS[(match.lastindex or 1) - 1], text)


def differing(text: str) -> list[str]:
    """The varying parts of an output."""
    return [match.group() for match in _PATTERN.finditer(text)]


def _narrow(text: str) -> str:
    """An output in which the widths of columns say nothing."""
    lines = (re.sub(r"(?<=\S)  +", "  ", line).strip() for line in text.split("\n"))
    return "\n".join(re.sub(r"-{3,}", "---", line) for line in lines)


def _apart(text: str) -> str:
    """An output with the program's messages behind all other lines."""
    return "".join(sorted(text.splitlines(keepends=True), key=lambda line: line[:9] == "homelab: "))


def _flowing(text: str) -> str:
    """An output in which the places of line breaks say nothing."""
    return steady(" ".join(text.split()))


def same(documented: str, real: str, piped: bool = False, terminal: bool = False) -> bool:
    """Whether a real output says what the documented one does. Of a command that is `piped` into
    another, what it writes to stderr may come before or after what the other one prints. At a
    `terminal` a longer duration may break a line elsewhere."""
    if documented == real:
        return True
    if piped:
        documented, real = _apart(documented), _apart(real)
    if terminal:
        pieces = re.split(r"^…$", documented, flags=re.MULTILINE)
        pattern = ".*".join(re.escape(_flowing(each)) for each in pieces)
        return re.fullmatch(pattern, _flowing(real)) is not None
    one, other = steady(documented), steady(real)
    if one != documented or other != real:
        one, other = _narrow(one), _narrow(other)
    if not re.search(r"^…$", one, re.MULTILINE):
        return one == other
    pieces = re.split(r"^…\n", one, flags=re.MULTILINE)
    return re.fullmatch("(?:.*\n)*".join(map(re.escape, pieces)), other) is not None
