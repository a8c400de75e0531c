"""Pure: the steps from a panel's tiles to its numbers, as Grafana's transformations (13.2,
@grafana/data): Grafana sums up what Loki can't sum over a window in time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    JSON = dict[str, Any]

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
FIGURES_OF = "verb\\figure"  # the name of the first field after that
# From series without labels: one row with a field for each series, named by its legend.
BESIDE: list[JSON] = [
    {"id": "reduce", "options": {"reducers": ["sum"], "mode": "reduceFields"}},
    {"id": "concatenate", "options": {"frameNameMode": "drop"}},
]


def above_zero(field: str) -> JSON:
    """The rows with more than 0 in the field: all except those that `questions.or_none` adds."""
    more = {"fieldName": field, "config": {"id": "greater", "options": {"value": 0}}}
    options = {"type": "include", "match": "any", "filters": [more]}
    return {"id": "filterByValue", "options": options}


def share(part: str, whole: str, name: str) -> JSON:
    """A further field: `part` divided by `whole`."""
    operands = {"left": part, "operator": "/", "right": whole}
    options = {"mode": "binary", "binary": operands, "alias": name, "replaceFields": False}
    return {"id": "calculateField", "options": options}


def grouped(by: str, fields: dict[str, str]) -> JSON:
    """A row for each value of a field; `fields` are other fields and how each is reduced."""
    kept: JSON = {by: {"operation": "groupby", "aggregations": []}}
    for name, reducer in fields.items():
        kept[name] = {"operation": "aggregate", "aggregations": [reducer]}
    return {"id": "groupBy", "options": {"fields": kept}}


def largest_first(field: str) -> JSON:
    """Sort rows by a field, the largest first."""
    return {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": field, "desc": True}]}}


def columns(names: dict[str, str]) -> JSON:
    """The order of the fields and their headers, without the field that `ROWS` adds to each row."""
    return {
        "id": "organize",
        "options": {
            "excludeByName": {"Field": True},
            "indexByName": {name: index for index, name in enumerate(names)},
            "renameByName": names,
        },
    }
