"""Pure: which verb the words name, and suggestions for a mistyped one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from homelab.catalogue.verb import Verb

_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_GROUP = 3  # the rank of a path of which only the first word is similar


def is_word(text: str) -> bool:
    """Whether the text is valid as a word of a verb."""
    return bool(text) and set(text) <= _SIGNS and text[0] != "-"


def longest_prefix(words: Sequence[str], paths: Collection[str]) -> int:
    """How many leading words of `words` name one of `paths`, the longest first; 0 if none does."""
    longest = max((path.count(" ") + 1 for path in paths), default=0)
    for count in range(min(longest, len(words)), 0, -1):
        if " ".join(words[:count]) in paths:
            return count
    return 0


def owner(words: Sequence[str], built_in: Mapping[str, Verb], default: str = "") -> str:
    """The path of the built-in verb that a command line of `words` runs; "" if it names none, so
    that own verbs are looked up. `built_in` are the built-in verbs by path, at least those that
    begin with the first word; `default` is the path that this word runs without a second word.

    The longest path of a built-in wins. A verb with operands keeps all words behind its path; one
    without operands keeps only options, because `check dns` may be an own verb.
    """
    count = longest_prefix(words, built_in)
    bare = words[count or 1 :][:1]
    ends = not bare or bare[0][:1] == "-"
    if not count:
        return default if ends else ""
    path = " ".join(words[:count])
    return path if ends or takes_operands(built_in[path]) else ""


def takes_operands(verb: Verb) -> bool:
    """Whether a word behind the verb is an argument of it."""
    return any(not argument.option for argument in verb.arguments)


def members(group: str, paths: Collection[str]) -> list[str]:
    """The paths below a group, sorted: `logs` → `logs query`, …"""
    return sorted(path for path in paths if path.startswith(group + " "))


def suggestions(words: list[str], paths: frozenset[str], most: int = 3) -> list[str]:
    """At most `most` paths that a mistyped `words` may mean, the likeliest first.

    A path that has the exact word ranks above one that is spelt similarly: `status` suggests `host
    status` first. Then come paths that are similar word for word (`hsot status`, and `list
    containers` in the other order), paths whose last word is similar (`staus`), and a group's
    members (`lgos`). Those that are much less likely than the first are left out, and
    so are the members of a big group of which none is similar. Below a group, the verbs of other
    groups are left out, unless they are similar word for word: `backup run` is not `job run`.
    """
    found = []
    group = f"{words[0]} " if len(words) > 1 else ""
    below = bool(group) and any(path.startswith(group) for path in paths)
    for path in paths if words else ():
        parts = path.split(" ")
        whole = _all_slips(words, parts)
        if below and whole is None and not path.startswith(group):
            continue
        last, first = _slips(words[-1], parts[-1]), _slips(words[0], parts[0])
        for rank, slips in enumerate((0 if words[-1] in parts else None, whole, last, first)):
            if slips is not None:
                found.append((rank, slips, whole is None, path, whole))
                break
    found.sort()
    kept = []
    for rank, slips, _, path, whole in found:
        best_rank, least, _, _, best = found[0]
        if whole is not None:
            near = whole <= (best or 0) + 1
        else:
            near = best is None and rank == best_rank and slips <= least + 1
        kept += [path] if near else []
    if found and found[0][0] == _GROUP and len(words) > 1 and len(kept) > most:
        return []
    return kept[:most]


def _all_slips(words: list[str], parts: list[str]) -> int | None:
    """How many typing mistakes turn the `parts` of a path into the first `words`, in this order or
    two of them swapped; None if they are not similar. No mistake at all is not a mistyped word."""
    if len(words) < len(parts):
        return _slips(" ".join(words), " ".join(parts))  # for example host-status
    whole = _sum_of_slips(words, parts) or None
    if whole is None and len(parts) == 2:
        whole = _sum_of_slips(words[1::-1], parts)
    return whole


def _sum_of_slips(words: list[str], parts: list[str]) -> int | None:
    total = 0
    for typed, meant in zip(words, parts):
        slips = _slips(typed, meant)
        if slips is None:
            return None
        total += slips
    return total


def nearest(typed: str, names: Iterable[str]) -> str:
    """The name that a mistyped `typed` probably means, in any case; "" for none."""
    typed = typed.lower()
    found = []
    for name in names:
        slips = _slips(typed, name.lower())
        if slips is not None:
            found.append((slips, name))
    return min(found)[1] if found else ""


def _slips(typed: str, meant: str) -> int | None:
    """How many typing mistakes turn `meant` into `typed`: a letter that is wrong, missing or added,
    or two swapped letters; an unfinished word counts as one. None if there is more than one in
    three letters. (difflib could do this, but its import takes a quarter of a bare start.)"""
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


def hint(words: list[str], paths: frozenset[str], otherwise: str = "see homelab help") -> str:
    """Return the end of a message about unknown `words`: a suggestion from `paths`, `otherwise` if
    there is none."""
    meant = suggestions(words, paths)
    *others, last = map(repr, meant or [""])
    either = f"{', '.join(others)} or {last}" if others else last
    return f"did you mean {either}?" if meant else otherwise
