"""Pure: the dashboard, as the JSON document that Grafana imports from a file.

Its uid is fixed, so that an import replaces the one before. The schema is 42, the last one of this
model; every Grafana since 8 reads it.
"""

from __future__ import annotations

import json

from homelab import __version__
from homelab.grafana import panels, questions
from homelab.grafana.panels import BLUE, ORANGE, target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.grafana.panels import JSON
    from homelab.grafana.questions import Answers

UID = "homelab-usage"
SCHEMA = 42
DAYS = (("Today", 0), ("Last 2 days", 1), ("Last 7 days", 6), ("Last 30 days", 29))


def text(answers: Answers) -> str:
    """The document, ended by a newline. `answers` are the exit codes that are an answer, by verb;
    for any other verb only 0 is."""
    return json.dumps(document(answers), indent=2, ensure_ascii=False) + "\n"


def document(answers: Answers) -> JSON:
    """The dashboard as Grafana's JSON model has it."""
    return {
        "uid": UID,
        "title": "homelab usage",
        "description": (
            "Which verbs of homelab are used, which fail, which are missing. All numbers count"
            f" whole days, UTC. Written by homelab {__version__}, whose exit codes it knows; write"
            " it anew with `homelab usage dashboard` when there is a newer one."
        ),
        "tags": ["homelab", "usage"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "id": None,
        "editable": True,
        "graphTooltip": 1,  # the crosshair on all charts
        "timezone": "utc",  # as the tiles are
        "weekStart": "monday",
        "time": {"from": "now-29d/d", "to": "now"},
        "timepicker": {
            "quick_ranges": [
                {"display": name, "from": f"now-{days}d/d" if days else "now/d", "to": "now"}
                for name, days in DAYS
            ],
            "refresh_intervals": ["5m", "15m", "1h", "1d"],
        },
        "refresh": "1h",
        "annotations": {"list": []},
        "links": [],
        "templating": {
            "list": [
                _source(),
                _values("user", "Account", "Count the runs of these accounts only."),
                _values("verb", "Verb", "Count the runs of these verbs only."),
            ]
        },
        "panels": panels.laid_out(
            [
                (4, _totals(answers)),
                (9, _trend(answers)),
                (11, _verbs(answers)),
                (9, _others()),
            ]
        ),
    }


def _totals(answers: Answers) -> list[JSON]:
    runs, failed = questions.runs(), questions.failures(answers)
    return [
        panels.stat("Runs", "How often was any verb run?", [target("A", runs)]),
        panels.stat(
            "Accounts",
            "How many accounts ran a verb?",
            _rows(questions.runs("user")),
            counted=True,
        ),
        panels.stat(
            "Verbs",
            "How many different verbs were run? Words that are no verb, by name or as (unknown),"
            " are counted among them, as are all personal scripts as one, (personal).",
            _rows(questions.runs("verb")),
            counted=True,
        ),
        panels.stat("Failed", f"How many runs failed? {_FAILED}", [target("A", failed)]),
        panels.stat(
            "Failure share",
            f"Which share of the runs failed? {_FAILED}",
            [target("A", runs, "runs"), target("B", questions.or_none(failed), "failed")],
            shares=[*panels.BESIDE, panels.share("failed", "runs", alone=True)],
        ),
        panels.stat(
            "Missing words tried",
            "How often was a word tried that is no verb?",
            [target("A", questions.wanted())],
        ),
    ]


_FAILED = (
    "Failed is what FAILED is in `homelab usage top`: an exit code that is no answer of that verb;"
    " 130, 141 and 143 (Ctrl-C, a closed pipe, TERM) are left out."
)
_LIMIT = " Loki gives at most 500 series in one answer; with more, choose verbs or accounts above."


def _trend(answers: Answers) -> list[JSON]:
    return [
        panels.by_day(
            "Runs by day",
            f"Are the verbs used more or less, and do they fail more or less? {_FAILED}",
            [
                target("A", questions.runs(), "runs"),
                target("B", questions.failures(answers), "failed"),
            ],
            stacked=False,
            colours={"runs": BLUE, "failed": ORANGE},
        ),
        panels.by_day(
            "Verbs by day",
            "Which verbs come and go? The ten most used verbs of each day." + _LIMIT,
            [target("A", questions.largest(10, questions.runs("verb")), "{{verb}}")],
            stacked=True,
            colours={},
        ),
    ]


def _verbs(answers: Answers) -> list[JSON]:
    figures = {panels.FIGURES_OF: "Verb", "runs": "Runs", "failed": "Failed", "share": "Share"}
    return [
        panels.table(
            "Top verbs",
            "Which verbs are used most?" + _LIMIT,
            _rows(questions.runs("verb")),
            [
                panels.ROWS,
                panels.above_zero("Total"),
                panels.largest_first("Total"),
                panels.columns({"verb": "Verb", "Total": "Runs"}),
            ],
            bar="Runs",
        ),
        panels.table(
            "Failures by verb",
            f"Which verb to mend first? Share is that of its runs which failed. {_FAILED}{_LIMIT}",
            [
                target("A", questions.named("runs", questions.runs("verb"))),
                target("B", questions.named("failed", questions.failures(answers, "verb"))),
            ],
            [
                panels.ROWS,
                panels.FIGURES,
                panels.above_zero("runs"),
                panels.share("failed", "runs"),
                panels.largest_first("failed"),
                panels.columns(figures),
            ],
            bar="Failed",
            colour=ORANGE,
            shares="Share",
        ),
        panels.table(
            "Exit codes of failures",
            f"How do they fail? {_FAILED}{_LIMIT}",
            _rows(questions.failures(answers, "verb", "exit")),
            [
                panels.ROWS,
                panels.above_zero("Total"),
                panels.largest_first("Total"),
                panels.columns({"verb": "Verb", "exit": "Exit code", "Total": "Failed"}),
            ],
            bar="Failed",
            colour=ORANGE,
        ),
    ]


def _others() -> list[JSON]:
    tries = {"verb": "Word", "Total (sum)": "Tries", "user (count)": "Accounts"}
    return [
        panels.table(
            "Wanted",
            "Which verb to add? Words that were tried and are no verb; those that no public list of"
            " common words has are (unknown) together." + _LIMIT,
            _rows(questions.wanted("verb", "user")),
            [
                panels.ROWS,
                panels.above_zero("Total"),
                panels.grouped("verb", {"Total": "sum", "user": "count"}),
                panels.largest_first("Total (sum)"),
                panels.columns(tries),
            ],
            bar="Tries",
        ),
        panels.table(
            "Runs by account",
            "Who uses the verbs?" + _LIMIT,
            _rows(questions.runs("user")),
            [
                panels.ROWS,
                panels.above_zero("Total"),
                panels.largest_first("Total"),
                panels.columns({"user": "Account", "Total": "Runs"}),
            ],
            bar="Runs",
        ),
        panels.table(
            "Runs by version",
            "Which versions are still run?",
            _rows(questions.runs("ver")),
            [
                panels.ROWS,
                panels.above_zero("Total"),
                panels.largest_first("Total"),
                panels.columns({"ver": "Version", "Total": "Runs"}),
            ],
            bar="Runs",
        ),
    ]


def _rows(query: str) -> list[JSON]:
    """The targets of a panel whose series become rows."""
    return [target("A", questions.or_none(query))]


def _source() -> JSON:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Loki",
        "description": "The Loki that homelab sends its counted runs to.",
        "query": "loki",
        "regex": "",
        "refresh": 1,
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
    }


def _values(label: str, shown: str, description: str) -> JSON:
    return {
        "type": "query",
        "name": label,
        "label": shown,
        "description": description,
        "datasource": panels.SOURCE,
        "query": questions.values(label),
        "regex": "",
        "sort": 5,  # alphabetical, whatever the case
        "refresh": 2,  # when the time range changes
        "hide": 0,
        "includeAll": True,
        "allValue": ".+",
        "multi": True,
        "options": [],
        "current": {"text": ["All"], "value": ["$__all"]},
    }
