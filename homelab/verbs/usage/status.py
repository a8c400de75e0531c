"""`usage status`: whether verbs are counted, who decided, what became of the events."""

from __future__ import annotations

from homelab.output.answer import Column, Table
from homelab.system import paths
from homelab.telemetry import consent, event, sinks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_STATUS = (Column("fact"), Column("value"))


def status(context: Context, arguments: Values) -> Table:
    """On or off and who decided, where to, what an event looks like, what became of them."""
    verdict = consent.verdict(context.env, context.settings)
    folder = paths.state(context.env)
    sample = event.Event(context.clock(), event.of_verb(context.built_in.verb("host status")), 0)
    sink = sinks.chosen(context.settings)
    writer = sink.writer()
    place = writer.place(context.settings, folder)
    rows: list[tuple[Cell, ...]] = [("counting", verdict.state), ("decided by", verdict.who)]
    if verdict.state == "off" and consent.is_asked(context.env):
        rows.append(("without effect", f"{consent.VARIABLE}: the environment only switches off"))
    if not sink.sent:
        rows.append(("kept in", place or "nowhere: no home directory"))
    rows.append(("sent to", place if sink.sent else "nobody"))
    rows += writer.status(sample, context.settings, folder)
    return Table("homelab.usage-status/1", _STATUS, rows)
