"""Pure: panels in Grafana's dashboard JSON (schema 42, the options of Grafana 13.2), only of kinds
that are part of Grafana."""

from __future__ import annotations

from homelab.usage.grafana import questions, steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.usage.grafana.steps import JSON

SOURCE = {"type": "loki", "uid": "${datasource}"}
PLUGINS = "13.2.2"  # the version of the options; a newer Grafana migrates them
# Distinct for readers who do not see red or green, with a contrast of 3:1 on dark and light.
BLUE, ORANGE = "#2F7ED8", "#D55E00"
_COUNT: JSON = {"unit": "none", "decimals": 0, "min": 0}
_SHARE: JSON = {"unit": "percentunit", "decimals": 1, "min": 0, "max": 1}


def target(ref: str, query: str, legend: str = "") -> JSON:
    """A query of a panel. Without a legend a series is named by its labels."""
    return {
        "refId": ref,
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": questions.asked(query),
        "legendFormat": legend,
        "direction": "forward",  # see `usage/day_tiles`: Loki joins its pieces in this order
        "queryType": "range",
        "step": questions.STEP,
    }


def sums(
    title: str,
    asks: str,
    targets: list[JSON],
    transformations: list[JSON] | None = None,
    shares: str = "",
) -> JSON:
    """A number for each target, the sum of its tiles, under its legend; or the fields that
    transformations leave, of which the field named `shares` is a share."""
    overrides = [_override(shares, {**_SHARE, "noValue": "-"})] if shares else []  # 0 of 0
    reducer = "lastNotNull" if transformations else "sum"
    return _stat(title, asks, targets, transformations or [], [reducer], "", overrides)


def count(title: str, asks: str, query: str) -> JSON:
    """A single number: how many series the query has."""
    rows = [steps.ROWS, steps.above_zero("Total"), steps.columns({"Total": title})]
    return _stat(title, asks, [_series(query)], rows, ["count"], f"/^{title}$/", [])


def _stat(
    title: str,
    asks: str,
    targets: list[JSON],
    transformations: list[JSON],
    calcs: list[str],
    fields: str,
    overrides: list[JSON],
) -> JSON:
    options = {
        "reduceOptions": {"values": False, "calcs": calcs, "fields": fields},
        "orientation": "vertical",  # beside each other
        "textMode": "value_and_name",
        "wideLayout": True,
        "colorMode": "none",
        "graphMode": "none",
        "justifyMode": "auto",
        "percentChangeColorMode": "standard",
        "showPercentChange": False,
    }
    defaults = {**_COUNT, "noValue": "0"}
    return _panel("stat", title, asks, targets, transformations, options, defaults, overrides)


def ranking(
    title: str, asks: str, query: str, labels: dict[str, str], figure: str, colour: str = BLUE
) -> JSON:
    """A row for each series, the largest sum first: its labels, by header, and the sum."""
    rows = [
        steps.ROWS,
        steps.above_zero("Total"),
        steps.largest_first("Total"),
        steps.columns({**labels, "Total": figure}),
    ]
    return table(title, asks, [_series(query)], rows, figure, colour)


def table(
    title: str,
    asks: str,
    targets: list[JSON],
    transformations: list[JSON],
    bar: str,
    colour: str = BLUE,
    shares: str = "",
) -> JSON:
    """A table. The column with the header `bar` has a bar behind the number, the column `shares`
    has shares."""
    options = {"cellHeight": "sm", "showHeader": True, "frameIndex": 0}
    gauge = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
    fixed = {"mode": "fixed", "fixedColor": colour}
    overrides = [_override(bar, {"custom.cellOptions": gauge, "color": fixed})]
    if shares:
        overrides.append(_override(shares, _SHARE))
    defaults = {**_COUNT, "custom": {"align": "auto", "cellOptions": {"type": "auto"}}}
    return _panel("table", title, asks, targets, transformations, options, defaults, overrides)


def _series(query: str) -> JSON:
    """The target of a panel whose series become rows, with a series of zeros, which becomes no
    row."""
    return target("A", questions.or_none(query))


def by_day(
    title: str, asks: str, targets: list[JSON], stacked: bool, colours: dict[str, str]
) -> JSON:
    """Bars, one for each day and series; `colours` are by legend, other series get one by their
    name."""
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


def laid_out(rows: list[tuple[int, list[tuple[int, JSON]]]]) -> list[JSON]:
    """The panels with their ids and places: rows of (height, panels side by side with their widths;
    a row is 24 wide)."""
    placed: list[JSON] = []
    top = 0
    for height, panels in rows:
        left = 0
        for width, panel in panels:
            place = {"x": left, "y": top, "w": width, "h": height}
            placed.append({"id": len(placed) + 1, **panel, "gridPos": place})
            left += width
        top += height
    return placed
