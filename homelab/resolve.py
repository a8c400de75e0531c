"""Pure: which verb do these words name, and what might have been meant instead."""

from __future__ import annotations

_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def is_word(text: str) -> bool:
    """Whether a verb may have this word."""
    return bool(text) and set(text) <= _SIGNS and text[0] != "-"


def longest_prefix(words: list[str], paths: frozenset[str]) -> int:
    """How many leading words of `words` name one of `paths`, the longest first; 0 if none does."""
    longest = max((path.count(" ") + 1 for path in paths), default=0)
    for count in range(min(longest, len(words)), 0, -1):
        if " ".join(words[:count]) in paths:
            return count
    return 0


def members(group: str, paths: frozenset[str]) -> list[str]:
    """The paths below a group, sorted: `logs` → `logs query`, …"""
    return sorted(path for path in paths if path.startswith(group + " "))


def suggestions(words: list[str], paths: frozenset[str], most: int = 3) -> list[str]:
    """At most `most` paths that may have been meant by `words`, the likeliest first.

    A path that has the very word counts more than one that is spelt alike: `status` means
    `host status` before it means anything else.
    """
    if not words:
        return []
    from difflib import get_close_matches

    same = sorted(path for path in paths if words[-1] in path.split())
    alike = []
    for count in (2, 1):
        attempt = " ".join(words[:count])
        alike += get_close_matches(attempt, sorted(paths), n=most, cutoff=0.6)
    # one mistyped word of several: `logs qury`, `hsot status`
    tails = {path.split()[-1]: path for path in sorted(paths)}
    alike += [tails[word] for word in get_close_matches(words[-1], sorted(tails), n=most)]
    heads = {path.split()[0] for path in paths}
    for head in get_close_matches(words[0], sorted(heads), n=1):
        alike += members(head, paths) or [head]
    return list(dict.fromkeys(same + alike))[:most]


def hint(words: list[str], paths: frozenset[str]) -> str:
    """What to do where `words` name none of `paths`, to end a sentence with."""
    meant = suggestions(words, paths)
    return f"did you mean {' or '.join(map(repr, meant))}?" if meant else "see homelab help"
