"""Pure: the dashboard's questions in LogQL, with Grafana's variables where it puts their values in.

All count whole UTC days: such tiles are what Loki answers in time (`usage/day_tiles`). Step and
range are a day, and the offset makes the tile at a midnight the day that begins there. So a bar of
a chart stands on its own day, and today's is asked for although Grafana, which asks day by day,
stops at the last midnight before now. (Loki's parser knows no negative days, hence 24h.)
"""

from __future__ import annotations

from homelab.loki import logql
from homelab.telemetry.event import JOB, UNKNOWN
from homelab.usage.counts import INTERRUPTED
from homelab.usage.few import FEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Answers = Mapping[str, frozenset[int]]  # the exit codes that are an answer, by verb

STEP = "1d"
_TILE = "[1d] offset -24h"
_EVENT = r"|~ `\bexit=[0-9]`"  # any other line is none, and `usage top` passes it over too
# In backquotes nothing is escaped, as the format `regex` expects. Without a format Grafana's Loki
# data source escapes for double quotes, but not the quotes in a value.
_ACCOUNT = "user=~`${user:regex}`"
_ANY_ACCOUNT = 'user=~".+"'
_VERB = "verb=~`${verb:regex}`"
_WORDS = logql.literal(UNKNOWN.text) + ".*"


class Scope:
    """What a dashboard tells apart: `named` are the verbs that have rows of their own, all others
    are one row, and None names each; `accounts` says whether accounts are named."""

    __slots__ = ("accounts", "named")

    def __init__(self, named: list[str] | None = None, accounts: bool = True) -> None:
        self.named = named
        self.accounts = accounts


def runs(scope: Scope, *by: str) -> str:
    """Runs by day and by those labels: `user`, `verb`, `ver`."""
    return _sum(scope, by, " | logfmt ver" if "ver" in by else "")


def failures(scope: Scope, answers: Answers, *by: str) -> str:
    """Runs that failed, by day and by those labels: `user`, `verb`, `exit`."""
    return _sum(scope, by, f" | logfmt exit | {failed(answers)}")


def wanted(scope: Scope, *by: str) -> str:
    """Tries of words that are no verb, by day and by those labels: `user`, `verb`."""
    return _sum(scope, by, matcher=f", verb=~{logql.quoted(_WORDS)}")


def largest(most: int, query: str) -> str:
    """The `most` largest series of each day."""
    return f"topk({most}, {query})"


def or_none(query: str) -> str:
    """The question, with a series of zeros: nothing is 0 then, and no day is lost where Loki is
    asked for all at once (see `usage/day_tiles`)."""
    return f"{query} or vector(0)"


def named(figure: str, query: str) -> str:
    """The question, each series, and one of zeros, with a label `figure` of that name: it tells two
    questions apart."""
    return f'label_replace({or_none(query)}, "figure", {logql.quoted(figure)}, "", "")'


def asked(query: str) -> str:
    """The question as it is sent. Loki's cache of results takes the tile of a day that is not over
    for final, and would not see late events either; so none is asked twice in the same words."""
    return query + " # as of ${__to}"


def failed(answers: Answers) -> str:
    """The stages that let failures pass: events whose exit code is no answer of their verb (for a
    verb that `answers` has not, only 0 is one) and no interruption. One stage for the codes that no
    verb fails with, and one for each that only some fail with."""
    never, stages = [], []
    for code in sorted({0, *INTERRUPTED}.union(*answers.values())):
        others = sorted(verb for verb in answers if (code in answers[verb]) != (code == 0))
        if code in INTERRUPTED or not others:
            never.append(str(code))
        else:
            operator = "=~" if code == 0 else "!~"
            verbs = logql.quoted("|".join(map(logql.literal, others)))
            stages.append(f'exit!="{code}" or verb{operator}{verbs}')
    return " | ".join([f'exit!~"{"|".join(never)}"', *stages])


def _sum(scope: Scope, by: tuple[str, ...], stages: str = "", matcher: str = "") -> str:
    chosen = f"job={logql.quoted(JOB)}, {_ACCOUNT if scope.accounts else _ANY_ACCOUNT}, {_VERB}"

    def summed(by: tuple[str, ...], more: str = "") -> str:
        streams = f"{{{chosen}{matcher}{more}}}"
        labels = f" by ({', '.join(by)})" if by else ""
        return f"sum{labels} (count_over_time({streams} {_EVENT}{stages} {_TILE}))"

    if scope.named is None or "verb" not in by:
        return summed(by)
    others = tuple(label for label in by if label != "verb")
    if not scope.named:
        return _as_few(summed(others))
    shown = summed(by, f", {logql.any_of('verb', scope.named)}")
    return f"{shown} or {_as_few(summed(others, ', ' + logql.none_of('verb', scope.named)))}"


def _as_few(query: str) -> str:
    """The question, each series with the verb FEW."""
    return f'label_replace({query}, "verb", {logql.quoted(FEW)}, "", "")'


def only(named: list[str]) -> str:
    """The regular expression, as Grafana's variables take it, that lets these values be offered."""
    found = "|".join(map(logql.literal, named)).replace("/", "\\/")
    return f"/^({found})$/"


def values(label: str) -> dict[str, object]:
    """The question for a label's values, in the form of Grafana's Loki data source."""
    streams = logql.selector({"job": JOB})
    query = "LokiVariableQueryEditor-VariableQuery"
    return {"label": label, "refId": query, "stream": streams, "type": 1}
