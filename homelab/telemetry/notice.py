"""Which data of a run leaves this host, in the words that the notice of the first run, `usage
status` and the README share."""

from __future__ import annotations

import os

from homelab.system.ownership import own_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.settings import Settings
    from homelab.system.foreground import Undisturbed
    from homelab.telemetry.ledger import Ledger
    from homelab.telemetry.sinks import Sink

NAME = "told"
_KEPT = "time, version, verb and exit code"
_WIDTH = 80  # columns
_FIRST = "homelab: "  # each line begins with it, like all output of homelab on stderr


def leaving(settings: Settings) -> str:
    """The data that a run sends if runs are sent: all of it, since an event can hold no more.
    Raises Failure (78) if the settings are broken."""
    hidden = settings.text("telemetry.account") == "pseudonym"
    return f"account {'pseudonym' if hidden else 'name'}, {_KEPT}"


def text(settings: Settings, sink: Sink, folder: str) -> str:
    """The notice of the first run, in lines that fit a terminal, without the last line end."""
    said = f"each run is counted in your account's own {sink.name}: {_KEPT}."
    said += " Nothing leaves this host."
    if sink.sent:
        place = sink.writer().place(settings, folder)
        said = f"each run sends {leaving(settings)} to {place}"
        from homelab.telemetry import ledger

        book = ledger.read(folder)  # cron may have run before a person did
        said = f"{said}; {sent(book)}" if book.delivered else f"from the next run on, {said}"
    lines = [""]
    for word in said.split(" "):
        if lines[-1] and len(f"{_FIRST}{lines[-1]} {word}") > _WIDTH:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    lines.append("`homelab usage off` stops it, `homelab usage status` shows it.")
    return "\n".join(_FIRST + line for line in lines)


def sent(book: Ledger) -> str:
    """How many events were sent so far, and since when; without the start if an earlier version
    began the ledger."""
    from homelab import times

    if not book.delivered:
        return "no event sent yet"
    events = "1 event" if book.delivered == 1 else f"{book.delivered} events"
    since = f" since {times.local(book.first_delivery)[:10]}" if book.first_delivery else ""
    return f"{events} sent{since}"


def given(context: Context, last: Undisturbed, folder: str, sink: Sink) -> bool:
    """Show the notice at the first run that a person sees; return whether it was shown now. Such a
    run sends nothing itself. If the notice can't be recorded as shown, it is not shown, rather than
    each time."""
    known = True
    name = NAME
    if sink.sent:  # shown again for each address: a Loki is not the journal
        from zlib import crc32

        name = f"{NAME}-{crc32(context.settings.text(sink.setting).encode()):08x}"

    def look() -> None:
        nonlocal known
        known = os.path.lexists(f"{folder}/{name}")

    if not folder or not last.done(look) or known:
        return False
    try:  # if cut off, the record may exist: then show it, rather than never
        last.done(lambda: os.close(own_file(folder, name, os.O_WRONLY | os.O_EXCL)))
    except OSError:
        return False
    context.say(text(context.settings, sink, folder))
    return True
