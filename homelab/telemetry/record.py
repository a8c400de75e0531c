"""The only place where a run is counted. It gets a label and an exit code, and never raises."""

from __future__ import annotations

import os

from homelab.errors import Failure
from homelab.system import paths
from homelab.system.foreground import Undisturbed
from homelab.telemetry import consent, sinks
from homelab.telemetry.event import LATEST, Event, OwnName, OwnRun

LONGEST = 0.5  # s that a slow disk may delay a run
_SECOND = 10**9  # ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.context import Context
    from homelab.telemetry.event import Label


def record(context: Context, labels: list[Label | OwnName], code: int) -> None:
    """Count one run, in the sink that the settings choose; the process ends after it. It has two
    labels if it took a verb to other hosts: its own, and that verb's, in one write and one fork.
    The real name of an own verb goes only to a sink that sends nothing; any other gets its label.
    An error here does not affect the verb: nothing is raised, printed or waited for, and no signal
    changes the exit code or keeps the run from being counted.

    A slow disk delays the run by LONGEST at most, and a child then writes the event; but a call
    that the kernel itself can't interrupt is waited for (a state folder on a dead network file
    system costs as much as a home there).
    """
    try:
        _count(context, labels, code)
    except BaseException:
        if context.env.get("HOMELAB_DEBUG") == "1":
            import traceback

            context.say(traceback.format_exc())


def _count(context: Context, labels: list[Label | OwnName], code: int) -> None:
    last = Undisturbed(LONGEST)
    verdict = consent.verdict(context.env, context.settings)
    if verdict.state == "off":
        return
    first = moment(context.clock)
    # a moment of its own for each: their order is kept, and Loki keeps both
    times = [max(first + at - len(labels) + 1, 0) for at in range(len(labels))]
    events = [
        Event(time, label.label if isinstance(label, OwnName) else label, code)
        for time, label in zip(times, labels)
    ]
    if verdict.state == "print":
        last.release()
        for event in events:
            context.say(_shown(context, event))
        return
    sink = sinks.chosen(context.settings)
    writer = sink.writer()
    folder = paths.state(context.env)
    if not verdict.itself and context.terminal():
        from homelab.telemetry import notice

        if notice.given(context, last, folder, sink) and sink.sent:
            return
    by_name = sink.own_writer() if any(isinstance(label, OwnName) for label in labels) else None
    if by_name is not None:
        named = [
            OwnRun(time, label, code) if isinstance(label, OwnName) else event
            for time, label, event in zip(times, labels, events)
        ]
        by_name.write(named, context.settings, folder, last)
    else:
        writer.write(events, context.settings, folder, last)


def _shown(context: Context, happened: Event) -> str:
    """The request that would be sent, or why none would be."""
    beneath = consent.verdict(context.env, context.settings, ours=False)
    if beneath.state == "off":
        return f"none: counting is off ({beneath.who})"
    try:
        return sinks.chosen(context.settings).writer().shown(happened, context.settings)
    except Failure as failure:
        return f"none: {failure.sentence}"


def moment(clock: Callable[[], int]) -> int:
    """The moment of a run, in ns. Of several entries with the same stream, moment and line Loki
    keeps one, whichever hosts they come from. So if the clock is coarse or stands still, the part
    below the second is random: all nine digits, because with six digits two in a thousand runs are
    equal in 39 of 100 trials. It is not ahead of the clock, unless that leaves too few values."""
    read = clock()
    now = min(max(read, 0), LATEST)
    moves = clock() != read
    if now == read and now % 1000 and moves:
        return now
    room = now % _SECOND + 1
    if not moves and room < _SECOND // 4:
        room = _SECOND
    return now - now % _SECOND + _lot() % room


def _lot() -> int:
    try:
        # soon after a boot the kernel may have no random numbers yet, and a run must not wait for
        # them
        return int.from_bytes(bytes(os.getrandom(8, os.GRND_NONBLOCK)), "big")
    except (AttributeError, OSError):
        return hash((os.getpid(), os.times(), str(object())))  # Python hashes str with a secret
