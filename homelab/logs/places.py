"""Find where a Loki keeps a name that a flag gives: in labels of its index, or in structured
metadata.

Loki selects only by labels of the index. Structured metadata of a shipper (with OpenTelemetry, all
but some attributes, even `host_name`) is seen only by reading lines: a filter behind the selector
finds it. Reading all streams for it would make each search by name slow. So first one line is asked
for, from the streams whose labels do not have the name.
"""

from __future__ import annotations

from homelab.errors import USAGE, Failure
from homelab.logs import selector
from homelab.logs.search import HOUR
from homelab.loki import logql, pages
from homelab.loki.client import TooLong
from homelab.telemetry.event import JOB, SELF_TEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.logs.search import Search
    from homelab.logs.selector import Name, Streams

ALL = "{}"  # a selector of all streams, for the index alone
OWN = (JOB, SELF_TEST)  # jobs of the lines by which homelab counts its own runs


def locate(search: Search, names: list[Name], labels: list[str], query: str) -> None:
    """Find, for each name, the labels of the index to match (`chosen`), and the `fields` of
    structured metadata in which lines may have it. `labels` are all labels of the index, `query` is
    the user's own. Afterwards each name has at least one of the two. Raises Failure (2) if Loki has
    neither."""
    # nothing came in this time; the index may know the names from another time
    if names and not labels:
        labels = search.wider().labels()
    known = frozenset(labels)
    place = selector.streams_of(query)
    piped = "|" in query.replace(place, "", 1)
    unclear = []
    sure = []
    for name in names:
        name.index = [label for label in name.labels if label in known]
        if name.exact and piped:  # a parser may take the label from the line
            name.fields = [*name.labels]
        elif not labels:  # nothing came, so any label finds nothing
            name.chosen = [name.labels[0]]
        elif name.index and (name.flag == "--job" or not name.positive()):
            name.chosen = name.index[:1]
            sure += [name.matcher(name.index[0])] if name.positive() else []
        elif name.index or not name.exact:
            unclear.append(name)
        else:
            name.fields = [*name.labels]
    if not unclear:
        return
    narrow = selector.narrowed(place, sure) if place or sure else ""
    streams = _streams(search, unclear, narrow)
    for name in unclear:
        name.seen = name.chosen = selector.telling(name, streams)
        name.fields = _fields(search, name, streams, narrow)
        if name.fields or name.chosen:
            continue
        if not name.index:
            older = search.wider().labels()
            name.index = [label for label in name.labels if label in older]
        if not name.index:
            raise Failure(
                USAGE,
                f"{name.flag}: {search.loki.address} has none of the labels"
                f" {', '.join(name.labels)}; homelab logs labels lists its labels, and"
                " --label NAME=VALUE selects by one",
            )
        name.chosen = name.index[:1]


def of_others(search: Search) -> Streams:
    """All streams except homelab's own."""
    if search.everything is None:
        search.everything = search.streams([ALL])
    return [stream for stream in search.everything if not _is_own(stream)]


def _streams(search: Search, names: list[Name], narrow: str) -> Streams:
    """The streams in which to look for the names: all, or if these are too many, those with a name
    in a label."""
    try:
        if narrow:
            return search.streams([narrow])
        return of_others(search) + [each for each in search.everything or () if _is_own(each)]
    except TooLong:
        pairs = [(name, label) for name in names for label in name.index]
        if not pairs:
            raise
        return search.streams(
            [selector.narrowed(narrow, [name.matcher(label)]) for name, label in pairs]
        )


def _fields(search: Search, name: Name, streams: Streams, narrow: str) -> list[str]:
    """The structured metadata in which lines may have the name: empty if no line of the last hour
    has any, in the streams whose labels do not have the name."""
    fields = [label for label in name.labels if label not in name.index] or [*name.labels]
    sure = name.sure()
    others = [
        stream for stream in streams
        if not _is_own(stream) and not any(label in stream for label in sure)
    ]  # fmt: skip
    lacking = [f'{label}=""' for label in sure] if name.chosen or fields == [*name.labels] else []
    asked = others if lacking else [stream for stream in streams if not _is_own(stream)]
    if not asked:
        return []
    matchers = lacking if narrow else [selector.everything(asked)[0], *lacking]
    query = selector.narrowed(narrow, [*matchers, logql.none_of("job", OWN)])
    query += " | " + " or ".join(f'{field}!=""' for field in fields)
    start = max(search.start, search.end - HOUR)
    batches = pages.read(
        search.loki, query, start, search.end, forward=False, limit=1, deadline=search.deadline,
        patience=search.patience,
    )  # fmt: skip
    return fields if any(batches) else []


def _is_own(stream: dict[str, str]) -> bool:
    return stream.get("job") in OWN
