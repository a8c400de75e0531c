"""Pure: the meaning of a run's exit code: whether the run failed, and what caused the failure.

    70           homelab crashed
    2            the command line was not understood
    124          it took too long
    69, 77, 78   the environment: out of reach, refused, not configured; not a failure of the verb
    130 141 143  interrupted: not a failure
    others       a failure, unless the verb's description says that the code is an answer

A verb that passes on another program's exit code (`job run`, a script) fails with 70 alone: all
other codes may be that program's.
"""

from __future__ import annotations

CRASH, NOT_UNDERSTOOD, TOO_SLOW, OTHER = "crash", "not understood", "too slow", "other"
CRASHED = 70
_CAUSES = {CRASHED: CRASH, 2: NOT_UNDERSTOOD, 124: TOO_SLOW}
ENVIRONMENT = frozenset((69, 77, 78))
INTERRUPTED = frozenset((130, 141, 143))  # Ctrl-C, a closed pipe, TERM
# The rule in words, for everything that shows a number of failed runs.
SAID = (
    "A run failed if its exit code is not an answer of the verb. Not counted as failed: 69, 77 and"
    " 78 (the environment: out of reach, refused, not configured), interruptions (130, 141, 143),"
    " and codes that `job run`, `verbs run` and scripts pass on; of these only 70, a crash of"
    " homelab, is a failure, unless a script's header has `Answers:`."
)


def cause_of(code: int) -> str:
    """The cause of a failed run, by its exit code."""
    return _CAUSES.get(code, OTHER)


class Rule:
    """How to read a verb's exit codes: `answers` are not failures; a verb that `passes_on` another
    program's code fails with 70 alone."""

    __slots__ = ("answers", "passes_on")

    def __init__(self, answers: frozenset[int], passes_on: bool) -> None:
        self.answers = answers
        self.passes_on = passes_on

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[bool, frozenset[int]]:
        # the answers of a verb that passes codes on have no effect
        return self.passes_on, frozenset() if self.passes_on else self.answers

    def failed(self, code: int) -> bool:
        """Whether a run that ended with `code` failed."""
        if self.passes_on:
            return code == CRASHED
        return code not in self.answers and code not in ENVIRONMENT | INTERRUPTED

    def environment(self, code: int) -> bool:
        """Whether the environment ended a run that ended with `code`."""
        return not self.passes_on and code in ENVIRONMENT and code not in self.answers


# for every verb that this host has no description of: scripts, verbs of newer versions
PASSES_ON = Rule(frozenset((0,)), passes_on=True)
