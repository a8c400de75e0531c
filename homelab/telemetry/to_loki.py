"""The sink that sends: a run writes its event ahead, and a detached sender carries it to Loki."""

from __future__ import annotations

import os
import sys

from homelab.system.detached import detached
from homelab.telemetry import ledger, outbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings
    from homelab.telemetry.event import Event

LIFETIME = 0.8  # s, of a sender


def write(event: Event, settings: Settings, folder: str) -> None:
    """Write ahead, then let a sender go; one that rests after a failure is not woken. While other
    threads are at work there is none: a lock that one of them holds would stay locked in the child
    for ever."""
    try:
        outbox.append(folder, event.record())
        kept = True
    except OSError:
        kept = False
    if kept and ledger.resting(folder, event.time):
        return
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return

    def work() -> None:
        from homelab.telemetry import sender

        os.chdir("/")
        if kept:
            sender.drain(settings, folder)
        else:
            sender.push_once(settings, event)

    detached(work, LIFETIME)


def shown(event: Event, settings: Settings) -> str:
    from homelab.telemetry import sender

    return sender.shown(settings, event)


def place(settings: Settings, folder: str) -> str:
    url, lb = settings.text("loki.url"), settings.text("loki.lb")
    return f"{url} through {lb}" if lb else url


def status(event: Event, folder: str) -> list[tuple[str, str | int | None]]:
    from homelab import times
    from homelab.telemetry.account import account
    from homelab.telemetry.event import JOB

    def moment(ns: int) -> str:
        return times.local(ns, seconds=True) if ns else "never"

    book = ledger.read(folder)
    rows: list[tuple[str, str | int | None]] = [
        ("an event", f'job="{JOB}" user="{account()}" verb="{event.verb}" {event.line()}'),
        ("waiting", len(outbox.names(folder))),
        ("delivered", book.delivered),
        ("dropped", book.dropped),
        ("refused", book.refused),
        ("last delivery", moment(book.last_delivery)),
        ("last failure", moment(book.last_failure)),
        ("its reason", book.reason or None),
    ]
    if ledger.resting(folder, event.time):
        rows.append(("next attempt", moment(os.stat(f"{folder}/{ledger.NAME}").st_mtime_ns)))
    return rows
