"""`usage dashboard`: the counted runs as a dashboard of Grafana's."""

from __future__ import annotations

from homelab.output import to_file
from homelab.usage.grafana import dashboard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Text


def write(context: Context, arguments: Values) -> Text:
    """The dashboard, on stdout or in the file of `--output`. Raises as `to_file.answer` does."""
    answers = {verb.path: frozenset(verb.answers) for verb in context.built_in.every()}
    return to_file.answer(arguments.output, dashboard.text(answers))
