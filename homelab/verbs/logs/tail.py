"""`logs tail`: the last lines, and new ones as they come."""

from __future__ import annotations

import select
import time

from homelab import times
from homelab.errors import USAGE, Failure
from homelab.logs import flags, selector, unknown
from homelab.logs.answers import plain
from homelab.logs.follow import Follower
from homelab.logs.rendering import LINES
from homelab.output.answer import Stream, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.rendering import Row

COLUMNS = LINES


def tail(context: Context, arguments: Values) -> Stream | Text:
    """The last lines, and then the new ones, until the user ends it or `--for` is over."""
    length: int | None = getattr(arguments, "for")
    return following(context, arguments, arguments.lines, length)


def following(
    context: Context, arguments: Values, count: int, length: int | None = None
) -> Stream | Text:
    """The last `count` lines, and then the new ones, for `length` (ns) or without end."""
    asked = flags.search_of(context, arguments)
    if arguments.explain:
        return Text(asked.query + "\n")
    if not selector.selects(asked.query):
        raise Failure(USAGE, "LogQL that counts has no lines to follow; use homelab logs query")
    follower = Follower(asked, context.clock, context.message)

    def rows() -> Iterator[list[Row]]:
        end = None if length is None else time.monotonic() + length / times.SECOND
        last = follower.history(count)
        why = unknown.of_names(asked) if count and not last else ""
        if why:  # a mistyped name would otherwise wait for ever
            context.message(f"{why}; new lines are shown as they come")
        yield [(moment, labels, line) for labels, moment, line in last]
        yield from _new(follower, end, context.stdout)

    return Stream(
        "homelab.logs-tail/1",
        LINES,
        rows(),
        apart=True,
        plain=plain(context, arguments, "common labels so far:"),
    )


def _new(follower: Follower, end: float | None, stdout: TextIO) -> Iterator[list[Row]]:
    """The lines that come until `end` (s of the monotonic clock), or without end."""
    while end is None or time.monotonic() < end:
        left = follower.pause if end is None else end - time.monotonic()
        _wait(max(min(follower.pause, left), 0), stdout)
        for batch in follower.new():
            yield [(moment, labels, line) for labels, moment, line in batch]
            if end is not None and time.monotonic() >= end:
                return  # new() does not end while lines come as fast as they are read


def _wait(seconds: float, stdout: TextIO) -> None:
    """Wait. Raises BrokenPipeError if the reader of stdout goes away: without a line to write, this
    would not be noticed (`logs tail | head -1` of a quiet log)."""
    poll = select.poll()
    poll.register(stdout, 0)  # only errors and hang-ups, which are always reported
    if poll.poll(seconds * 1000):
        raise BrokenPipeError
