"""Pure: counted runs, and the table of the most used verbs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.output.answer import Cell

INTERRUPTED = frozenset((130, 141, 143))  # Ctrl-C, a closed pipe, TERM: somebody's wish, no failure


class Tally:
    """Runs in a window, from whichever sink: `runs` by (verb, exit code), `users` by verb, and
    `last` by verb, the moment (ns) of its newest run."""

    __slots__ = ("last", "runs", "users")

    def __init__(self) -> None:
        self.runs: dict[tuple[str, int], int] = {}
        self.users: dict[str, set[str]] = {}
        self.last: dict[str, int] = {}

    def add(self, verb: str, code: int, count: int) -> None:
        """Count `count` more runs of a verb that ended with `code`."""
        key = (verb, code)
        self.runs[key] = self.runs.get(key, 0) + count

    def seen(self, verb: str, moment: int) -> None:
        """A run of the verb at `moment` (ns)."""
        if moment > self.last.get(verb, 0):
            self.last[verb] = moment


def most_used(tally: Tally) -> list[tuple[str, int]]:
    """(verb, runs), the most used first, those with as many by name."""
    runs: dict[str, int] = {}
    for (verb, _), count in tally.runs.items():
        runs[verb] = runs.get(verb, 0) + count
    return sorted(runs.items(), key=lambda item: (-item[1], item[0]))


def top(
    tally: Tally, answers: Mapping[str, frozenset[int]], most: int
) -> tuple[list[tuple[Cell, ...]], int, int]:
    """Rows (verb, runs, share of all runs, users, failed, last), the most used first, at most
    `most`; with them how many verbs and how many runs there are in all.

    `answers` are the exit codes that are an answer, by verb; for any other verb only 0 is.
    """
    failed: dict[str, int] = {}
    for (verb, code), count in tally.runs.items():
        if code not in answers.get(verb, frozenset((0,))) and code not in INTERRUPTED:
            failed[verb] = failed.get(verb, 0) + count
    order = most_used(tally)
    total = sum(runs for _, runs in order)
    rows: list[tuple[Cell, ...]] = [
        (
            verb,
            runs,
            runs / total,
            len(tally.users.get(verb, ())) or None,
            failed.get(verb, 0),
            tally.last.get(verb),
        )
        for verb, runs in order[:most]
    ]
    return rows, len(order), total
