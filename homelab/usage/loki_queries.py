"""Pure: a question about runs as LogQL, in parts that Loki can answer, and what is read out of the
answers."""

from __future__ import annotations

from homelab.loki import logql
from homelab.loki.answer_shape import count_of
from homelab.telemetry.event import JOB, UNKNOWN, is_code
from homelab.times import SECOND, date, day_of
from homelab.usage.counts import DAYS, EXIT, FIELDS, USER, VERB
from homelab.usage.outcome import PASSES_ON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from homelab.usage.counts import Counts, Question
    from homelab.usage.day_tiles import Piece
    from homelab.usage.outcome import Rule

NAMES = 100  # that are asked for at once, where all would be too many
_LONGEST = 1000  # characters of a verb or an account
IS_EVENT = ' |~ "^exit=[0-9]+"'
_TRY = logql.quoted(logql.literal(UNKNOWN.text) + "( .*)?")
TRY, NO_TRY = f"verb=~{_TRY}", f"verb!~{_TRY}"  # of streams: the tries of words that are no verb
_LABELS = {VERB: "verb", USER: "user", **FIELDS}


class Reading:
    """How a question is put to Loki: in `parts`, whose verbs have the same rule, so that a part
    knows a failure by its exit code alone. `whom` has who belongs to each key."""

    def __init__(self, asked: Question, streams: list[dict[str, str]]) -> None:
        label, other = ("user", "verb") if asked.by == USER else ("verb", "user")
        self.whom: dict[str, set[str]] = {}
        for labels in streams:
            if not asked.names(labels.get("verb", "")):
                continue
            if labels.get(label) and labels.get(other) and asked.by in (USER, VERB):
                self.whom.setdefault(labels[label], set()).add(labels[other])
        # what a question that is too big is cut along
        along = "verb" if asked.by == VERB else "user"
        names = sorted({labels[along] for labels in streams if labels.get(along)})
        if asked.by == VERB:  # which names the verb, and so its rule
            self.parts = [Part(asked, along, names)]
            return
        classes: dict[Rule, list[str]] = {}
        for verb, rule in asked.rules.items():
            if asked.names(verb):
                classes.setdefault(rule, []).append(verb)
        several = [verb for verbs in classes.values() for verb in verbs]
        rest = (logql.none_of("verb", several),) if several else ()
        self.parts = [Part(asked, along, names, PASSES_ON, rest)]
        for rule, verbs in classes.items():
            matcher = (logql.any_of("verb", verbs),)
            self.parts.append(Part(asked, along, names, rule, matcher))


class Part:
    """A part of a question: `labels` to sum by, and the `selector` of its streams. `names` are the
    values of the label `along` that it may have to be cut by; `cut` tells whether it is."""

    def __init__(
        self,
        asked: Question,
        along: str,
        names: list[str],
        rule: Rule | None = None,
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
        self._rule = rule
        self._matchers = matchers

    def smaller(self) -> Iterable[Part]:
        """This part cut into several, each for some of the names."""
        size = min(len(self.names) // 2, NAMES)
        for first in range(0, len(self.names), size):
            names = self.names[first : first + size]
            yield Part(self._asked, self._along, names, self._rule, self._matchers, cut=True)

    def count(self, counts: Counts, series: Any, piece: Piece) -> None:
        """Add a series of an answer to the counts. What has no exit code is no event of ours, and
        what has endless labels is none either."""
        labels = series["metric"]
        if not is_code(labels.get("exit", "")) or not is_ours(labels):
            return
        code, by = int(labels["exit"]), self._asked.by
        key = str(code) if by == EXIT else labels.get(self.labels[0], "")
        rule = self._rule or self._asked.rules.get(key)
        for day, runs in _days(self._asked, series, piece):
            counts.add(date(day) if by == DAYS else key, day, code, count_of(runs), rule)


PLACE = "place"
_SERIES = 480  # in an answer; Loki gives 500 (max_query_series), and one is of zeros
# `date` would take the server's own zone, of which some are half an hour off. __timestamp__ is in
# Loki 2.7 and later (its changelog: 6983).
_TEMPLATE = ' | label_format %s=`{{ (__timestamp__).UTC.Format "%s" }}`'


def batches(runs: dict[str, int]) -> Iterable[list[str]]:
    """Keys, of which each has so many runs, as lists whose places fit in one answer."""
    batch: list[str] = []
    room = _SERIES
    for key, count in runs.items():
        series = min(count, 60)
        if batch and (series > room or len(batch) == NAMES):
            yield batch
            batch, room = [], _SERIES
        batch.append(key)
        room -= series
    if batch:
        yield batch


def by_second(asked: Question, keys: list[str]) -> tuple[tuple[str, ...], str]:
    """How runs of these keys are counted by the second of the minute: the labels to sum by, and the
    streams with their stages."""
    label = _LABELS[asked.by]
    return (label, PLACE), lines(asked, keys) + _TEMPLATE % (PLACE, "05")


def by_minute(
    asked: Question, peaks: dict[str, list[int]], inside: bool
) -> tuple[tuple[str, ...], str]:
    """How runs are counted by the minute of the hour that ended `inside` the peak seconds of each
    key, or outside them; as in `by_second`."""
    label = _LABELS[asked.by]
    is_, in_, both = ("=", "=~", "and") if inside else ("!=", "!~", "or")
    parts = [
        f"({label}{is_}{logql.quoted(key)} {both}"
        f" {PLACE}{in_}{logql.quoted('|'.join(f'{second:02}' for second in seconds))})"
        for key, seconds in peaks.items()
        if seconds
    ]
    either = f" | {(' or ' if inside else ' and ').join(parts)}" if parts else ""
    seconds, minutes = (_TEMPLATE % (PLACE, layout) for layout in ("05", "04"))
    return (label, PLACE), lines(asked, list(peaks)) + seconds + either + minutes


def places(asked: Question, series: Any, piece: Piece) -> Iterable[tuple[str, int, int, int]]:
    """What a series of such an answer says: key, day, place and runs."""
    labels = series["metric"]
    place = labels.get(PLACE, "")
    if not (len(place) == 2 and place.isascii() and place.isdigit() and int(place) < 60):
        return
    key = labels.get(_LABELS[asked.by], "")
    for day, runs in _days(asked, series, piece):
        yield key, day, int(place), count_of(runs)


def _days(asked: Question, series: Any, piece: Piece) -> list[tuple[int, str]]:
    """The days of a series in a piece of the window, with their values."""
    if "value" in series:
        # what is ahead of the end is of its day
        found = [(day_of(min(piece[1], asked.end)), series["value"][1])]
    else:
        found = [(day_of(int(moment) * SECOND), value) for moment, value in series["values"]]
    first, last = min(day_of(piece[0] + 1), day_of(asked.end)), day_of(piece[1])
    return [(day, value) for day, value in found if first <= day <= last]  # others nobody asked for


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
    if not asked.tries:
        matchers.append(NO_TRY)
    return logql.selector(labels, *matchers, *more)


def lines(asked: Question, keys: list[str]) -> str:
    """The LogQL query for the lines of the runs of these keys."""
    label = _LABELS.get(asked.by, asked.by)
    if asked.by in (EXIT, *FIELDS):
        return f"{selector(asked)}{IS_EVENT} | logfmt {label} | {logql.any_of(label, keys)}"
    return selector(asked, logql.any_of(label, keys)) + IS_EVENT
