"""`usage dashboard`: the counted runs as a dashboard of Grafana's."""

from __future__ import annotations

from homelab import catalogue, whole
from homelab.grafana import dashboard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.output.answer import Text


def write(context: Context, arguments: Values) -> Text:
    """The dashboard, on stdout or in the file of `--output`. Raises Failure as `whole.answer`."""
    answers = {verb.path: frozenset(verb.answers) for verb in catalogue.every()}
    return whole.answer(arguments.output, dashboard.text(answers))
