"""`usage export`: the counted runs themselves, for whoever has tools of their own."""

from __future__ import annotations

from homelab import times
from homelab.output.answer import Column, Stream
from homelab.usage import source
from homelab.usage.counts import EXIT, FIELDS, USER, VERB, Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_COLUMNS = (
    Column("time", "moment", seconds=True),
    Column(USER),
    Column(VERB),
    Column(EXIT, "count"),
    *map(Column, FIELDS),
)


def export(context: Context, arguments: Values) -> Stream:
    """Every counted run of the window, oldest first."""
    start, end = times.window(arguments.since, context.clock())
    verb = " ".join((arguments.verb or "").split())
    asked = Question(start, end, user=arguments.user or "", verb=verb)
    runs, batches = source.stream(context, asked)

    def rows() -> Iterator[list[tuple[Cell, ...]]]:
        for batch in batches:
            yield [tuple(event) for event in batch]
        if runs.begins > start:
            answer.facts["since"] = times.rfc3339(runs.begins)
            first = times.date(runs.begins // times.DAY)
            answer.notes.append(
                f"runs before {first} (UTC) are kept as counts by day, which homelab usage top"
                " shows; single runs are kept for telemetry.journal_days, within 32 MiB"
            )

    answer = Stream(
        "homelab.usage-export/1",
        _COLUMNS,
        rows(),
        facts=source.facts(runs, start, end),
        empty=source.nothing(runs, start, asked.user, verb),
    )
    return answer
