"""`usage status`: whether verbs are counted, who decided, what became of the events."""

from __future__ import annotations

import os

from homelab import times
from homelab.output.answer import Column, Table
from homelab.system import paths
from homelab.telemetry import consent, event, journal, ledger, outbox
from homelab.telemetry.account import account

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
    rows: list[tuple[Cell, ...]] = [("counting", verdict.state), ("decided by", verdict.who)]
    url = _url(context)
    if not url:
        rows += [
            ("kept in", f"{folder}/{journal.NAME}" if folder else "nowhere: no home directory"),
            ("sent to", "nobody"),
            ("an event", sample.record()),
        ]
        return Table("homelab.usage-status/1", _STATUS, rows)
    book = ledger.read(folder)
    labels = f'job="{event.JOB}" user="{account()}" verb="{sample.verb}"'
    rows += [
        ("sent to", url),
        ("an event", f"{labels} {sample.line()}"),
        ("waiting", len(outbox.names(folder))),
        ("delivered", book.delivered),
        ("dropped", book.dropped),
        ("refused", book.refused),
        ("last delivery", _moment(book.last_delivery)),
        ("last failure", _moment(book.last_failure)),
        ("its reason", book.reason or None),
    ]
    if ledger.resting(folder, context.clock()):
        rows.append(("next attempt", _moment(os.stat(f"{folder}/{ledger.NAME}").st_mtime_ns)))
    return Table("homelab.usage-status/1", _STATUS, rows)


def _url(context: Context) -> str:
    """The address as a reader needs it, the balancer's with it; "" where none is set."""
    url, lb = context.settings.text("loki.url"), context.settings.text("loki.lb")
    return f"{url} through {lb}" if url and lb else url


def _moment(moment: int) -> str:
    return times.local(moment, seconds=True) if moment else "never"
