"""`logs volume`: which services log most, in bytes."""

from __future__ import annotations

from homelab import times
from homelab.errors import Failure
from homelab.logs import flags
from homelab.logs.answers import nothing, window
from homelab.logs.places import ALL, OWN
from homelab.logs.search import begun
from homelab.loki import logql
from homelab.loki.answer_shape import count_of
from homelab.loki.answer_size import Budget
from homelab.loki.client import is_label
from homelab.output.answer import Column, Table
from homelab.texts import numbered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.logs.search import Search

_SERVICES = ("service_name", "container", "container_name", "unit", "systemd_unit", "app", "job")
_MOST = 5000  # most rows that the index is asked for


def volume(context: Context, arguments: Values) -> Table:
    """The bytes logged, by the values of a label, the largest first."""
    label = flags.grouped(context, arguments.by, "bytes", "share") if arguments.by else ""
    # a label that no stream has may be structured metadata, which is found by reading lines
    asked = begun(context, arguments)
    read = bool(label) and label not in asked.labels()
    asked = flags.search_of(context, arguments, index=not read, search=asked)
    asked.beside = asked.beside or read
    if not label:
        known = asked.labels()
        named = [each for each in known if is_label(each)]
        label = next((each for each in _SERVICES if each in known), (named or ["job"])[0])
    if asked.query == ALL:  # streams without the label are in no row anyway
        asked.query = f'{{{label}=~".+", {logql.none_of("job", OWN)}}}'
        asked.selectors = [asked.query]
    sizes = sorted(_sizes(asked, label).items(), key=lambda item: (-item[1], item[0]))
    total = sum(size for _, size in sizes)
    shown = sizes[: arguments.limit]
    hidden = len(sizes) - len(shown)
    rows = numbered(hidden, "more row")
    notes = (f"{rows}; --limit {len(sizes)} shows all",) if hidden else ()
    none = f"nothing with a label {label} was logged {asked.when()}"
    empty = "" if shown else nothing(asked, none)
    return Table(
        "homelab.logs-volume/1",
        _columns(label),
        [(value or "(none)", size, size / total if total else 0) for value, size in shown],
        facts={"query": asked.query, "label": label, "bytes": total, **window(asked)},
        notes=notes,
        empty=empty,
    )


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the answer; without --by, Loki's labels decide which label is the first."""
    return _columns(arguments.by) if arguments.by else ()


def _columns(label: str) -> tuple[Column, ...]:
    return Column(label), Column("bytes", "bytes"), Column("share", "share")


def _sizes(asked: Search, label: str) -> dict[str, int]:
    """Bytes by value: from the index, or from reading the lines if the index has no sizes (an older
    Loki, or volume_enabled is off) or lacks the label."""

    budget = Budget()

    def indexed(selector: str) -> Callable[[dict[str, str | int]], list[Any]]:
        question: dict[str, str | int] = {"query": selector, "targetLabels": label, "limit": _MOST}
        return lambda span: asked.loki.counts("index/volume", {**question, **span}, budget)

    def read(selector: str) -> Callable[[dict[str, str | int]], list[Any]]:
        def counted(span: dict[str, str | int]) -> list[Any]:
            start, end = times.window(int(span["start"]), int(span["end"]))
            size = f"bytes_over_time({selector} [{logql.duration(end - start)}])"
            query = f"sum by ({label}) ({size})"
            return asked.loki.counts("query", {"query": query, "time": end}, budget)

        return counted

    if asked.beside:
        return _added(asked.of_index(read(asked.query)), label)
    try:
        return _added(asked.of_index(*map(indexed, asked.selectors)), label)
    except Failure as failure:
        if failure.status != 404:
            raise
        return _added(asked.of_index(*map(read, asked.selectors)), label)


def _added(results: Iterable[list[Any]], label: str) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for result in results:
        for each in result:
            value = each["metric"].get(label, "")
            sizes[value] = sizes.get(value, 0) + count_of(each["value"][1])
    return sizes
