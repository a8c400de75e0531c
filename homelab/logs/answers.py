"""Shared parts of the answers of the `logs` verbs: columns, facts, the sentence for an empty
answer."""

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
    """The sentence for an empty answer: a name that Loki does not have, or a time without lines.
    Else `none`, which names the search, and an option that may find more."""
    none = none or f"no line matches {asked.query} {asked.when()}"
    return unknown.reason(asked) or none + unknown.further(asked)


def facts(asked: Search) -> dict[str, object]:
    """Facts for JSON, beside the rows."""
    return {"query": asked.query, **window(asked), "complete": True}


def window(asked: Search) -> dict[str, object]:
    """The window, as JSON facts beside the rows; and, for programs, the names that Loki does not
    have."""
    since, until = times.rfc3339(asked.start), times.rfc3339(asked.end)
    return {"since": since, "until": until, **unknown_names(asked)}


def unknown_names(asked: Search) -> dict[str, object]:
    """The fact `unknown`, if there are unknown names: ["host=pve11"]."""
    return {"unknown": list(dict.fromkeys(asked.unknown))} if asked.unknown else {}


def plain(
    context: Context, arguments: Values, saying: str = "common labels:"
) -> Callable[[list[Row], int], str]:
    """The function that writes lines if neither JSON nor CSV is asked for."""

    def common(labels: str) -> None:
        context.say(f"homelab: {saying} {labels}")

    columns = rendering.Columns(
        header=not arguments.no_header,
        utc=arguments.utc,
        colour=context.colours(arguments.color),
        common=None if arguments.no_header else common,
    )
    return rendering.of_form(arguments.output, columns)
