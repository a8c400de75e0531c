"""The sink that sends: a run writes its event to the outbox, and a detached sender pushes it to
Loki."""

from __future__ import annotations

import os

from homelab.errors import Failure
from homelab.system.clock import now
from homelab.system.ownership import Untrusted, own_folder
from homelab.telemetry import ledger, outbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.settings import Settings
    from homelab.system.detached import Life
    from homelab.system.foreground import Undisturbed
    from homelab.telemetry.event import Event

LIFETIME = 5.0  # s of a sender's life, including imports
WRITING = 60.0  # s for a child that writes for a run that a slow disk held up
_SECOND = 10**9  # ns
_TRIES = 5  # moments, if a run of this account has the same one: on a clock that stands still


def write(events: Sequence[Event], settings: Settings, folder: str, last: Undisturbed) -> None:
    """Write the events of a run to the outbox, then start a sender; not during a pause after a
    failure. An event that a slow disk holds up is left to the sender."""
    drafted = 0  # events, in their order
    published = 0
    kept, resting = False, False

    def ahead() -> None:
        nonlocal drafted, published, kept, resting
        for event in events[drafted:]:
            _draft(event, folder)
            drafted += 1
        for event in events[published:]:
            outbox.publish(folder, event.record())
            published += 1
        kept = True
        resting = ledger.resting(folder, events[0].time)

    def finished() -> list[Event]:
        """Repeat writes that were cut off or failed; return the events that can't be written."""
        return [
            event
            for at, event in enumerate(events)
            if at >= published and not _finished(event, folder, at < drafted)
        ]

    try:
        last.done(ahead)
    except Untrusted:
        return  # if another account can change waiting events, nothing is counted
    except OSError:
        pass
    if resting:
        return

    def work(life: Life) -> None:
        lost = [] if kept else finished()
        life.shorten(LIFETIME)
        _fold_journal(settings, folder)
        from homelab.telemetry import sender

        for event in lost:  # the folder can't be written
            sender.push_once(settings, event, life)
        # another sender may just have failed
        if len(lost) < len(events) and not ledger.resting(folder, now()):
            sender.drain(settings, folder, life)

    from homelab.system.detached import alone, detached

    try:
        if alone():
            detached(work, LIFETIME if kept else WRITING)
            return
    except OSError:
        pass
    if not kept:
        finished()


def _fold_journal(settings: Settings, folder: str) -> None:
    """Let the journal from before this sink grow old. The sender does this, where it delays no run,
    and before it sends: a silent Loki ends the sender."""
    from homelab.telemetry.journal import fold_daily

    try:
        fold_daily(folder, now(), int(settings.text("telemetry.journal_days")))
    except OSError:
        pass  # no further process can be made; the next sender tries again


def _finished(event: Event, folder: str, drafted: bool) -> bool:
    """Repeat a write that was cut off or failed; return False if that is impossible."""
    try:
        outbox.publish(folder, event.record())
    except FileNotFoundError:  # it is published already, or there was no draft
        return drafted or _kept(event, folder)
    except Untrusted:
        return True
    except OSError:
        return False
    return True


def _draft(event: Event, folder: str) -> None:
    for _ in range(_TRIES):
        try:
            outbox.draft(folder, event.record())
            return
        except FileExistsError:
            event.time += 1 if (event.time + 1) % _SECOND else 1 - _SECOND
    raise FileExistsError


def _kept(event: Event, folder: str) -> bool:
    try:
        outbox.append(folder, event.record())
    except OSError:
        return False
    return True


def shown(event: Event, settings: Settings) -> str:
    from homelab.telemetry import sender

    return sender.shown(settings, event)


def place(settings: Settings, folder: str) -> str:
    from homelab.net.masking import masked

    url, lb = masked(settings.text("loki.url")), masked(settings.text("loki.lb"), bare=True)
    return f"{url} through {lb}" if lb else url


def trouble(folder: str) -> str:
    try:
        os.close(own_folder(folder, make=False))
    except Untrusted as error:
        return f"the folder {folder} is not used: {error.strerror}"
    except OSError:
        pass  # runs are sent from there without a delay
    return ""


def status(event: Event, settings: Settings, folder: str) -> list[tuple[str, str | int | None]]:
    from homelab import times
    from homelab.telemetry.account import in_metadata, label
    from homelab.telemetry.event import JOB, line_in_metadata

    def moment(ns: int) -> str:
        return times.local(ns, seconds=True) if ns else "never"

    why = trouble(folder)
    line, metadata = event.line(), in_metadata(settings)
    try:
        account = label(settings)
        user = f'user="{account}"'
        line = line_in_metadata(line, account) if metadata else line
    except Failure:
        user = "no account"  # `decided by` has the reason
    labels = f'job="{JOB}" {user} verb="{event.verb}" {line}'
    if metadata:
        labels = f'job="{JOB}" verb="{event.verb}" {line}, structured metadata: {user}'
    stuck = "" if why else outbox.stuck(folder)
    book, waiting = ledger.read(folder), outbox.waiting(folder)
    resting = ledger.resting(folder, event.time)
    over = " (over: later runs were delivered)" if book.last_failure < book.last_delivery else ""
    failed = moment(book.last_failure) + (over if book.last_failure else "")
    rows: list[tuple[str, str | int | None]] = [
        ("an event", labels),
        *([("not counted", why)] if why else []),
        *([("not sent", stuck)] if stuck else []),
        ("waiting", len(waiting)),
        ("delivered", book.delivered),
        ("dropped", book.dropped),
        ("refused", book.refused),
        ("last delivery", moment(book.last_delivery)),
        ("last failure", failed),
        ("its reason", book.reason or None),
    ]
    held = sum(entry.since > 0 for entry in waiting)
    if held:
        why = "Loki may have them and not show them yet; they are neither sent nor dropped"
        rows.insert(2, ("held back", f"{held}: {why}"))
    if waiting:
        when = "with the next run"
        if resting:
            when = moment(os.stat(f"{folder}/{ledger.NAME}").st_mtime_ns)
        rows.append(("next attempt", when))
    return rows
