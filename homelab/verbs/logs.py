"""`logs query` and `logs context`: the lines that Loki keeps."""

from __future__ import annotations

from homelab import times
from homelab.errors import NO
from homelab.logs import flags, question, rendering
from homelab.loki import pages
from homelab.output.answer import Column, Stream, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.logs.rendering import Row
    from homelab.logs.search import Search

LINES = (Column("time", "moment", seconds=True), Column("labels", "labels"), Column("line"))


def query(context: Context, arguments: Values) -> Stream | Table | Text:
    """The lines that match, as they come; of LogQL that counts, its samples."""
    asked = flags.search_of(context, arguments)
    if arguments.explain:
        return Text(asked.query + "\n")
    if not question.selects(asked.query):
        from homelab.verbs import samples

        return samples.table(asked, arguments)
    limit = 0 if arguments.all else arguments.limit
    order = "oldest" if arguments.oldest_first else "newest"
    batches = pages.read(
        asked.loki,
        asked.query,
        asked.start,
        asked.end,
        forward=arguments.oldest_first,
        limit=limit + 1 if limit else 0,  # one more than is shown tells whether there are more
        deadline=asked.deadline,
    )

    def rows() -> Iterator[list[Row]]:
        left = limit
        for batch in batches:
            if limit:
                more = len(batch) > left
                batch = batch[:left]
                left -= len(batch)
                if more:
                    answer.facts["complete"] = False
                    shown = f"{limit} are" if limit > 1 else "one is"
                    answer.notes.append(
                        f"the {order} {shown} shown, more lines match; --all shows all, --limit"
                        " another number"
                    )
            yield [(moment, labels, line) for labels, moment, line in batch]
        if not answer.count:
            answer.code = NO if arguments.fail_empty else 0
            answer.empty = nothing(asked)

    answer = Stream(
        "homelab.logs-query/1",
        LINES,
        rows(),
        facts=facts(asked),
        plain=plain(context, arguments),
    )
    return answer


def around(context: Context, arguments: Values) -> Stream | Text:
    """The lines before a moment, and those from it on, oldest first."""
    moment: int = arguments.when
    first, last = moment - arguments.within, moment + arguments.within
    asked = flags.search_of(context, arguments, window=(first, last))
    if arguments.explain:
        return Text(asked.query + "\n")

    def rows() -> Iterator[list[Row]]:
        """What came before is known only when all of it has come, since it is read backward."""
        read = (
            pages.read(
                asked.loki, asked.query, first, moment, False, arguments.before, asked.deadline
            )
            if arguments.before
            else iter(())
        )
        before = [*pages.entries(read)]
        yield [(at, labels, line) for labels, at, line in reversed(before)]
        after = (
            pages.read(asked.loki, asked.query, moment, last, True, arguments.after, asked.deadline)
            if arguments.after
            else iter(())
        )
        for batch in after:
            yield [(at, labels, line) for labels, at, line in batch]

    return Stream(
        "homelab.logs-context/1",
        LINES,
        rows(),
        facts={"query": asked.query, "when": times.rfc3339(moment)},
        empty=f"no line matches {asked.query} within {times.spoken(arguments.within)} of"
        f" {times.local(moment, seconds=True)}; --within looks further",
        plain=plain(context, arguments),
    )


def nothing(asked: Search) -> str:
    """The sentence of an empty answer, and what may be the reason."""
    unknown = asked.unknown()
    mend = unknown or "--since 7d looks further back"
    return f"no line matches {asked.query} since {times.local(asked.start)}; {mend}"


def facts(asked: Search) -> dict[str, object]:
    """What stands beside the rows in JSON."""
    return {
        "query": asked.query,
        "since": times.rfc3339(asked.start),
        "until": times.rfc3339(asked.end),
        "complete": True,
    }


def plain(
    context: Context, arguments: Values, saying: str = "all have"
) -> Callable[[list[Row], int], str]:
    """How lines are written where neither JSON nor CSV is asked for."""

    def common(labels: str) -> None:
        context.say(f"homelab: {saying} {labels}")

    columns = rendering.Columns(
        header=not arguments.no_header,
        utc=arguments.utc,
        colour=not context.env.get("NO_COLOR") and context.env.get("TERM") != "dumb",
        common=None if arguments.no_header else common,
    )
    return rendering.of_form(arguments.output, columns)
