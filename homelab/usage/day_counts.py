"""Pure: runs by day and by everything known of a run; all other figures are made from these.

A day is counted like this once, however its runs are grouped later.
"""

from __future__ import annotations

from homelab.loki.answer_shape import count_of
from homelab.telemetry.event import is_code
from homelab.times import date
from homelab.usage.counts import DAYS, EXIT, USER, VERB, VERSION, Counts
from homelab.usage.loki_queries import days_of_series, is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from homelab.usage.counts import Question
    from homelab.usage.day_tiles import Piece
    from homelab.usage.outcome import Rule

    Figures = dict[tuple[str, str, int, str], int]  # (verb, account, exit code, version) → runs
    DayCounts = dict[int, Figures]  # by day of UTC

LABELS = ("verb", "user", "exit", "ver")  # the labels that Loki sums by


def of_answer(asked: Question, answer: Iterable[Any], piece: Piece) -> DayCounts:
    """The series of an answer to `LABELS` in a piece of the window, by day; days without a run are
    left out. A series without an exit code or account is not an event of ours, nor is one with very
    long labels."""
    found: DayCounts = {}
    for series in answer:
        labels = series["metric"]
        verb, user = labels.get("verb"), labels.get("user")
        if not (verb and user and is_code(labels.get("exit", "")) and is_ours(labels)):
            continue
        figure = (verb, user, int(labels["exit"]), labels.get("ver", ""))
        for day, value in days_of_series(asked, series, piece):
            runs = count_of(value)
            if runs:  # a day tile has a point if the range before its own had one
                figures = found.setdefault(day, {})
                figures[figure] = figures.get(figure, 0) + runs
    return found


def count(counts: Counts, asked: Question, days: Mapping[int, Figures]) -> None:
    """Add the runs that match the question to the counts."""
    keys = {VERB: 0, USER: 1, EXIT: 2, VERSION: 3}
    at, by_day = keys.get(asked.by, 0), asked.by == DAYS
    whom_at = {VERB: 1, USER: 0}.get(asked.by)
    rules: dict[str, Rule | None] = {}
    for day, figures in days.items():
        of_day = date(day) if by_day else ""
        for figure, runs in figures.items():
            verb, user, code, _ = figure
            if verb not in rules:
                rules[verb] = asked.rules.get(verb) if asked.names(verb) else None
            rule = rules[verb]
            if rule is None or (asked.labels and user not in asked.labels):
                continue
            key = of_day or str(figure[at])
            counts.add(key, day, code, runs, rule)
            if whom_at is not None:
                whom = counts.with_whom.setdefault(key, set())
                if user:  # otherwise the day is kept without accounts
                    whom.add(str(figure[whom_at]))


def add(days: DayCounts, more: Mapping[int, Figures]) -> None:
    """Add the runs of `more` to those of the days; both share no dictionary afterwards."""
    for day, figures in more.items():
        if day not in days:
            days[day] = dict(figures)
            continue
        of_day = days[day]
        for figure, runs in figures.items():
            of_day[figure] = of_day.get(figure, 0) + runs


def without_accounts(figures: Figures) -> Figures:
    """A copy of the figures without accounts."""
    found: Figures = {}
    for (verb, _, code, version), runs in figures.items():
        key = (verb, "", code, version)
        found[key] = found.get(key, 0) + runs
    return found


def accounts(days: Iterable[Figures]) -> set[str]:
    """The accounts that ran something on these days."""
    return {user for figures in days for _, user, _, _ in figures if user}
