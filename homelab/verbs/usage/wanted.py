"""`usage wanted`: words that were tried and are not verbs."""

from __future__ import annotations

from homelab import times
from homelab.output.answer import Table
from homelab.texts import numbered
from homelab.usage import availability, evidence, source
from homelab.usage.counts import VERB, Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.usage.source import Runs

COLUMNS = evidence.WANTED_COLUMNS


def wanted(context: Context, arguments: Values) -> Table:
    """The words that were tried and are not verbs."""
    start, end = times.window(arguments.since, context.clock())

    def verb(runs: Runs) -> Table:
        asked = Question(start, end, VERB, arguments.user or "", evidence.UNKNOWN, newest=-1)
        counts = runs.counts(asked)
        words = evidence.wanted(
            counts, availability.own(context.built_in, availability.running(context))
        )
        rows = words[: arguments.limit]
        notes = []
        if len(words) > len(rows):
            others = len(words) - len(rows)
            more = numbered(others, "more word was tried", "more words were tried")
            notes.append(f"{more}; --limit {len(words)} shows all")
        by = source.by(arguments.user or "")
        others = counts.runs(evidence.UNKNOWN)
        if others:
            notes.append(evidence.unlisted(others))
        table = Table(
            "homelab.usage-wanted/1",
            COLUMNS,
            rows,
            facts=source.facts(
                runs, start, end, words=len(words), tries=counts.total(), unnamed=others
            ),
            notes=tuple(notes),
            empty=f"no word that homelab usage vocabulary lists was tried{by} since"
            f" {times.local(start)} in {runs.name}",
        )
        return source.settle(context, runs, asked, table, counts)

    return source.read(context, verb, arguments.fresh)
