"""Pure: group equal commands and count how often, on how many days and since when each was typed.

Memory grows with the number of groups, not of entries: a group keeps its days, and for its varying
words only how many different ones there were.
"""

from __future__ import annotations

from homelab.habits.fold import MANY, PLACEHOLDERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from homelab.habits.fold import Folded

MOST_VALUES = 1000  # different words of a group that are counted
_MOST_SPELLINGS = 50  # spellings of a group that are counted
_MOST_GROUPS = 20_000
_DAY = 86_400  # s


class PublicUse:
    """The use of public `words` (`docker ps`): the number of `runs`, the number of `days` (0:
    unknown), and the moment of the `first` run in s (0: unknown)."""

    __slots__ = ("days", "first", "runs", "words")

    def __init__(self, words: str, runs: int, days: int, first: int = 0) -> None:
        self.words = words
        self.runs = runs
        self.days = days
        self.first = first


class Group:
    """The runs of one command. `uses` are the public words of its commands; `values` is the number
    of different words in its varying parts, at most MOST_VALUES; `first` and `last` are moments in
    s, 0 if the history has none. `by_path`: it runs a script by its path; `left_out` are the parts
    of the typed commands that the pattern leaves out."""

    __slots__ = (
        "_days", "_spellings", "_values", "by_path", "everyday", "first", "last", "left_out",
        "runs", "uses",
    )  # fmt: skip

    def __init__(self, folded: Folded) -> None:
        self.runs = 0
        self.first = 0
        self.last = 0
        self.uses = tuple(folded.uses)
        self.everyday = folded.everyday
        self.by_path = folded.by_path
        self.left_out: set[str] = set()
        self._days: set[int] = set()
        self._values: set[int] = set()
        self._spellings: dict[str, int] = {}

    @property
    def pattern(self) -> str:
        """The most frequent spelling of the command; `NAME...` where the number of words varies."""
        most = min(self._spellings, key=lambda text: (-self._spellings[text], len(text), text))
        runs = _runs_of(most)
        same = [
            other
            for other in map(_runs_of, self._spellings)
            if [word for word, _ in other] == [word for word, _ in runs]
        ]
        words = []
        for place, (word, count) in enumerate(runs):
            varies = not count or any(other[place][1] != count for other in same)
            words += [f"{word}{MANY}"] if varies else [word] * count
        return " ".join(words)

    @property
    def days(self) -> int:
        """The number of days (UTC) on which it was typed; 0 if unknown."""
        return len(self._days)

    @property
    def values(self) -> int:
        """The number of different words in its varying parts."""
        return len(self._values)

    def add(self, folded: Folded, moment: int) -> None:
        """Count a run at a moment (s)."""
        self.runs += 1
        if folded.pattern in self._spellings or len(self._spellings) < _MOST_SPELLINGS:
            self._spellings[folded.pattern] = self._spellings.get(folded.pattern, 0) + 1
        self.left_out |= folded.left_out
        if folded.values and len(self._values) < MOST_VALUES:
            self._values.add(hash(tuple(folded.values)))
        if moment:
            self._days.add(moment // _DAY)
            self.first = min(self.first or moment, moment)
            self.last = max(self.last, moment)


def _runs_of(pattern: str) -> list[tuple[str, int]]:
    """The words of a pattern, each with its number of repetitions in a row if it is a placeholder:
    `cp PATH PATH` → [(cp, 1), (PATH, 2)]; 0 if one of them is for several words."""
    found: list[tuple[str, int]] = []
    for word in pattern.split(" "):
        if word.endswith(MANY):
            word = word[: -len(MANY)]
            if found and found[-1][0] == word:
                found.pop()
            found.append((word, 0))
        elif found and found[-1] == (word, 0):
            continue
        elif found and found[-1][0] == word and word in PLACEHOLDERS:
            found[-1] = (word, found[-1][1] + 1)
        else:
            found.append((word, 1))
    return found


class Groups:
    """All groups of an account's commands, and how often each public word of them was typed."""

    def __init__(self) -> None:
        self._groups: dict[tuple[object, ...], Group] = {}
        self._uses: dict[str, tuple[list[int], set[int]]] = {}  # runs and first; days

    def add(self, folded: Folded, moment: int) -> None:
        """Count a run of a command at a moment (s; 0: unknown)."""
        group = self._groups.get(folded.key)
        if group is None:
            if len(self._groups) >= _MOST_GROUPS:
                self._forget_rare()
            group = self._groups[folded.key] = Group(folded)
        group.add(folded, moment)
        for words in folded.uses:
            figures, days = self._uses.setdefault(words, ([0, 0], set()))
            figures[0] += 1
            if moment:
                days.add(moment // _DAY)
                figures[1] = min(figures[1] or moment, moment)

    def _forget_rare(self) -> None:
        """Make room: drop the groups with the fewest runs, which are not habits."""
        least = sorted(group.runs for group in self._groups.values())[_MOST_GROUPS // 2]
        self._groups = {key: group for key, group in self._groups.items() if group.runs > least}

    def most_used(self) -> list[Group]:
        """The groups, the most used first."""
        return sorted(self._groups.values(), key=lambda group: (-group.runs, group.pattern))

    def uses(self) -> list[PublicUse]:
        """The public words, the most used first."""
        found: Iterable[PublicUse] = (
            PublicUse(words, figures[0], len(days), figures[1])
            for words, (figures, days) in self._uses.items()
        )
        return sorted(found, key=lambda use: (-use.runs, use.words))
