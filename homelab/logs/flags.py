"""From the flags of a verb to a search, by the labels that this Loki has."""

from __future__ import annotations

from homelab.catalogue.argument_types import is_unicode
from homelab.errors import USAGE, Failure
from homelab.logs import levels, selector
from homelab.logs.search import begun
from homelab.loki import logql

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.search import Search

ALL = "{}"  # a selector of all streams, for the index alone


def search_of(
    context: Context,
    arguments: Values,
    wanted: str = "",
    window: tuple[int, int] | None = None,
    index: bool = False,
) -> Search:
    """The search that the selector and the flags of a verb describe; what has neither selects all.
    `wanted` is a level to search for where the flags name none. What asks the `index` alone gets
    ALL for all streams; else those that one LogQL selector can't have are told to the user.

    Raises Failure (2) for flags that can't be joined with the selector, and as `Loki.ask` does.
    """
    search = begun(context, arguments, window=window)
    query: str = (arguments.selector or "").strip()
    level = _levels(getattr(arguments, "level", None) or wanted)
    flags = {flag: getattr(arguments, flag) for flag in selector.CANDIDATES}
    flags = {flag: name for flag, name in flags.items() if name}
    for flag in ("grep", "not", "regex", "label"):
        _unicode(flag, getattr(arguments, flag, ()))
    texts = selector.filters(*(getattr(arguments, name, ()) for name in ("grep", "not", "regex")))
    _joinable(query, bool(flags or level or texts or arguments.label))
    matchers = [_given(pair) for pair in arguments.label]
    labels = search.labels() if flags or level else []
    several: dict[str, list[str]] = {}
    for flag, name in flags.items():
        known = _known(search, labels, flag)
        if known[1:]:
            several[flag] = known
        else:
            search.named.append((known, name))
            matchers.append(selector.matcher(known[0], name))
    if level:
        texts = levels.of_filter(level, labels) + texts
    streams: list[dict[str, str]] = []
    if several:
        asked = [
            selector.narrowed("", [selector.matcher(label, flags[flag]), *matchers])
            for flag, known in several.items()
            for label in known
        ]
        streams = search.streams(asked)
    elif not (query or matchers or index):
        streams = search.streams([ALL])
    first, ways = "", [[*matchers]]
    for flag, known in several.items():
        name = flags[flag]
        telling = selector.telling(known, name, streams)
        if not telling:
            search.named.append((known, name))
            telling = known[:1]
        if telling[1:]:
            first += selector.either(telling, name)
        else:
            matchers.append(selector.matcher(telling[0], name))
        ways = [[*way, *more] for way in ways for more in selector.apart(telling, name)]
    search.selectors = [selector.narrowed(query, way) if way else query or ALL for way in ways]
    if not (query or matchers) and (first or not index):
        every, lacking = selector.everything(streams)
        matchers.append(every)
        if lacking and not index:
            context.message(_left_out(every, lacking))
    if matchers or first or texts:
        query = selector.narrowed(query, matchers, first, texts)
    search.query = query or ALL
    return search


def _joinable(query: str, narrowed: bool) -> None:
    """Raises Failure (2) for what is no LogQL, or can't be `narrowed` by flags."""
    if query[:1].isalpha() and not set(query) & set('{("`'):
        raise Failure(
            USAGE,
            f"{query!r} is no LogQL; --app {query} asks for the lines of an app, --grep {query} for"
            " those with this text",
        )
    if query and not selector.selects(query) and narrowed:
        raise Failure(
            USAGE,
            "flags narrow a selector, and this LogQL counts lines or is none; write them into it,"
            ' as in \'{app="plex"} |= "error"\'',
        )


def _unicode(flag: str, texts: Iterable[str]) -> None:
    """Raises Failure (2) for a text that LogQL, which is UTF-8, can't hold."""
    for text in texts:
        if not is_unicode(text):
            raise Failure(USAGE, f"--{flag}: {text!r} is not valid UTF-8")


def _levels(text: str) -> list[str]:
    """The levels that --level names, none for an empty text. Raises Failure (2)."""
    try:
        return levels.of_text(text) if text else []
    except ValueError as error:
        raise Failure(USAGE, f"--level: {error}") from None


def grouped(label: str, *columns: str) -> None:
    """Raises Failure (2) for what is no label to group by: no name of one, or that of a column
    beside it, which would then be there twice."""
    if not label.isidentifier() or not label.isascii():
        raise Failure(USAGE, f"--by: {label!r} is no name of a label")
    if label.lower() in columns:
        raise Failure(
            USAGE,
            f"--by: there is a column {label.lower()} already; group by it in LogQL, as in homelab"
            f" logs query 'sum by ({label}) (count_over_time({{job=~\".+\"}} [1h]))'",
        )


def _left_out(every: str, lacking: list[dict[str, str]]) -> str:
    """Of all streams, those that the matcher `every` does not have."""
    label = every.partition("=")[0]
    count = len({tuple(sorted(stream.items())) for stream in lacking})
    have = "stream has" if count == 1 else "streams have"
    other, more = selector.everything(lacking)
    them = "some of them" if more else "it" if count == 1 else "them"
    return (
        f"{count} {have} no label {label}, by which all others are selected;"
        f" '{{{other}, {label}=\"\"}}' selects {them}"
    )


def _given(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals or not name.isidentifier() or not name.isascii():
        raise Failure(USAGE, f"--label: {pair!r} is not of the form NAME=VALUE")
    return f"{name}={logql.quoted(value)}"


def _known(search: Search, labels: list[str], flag: str) -> list[str]:
    """The labels that this Loki has for a flag, one at least."""
    candidates = selector.CANDIDATES[flag]
    known = [label for label in candidates if label in labels]
    if not known and labels:
        raise Failure(
            USAGE,
            f"--{flag}: {search.loki.address} has none of the labels {', '.join(candidates)};"
            " homelab logs labels shows those that it has, and --label NAME=VALUE asks for them",
        )
    return known or [candidates[0]]
