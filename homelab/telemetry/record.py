"""The one place where a run is counted. It sees a label and an exit code, and never raises."""

from __future__ import annotations

from homelab import places
from homelab.telemetry import consent
from homelab.telemetry.event import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.telemetry.event import Label


def record(context: Context, label: Label, code: int) -> None:
    """Count one run: into the journal, or by a detached sender to Loki. Whatever goes wrong here
    is no business of the verb's: nothing is raised, printed or waited for."""
    try:
        verdict = consent.verdict(context.env, context.settings)
        if verdict.state == "off":
            return
        event = Event(context.clock(), label, code)
        if verdict.state == "print":
            _show(context, event)
        elif not verdict.itself and _first_time_at_a_terminal(context):
            return
        elif context.settings.text("loki.url"):
            _send(context, event)
        else:
            from homelab.telemetry import journal

            journal.append(places.state(context.env), event.record())
    except Exception:
        if context.env.get("HOMELAB_DEBUG") == "1":
            import traceback

            context.say(traceback.format_exc())


def _first_time_at_a_terminal(context: Context) -> bool:
    """The first run that a person sees says what is counted and how to stop it, once, and is not
    counted itself. Where that can't be remembered it is not said, rather than said each time."""
    if not context.terminal():
        return False
    from homelab.telemetry import notice

    return notice.give(context, places.state(context.env))


def _send(context: Context, event: Event) -> None:
    """Write ahead, then let a sender go; one that rests after a failure is not woken."""
    from homelab.telemetry import ledger, outbox
    from homelab.telemetry.detach import detached

    folder = places.state(context.env)
    try:
        outbox.append(folder, event.record())
        kept = True
    except OSError:
        kept = False
    if kept and ledger.resting(folder, context.clock()):
        return

    def work() -> None:
        from homelab.telemetry import send

        if kept:
            send.drain(context.settings, folder)
        else:
            send.push_once(context.settings, event)

    detached(work)


def _show(context: Context, event: Event) -> None:
    """What would leave, to the byte; sends nothing."""
    from homelab.telemetry import send
    from homelab.telemetry.account import account
    from homelab.telemetry.event import PUSH

    beneath = consent.verdict(context.env, context.settings, ours=False)
    if beneath.state == "off":
        context.say(f"none: counting is off ({beneath.who})")
        return
    if not context.settings.text("loki.url"):
        context.say("none: no Loki is configured, so runs stay in this account's own journal")
        return
    from homelab.loki.connect import USER_AGENT, configured

    loki = configured(context.settings)
    body = send.body_of(account(), [(event.time, event.verb, event.line(), "")])
    context.say(
        f"POST {loki.address.base}{PUSH}\nContent-Type: application/json\n"
        f"User-Agent: {USER_AGENT}\n\n{body.decode('utf-8')}"
    )
