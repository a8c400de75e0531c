"""`usage status`: whether verbs are counted, who decided, and what happened to the events."""

from __future__ import annotations

from homelab.errors import Failure
from homelab.output.answer import Column, Table
from homelab.system import paths
from homelab.telemetry import consent, event, ledger, notice, sinks
from homelab.telemetry.event import LATEST
from homelab.usage.counts import Question
from homelab.usage.uncounted import uncounted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

COLUMNS = (Column("fact"), Column("value"))


def status(context: Context, arguments: Values) -> Table:
    """On or off and who decided, where runs are sent, what an event looks like, and what happened
    to the events."""
    verdict = consent.of_account(context.env, context.settings)
    folder = paths.state(context.env)
    sample = event.Event(context.clock(), event.of_verb(context.built_in.verb("host status")), 0)
    sink = sinks.chosen(context.settings)
    writer = sink.writer()
    place = writer.place(context.settings, folder)
    rows: list[tuple[Cell, ...]] = [("counting", verdict.state), ("decided by", verdict.who)]
    if verdict.state == "off" and consent.is_asked(context.env):
        rows.append(("without effect", f"{consent.VARIABLE}: the environment only switches off"))
    rows += [
        ("without effect", f"{name}: {why}")
        for name, why in consent.without_effect(context.settings)
    ]
    if not sink.sent:
        rows.append(("kept in", place or "nowhere: no home directory"))
    rows.append(("sent to", place if sink.sent else "nobody"))
    sends = notice.leaving(context.settings) if sink.sent else "nothing"
    if sink.sent and verdict.state != "on":
        sends = f"nothing: {verdict.who}"
    rows.append(("a run sends", sends))
    book = ledger.read(folder)
    if sink.sent or book.delivered:
        rows.append(("sent so far", notice.sent(book)))
    rows += [
        row
        for row in writer.status(sample, context.settings, folder)
        if verdict.state != "off" or row[0] != "an event"  # none is written
    ]
    left_out = uncounted(context, Question(0, LATEST, tries=True))
    if sink.sent and left_out.journal:
        kept = f"{left_out.journal}: from before Loki was set; they are not sent"
        rows.append(("in the journal", kept))
    if not sink.sent and left_out.waiting:
        rows.append(("waiting", f"{left_out.waiting}: for the Loki that was set before"))
    counts = _counts(context)
    if counts:
        rows.append(("counts kept", counts))
    return Table("homelab.usage-status/1", COLUMNS, rows)


def _counts(context: Context) -> str:
    """Where counts of a Loki's closed days are kept, "" if there are none."""
    from homelab.usage import kept

    try:
        names = kept.names(context.env)
    except Failure as failure:
        return f"not known: {failure.sentence}"
    return f"of closed days, in {paths.cache(context.env)}" if names else ""
