"""`logs errors`: the kinds of error lines, the most frequent first."""

from __future__ import annotations

from homelab.logs import flags, levels, similar
from homelab.logs.answers import nothing, window
from homelab.output.answer import Column, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

COLUMNS = (
    Column("lines", "count"),
    Column("last", "moment"),
    Column("source"),
    Column("example", flexible=True),
)


def errors(context: Context, arguments: Values) -> Table | Text:
    """The error lines of the window by kind, the most frequent first."""
    asked = flags.search_of(context, arguments, wanted=",".join(levels.BAD))
    if arguments.explain:
        return Text(asked.query + "\n")
    kinds = similar.Kinds()
    more = False
    # one line more than is counted shows whether there are more
    for batch in asked.lines(asked.start, asked.end, False, arguments.read + 1):
        left = arguments.read - kinds.lines
        with asked.deadline:
            kinds.add(batch[:left])
        more = len(batch) > left
    found = kinds.loudest()
    shown = found[: arguments.limit]
    hidden = len(found) - len(shown)
    notes = []
    if more:
        counted = f"{kinds.lines} lines were" if kinds.lines > 1 else "line was"
        notes.append(f"only the newest {counted} counted; use a larger --read")
    if hidden:
        kind = "kinds" if hidden > 1 else "kind"
        notes.append(f"{hidden} more {kind} of lines; --limit {len(found)} shows all")
    if kinds.dropped:
        left_out = "lines of rare kinds are" if kinds.dropped > 1 else "line of a rare kind is"
        notes.append(f"{kinds.dropped} {left_out} left out")
    level = ",".join(arguments.level) or "error or worse"
    none = f"no line of level {level} {asked.when()}"
    empty = "" if shown else nothing(asked, none)
    return Table(
        "homelab.logs-errors/1",
        COLUMNS,
        [(kind.count, kind.last, kind.source, kind.line) for kind in shown],
        facts={
            "query": asked.query,
            **window(asked),
            "complete": not (more or kinds.dropped),
            "lines": kinds.lines,
            "kinds": len(found),
        },
        notes=tuple(notes),
        empty=empty,
    )
