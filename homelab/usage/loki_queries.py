"""Pure: a question about runs as LogQL, in parts that Loki can answer, and what is read out of the
answers."""

from __future__ import annotations

from homelab.loki import logql
from homelab.loki.answer_shape import count_of
from homelab.telemetry.event import JOB, is_code
from homelab.times import SECOND, date, day_of
from homelab.usage.counts import DAYS, EXIT, FIELDS, ONLY_DONE, USER, VERB, is_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from homelab.usage.counts import Counts, Question
    from homelab.usage.day_tiles import Piece

NAMES = 100  # that are asked for at once, where all would be too many
_LONGEST = 1000  # characters of a verb or an account
IS_EVENT = ' |~ "^exit=[0-9]+"'
_LABELS = {VERB: "verb", USER: "user", **FIELDS}


class Reading:
    """How a question is put to Loki: in `parts`, whose verbs have the same answers, so that a part
    knows a failure by its exit code alone. `whom` has who belongs to each key."""

    def __init__(self, asked: Question, streams: list[dict[str, str]]) -> None:
        label, other = ("user", "verb") if asked.by == USER else ("verb", "user")
        self.whom: dict[str, set[str]] = {}
        for labels in streams:
            if labels.get(label) and labels.get(other) and asked.by in (USER, VERB):
                self.whom.setdefault(labels[label], set()).add(labels[other])
        # what a question that is too big is cut along
        along = "verb" if asked.by == VERB else "user"
        names = sorted({labels[along] for labels in streams if labels.get(along)})
        if asked.by == VERB:  # which tells by itself what its answers are
            self.parts = [Part(asked, along, names)]
            return
        classes: dict[frozenset[int], list[str]] = {}
        for verb, answers in asked.answers.items():
            if asked.names(verb) and answers != ONLY_DONE:
                classes.setdefault(answers, []).append(verb)
        several = [verb for verbs in classes.values() for verb in verbs]
        rest = (logql.none_of("verb", several),) if several else ()
        self.parts = [Part(asked, along, names, ONLY_DONE, rest)]
        for answers, verbs in classes.items():
            matcher = (logql.any_of("verb", verbs),)
            self.parts.append(Part(asked, along, names, answers, matcher))


class Part:
    """A part of a question: `labels` to sum by, and the `selector` of its streams. `names` are the
    values of the label `along` that it may have to be cut by; `cut` tells whether it is."""

    def __init__(
        self,
        asked: Question,
        along: str,
        names: list[str],
        answers: frozenset[int] | None = None,
        matchers: tuple[str, ...] = (),
        cut: bool = False,
    ) -> None:
        own = _LABELS.get(asked.by)
        self.labels = (own, "exit") if own else ("exit",)
        self.names = names
        of_names = (logql.any_of(along, names),) if cut else ()
        self.selector = selector(asked, *matchers, *of_names)
        self._asked = asked
        self._along = along
        self._answers = answers
        self._matchers = matchers

    def smaller(self) -> Iterable[Part]:
        """This part cut into several, each for some of the names."""
        size = min(len(self.names) // 2, NAMES)
        for first in range(0, len(self.names), size):
            names = self.names[first : first + size]
            yield Part(self._asked, self._along, names, self._answers, self._matchers, cut=True)

    def count(self, counts: Counts, series: Any, piece: Piece) -> None:
        """Add a series of an answer to the counts. What has no exit code is no event of ours, and
        what has endless labels is none either."""
        labels = series["metric"]
        if not is_code(labels.get("exit", "")) or not is_ours(labels):
            return
        code, by = int(labels["exit"]), self._asked.by
        key = str(code) if by == EXIT else labels.get(self.labels[0], "")
        answers = self._answers
        if answers is None:
            answers = self._asked.answers.get(key, ONLY_DONE)
        failed = is_failure(code, answers)
        if "value" in series:
            # what is ahead of the end is of its day
            found = [(day_of(min(piece[1], self._asked.end)), series["value"][1])]
        else:
            found = [(day_of(int(moment) * SECOND), value) for moment, value in series["values"]]
        for day, runs in found:
            if not min(day_of(piece[0] + 1), day_of(self._asked.end)) <= day <= day_of(piece[1]):
                continue  # nobody asked for it
            counts.add(date(day) if by == DAYS else key, day, code, count_of(runs), failed)


def is_ours(labels: dict[str, str]) -> bool:
    """Whether no label is longer than a verb or an account can be."""
    return max(map(len, labels.values()), default=0) <= _LONGEST


def selector(asked: Question, *more: str) -> str:
    """The stream selector of a question's runs, with further matchers."""
    labels = {"job": JOB, **({"user": asked.labels[0]} if len(asked.labels) == 1 else {})}
    matchers = []
    if not asked.labels:
        matchers.append('user=~".+"')
    elif len(asked.labels) > 1:
        matchers.append(logql.any_of("user", asked.labels))
    matchers.append(logql.begins("verb", asked.verb) if asked.verb else 'verb=~".+"')
    return logql.selector(labels, *matchers, *more)


def lines(asked: Question, keys: list[str]) -> str:
    """The LogQL query for the lines of the runs of these keys."""
    label = _LABELS.get(asked.by, asked.by)
    if asked.by in (EXIT, *FIELDS):
        return f"{selector(asked)}{IS_EVENT} | logfmt {label} | {logql.any_of(label, keys)}"
    return selector(asked, logql.any_of(label, keys)) + IS_EVENT
