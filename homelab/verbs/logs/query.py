"""`logs query`: the lines that match."""

from __future__ import annotations

from homelab.errors import NO, USAGE, Failure
from homelab.logs import flags, selector
from homelab.logs.answers import facts, nothing, plain, unknown_names
from homelab.logs.rendering import LINES
from homelab.output.answer import Stream, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.rendering import Row

COLUMNS = LINES


def query(context: Context, arguments: Values) -> Stream | Table | Text:
    """The lines that match, as they come; for LogQL that counts, its samples."""
    if arguments.follow:
        return _followed(context, arguments)
    asked = flags.search_of(context, arguments)
    if arguments.explain:
        return Text(asked.query + "\n")
    if not selector.selects(asked.query):
        from homelab.logs import samples

        return samples.table(asked, arguments)
    limit = 0 if arguments.all else arguments.limit
    order = "oldest" if arguments.oldest_first else "newest"
    most = limit + 1 if limit else 0  # one line more than is shown tells whether there are more

    def rows() -> Iterator[list[Row]]:
        left = limit
        for batch in asked.lines(asked.start, asked.end, arguments.oldest_first, most, shown=True):
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
            answer.facts.update(unknown_names(asked))

    shown = plain(context, arguments)
    answer = Stream("homelab.logs-query/1", LINES, rows(), facts=facts(asked), plain=shown)
    return answer


def _followed(context: Context, arguments: Values) -> Stream | Text:
    """The answer of `logs tail`. Raises Failure (2) for options that an answer without end can't
    have."""
    from homelab.verbs.logs import tail

    for name in ("until", "all", "oldest_first", "step", "fail_empty"):
        if getattr(arguments, name):
            option = f"--{name.replace('_', '-')}"
            raise Failure(USAGE, f"--follow never ends, so it can't be used with {option}")
    return tail.following(context, arguments, arguments.limit)
