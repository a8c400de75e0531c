"""`logs context`: the lines around a time."""

from __future__ import annotations

from homelab import times
from homelab.logs import flags, unknown
from homelab.logs.answers import plain, unknown_names
from homelab.logs.rendering import LINES
from homelab.loki import pages
from homelab.loki.answer_size import LONGEST, Budget
from homelab.output.answer import Stream, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.rendering import Row

_HELD = 3  # answers of the largest size that are held until the oldest line is known
_BATCH = 500  # lines that are written at once
COLUMNS = LINES


def around(context: Context, arguments: Values) -> Stream | Text:
    """The lines before a time and those from it on, oldest first."""
    moment: int = arguments.when
    # Loki accepts no line far ahead of now, so there is nothing to ask for
    last = min(moment + arguments.within, max(moment, context.clock()) + times.DAY)
    first, last = max(moment - arguments.within, 0), min(last, times.LAST)
    asked = flags.search_of(context, arguments, window=(first, last))
    if arguments.explain:
        return Text(asked.query + "\n")

    def rows() -> Iterator[list[Row]]:
        """The batches of lines. Those before the time are read backward, so all of them must have
        come first."""
        if arguments.before:
            held = Budget(_HELD * LONGEST)
            backward = asked.lines(first, moment, False, arguments.before, budget=held)
            before = [*pages.entries(backward)]
            for end in range(len(before), 0, -_BATCH):
                batch = before[max(end - _BATCH, 0) : end]
                yield [(at, labels, line) for labels, at, line in reversed(batch)]
        if arguments.after:
            for batch in asked.lines(moment, last, True, arguments.after, shown=True):
                yield [(at, labels, line) for labels, at, line in batch]
        if not answer.count:
            span = times.spoken(arguments.within)
            when = f"within {span} of {times.local(moment, seconds=True)}"
            more = "; --within looks further"
            answer.empty = (
                unknown.reason(asked, when, more) or f"no line matches {asked.query} {when}{more}"
            )
            answer.facts.update(unknown_names(asked))

    answer = Stream(
        "homelab.logs-context/1",
        LINES,
        rows(),
        facts={"query": asked.query, "when": times.rfc3339(moment)},
        plain=plain(context, arguments),
    )
    return answer
