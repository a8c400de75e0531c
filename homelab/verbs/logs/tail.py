"""`logs tail`: the last lines, and those that come."""

from __future__ import annotations

import select
import time

from homelab import times
from homelab.logs import flags
from homelab.logs.answers import LINES, plain
from homelab.logs.follow import Follower
from homelab.output.answer import Stream, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.rendering import Row


def tail(context: Context, arguments: Values) -> Stream | Text:
    """The last lines, and then the new ones, until the user ends it or `--for` is over."""
    asked = flags.search_of(context, arguments)
    if arguments.explain:
        return Text(asked.query + "\n")
    return Stream(
        "homelab.logs-tail/1",
        LINES,
        _rows(Follower(asked, context.clock, context.message), arguments, context.stdout),
        apart=True,
        plain=plain(context, arguments, "so far all have"),
    )


def _rows(follower: Follower, arguments: Values, stdout: TextIO) -> Iterator[list[Row]]:
    length: int | None = getattr(arguments, "for")
    end = None if length is None else time.monotonic() + length / times.SECOND
    yield [(moment, labels, line) for labels, moment, line in follower.history(arguments.lines)]
    while end is None or time.monotonic() < end:
        left = follower.pause if end is None else end - time.monotonic()
        _wait(max(min(follower.pause, left), 0), stdout)
        for batch in follower.new():
            yield [(moment, labels, line) for labels, moment, line in batch]
            if end is not None and time.monotonic() >= end:
                return  # new() does not end while lines come as fast as they are read


def _wait(seconds: float, stdout: TextIO) -> None:
    """Wait. Raises BrokenPipeError where the reader of stdout has gone meanwhile: with no line to
    write, nobody else would tell (`logs tail | head -1` of a log that is quiet)."""
    poll = select.poll()
    poll.register(stdout, 0)  # of that alone which is told unasked
    if poll.poll(seconds * 1000):
        raise BrokenPipeError
