"""Pure: which verb do these words name, and what might have been meant instead."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def is_word(text: str) -> bool:
    """Whether a verb may have this word."""
    return bool(text) and set(text) <= _SIGNS and text[0] != "-"


def longest_prefix(words: list[str], paths: Collection[str]) -> int:
    """How many leading words of `words` name one of `paths`, the longest first; 0 if none does."""
    longest = max((path.count(" ") + 1 for path in paths), default=0)
    for count in range(min(longest, len(words)), 0, -1):
        if " ".join(words[:count]) in paths:
            return count
    return 0


def members(group: str, paths: Collection[str]) -> list[str]:
    """The paths below a group, sorted: `logs` → `logs query`, …"""
    return sorted(path for path in paths if path.startswith(group + " "))


def suggestions(words: list[str], paths: frozenset[str], most: int = 3) -> list[str]:
    """At most `most` paths that may have been meant by `words`, the likeliest first.

    A path that has the very word counts more than one that is spelt alike: `status` means
    `host status` before it means anything else. Then come those that are alike word for word
    (`hsot status`), those whose last word is (`staus`), and a group's members (`lgos`).
    """
    found = []
    for path in paths if words else ():
        parts = path.split(" ")
        if len(words) < len(parts):
            whole = _slips(" ".join(words), path)  # host-status
        else:
            whole = 0
            for typed, meant in zip(words, parts):
                slips = _slips(typed, meant)
                whole = None if slips is None or whole is None else whole + slips
            whole = whole or None  # what was typed as it is, is not what was mistyped
        last, first = _slips(words[-1], parts[-1]), _slips(words[0], parts[0])
        for rank, slips in enumerate((0 if words[-1] in parts else None, whole, last, first)):
            if slips is not None:
                found.append((rank, slips, whole is None, path))
                break
    return [path for _, _, _, path in sorted(found)[:most]]


def nearest(typed: str, names: Iterable[str]) -> str:
    """The name that may have been meant by `typed`, whatever its case; "" for none."""
    typed = typed.lower()
    found = []
    for name in names:
        slips = _slips(typed, name.lower())
        if slips is not None:
            found.append((slips, name))
    return min(found)[1] if found else ""


def _slips(typed: str, meant: str) -> int | None:
    """How many slips of the hand make `typed` of `meant`: a letter wrong, missing or too many, or
    two letters exchanged; a word left unfinished is one. None where they are more than one in
    three letters. (difflib would do, but importing it costs a quarter of a bare start.)"""
    most = max(len(typed), len(meant)) // 3
    if len(typed) >= 3 and meant.startswith(typed):
        return int(typed != meant)
    if abs(len(typed) - len(meant)) > most:
        return None
    older: list[int] = []
    row = list(range(len(meant) + 1))
    for line, letter in enumerate(typed, 1):
        older, row, above = row, [line], older
        for column, other in enumerate(meant, 1):
            least = min(older[column] + 1, row[-1] + 1, older[column - 1] + (letter != other))
            if line > 1 and column > 1 and typed[line - 2] == other and letter == meant[column - 2]:
                least = min(least, above[column - 2] + 1)
            row.append(least)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def hint(words: list[str], paths: frozenset[str]) -> str:
    """What to do where `words` name none of `paths`, to end a sentence with."""
    meant = suggestions(words, paths)
    return f"did you mean {' or '.join(map(repr, meant))}?" if meant else "see homelab help"
