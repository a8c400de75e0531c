"""Make a search from the flags of a verb, using the labels that this Loki has."""

from __future__ import annotations

from homelab.catalogue.argument_types import is_unicode
from homelab.errors import USAGE, Failure
from homelab.logs import levels, places, selector, unknown
from homelab.logs.places import ALL, OWN
from homelab.logs.search import begun
from homelab.loki import logql

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.search import Search


def search_of(
    context: Context,
    arguments: Values,
    wanted: str = "",
    window: tuple[int, int] | None = None,
    index: bool = False,
    search: Search | None = None,
) -> Search:
    """The search that the selector and the flags of a verb describe; without either it selects all
    lines except those by which homelab counts its own runs. `wanted` is the level to search for if
    no flag names one. With `index`, for verbs that read only the index, ALL selects all streams;
    otherwise one LogQL selector can't select every stream, and the user is told which are left out.
    A `search` begun before is continued, within its time.

    Raises Failure (2) for flags that can't be joined with the selector, and as `Loki.ask` does.
    """
    search = search or begun(context, arguments, window=window)
    query: str = (arguments.selector or "").strip()
    level = _levels(getattr(arguments, "level", ()), wanted)
    names = _names(context, arguments)
    for flag in ("grep", "not", "regex"):
        _unicode(f"--{flag}", getattr(arguments, flag, ()))
    texts = selector.filters(*(getattr(arguments, name, ()) for name in ("grep", "not", "regex")))
    _joinable(query, bool(names or level or texts))
    labels = search.labels() if names or level else []
    if level:
        texts = levels.of_filter(level, labels) + texts
    search.names = names
    places.locate(search, names, labels, query)
    matchers: list[str] = []
    ways: list[list[str]] = [[]]
    first = last = ""
    for name in names:
        if name.fields:
            beside = selector.either(name, dict.fromkeys((*name.chosen, *name.fields)))
            first, last = (first, last + beside) if name.exact else (first + beside, last)
            search.beside = True
        elif name.chosen[1:]:
            first += selector.either(name, name.chosen)
        else:
            matchers.append(name.matcher(name.chosen[0]))
        if name.chosen:
            ways = [[*way, *more] for way in ways for more in selector.apart(name, name.chosen)]
    indexed = [name for name in names if name.positive() and not name.fields]
    selects = any(not name.chosen[1:] for name in indexed)
    if not (query or selects) and (names or not index):
        every, lacking = selector.everything(places.of_others(search))
        most = [every, *_without_own(names)]
        matchers += most
        if not indexed:
            ways = [[*way, *most] for way in ways]
        if lacking and not index:
            context.message(_left_out(every, lacking))
    search.selectors = [selector.narrowed(query, way) if way else query or ALL for way in ways]
    if matchers or first or last or texts:
        query = selector.narrowed(query, matchers, first, last + texts)
    search.query = query or ALL
    _report_missing(context, search, names)
    return search


def _without_own(names: list[selector.Name]) -> list[str]:
    """The matcher that leaves out the lines by which homelab counts its own runs, which may
    outnumber all others; empty if a flag asks for them."""
    asked = any(value in OWN for name in names for value in name.values)
    return [] if asked else [logql.none_of("job", OWN)]


def _names(context: Context, arguments: Values) -> list[selector.Name]:
    """A Name for each flag and each label given. Raises Failure (2)."""
    names = []
    for flag, labels in selector.CANDIDATES.items():
        values = list(dict.fromkeys(getattr(arguments, flag)))
        _unicode(f"--{flag}", values)
        if flag == "app" and {"homelab", *OWN} & {*values}:
            labels, values = (*labels, "job"), list(dict.fromkeys((*values, *OWN)))
        if values:
            names.append(selector.Name(f"--{flag}", flag, labels, values))
    labelled: dict[str, list[str]] = {}
    _unicode("--label", arguments.label)
    for pair in arguments.label:
        label, value = _label_and_value(context, pair)
        labelled.setdefault(label, []).append(value)
    for label, values in labelled.items():
        values = list(dict.fromkeys(values))
        names.append(selector.Name("--label", label, (label,), values, exact=True))
    return names


def _report_missing(context: Context, search: Search, names: list[selector.Name]) -> None:
    """Say which of several values of a flag Loki does not have: the answer has lines of the others,
    and would look complete."""
    for name in names:
        if name.values[1:] and (name.seen or (name.fields and not name.exact)):
            why = unknown.of_name(search, name)
            if why[len(name.values) - 1 :] == []:  # if all are missing, the empty answer says so
                for sentence in why:
                    context.message(sentence)


def _joinable(query: str, narrowed: bool) -> None:
    """Raises Failure (2) for a query that is not LogQL, or can't be `narrowed` by flags."""
    if query[:1].isalpha() and not set(query) & set('{("`'):
        raise Failure(
            USAGE,
            f"{query!r} is not LogQL; --app {query} shows the lines of an app, --grep {query} those"
            " with this text",
        )
    if query and not selector.selects(query) and narrowed:
        raise Failure(
            USAGE,
            "flags narrow a selector, and this LogQL counts lines or has none; write them into it,"
            ' as in \'{app="plex"} |= "error"\'',
        )


def _unicode(flag: str, texts: Iterable[str]) -> None:
    """Raises Failure (2) for a text that is not UTF-8, as LogQL must be."""
    for text in texts:
        if not is_unicode(text):
            raise Failure(USAGE, f"{flag}: {text!r} is not valid UTF-8")


def _levels(texts: Iterable[str], wanted: str) -> list[str]:
    """The levels that --level names, else those of `wanted`, empty for neither. Raises Failure."""
    try:
        named = [level for text in texts for level in levels.of_text(text)]
        return list(dict.fromkeys(named)) or (levels.of_text(wanted) if wanted else [])
    except ValueError as error:
        raise Failure(USAGE, f"--level: {error}") from None


def grouped(context: Context, label: str, *columns: str) -> str:
    """The label to group by, as Loki writes it. Raises Failure (2) for text that can't be a label's
    name, or for the name of another column, which the table would then have twice."""
    if not selector.stored(label):
        raise Failure(USAGE, f"--by: {label!r} is not the name of a label")
    label = as_stored(context, label)
    if label.lower() in columns:
        raise Failure(
            USAGE,
            f"--by: there is a column {label.lower()} already; group by it in LogQL, as in homelab"
            f" logs query 'sum by ({label}) (count_over_time({{job=~\".+\"}} [1h]))'",
        )
    return label


def _left_out(every: str, lacking: list[dict[str, str]]) -> str:
    """The note about the streams that the matcher `every` does not select."""
    label = every.partition("=")[0]
    count = len({tuple(sorted(stream.items())) for stream in lacking})
    have = "stream has" if count == 1 else "streams have"
    other, more = selector.everything(lacking)
    them = "some of them" if more else "it" if count == 1 else "them"
    return (
        f"{count} {have} no label {label}, by which the query selects;"
        f" '{{{other}, {label}=\"\"}}' selects {them}"
    )


def _label_and_value(context: Context, pair: str) -> tuple[str, str]:
    """The label and the value of NAME=VALUE, with the label as Loki writes it."""
    name, equals, value = pair.partition("=")
    if equals and name[-1:] == "!":
        raise Failure(
            USAGE,
            f"--label: {pair!r} excludes lines, which only LogQL can; write"
            f" '{{{name[:-1]}!={logql.quoted(value)}, …}}' as the SELECTOR",
        )
    label = selector.stored(name)
    if not (equals and label):
        raise Failure(USAGE, f"--label: {pair!r} is not of the form NAME=VALUE")
    return as_stored(context, name), value


def as_stored(context: Context, name: str) -> str:
    """The label as Loki writes it; the user is told if that differs. `name` itself if it can't be a
    label's."""
    label = selector.stored(name)
    if label and label != name:
        context.message(f"Loki stores the label {name} as {label}, so the search uses that")
    return label or name
