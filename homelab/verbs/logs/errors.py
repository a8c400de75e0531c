"""`logs errors`: the kinds of error lines, the loudest first."""

from __future__ import annotations

from homelab import times
from homelab.logs import flags, levels, similar
from homelab.loki import pages
from homelab.output.answer import Column, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

    Counts = dict[str, dict[int, int]]  # by value of a label and end of a piece (ns)


def errors(context: Context, arguments: Values) -> Table | Text:
    """The error lines of the window by kind, the loudest first."""
    asked = flags.search_of(context, arguments, wanted=",".join(levels.BAD))
    if arguments.explain:
        return Text(asked.query + "\n")
    kinds = similar.Kinds()
    batches = pages.read(
        asked.loki,
        asked.query,
        asked.start,
        asked.end,
        forward=False,
        limit=arguments.read + 1,  # one more than is counted tells whether there are more
        deadline=asked.deadline,
    )
    more = False
    for batch in batches:
        left = arguments.read - kinds.lines
        kinds.add(batch[:left])
        more = len(batch) > left
    found = kinds.loudest()
    shown = found[: arguments.limit]
    hidden = len(found) - len(shown)
    notes = []
    if more:
        counted = f"{kinds.lines} lines were" if kinds.lines > 1 else "line was"
        notes.append(f"only the newest {counted} counted; --read takes more")
    if hidden:
        kind = "kinds" if hidden > 1 else "kind"
        notes.append(f"{hidden} more {kind} of lines; --limit {len(found)} shows all")
    if kinds.dropped:
        left_out = "lines of rare kinds are" if kinds.dropped > 1 else "line of a rare kind is"
        notes.append(f"{kinds.dropped} {left_out} left out")
    return Table(
        "homelab.logs-errors/1",
        (
            Column("lines", "count"),
            Column("last", "moment"),
            Column("source"),
            Column("example", flexible=True),
        ),
        [(kind.count, kind.last, kind.source, kind.line) for kind in shown],
        facts={
            "query": asked.query,
            "since": times.rfc3339(asked.start),
            "until": times.rfc3339(asked.end),
            "complete": not (more or kinds.dropped),
            "lines": kinds.lines,
            "kinds": len(found),
        },
        notes=tuple(notes),
        empty=f"no line of level {arguments.level or 'error or worse'} since"
        f" {times.local(asked.start)}",
    )
