"""`usage export`: the counted runs themselves, for other tools."""

from __future__ import annotations

from homelab import times
from homelab.output.answer import Column, Stream
from homelab.usage import few, source
from homelab.usage.counts import EXIT, FIELDS, USER, VERB, Counts, Question
from homelab.usage.outcome import PASSES_ON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

COLUMNS = (
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
    asked = Question(start, end, user=arguments.user or "", verb=verb, tries=True)
    runs, batches = source.stream(context, asked)
    source.hand_on(runs, arguments.accounts)
    least = source.least(runs, arguments.min_users)

    def rows() -> Iterator[list[tuple[Cell, ...]]]:
        named: frozenset[str] | None = None
        folded: frozenset[object] = frozenset()
        first = Counts()
        if least > 1:  # over all accounts, even if one account's runs are asked for
            whom = runs.whom(Question(start, end, tries=True))
            named = frozenset(whom) - few.few(whom, least)
        for batch in batches:
            if not first.days:
                first.add("", times.day_of(int(batch[0][0])), 0, 1, PASSES_ON)
            made: list[tuple[Cell, ...]] = []
            for moment, user, label, *rest in batch:
                if named is not None and label not in named:
                    folded |= {label}
                    label = few.FEW
                made.append((moment, user if arguments.accounts else None, label, *rest))
            yield made
        if folded:
            verbs = "1 verb" if len(folded) == 1 else f"{len(folded)} verbs"
            answer.notes.append(
                f"{verbs} that few accounts ran are {few.FEW} here; --min-users 1 names each"
            )
        left_out = source.left_out(context, asked)
        answer.facts.update(left_out.facts())
        answer.notes += left_out.notes()
        runs.reach(asked, first)
        answer.facts.update(source.reach_facts(first))
        answer.notes += source.reached(first, runs) + source.switched_off(context, asked)
        if runs.begins > start:
            answer.facts["since"] = times.rfc3339(runs.begins)
            day = times.date(runs.begins // times.DAY)
            answer.notes.append(
                f"runs before {day} (UTC) are kept as counts by day, which homelab usage top"
                " shows; single runs are kept for telemetry.journal_days, within 32 MiB"
            )

    answer = Stream(
        "homelab.usage-export/1",
        COLUMNS,
        rows(),
        facts=source.facts(runs, start, end),
        empty=source.nothing(context, runs, start, asked.user, verb),
    )
    return answer
