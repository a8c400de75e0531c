"""The part of Grafana that computes a dashboard's numbers: replacing variables, sending queries as
its Loki data source does, and transforming the results.

Facts are from Grafana 13.2: @grafana/data (transformations, matchers, fieldReducer), the Loki data
source (pkg/tsdb/loki, metricTimeSplitting.ts), and the formats of variables. Times are ns in, and s
in frames. Unknown options raise KeyError.
"""

from __future__ import annotations

import json
import math
import re
import urllib.request
from typing import Any, Callable, NamedTuple, Union
from urllib.parse import urlencode

DAY = 86400 * 10**9
JSON = dict[str, Any]
Value = Union[str, float, None]


class Field(NamedTuple):
    name: str
    values: list[Value]
    kind: str = "number"
    labels: dict[str, str] = {}  # noqa: RUF012 - never written to
    shown: str = ""

    @property
    def title(self) -> str:
        return self.shown or self.name


Frame = list[Field]


def put_in(text: str, chosen: dict[str, list[str]], to: int) -> str:
    """The text with Grafana's variables replaced; `chosen` are the values of each variable, empty
    for All, whose value is inserted as it is."""

    def value(found: re.Match[str]) -> str:
        name, _, form = found[1].partition(":")
        if name == "__to":
            return str(to // 10**6)
        assert form == "regex", found[0]
        values = [re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", one) for one in chosen[name]]
        if not values:
            return ".+"
        return values[0] if len(values) == 1 else f"({'|'.join(values)})"

    return re.sub(r"\$\{([^}]+)\}", value, text)


def whole(start: int, end: int) -> list[tuple[int, int]]:
    """A range query, unsplit."""
    return [(start, end)]


def day_by_day(start: int, end: int) -> list[tuple[int, int]]:
    """A range query with a step of a day, as Grafana splits it: one for each midnight."""
    return [(at, at) for at in range(start - start % DAY, end, DAY)]


def get(url: str, path: str, **parameters: object) -> Any:
    with urllib.request.urlopen(
        f"{url}/loki/api/v1/{path}?{urlencode(parameters)}", timeout=60
    ) as answer:
        return json.load(answer)["data"]


def ask(
    url: str,
    target: JSON,
    chosen: dict[str, list[str]],
    pieces: list[tuple[int, int]],
    to: int,
) -> list[Frame]:
    """The frames of a panel's query: one for each series."""
    assert (target["queryType"], target["step"]) == ("range", "1d")
    query = put_in(target["expr"], chosen, to)
    assert "${" not in query, query
    series: dict[str, tuple[dict[str, str], list[tuple[float, float]]]] = {}
    for start, end in pieces:
        span = {"start": start, "end": end, "step": f"{DAY // 10**6}ms"}
        found = get(url, "query_range", query=query, direction=target["direction"], **span)
        assert found["resultType"] == "matrix"
        for one in found["result"]:
            key = json.dumps(one["metric"], sort_keys=True)
            points = series.setdefault(key, (one["metric"], []))[1]
            points += [(float(at), float(value)) for at, value in one["values"]]
    frames = []
    for labels, points in series.values():
        points.sort()
        legend = target["legendFormat"]
        shown = re.sub(r"\{\{(\w+)\}\}", lambda name, of=labels: of[name[1]], legend)  # type: ignore[misc]
        times = Field("Time", [at for at, _ in points], "time")
        frames.append([times, Field("Value", [n for _, n in points], "number", labels, shown)])
    return frames


REDUCERS: dict[str, tuple[str, Callable[[list[Value]], float]]] = {
    "sum": ("Total", lambda values: sum(v for v in values if isinstance(v, float))),
    "count": ("Count", len),
    "lastNotNull": ("Last *", lambda values: [v for v in values if isinstance(v, float)][-1]),
}


def transformed(frames: list[Frame], steps: list[JSON]) -> list[Frame]:
    for step in steps:
        frames = TRANSFORMATIONS[step["id"]](frames, **step["options"])
    return frames


def reduce(
    frames: list[Frame], reducers: list[str], mode: str, labelsToFields: bool = False
) -> list[Frame]:
    (reducer,) = reducers
    title, fold = REDUCERS[reducer]
    numbers = [[field for field in frame if field.kind != "time"] for frame in frames]
    if mode == "reduceFields":
        return [[field._replace(values=[fold(field.values)]) for field in f] for f in numbers]
    assert mode == "seriesToRows"
    assert labelsToFields
    fields = [field for frame in numbers for field in frame]
    if not fields:
        return []
    names = list(dict.fromkeys(name for field in fields for name in field.labels))
    labels = [Field(name, [f.labels.get(name) for f in fields], "string") for name in names]
    kind = Field("Field", [field.name for field in fields], "string")
    return [[kind, *labels, Field(title, [fold(field.values) for field in fields])]]


def concatenate(frames: list[Frame], frameNameMode: str) -> list[Frame]:
    assert frameNameMode == "drop"
    return frames if len(frames) < 2 else [[field for frame in frames for field in frame]]


def calculate(
    frames: list[Frame], mode: str, binary: JSON, alias: str, replaceFields: bool
) -> list[Frame]:
    assert (mode, binary["operator"]) == ("binary", "/")
    results = []
    for frame in frames:
        by_title = {field.title: field.values for field in frame}
        if binary["left"] not in by_title or binary["right"] not in by_title:
            if not replaceFields:
                results.append(frame)
            continue
        values: list[Value] = [
            float(above or 0) / float(below) if below else math.nan
            for above, below in zip(by_title[binary["left"]], by_title[binary["right"]])
        ]
        results.append([*([] if replaceFields else frame), Field(alias, values)])
    return results


def matrix(
    frames: list[Frame], rowField: str, columnField: str, valueField: str, emptyValue: str
) -> list[Frame]:
    assert emptyValue == "zero"
    if len(frames) != 1:
        return frames
    fields = {field.title: field.values for field in frames[0]}
    if not {rowField, columnField, valueField} <= set(fields):
        return frames
    rows, columns = fields[rowField], fields[columnField]
    cells = {(r, c): value for r, c, value in zip(rows, columns, fields[valueField])}
    names = list(dict.fromkeys(rows))
    first = Field(f"{rowField}\\{columnField}", names, "string")
    others = [
        Field(str(column), [cells.get((name, column), 0.0) for name in names])
        for column in dict.fromkeys(columns)
    ]
    return [[first, *others]]


def filtered(frames: list[Frame], type: str, match: str, filters: list[JSON]) -> list[Frame]:
    ((by, config),) = [(one["fieldName"], one["config"]) for one in filters]
    assert (type, match, config["id"]) == ("include", "any", "greater")
    results = []
    for frame in frames:
        values: list[Any] = next((field.values for field in frame if field.title == by), [])
        rows = [row for row, value in enumerate(values) if value > config["options"]["value"]]
        results.append([f._replace(values=[f.values[row] for row in rows]) for f in frame])
    return results


def group(frames: list[Frame], fields: dict[str, JSON]) -> list[Frame]:
    (by,) = [name for name, how in fields.items() if how["operation"] == "groupby"]
    results = []
    for frame in frames:
        keys: list[Value] = next((field.values for field in frame if field.title == by), [])
        if not keys:
            continue
        groups = {key: [row for row, k in enumerate(keys) if k == key] for key in keys}
        result = [Field(by, list(groups), "string")]
        for field in frame:
            how = fields.get(field.title, {"operation": ""})
            if how["operation"] == "aggregate":
                (reducer,) = how["aggregations"]
                fold = REDUCERS[reducer][1]
                values: list[Value] = [
                    fold([field.values[row] for row in rows]) for rows in groups.values()
                ]
                result.append(Field(f"{field.title} ({reducer})", values))
        results.append(result)
    return results


def sort(frames: list[Frame], sort: list[JSON], fields: JSON) -> list[Frame]:
    ((by, desc),) = [(one["field"], one["desc"]) for one in sort]
    results = []
    for frame in frames:
        keys: list[Any] = next((field.values for field in frame if field.title == by), [])
        order = sorted(range(len(keys)), key=lambda row: keys[row], reverse=desc)
        fields_ = [field._replace(values=[field.values[row] for row in order]) for field in frame]
        results.append(fields_ if keys else frame)
    return results


def organize(
    frames: list[Frame], excludeByName: JSON, indexByName: JSON, renameByName: JSON
) -> list[Frame]:
    results = []
    for frame in frames:
        kept = [field for field in frame if not excludeByName.get(field.title)]
        kept.sort(key=lambda field: indexByName.get(field.title, len(frame)))
        if kept:
            shown = [renameByName.get(field.title, field.title) for field in kept]
            results.append([field._replace(shown=title) for field, title in zip(kept, shown)])
    return results


TRANSFORMATIONS: dict[str, Callable[..., list[Frame]]] = {
    "reduce": reduce,
    "concatenate": concatenate,
    "calculateField": calculate,
    "groupingToMatrix": matrix,
    "filterByValue": filtered,
    "groupBy": group,
    "sortBy": sort,
    "organize": organize,
}


def numbers(frames: list[Frame], panel: JSON) -> dict[str, Value]:
    """The numbers that a panel of the kind `stat` shows for the frames, by name; a text if there is
    no value to make a number of, and no entry without frames."""
    config = panel["fieldConfig"]
    reduced = panel["options"]["reduceOptions"]
    assert reduced["values"] is False
    (reducer,) = reduced["calcs"]
    pattern = re.compile(reduced["fields"].strip("/"))
    shown: dict[str, Value] = {}
    for field in (field for frame in frames for field in frame):
        if pattern.search(field.title) if reduced["fields"] else field.kind == "number":
            value = REDUCERS[reducer][1](field.values)
            shown[field.title] = value
            if math.isnan(value):
                own = {**config["defaults"], **overriding(config, field.title)}
                shown[field.title] = str(own["noValue"])
    return shown or {"": str(config["defaults"]["noValue"])}


def overriding(config: JSON, title: str) -> JSON:
    """The overrides of the options of the field with that title."""
    return {
        one["id"]: one["value"]
        for override in config["overrides"]
        if override["matcher"] == {"id": "byName", "options": title}
        for one in override["properties"]
    }


def rows(frames: list[Frame]) -> list[dict[str, Value]]:
    """The rows that a panel of the kind `table` shows, by the headers of their cells."""
    if not frames:
        return []
    (frame,) = frames
    titles = [field.title for field in frame]
    return [dict(zip(titles, cells)) for cells in zip(*(field.values for field in frame))]
