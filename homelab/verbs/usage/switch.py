"""`usage on` and `usage off`: switch the counting of this account's verbs."""

from __future__ import annotations

import os

from homelab.errors import UNCONFIGURED, Failure
from homelab.output.answer import Text
from homelab.settings import changed, contents, parse
from homelab.system import files, ownership, paths
from homelab.telemetry import consent, outbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context


def on(context: Context, arguments: Values) -> Text:
    """Count the verbs of this account."""
    path = _set(context, "yes")
    return Text(f"counting is on ({path})\n{_overruled(context, 'on')}")


def off(context: Context, arguments: Values) -> Text:
    """Stop counting, and delete events that wait to be sent. Later runs will not fold the journal,
    so it is folded a last time."""
    path = _set(context, "no")
    folder = paths.state(context.env)
    deleted = outbox.clear(folder)
    _fold(context, folder)
    events = "an event" if deleted == 1 else f"{deleted} events"
    waited = f"; deleted {events} that waited" if deleted else ""
    return Text(f"counting is off ({path}){waited}\n{_overruled(context, 'off')}")


def _fold(context: Context, folder: str) -> None:
    """Make day counts of the runs in the journal that are older than telemetry.journal_days. If
    that fails, counting is off all the same."""
    from homelab.telemetry import fold

    try:
        if folder and fold.files(folder):
            days = int(context.settings.text("telemetry.journal_days"))
            fold.fold(folder, context.clock(), days)
    except (OSError, Failure):
        pass


def _set(context: Context, value: str) -> str:
    path = paths.user_settings(context.env)
    if not path:
        raise Failure(UNCONFIGURED, "no home directory to keep settings in; set HOME")
    try:
        os.close(ownership.folder(os.path.dirname(path), make=True))
        text, refused = contents(path)
        if refused:
            raise Failure(UNCONFIGURED, refused)
        parse(text, path)
        files.save(path, changed(text, "telemetry.enabled", value).encode("utf-8"), 0o600)
    except ownership.Untrusted as error:
        raise Failure(UNCONFIGURED, f"{path} is not written: {error.strerror}") from None
    except OSError as error:
        raise Failure(
            UNCONFIGURED,
            f"{path} can't be written: {error.strerror}; set HOMELAB_TELEMETRY=0 instead",
        ) from None
    return path


def _overruled(context: Context, wanted: str) -> str:
    """A line about the setting that still applies, and where it is from, if it is not the one
    `wanted`; else "". The settings are read here for the first time, so they include the one just
    written."""
    said = consent.of_account(context.env, context.settings)
    if said.state == wanted:
        return ""
    return f"but {said.who} decides here, and says {said.state}\n"
