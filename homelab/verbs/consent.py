"""`usage on`, `usage off`, `usage status`, `usage vocabulary`: whether and what is counted."""

from __future__ import annotations

import os

from homelab import catalogue, places, times, whole
from homelab.errors import UNCONFIGURED, Failure
from homelab.output.answer import Column, Table, Text
from homelab.settings import changed, parse
from homelab.telemetry import consent, event, journal, ledger, outbox
from homelab.telemetry.account import account
from homelab.telemetry.folder import make
from homelab.telemetry.wishes import WISHES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_STATUS = (Column("fact"), Column("value"))
_VOCABULARY = (Column("label"), Column("meaning"))


def on(context: Context, arguments: Values) -> Text:
    """Count the verbs of this account."""
    path = _set(context, "yes")
    return Text(f"counting is on ({path})\n{_overruled(context, 'on')}")


def off(context: Context, arguments: Values) -> Text:
    """Stop counting, and delete what waits to be sent."""
    path = _set(context, "no")
    deleted = outbox.clear(places.state(context.env))
    events = "an event" if deleted == 1 else f"{deleted} events"
    waited = f"; deleted {events} that waited" if deleted else ""
    return Text(f"counting is off ({path}){waited}\n{_overruled(context, 'off')}")


def _set(context: Context, value: str) -> str:
    path = places.user_settings(context.env)
    if not path:
        raise Failure(UNCONFIGURED, "no home directory to keep settings in; set HOME")
    try:
        text = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                text = file.read()
        parse(text, path)
        make(os.path.dirname(os.path.realpath(path)))
        whole.save(path, changed(text, "telemetry.enabled", value).encode("utf-8"), 0o600)
    except UnicodeDecodeError:
        raise Failure(UNCONFIGURED, f"{path} is not UTF-8 text; write it anew") from None
    except OSError as error:
        raise Failure(
            UNCONFIGURED,
            f"{path} can't be written: {error.strerror}; set HOMELAB_TELEMETRY=0 instead",
        ) from None
    return path


def _overruled(context: Context, wanted: str) -> str:
    """What the environment says all the same, as a line, or nothing."""
    said = consent.by_environment(context.env)
    if said is None or said.state == wanted:
        return ""
    return f"but {said.who} decides here, and says {said.state}\n"


def status(context: Context, arguments: Values) -> Table:
    """On or off and who decided, where to, what an event looks like, what became of them."""
    verdict = consent.verdict(context.env, context.settings)
    folder = places.state(context.env)
    sample = event.Event(context.clock(), event.of_verb(catalogue.verb("host status")), 0)
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


def vocabulary(context: Context, arguments: Values) -> Table:
    """Every label that an event can have on this host: nothing else can leave."""
    rows: list[tuple[Cell, ...]] = [
        (event.of_verb(verb).text, "a built-in verb")
        for verb in catalogue.every()
        if verb.recorded and not verb.discovery
    ]
    rows.append(("(installed path)", f"a drop-in below {context.system_verbs}, by its path"))
    rows.append((event.PERSONAL.text, "a drop-in of the account's own, whatever its name"))
    rows.append((event.UNKNOWN.text, "a word that is no verb and not in this list"))
    own = consent.vocabulary(context.settings)
    for word in sorted(WISHES | own):
        whose = "the operator's list" if word in own - WISHES else "the shipped wish-list"
        rows.append((event.of_unknown(word, own).text, f"no verb; a word of {whose}"))
    return Table("homelab.usage-vocabulary/1", _VOCABULARY, rows)
