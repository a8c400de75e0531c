"""`usage dashboard`: the counted runs as a Grafana dashboard."""

from __future__ import annotations

from homelab import times
from homelab.output import to_file
from homelab.telemetry import sinks
from homelab.usage import few, source
from homelab.usage.counts import Question
from homelab.usage.grafana import dashboard
from homelab.usage.grafana.questions import Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Text


def write(context: Context, arguments: Values) -> Text:
    """The dashboard, on stdout or in the file of `--output`. Raises as `to_file.answer` does, and
    as the sink does if it is asked who ran what."""
    target = to_file.target(arguments.output, context.env)
    named = _named(context, arguments) if arguments.min_users > 1 else None
    scope = Scope(named, arguments.accounts)
    text = dashboard.text(dict(source.Rules(context).items()), scope)
    answer = to_file.answer(arguments.output, text)
    if target.file:
        context.message(f"wrote {arguments.output}; in Grafana: Dashboards, New, Import")
    return answer


def _named(context: Context, arguments: Values) -> list[str]:
    """The verbs and words that enough accounts ran to have rows of their own; empty if no Loki is
    configured, since the dashboard shows Loki's runs."""
    if not sinks.chosen(context.settings).sent:
        context.message(
            "no Loki is configured, so it is not known which verbs"
            f" {arguments.min_users} accounts ran, and all are one row; --min-users 1 names each"
        )
        return []
    asked = Question(*times.window(arguments.since, context.clock()), tries=True)
    whom = source.read(context, lambda runs: runs.whom(asked))
    return sorted(whom.keys() - few.few(whom, arguments.min_users))
