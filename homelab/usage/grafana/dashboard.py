"""Pure: the dashboard, as the JSON document that Grafana imports from a file.

Its uid is fixed, so that an import replaces the one before. The schema is the last version of the
model that Grafana reads from files; a Grafana with a newer model converts it.
"""

from __future__ import annotations

from homelab import __version__
from homelab.output.document import dumps
from homelab.usage import outcome
from homelab.usage.few import FEW
from homelab.usage.grafana import panels, questions, steps
from homelab.usage.grafana.panels import BLUE, ORANGE, target
from homelab.usage.grafana.questions import Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.usage.grafana.questions import Rules
    from homelab.usage.grafana.steps import JSON

UID = "homelab-usage"
SCHEMA = 42
DAYS = (("Today", 0), ("Last 2 days", 1), ("Last 7 days", 6), ("Last 30 days", 29))


def text(rules: Rules, scope: Scope) -> str:
    """The document, ended by a newline, safe to print to a terminal. `rules` are those of the verbs
    that do not pass codes on; `scope` says which verbs and accounts are named."""
    return dumps(document(rules, scope), indent=2) + "\n"


def document(rules: Rules, scope: Scope | None = None) -> JSON:
    """The dashboard in Grafana's JSON model; without a `scope` it names everything."""
    scope = scope or Scope()
    return {
        "uid": UID,
        "title": "homelab usage",
        "description": (
            "Which verbs of homelab are used, which fail, which are missing. All numbers count"
            f" whole days, UTC. Written by homelab {__version__}, with its exit codes; write it"
            " again with `homelab usage dashboard` after an update. It shows the runs in"
            " this Loki: no run that waits in an outbox or is in a journal from before Loki was"
            " set, and no run older than Loki's retention; `homelab usage top` says which runs"
            " are missing." + ("" if scope.named is None else f" {_FOLDED}")
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
                *(
                    [_values("user", "Account", "Count the runs of these accounts only.")]
                    if scope.accounts
                    else []
                ),
                _values("verb", "Verb", "Count the runs of these verbs only.", scope.named),
            ]
        },
        "panels": panels.laid_out(
            [
                (4, _totals(rules, scope)),
                (9, _trend(rules, scope)),
                (11, _verbs(rules, scope)),
                (9, _others(scope)),
            ]
        ),
    }


_FOLDED = (
    f"Verbs that few accounts had run when it was written are counted together as {FEW}, and so are"
    " verbs that are newer."
)

_FAILED = outcome.SAID
_LIMIT = " Loki gives at most 500 series in one answer; with more, choose verbs or accounts above."


def _totals(rules: Rules, scope: Scope) -> list[tuple[int, JSON]]:
    runs = panels.sums(
        "Runs and failures",
        f"How often was any verb run, and how many of the runs failed? {_FAILED}",
        [
            target("A", questions.or_none(questions.runs(scope)), "Runs"),
            target("B", questions.or_none(questions.failures(scope, rules)), "Failed"),
        ],
        [*steps.BESIDE, steps.share("Failed", "Runs", "Failure share")],
        shares="Failure share",
    )
    tries = panels.sums(
        "Missing words",
        "How often was a word tried that is not a verb?",
        [target("A", questions.wanted(scope), "Tries")],
    )
    if not scope.accounts:
        return [(16, runs), (8, tries)]
    asked = questions.runs(scope, "user")
    accounts = panels.count("Accounts", "How many accounts ran a verb?", asked)
    return [(12, runs), (6, accounts), (6, tries)]


def _trend(rules: Rules, scope: Scope) -> list[tuple[int, JSON]]:
    runs = panels.by_day(
        "Runs by day",
        f"Are the verbs used more or less, and do they fail more or less? {_FAILED}",
        [
            target("A", questions.runs(scope), "Runs"),
            target("B", questions.failures(scope, rules), "Failed"),
        ],
        stacked=False,
        colours={"Runs": BLUE, "Failed": ORANGE},
    )
    verbs = panels.by_day(
        "Verbs by day",
        "Which verbs come and go? The ten most used verbs of each day." + _LIMIT,
        [target("A", questions.largest(10, questions.runs(scope, "verb")), "{{verb}}")],
        stacked=True,
        colours={},
    )
    return [(12, runs), (12, verbs)]


def _verbs(rules: Rules, scope: Scope) -> list[tuple[int, JSON]]:
    top = panels.ranking(
        "Top verbs",
        "Which verbs are used most?" + _LIMIT,
        questions.runs(scope, "verb"),
        {"verb": "Verb"},
        "Runs",
    )
    figures = {
        steps.FIGURES_OF: "Verb",
        "runs": "Runs",
        "failed": "Failed",
        "share": "Share",
        "environment": "Environment",
    }
    outside = questions.by_environment(scope, rules, "verb")
    failures = panels.table(
        "Failures by verb",
        "Which verb to fix first? Share is the part of its runs that failed, Environment how many"
        f" ended for a reason outside the verb. {_FAILED}{_LIMIT}",
        [
            target("A", questions.named("runs", questions.runs(scope, "verb"))),
            target("B", questions.named("failed", questions.failures(scope, rules, "verb"))),
            target("C", questions.named("environment", outside)),
        ],
        [
            steps.ROWS,
            steps.FIGURES,
            steps.above_zero("runs"),
            steps.share("failed", "runs", "share"),
            steps.largest_first("failed"),
            steps.columns(figures),
        ],
        bar="Failed",
        colour=ORANGE,
        shares="Share",
    )
    codes = panels.ranking(
        "Exit codes of failures",
        f"How do they fail? {_FAILED}{_LIMIT}",
        questions.failures(scope, rules, "verb", "exit"),
        {"verb": "Verb", "exit": "Exit code"},
        "Failed",
        colour=ORANGE,
    )
    return [(7, top), (10, failures), (7, codes)]


def _others(scope: Scope) -> list[tuple[int, JSON]]:
    """The panels of wanted words, accounts and versions. Runs by version can't fold few accounts,
    so that panel is left out if verbs are folded."""
    asks = (
        "Which verb to add? Words that were tried as verbs; those that are in no public list of"
        " common words are counted together as (unknown)." + _LIMIT
    )
    found = []
    if scope.accounts:
        wanted = panels.table(
            "Wanted",
            asks,
            [target("A", questions.or_none(questions.wanted(scope, "verb", "user")))],
            [
                steps.ROWS,
                steps.above_zero("Total"),
                steps.grouped("verb", {"Total": "sum", "user": "count"}),
                steps.largest_first("Total (sum)"),
                steps.columns({"verb": "Word", "Total (sum)": "Tries", "user (count)": "Accounts"}),
            ],
            bar="Tries",
        )
        accounts = panels.ranking(
            "Runs by account",
            "Who uses the verbs?" + _LIMIT,
            questions.runs(scope, "user"),
            {"user": "Account"},
            "Runs",
        )
        found.append(accounts)
    else:
        asked = questions.wanted(scope, "verb")
        wanted = panels.ranking("Wanted", asks, asked, {"verb": "Word"}, "Tries")
    if scope.named is None:
        versions = panels.ranking(
            "Runs by version",
            "Which versions are still run?",
            questions.runs(scope, "ver"),
            {"ver": "Version"},
            "Runs",
        )
        found.append(versions)
    return [(24 - 7 * len(found), wanted), *((7, panel) for panel in found)]


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


def _values(label: str, shown: str, description: str, named: list[str] | None = None) -> JSON:
    return {
        "type": "query",
        "name": label,
        "label": shown,
        "description": description,
        "datasource": panels.SOURCE,
        "query": questions.values(label),
        "regex": "" if named is None else questions.only(named),
        "sort": 5,  # alphabetical, ignoring case
        "refresh": 2,  # when the time range changes
        "hide": 0,
        "includeAll": True,
        "allValue": ".+",
        "multi": True,
        "options": [],
        "current": {"text": ["All"], "value": ["$__all"]},
    }
