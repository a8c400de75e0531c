"""The notice of the first run: what is counted, where it goes, how to stop it."""

from __future__ import annotations

import os

from homelab.system.ownership import own_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.system.foreground import Undisturbed
    from homelab.telemetry.sinks import Sink

NAME = "told"


def given(context: Context, last: Undisturbed, folder: str, sink: Sink) -> bool:
    """Say it at the first run that a person sees; returns whether it was said now. Such a run sends
    nothing itself. Where that can't be remembered it is not said, rather than said each time."""
    known = True

    def look() -> None:
        nonlocal known
        known = os.path.lexists(f"{folder}/{NAME}")

    if not folder or not last.done(look) or known:
        return False
    try:  # cut off, it may be remembered by now: it is said, rather than never
        last.done(lambda: os.close(own_file(folder, NAME, os.O_WRONLY | os.O_EXCL)))
    except OSError:
        return False
    where = f"verbs are counted by name and exit code, in a {sink.name} of your account's own"
    if sink.sent:
        from homelab.net.masking import masked

        url = masked(context.settings.text(sink.setting))
        where = f"from the next run on, verbs are counted by name and exit code, sent to {url}"
    context.say(
        f"homelab: {where};\n"
        "homelab: nothing else is; `homelab usage off` stops it, `homelab usage status` shows it."
    )
    return True
