"""`logs …`: what Loki keeps."""

from __future__ import annotations

from homelab import times
from homelab.errors import USAGE, Failure
from homelab.loki.deadline import WHOLE, Deadline
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.arguments import Values
    from homelab.context import Context

MOST = 5000  # Loki's max_entries_limit_per_query


def query(context: Context, arguments: Values) -> Table:
    """The newest lines that match, newest first over all streams."""
    limit: int = arguments.limit
    if limit > MOST:
        raise Failure(
            USAGE, f"--limit: Loki gives {MOST} lines in one answer; ask for less", "logs query"
        )
    loki = context.loki(logcli=True)
    end = context.clock()
    # one more than is shown tells whether there are more
    asked = min(limit + 1, MOST)
    parameters: dict[str, str | int] = {
        "query": arguments.selector,
        "start": arguments.since,
        "end": end,
        "limit": asked,
        "direction": "backward",
    }
    with Deadline(WHOLE, str(loki.address)):
        kind, result = loki.result("query_range", parameters)
    if kind != "streams":
        raise Failure(
            USAGE,
            "this LogQL counts lines instead of selecting them; leave the counting functions out",
        )
    entries = sorted(_entries(result), key=lambda entry: -entry[0])
    full = len(entries) >= asked
    shown = entries[:limit]
    notes = []
    if full:
        certainly = "more lines match" if len(entries) > limit else "more lines may match"
        notes.append(f"the newest {limit} are shown, {certainly}; --limit or --since moves that")
    common = _common([labels for _, labels, _ in shown])
    rows = [(moment, labels, line) for moment, labels, line in shown]
    return Table(
        "homelab.logs-query/1",
        (Column("time", "moment"), Column("labels", "labels", omit=common), Column("line")),
        list(rows),
        facts={
            "query": arguments.selector,
            "since": times.rfc3339(arguments.since),
            "until": times.rfc3339(end),
            "complete": not full,
        },
        notes=tuple(notes),
        empty=f"no line matches since {times.local(arguments.since)}; --since 7d looks further"
        " back",
    )


def _entries(streams: Any) -> list[tuple[int, dict[str, str], str]]:
    return [
        (int(moment), stream["stream"], line)
        for stream in streams
        for moment, line in (value[:2] for value in stream["values"])
    ]


def _common(all_labels: list[dict[str, str]]) -> frozenset[str]:
    """The labels that have the same value on every line: said once would be too much."""
    if not all_labels:
        return frozenset()
    shared = set(all_labels[0].items())
    for labels in all_labels:
        shared &= labels.items()
    return frozenset(name for name, _ in shared)
