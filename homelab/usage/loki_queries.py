"""Pure: a question about runs as LogQL, in parts that Loki can answer, and the counts in the
answers."""

from __future__ import annotations

from homelab.loki import logql
from homelab.loki.answer_shape import count_of
from homelab.telemetry.event import ACCOUNT, JOB, UNKNOWN, is_code
from homelab.times import DAY, SECOND, date, day_of
from homelab.usage.counts import DAYS, EXIT, FIELDS, USER, VERB
from homelab.usage.day_tiles import is_whole
from homelab.usage.outcome import PASSES_ON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from homelab.usage.counts import Counts, Question
    from homelab.usage.day_tiles import Piece
    from homelab.usage.outcome import Rule

NAMES = 100  # most names per query, if all would be too many
_PAIRS = 160  # of account and verb in a part: usually each has up to three codes and versions
_NAMED = 20_000  # characters of names that a query may exclude
_DIGITS = 3  # of the hash of an account: parts of a 4096th of them
_LONGEST = 1000  # characters of a verb or an account
IS_EVENT = ' |~ "^exit=[0-9]+"'
_TRY = logql.quoted(logql.literal(UNKNOWN.text) + "( .*)?")
TRY, NO_TRY = f"verb=~{_TRY}", f"verb!~{_TRY}"  # for streams: tries of words that are not verbs
_LABELS = {VERB: "verb", USER: "user", **FIELDS}


class Reading:
    """The queries of a question for a Loki with too many streams to group by everything known of a
    run: in `parts`, whose verbs have the same rule, so that the exit code alone tells a failure.
    `whom` has the accounts or verbs of each key, as far as the labels of the `streams` tell."""

    def __init__(self, asked: Question, streams: list[dict[str, str]]) -> None:
        label, other = ("user", "verb") if asked.by == USER else ("verb", "user")
        self.whom: dict[str, set[str]] = {}
        for labels in streams:
            if not asked.names(labels.get("verb", "")):
                continue
            if labels.get(label) and labels.get(other) and asked.by in (USER, VERB):
                self.whom.setdefault(labels[label], set()).add(labels[other])
        own = _LABELS.get(asked.by)
        by = (own, "exit") if own else ("exit",)
        # the label along which a query is cut if it is too big
        along = "verb" if asked.by == VERB else "user"
        names = {along: _values(streams, along)}
        if asked.by == VERB:  # the answer has the verb, and so its rule
            self.parts = [Part(asked, by, names)]
            return
        classes: dict[Rule, list[str]] = {}
        for verb, rule in asked.rules.items():
            if asked.names(verb):
                classes.setdefault(rule, []).append(verb)
        several = [verb for verbs in classes.values() for verb in verbs]
        rest = (logql.none_of("verb", several),) if several else ()
        self.parts = [Part(asked, by, names, rest, PASSES_ON)]
        for rule, verbs in classes.items():
            matcher = (logql.any_of("verb", verbs),)
            self.parts.append(Part(asked, by, names, matcher, rule))


def pairs(streams: list[dict[str, str]]) -> set[tuple[str, str]]:
    """The (account, verb) pairs of all streams; several streams may have the same pair."""
    return {(stream.get("user", ""), stream.get("verb", "")) for stream in streams}


def parts(asked: Question, labels: tuple[str, ...], streams: list[dict[str, str]]) -> list[Part]:
    """The parts of a question that is summed by these labels of its streams: enough parts that Loki
    does not refuse one for too many series."""
    found = pairs(streams)
    names = {"user": _values(streams, "user"), "verb": _values(streams, "verb")}
    whole = Part(asked, labels, names)
    if len(found) <= _PAIRS:
        return [whole]
    of_user: dict[str, int] = {}
    for user, _ in found:
        of_user[user] = of_user.get(user, 0) + 1
    groups: list[list[str]] = [[]]
    room = _PAIRS
    for user in names["user"]:
        if groups[-1] and of_user[user] > room:
            groups.append([])
            room = _PAIRS
        groups[-1].append(user)
        room -= of_user[user]
    return whole.cut("user", groups) if len(groups) > 1 else [whole]


def _values(streams: list[dict[str, str]], label: str) -> list[str]:
    return sorted({labels[label] for labels in streams if labels.get(label)})


class Part:
    """A part of a question: the `labels` to sum by, and the query for its `streams`, which is
    `parsed` if it has stages that make these labels. `names` are the values of the labels by which
    it may have to be cut."""

    parsed = False

    def __init__(
        self,
        asked: Question,
        labels: tuple[str, ...],
        names: dict[str, list[str]],
        matchers: tuple[str, ...] = (),
        rule: Rule | None = None,
        digits: str | None = "",
    ) -> None:
        self.labels = labels
        by_user = "user" in labels and not asked.labels  # the answer has the accounts
        chosen = f" |= {logql.quoted(ACCOUNT + digits)}" if digits else ""
        if digits is None:
            chosen = f" != {logql.quoted(ACCOUNT)}"
        self.streams = selector(asked, *matchers) + chosen + ("" if by_user else of_accounts(asked))
        self._asked = asked
        self._names = names
        self._matchers = matchers
        self._rule = rule
        self._digits = digits
        self._but: (
            list[str] | None
        ) = []  # names that are in other parts; None: in are `names` alone

    def has(self, user: str) -> bool:
        """Whether the runs of an account are in this part, if it is one of `parts`."""
        return user in self._names["user"] if self._but is None else user not in self._but

    def smaller(self) -> list[Part]:
        """This part cut into several, each for some of the names, or with one name left, for some
        accounts; empty if neither is possible."""
        for label, names in self._names.items():
            if len(names) > 1:
                size = min(len(names) // 2, NAMES)
                firsts = range(0, len(names), size)
                return self.cut(label, [names[first : first + size] for first in firsts])
        return self._of_fewer_accounts() if "user" in self.labels else []

    def _of_fewer_accounts(self) -> list[Part]:
        """This part cut by accounts that are in structured metadata, so in no index: by the next
        hexadecimal digit of the account's hash at the end of each line."""
        if self._digits is None or len(self._digits) == _DIGITS:
            return []
        found: list[str | None] = [self._digits + digit for digit in "0123456789abcdef"]
        if not self._digits:
            found.append(None)  # lines without a hash
        return [
            Part(self._asked, self.labels, self._names, self._matchers, self._rule, digits)
            for digits in found
        ]

    def cut(self, label: str, groups: list[list[str]]) -> list[Part]:
        """This part cut into one for each group of names. The last also has all other names, if the
        query can express that."""
        others = [name for names in groups[:-1] for name in names]
        found = []
        for names in groups:
            matcher = logql.any_of(label, names)
            if names is groups[-1] and sum(map(len, others)) < _NAMED:
                matcher = logql.none_of(label, others)
            made = {**self._names, label: names}
            matchers = (*self._matchers, matcher)
            part = Part(self._asked, self.labels, made, matchers, self._rule, self._digits)
            part._but = others if matcher.startswith(f"{label}!") else None
            found.append(part)
        return found

    def count(self, counts: Counts, series: Any, piece: Piece) -> None:
        """Add a series of an answer to the counts. A series without an exit code is not an event of
        ours, nor is one with very long labels."""
        labels = series["metric"]
        if not is_code(labels.get("exit", "")) or not is_ours(labels):
            return
        code, by = int(labels["exit"]), self._asked.by
        key = str(code) if by == EXIT else labels.get(self.labels[0], "")
        rule = self._rule or self._asked.rules.get(key)
        for day, runs in days_of_series(self._asked, series, piece):
            counts.add(date(day) if by == DAYS else key, day, code, count_of(runs), rule)


class Placed(Part):
    """A query for runs by the second of the minute or minute of the hour at which they ended."""

    parsed = True

    def __init__(self, labels: tuple[str, ...], query: str) -> None:
        self.labels = labels
        self.streams = query

    def smaller(self) -> list[Part]:
        """Empty: the query is for a few keys already."""
        return []


PLACE = "place"
_SERIES = 480  # in an answer; Loki gives 500 (max_query_series), and one is the series of zeros
# `date` would use the server's own zone, and some zones are half an hour off. __timestamp__ is in
# Loki 2.7 and later (its changelog: 6983).
_TEMPLATE = ' | label_format %s=`{{ (__timestamp__).UTC.Format "%s" }}`'


def batches(runs: dict[str, int]) -> Iterable[list[str]]:
    """The keys, each with its number of runs, in lists whose places fit in one answer."""
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
    """The query for runs of these keys by the second of the minute: the labels to sum by, and the
    streams with their stages."""
    label = _LABELS[asked.by]
    return (label, PLACE), lines(asked, keys) + _TEMPLATE % (PLACE, "05")


def by_minute(
    asked: Question, keys: Collection[str], peaks: Mapping[str, list[int]] | None = None
) -> tuple[tuple[str, ...], str]:
    """The query for runs by the minute of the hour: all runs, or those that ended in the `peaks` of
    each key (seconds of the minute); in the form of `by_second`."""
    label = _LABELS[asked.by]
    query = lines(asked, list(keys))
    if peaks is not None:
        either = [
            f"({label}={logql.quoted(key)} and"
            f" {PLACE}=~{logql.quoted('|'.join(f'{second:02}' for second in peaks[key]))})"
            for key in keys
        ]
        query += f"{_TEMPLATE % (PLACE, '05')} | {' or '.join(either)}"
    return (label, PLACE), query + _TEMPLATE % (PLACE, "04")


def places(asked: Question, series: Any, piece: Piece) -> Iterable[tuple[str, int, int, int]]:
    """The values in a series of such an answer: key, day, place and runs."""
    labels = series["metric"]
    place = labels.get(PLACE, "")
    if not (len(place) == 2 and place.isascii() and place.isdigit() and int(place) < 60):
        return
    key = labels.get(_LABELS[asked.by], "")
    for day, runs in days_of_series(asked, series, piece):
        yield key, day, int(place), count_of(runs)


def days_of_series(asked: Question, series: Any, piece: Piece) -> list[tuple[int, str]]:
    """The days of a series in a piece of the window, with their values."""
    if not is_whole(piece):
        day = day_of(min(piece[1], asked.end))  # runs ahead of the end belong to its day
        return [(day, value) for _, value in series["values"]]
    found = [(day_of(int(moment) * SECOND), value) for moment, value in series["values"]]
    # Loki adds points that were not asked for
    return [(day, value) for day, value in found if piece[0] <= day * DAY < piece[1]]


def is_ours(labels: dict[str, str]) -> bool:
    """Whether no label is longer than a verb or an account can be."""
    return max(map(len, labels.values()), default=0) <= _LONGEST


def selector(asked: Question, *more: str) -> str:
    """The stream selector of a question's runs, with further matchers. The account may be a label
    of the stream or in each line's structured metadata (telemetry.account_as), so streams without
    one are included: `of_accounts` leaves out the lines of other accounts."""
    matchers = [logql.begins("verb", asked.verb) if asked.verb else 'verb=~".+"']
    if asked.labels:
        matchers.insert(0, logql.any_of("user", (*asked.labels, "")))
    if not asked.tries:
        matchers.append(NO_TRY)
    return logql.selector({"job": JOB}, *matchers, *more)


def of_accounts(asked: Question) -> str:
    """The stage of a query that passes the runs of the accounts asked for; all runs have an
    account."""
    if asked.labels:
        return f" | {logql.any_of('user', asked.labels)}"
    return ' | user=~".+"'


def lines(asked: Question, keys: list[str]) -> str:
    """The LogQL query for the lines of the runs of these keys."""
    label = _LABELS.get(asked.by, asked.by)
    stages = IS_EVENT + of_accounts(asked)
    if asked.by in (EXIT, *FIELDS):
        return f"{selector(asked)}{stages} | logfmt {label} | {logql.any_of(label, keys)}"
    if asked.by == USER:
        return f"{selector(asked)}{stages} | {logql.any_of(label, keys)}"
    return selector(asked, logql.any_of(label, keys)) + stages
