"""Pure: the most used verbs, accounts, versions, exit codes or days, as rows of a table."""

from __future__ import annotations

from homelab.output.answer import Column
from homelab.times import date
from homelab.usage.counts import DAYS, EXIT, USER, VERB, Counts
from homelab.usage.outcome import cause_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from homelab.output.answer import Cell

    Row = tuple[Cell, ...]

_WHOM = {VERB: Column("users", "count"), USER: Column("verbs", "count")}


# the number in JSON and CSV is 0 where it is not known
_FAILED = (
    Column("failed_shown", "estimate", header="FAILED"),
    Column("failed", "count", detail=True),
)
_BY_HAND = (
    Column("by_hand_shown", "estimate", header="BY HAND"),
    Column("by_hand", "share", detail=True),
    Column("by_hand_low", "share", detail=True),
    Column("by_hand_high", "share", detail=True),
)


def columns(
    by: str, failed: bool = False, compared: bool = False, by_hand: bool = False
) -> tuple[Column, ...]:
    """The columns of `rows`, for the same arguments."""
    key = Column(by, "count") if by == EXIT else Column(by)
    if failed:
        found = [key, Column("failed", "count"), Column("rate", "share"), Column("runs", "count")]
        found += _BY_HAND if by_hand else ()
        found.append(Column("environment", "count"))
        if by == EXIT:
            return (*found, Column("cause"))
        return (
            *found,
            Column("exits", "labels"),
            Column("causes", "labels", detail=True),
            Column("environment_exits", "labels", detail=True),
        )
    found = [key, Column("runs", "count")]
    if compared:
        found += [Column("before", "count"), Column("change", "change")]
    found.append(Column("share", "share"))
    found += _BY_HAND if by_hand else ()
    if by in _WHOM:
        found.append(_WHOM[by])
    if by == VERB:
        found += _FAILED
    else:
        found.append(Column("failed", "count"))
    return tuple(found) if by == DAYS else (*found, Column("last", "moment"))


def rows(
    counts: Counts,
    by: str,
    days: range,
    failed: bool = False,
    before: Counts | None = None,
    by_hand: bool = False,
    unjudged: Collection[str] = (),
) -> list[Row]:
    """A row for each key, the most used first. With `failed`, only keys that failed or that the
    environment ended, the most failures first. Days are in order and include those of `days`
    without runs. `before` has the counts of the window before; keys that only it has get a row
    too. `unjudged` are the verbs whose exit codes do not say whether a run failed."""
    keys = list(map(date, days)) if by == DAYS else counts.most_used()
    if failed:
        keys = [key for key in keys if counts.failures(key) or counts.by_environment(key)]
        if by != DAYS:
            keys.sort(key=lambda key: (-counts.failures(key), -counts.by_environment(key)))
        return [_failed(counts, key, by, by_hand) for key in keys]
    if before is not None:
        keys += [key for key in before.most_used() if key not in counts.days]
    total = counts.total()
    found = []
    for key in keys:
        runs = counts.runs(key)
        row: list[Cell] = [_shown(key, by), runs]
        if before is not None:
            then = before.runs(key)
            row += [then, runs / then - 1 if then else None]
        row.append(runs / total if total else 0.0)
        row += _by_hand(counts, key) if by_hand else ()
        if by in _WHOM:
            row.append(None if counts.whom_unknown else len(counts.with_whom.get(key, ())))
        failures = counts.failures(key)
        if by == VERB:
            row.append(None if key in unjudged and not failures else str(failures))
        row.append(failures)
        found.append(tuple(row) if by == DAYS else (*row, counts.last.get(key)))
    return found


def _failed(counts: Counts, key: str, by: str, by_hand: bool) -> Row:
    runs, failures = counts.runs(key), counts.failures(key)
    row: Row = (_shown(key, by), failures, failures / runs, runs)
    row += _by_hand(counts, key) if by_hand else ()
    codes, environment = counts.failed.get(key, {}), counts.environment.get(key, {})
    row += (sum(environment.values()),)
    if by == EXIT:
        return (*row, cause_of(int(key)) if failures else "environment")
    causes: dict[str, str | int] = {}
    for code in sorted(codes):
        cause = cause_of(code)
        causes[cause] = int(causes.get(cause, 0)) + codes[code]
    return (*row, _labels(codes), causes, _labels(environment))


def _labels(codes: dict[int, int]) -> dict[str, str | int]:
    return {str(code): codes[code] for code in sorted(codes)}


def _by_hand(counts: Counts, key: str) -> Row:
    share = counts.by_hand.get(key)
    if share is None or not share.told:
        return (None, None, None, None)
    # the ends are rounded outwards, so that the interval stays valid
    low, high = int(100 * share.low), -int(-100 * share.high // 1)
    shown = f"{round(100 * share.estimate)}% ({low}-{high})"
    return (shown, share.estimate, share.low, share.high)


def _shown(key: str, by: str) -> Cell:
    return int(key) if by == EXIT else key or None
