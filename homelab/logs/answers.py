"""What the answers of the `logs` verbs share: columns, facts, the sentence of an empty one."""

from __future__ import annotations

from homelab import times
from homelab.logs import rendering, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.rendering import Row
    from homelab.logs.search import Search


def nothing(asked: Search, none: str = "") -> str:
    """The sentence of an empty answer: a name that is not there, a time in which nothing came; else
    `none`, which is what was looked for, and what may find more."""
    none = none or f"no line matches {asked.query} {asked.when()}"
    return unknown.reason(asked) or none + unknown.further(asked)


def facts(asked: Search) -> dict[str, object]:
    """What stands beside the rows in JSON."""
    return {"query": asked.query, **window(asked), "complete": True}


def window(asked: Search) -> dict[str, object]:
    """The window, as it stands beside the rows in JSON; and which names Loki is known not to have,
    for programs, which read no sentences."""
    since, until = times.rfc3339(asked.start), times.rfc3339(asked.end)
    return {"since": since, "until": until, **unknown_names(asked)}


def unknown_names(asked: Search) -> dict[str, object]:
    """The fact `unknown`, where there is such a name: ["host=pve11"]."""
    return {"unknown": list(dict.fromkeys(asked.unknown))} if asked.unknown else {}


def plain(
    context: Context, arguments: Values, saying: str = "common labels:"
) -> Callable[[list[Row], int], str]:
    """How lines are written where neither JSON nor CSV is asked for."""

    def common(labels: str) -> None:
        context.say(f"homelab: {saying} {labels}")

    columns = rendering.Columns(
        header=not arguments.no_header,
        utc=arguments.utc,
        colour=context.colours(arguments.color),
        common=None if arguments.no_header else common,
    )
    return rendering.of_form(arguments.output, columns)
