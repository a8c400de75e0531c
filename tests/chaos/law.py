"""The law: every event of a run that ended by itself is counted, waiting, or reported as dropped or
refused; none is counted twice; and telemetry changes nothing that a run shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Callable, NamedTuple

from chaos.hosts import Run, Waiting
from chaos.subject import Entry


class Tally(NamedTuple):
    """The numbers of events by outcome. `broken` are the violations of the law, a line each."""

    runs: int
    made: int  # events of runs that ended by themselves, and of others if they exist
    counted: int
    waiting: int
    dropped: int
    refused: int
    twice: int
    lost: int
    broken: list[str]
    waits: list[str]  # the pushes that had the events still waiting, a line each


def tally(
    runs: list[Run],
    entries: list[Entry],
    waiting: list[Waiting],
    dropped: int,
    refused: int,
    history: Callable[[str, int, int], list[str]],
) -> Tally:
    """Check the law. `entries` are Loki's, `waiting` the outboxes', the numbers `usage status`'s,
    and `history` (a verb, two times in ns) has the pushes and queries about events."""
    broken = [f"differs: {run}: {run.differs}" for run in runs if run.differs]
    events: dict[tuple[str, int, str], list[str]] = {}
    for entry in entries:
        events.setdefault((entry.verb, entry.moment, entry.line), []).append(entry.stream)
    twice = {event: streams for event, streams in events.items() if len(streams) > 1}
    for (verb, moment, line), streams in sorted(twice.items()):
        broken.append(f"twice: {verb} {line} at {moment}: {' and '.join(streams)}")
        broken += [f"  {text}" for text in history(verb, moment, moment)]
    counted = set(events)
    held = {(event.verb, event.moment, event.line) for event in waiting} - counted
    owners = _owners(runs, counted | held)
    broken += [
        f"of no run: {verb} {line} at {moment}"
        for verb, moment, line in sorted((counted | held) - set(owners.values()))
    ]
    due = [run for run in runs if _is_due(run)]
    missing = [run for run in due if run not in owners]
    reported = dropped + refused
    spare = sum(run not in owners for run in runs if not _is_due(run))
    lost = max(0, len(missing) - reported)
    if lost:
        for run in missing:
            broken.append(f"lost, or one of {reported} that were reported: {run}")
            broken += [f"  {text}" for text in history(run.verb, *run.window())]
    if reported > len(missing) + spare:
        broken.append(
            f"reported as dropped ({dropped}) or refused ({refused}), of which at most "
            f"{len(missing) + spare} are neither counted nor waiting"
        )
    waits = []
    for verb, moment, line in sorted(held):
        waits.append(f"waits: {verb} {line} at {moment}")
        waits += [f"  {text}" for text in history(verb, moment, moment)[-2:]]
    return Tally(
        runs=len(runs),
        made=len({*due, *owners}),
        counted=sum(event in counted for event in owners.values()),
        waiting=sum(event in held for event in owners.values()),
        dropped=dropped,
        refused=refused,
        twice=len(twice),
        lost=lost,
        broken=broken,
        waits=waits,
    )


def _is_due(run: Run) -> bool:
    """Whether a run's event must not be lost. It may be if the run was killed before it wrote the
    event, or had no place to write it."""
    return not run.best_effort and (run.written or not run.killed)


def _owners(
    runs: Iterable[Run], events: set[tuple[str, int, str]]
) -> dict[Run, tuple[str, int, str]]:
    """Assign events to as many runs as possible, first to the runs whose event is due."""
    kinds: dict[tuple[str, str], list[tuple[str, int, str]]] = {}
    for event in sorted(events):
        kinds.setdefault((event[0], event[2].partition(" ")[0]), []).append(event)
    owner: dict[tuple[str, int, str], Run] = {}

    def give(run: Run, tried: set[tuple[str, int, str]]) -> bool:
        first, last = run.window()
        for event in kinds.get((run.verb, f"exit={run.code}"), []):
            if first <= event[1] <= last and event not in tried:
                tried.add(event)
                if event not in owner or give(owner[event], tried):
                    owner[event] = run
                    return True
        return False

    for run in sorted(runs, key=_is_due, reverse=True):
        give(run, set())
    return {run: event for event, run in owner.items()}
