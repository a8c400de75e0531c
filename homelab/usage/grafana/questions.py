"""Pure: the dashboard's queries in LogQL, with Grafana's variables for the chosen values.

All of them count whole UTC days, tiles that Loki can answer in time (`usage/day_tiles`). Step and
range are a day, and the offset makes the tile at a midnight count the day that begins there. So a
bar of a chart is on its own day, and today's is included although Grafana, which asks day by day,
stops at the last midnight before now. (Loki's parser has no negative days, so the offset is -24h.)
"""

from __future__ import annotations

from homelab.loki import logql
from homelab.telemetry.event import JOB
from homelab.usage.few import FEW
from homelab.usage.loki_queries import NO_TRY, TRY
from homelab.usage.outcome import CRASHED, ENVIRONMENT, INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homelab.usage.outcome import Rule

    Rules = Mapping[str, Rule]  # of the verbs that do not pass codes on

STEP = "1d"
_TILE = "[1d] offset -24h"
_EVENT = r"|~ `\bexit=[0-9]`"  # other lines are not events, and `usage top` skips them too
# In backquotes nothing is escaped, as the format `regex` expects. Without a format Grafana's Loki
# data source escapes for double quotes, but not the quotes in a value.
_ACCOUNT = "user=~`${user:regex}`"
# Accounts are labels of streams or structured metadata. So streams without the label are read too,
# and the account is checked after the lines; of the other streams the index selects the chosen
# ones.
_STREAMS = "user=~`(${user:regex})?`"
_ANY_ACCOUNT = 'user!=""'
_VERB = "verb=~`${verb:regex}`"


class Scope:
    """The names on a dashboard: `named` are the verbs with rows of their own, all others are one
    row, and None names every verb; `accounts` says whether accounts are named."""

    __slots__ = ("accounts", "named")

    def __init__(self, named: list[str] | None = None, accounts: bool = True) -> None:
        self.named = named
        self.accounts = accounts


def runs(scope: Scope, *by: str) -> str:
    """Runs by day and by these labels: `user`, `verb`, `ver`."""
    return _sum(scope, by, " | logfmt ver" if "ver" in by else "")


def failures(scope: Scope, rules: Rules, *by: str) -> str:
    """Runs that failed, by day and by these labels: `user`, `verb`, `exit`."""
    return _sum(scope, by, f" | logfmt exit | {failed(rules)}")


def by_environment(scope: Scope, rules: Rules, *by: str) -> str:
    """Runs that the environment ended, by day and by these labels: `user`, `verb`, `exit`."""
    return _sum(scope, by, f" | logfmt exit | {environment(rules)}")


def wanted(scope: Scope, *by: str) -> str:
    """Tries of words that are not verbs, by day and by these labels: `user`, `verb`."""
    return _sum(scope, by, tries=True)


def largest(most: int, query: str) -> str:
    """The `most` largest series of each day."""
    return f"topk({most}, {query})"


def or_none(query: str) -> str:
    """The query with a series of zeros: without runs the result is 0, and no day is lost if Loki is
    asked for all days at once (see `usage/day_tiles`)."""
    return f"{query} or vector(0)"


def named(figure: str, query: str) -> str:
    """The query with a label `figure` of this name on each series, and on a series of zeros: it
    tells two queries apart."""
    return f'label_replace({or_none(query)}, "figure", {logql.quoted(figure)}, "", "")'


def asked(query: str) -> str:
    """The query as it is sent. Loki's cache of results treats the tile of an unfinished day as
    final, and would miss late events too; so no query is sent twice in the same words."""
    return query + " # as of ${__to}"


def failed(rules: Rules) -> str:
    """The stages that let failures pass (`usage.outcome`): for a verb without a rule here only a
    crash; for others each code that is not an answer, an interruption or the environment's."""
    if not rules:
        return f'exit="{CRASHED}"'
    never = sorted({*ENVIRONMENT, *INTERRUPTED})
    stages = [f'exit!~"{"|".join(map(str, never))}"']
    stages.append(f'exit="{CRASHED}" or verb=~{_verbs(rules)}')
    codes = {code for rule in rules.values() for code in rule.answers}
    return " | ".join([*stages, *_no_answers(rules, sorted(codes - set(never)))])


def environment(rules: Rules) -> str:
    """The stages that let pass the runs that the environment ended."""
    codes = "|".join(map(str, sorted(ENVIRONMENT)))
    stages = [f'exit=~"{codes}"', f"verb=~{_verbs(rules)}"]
    return " | ".join([*stages, *_no_answers(rules, sorted(ENVIRONMENT))])


def _no_answers(rules: Rules, codes: list[int]) -> list[str]:
    """A stage for each of these codes that is an answer of some verb, to drop it for these
    verbs."""
    stages = []
    for code in codes:
        verbs = [verb for verb, rule in rules.items() if code in rule.answers]
        if verbs:
            stages.append(f'exit!="{code}" or verb!~{_verbs(verbs)}')
    return stages


def _verbs(names: Iterable[str]) -> str:
    return logql.quoted("|".join(map(logql.literal, sorted(names))))


def _sum(scope: Scope, by: tuple[str, ...], stages: str = "", tries: bool = False) -> str:
    """Runs of the chosen verbs; or `tries` of words, which the choice of a verb does not change."""
    account = _ACCOUNT if scope.accounts else _ANY_ACCOUNT
    verbs = TRY if tries else f"{_VERB}, {NO_TRY}"
    chosen = f"{_STREAMS}, {verbs}" if scope.accounts else verbs
    chosen = f"job={logql.quoted(JOB)}, {chosen}"

    def summed(by: tuple[str, ...], more: str = "") -> str:
        streams = f"{{{chosen}{more}}}"
        labels = f" by ({', '.join(by)})" if by else ""
        return f"sum{labels} (count_over_time({streams} {_EVENT} | {account}{stages} {_TILE}))"

    if scope.named is None or "verb" not in by:
        return summed(by)
    others = tuple(label for label in by if label != "verb")
    if not scope.named:
        return _as_few(summed(others))
    shown = summed(by, f", {logql.any_of('verb', scope.named)}")
    return f"{shown} or {_as_few(summed(others, ', ' + logql.none_of('verb', scope.named)))}"


def _as_few(query: str) -> str:
    """The query with the verb FEW on each series."""
    return f'label_replace({query}, "verb", {logql.quoted(FEW)}, "", "")'


def only(named: list[str]) -> str:
    """The regular expression, in the form of Grafana's variables, that offers only these values."""
    found = "|".join(map(logql.literal, named)).replace("/", "\\/")
    return f"/^({found})$/"


def values(label: str) -> dict[str, object]:
    """The query for a label's values, in the form of Grafana's Loki data source."""
    streams = logql.selector({"job": JOB})
    query = "LokiVariableQueryEditor-VariableQuery"
    return {"label": label, "refId": query, "stream": streams, "type": 1}
