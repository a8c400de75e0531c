"""Pure: panels, as Grafana's dashboard JSON has them (schema 42, the options of Grafana 13.2), of
kinds that Grafana brings along. Their numbers are sums of tiles, made by Grafana's transformations,
which are data here, too. `shares` of a row are of its 24 columns."""

from __future__ import annotations

from homelab.grafana import questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    JSON = dict[str, Any]

SOURCE = {"type": "loki", "uid": "${datasource}"}
PLUGINS = "13.2.2"  # what wrote the options; a newer Grafana migrates them
# Kept apart by those who see no red or no green too, 3:1 against a dark and a light background.
BLUE, ORANGE = "#2F7ED8", "#D55E00"
_COUNT: JSON = {"unit": "none", "decimals": 0, "min": 0}
_SHARE: JSON = {"unit": "percentunit", "decimals": 1, "min": 0, "max": 1}

# One row for each series: its labels, and the sum of its tiles in the field `Total`.
ROWS: JSON = {
    "id": "reduce",
    "options": {"reducers": ["sum"], "mode": "seriesToRows", "labelsToFields": True},
}
# From rows with a `figure` (see `questions.named`): a row for each verb, a field for each figure.
FIGURES: JSON = {
    "id": "groupingToMatrix",
    "options": {
        "rowField": "verb",
        "columnField": "figure",
        "valueField": "Total",
        "emptyValue": "zero",
    },
}
FIGURES_OF = "verb\\figure"  # the name of the first field then
# From series without labels: one row with a field for each, by their legends.
BESIDE: list[JSON] = [
    {"id": "reduce", "options": {"reducers": ["sum"], "mode": "reduceFields"}},
    {"id": "concatenate", "options": {"frameNameMode": "drop"}},
]


def above_zero(field: str) -> JSON:
    """The rows with more than 0 there: all but those that `questions.or_none` adds."""
    more = {"fieldName": field, "config": {"id": "greater", "options": {"value": 0}}}
    options = {"type": "include", "match": "any", "filters": [more]}
    return {"id": "filterByValue", "options": options}


def share(part: str, whole: str, alone: bool = False) -> JSON:
    """A further field `share`, or an only one: the first field divided by the second."""
    operands = {"left": part, "operator": "/", "right": whole}
    options = {"mode": "binary", "binary": operands, "alias": "share", "replaceFields": alone}
    return {"id": "calculateField", "options": options}


def grouped(by: str, fields: dict[str, str]) -> JSON:
    """One row for each value of a field; `fields` are others with what is made of each."""
    kept: JSON = {by: {"operation": "groupby", "aggregations": []}}
    for name, reducer in fields.items():
        kept[name] = {"operation": "aggregate", "aggregations": [reducer]}
    return {"id": "groupBy", "options": {"fields": kept}}


def largest_first(field: str) -> JSON:
    """Rows by a field, the largest first."""
    return {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": field, "desc": True}]}}


def columns(names: dict[str, str]) -> JSON:
    """The fields that are kept, in this order, and their headers."""
    return {
        "id": "organize",
        "options": {
            "includeByName": dict.fromkeys(names, True),
            "excludeByName": {},
            "indexByName": {name: index for index, name in enumerate(names)},
            "renameByName": names,
        },
    }


def target(ref: str, query: str, legend: str = "") -> JSON:
    """A query of a panel. Without a legend a series is named by its labels."""
    return {
        "refId": ref,
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": questions.asked(query),
        "legendFormat": legend,
        "direction": "forward",  # see `telemetry/tiles`: Loki joins its pieces in this order
        "queryType": "range",
        "step": questions.STEP,
    }


def stat(
    title: str,
    asks: str,
    targets: list[JSON],
    counted: bool = False,
    shares: list[JSON] | None = None,
) -> JSON:
    """One number: the sum of all tiles, or, `counted`, how many series there are, or the share that
    those transformations leave."""
    calcs, fields = (["count"], "/^Total$/") if counted else (["sum"], "")
    options = {
        "reduceOptions": {"values": False, "calcs": calcs, "fields": fields},
        "orientation": "auto",
        "textMode": "value",
        "wideLayout": True,
        "colorMode": "none",
        "graphMode": "none",
        "justifyMode": "auto",
        "percentChangeColorMode": "standard",
        "showPercentChange": False,
    }
    defaults = {**_SHARE, "noValue": "-"} if shares else {**_COUNT, "noValue": "0"}
    steps = [ROWS, above_zero("Total")] if counted else shares or []
    return _panel("stat", title, asks, targets, steps, options, defaults, [])


def table(
    title: str,
    asks: str,
    targets: list[JSON],
    transformations: list[JSON],
    bar: str = "",
    colour: str = BLUE,
    shares: str = "",
) -> JSON:
    """Rows. The columns with those headers: `bar` has a bar behind its number, `shares` are
    shares."""
    options = {"cellHeight": "sm", "showHeader": True, "frameIndex": 0}
    gauge = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
    fixed = {"mode": "fixed", "fixedColor": colour}
    overrides = [_override(bar, {"custom.cellOptions": gauge, "color": fixed})]
    if shares:
        overrides.append(_override(shares, _SHARE))
    defaults = {**_COUNT, "custom": {"align": "auto", "cellOptions": {"type": "auto"}}}
    return _panel("table", title, asks, targets, transformations, options, defaults, overrides)


def by_day(
    title: str, asks: str, targets: list[JSON], stacked: bool, colours: dict[str, str]
) -> JSON:
    """Bars, one for each day and series; `colours` by legend, any others by name."""
    options = {
        "legend": {
            "calcs": ["sum"],
            "displayMode": "table",
            "placement": "right" if stacked else "bottom",
            "showLegend": True,
            "sortBy": "Total",
            "sortDesc": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    bars = {
        "drawStyle": "bars",
        "barAlignment": 1,  # from midnight on
        "barWidthFactor": 0.9,
        "fillOpacity": 80,
        "lineWidth": 1,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
    }
    defaults = {**_COUNT, "color": {"mode": "palette-classic-by-name"}, "custom": bars}
    overrides = [
        _override(legend, {"color": {"mode": "fixed", "fixedColor": colour}})
        for legend, colour in colours.items()
    ]
    return _panel("timeseries", title, asks, targets, [], options, defaults, overrides)


def _override(name: str, properties: JSON) -> JSON:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def _panel(
    kind: str,
    title: str,
    asks: str,
    targets: list[JSON],
    transformations: list[JSON],
    options: JSON,
    defaults: JSON,
    overrides: list[JSON],
) -> JSON:
    thresholds = {"mode": "absolute", "steps": [{"color": BLUE, "value": None}]}
    return {
        "type": kind,
        "title": title,
        "description": asks,
        "pluginVersion": PLUGINS,
        "datasource": SOURCE,
        "interval": questions.STEP,
        "targets": targets,
        "transformations": transformations,
        "options": options,
        "fieldConfig": {
            "defaults": {**defaults, "mappings": [], "thresholds": thresholds},
            "overrides": overrides,
        },
    }


def laid_out(rows: list[tuple[int, list[JSON]]]) -> list[JSON]:
    """The panels with their ids and places: rows of (height, panels side by side, as wide)."""
    placed: list[JSON] = []
    top = 0
    for height, panels in rows:
        width = 24 // len(panels)
        for index, panel in enumerate(panels):
            place = {"x": index * width, "y": top, "w": width, "h": height}
            placed.append({"id": len(placed) + 1, **panel, "gridPos": place})
        top += height
    return placed
