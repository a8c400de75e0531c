"""The one place where a run is counted. It sees a label and an exit code, and never raises."""

from __future__ import annotations

import os
import sys

from homelab.system import paths
from homelab.system.signals import signal
from homelab.telemetry import consent
from homelab.telemetry.event import Event

LONGEST = 0.5  # s
LIFETIME = 0.8  # s, of a sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from homelab.context import Context
    from homelab.telemetry.event import Label


def record(context: Context, label: Label, code: int) -> None:
    """Count one run: into the journal, or by a detached sender to Loki. Whatever goes wrong here
    is no business of the verb's: nothing is raised, printed or waited for. What does not answer is
    left alone after LONGEST, but for a dead network file system, which holds whoever touches it:
    a state folder on one costs what a home on one does."""
    try:
        _bound(LONGEST)
        verdict = consent.verdict(context.env, context.settings)
        if verdict.state == "off":
            return
        event = Event(context.clock(), label, code)
        if verdict.state == "print":
            _show(context, event)
            return
        first = not verdict.itself and _first_time_at_a_terminal(context)
        if context.settings.text("loki.url"):
            if not first:
                _send(context, event)
        else:
            from homelab.telemetry import journal

            journal.append(paths.state(context.env), event.record())
    except Exception:
        if context.env.get("HOMELAB_DEBUG") == "1":
            import traceback

            context.say(traceback.format_exc())
    finally:
        _bound(0)


def _bound(seconds: float) -> None:
    def up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _first_time_at_a_terminal(context: Context) -> bool:
    """The first run that a person sees says what is counted and how to stop it, once, and sends
    nothing itself; the journal, which stays here, has it. Where that can't be remembered it is not
    said, rather than said each time."""
    if not context.terminal():
        return False
    from homelab.telemetry import notice

    try:
        return notice.give(context, paths.state(context.env))
    except OSError:
        return False


def _send(context: Context, event: Event) -> None:
    """Write ahead, then let a sender go; one that rests after a failure is not woken. Where threads
    are left there is none: a lock that one of them holds would stay locked in the child for ever.
    """
    from homelab.system.detached import detached
    from homelab.telemetry import ledger, outbox

    folder = paths.state(context.env)
    try:
        outbox.append(folder, event.record())
        kept = True
    except OSError:
        kept = False
    if kept and ledger.resting(folder, context.clock()):
        return
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return

    def work(_: int) -> None:
        from homelab.telemetry import sender

        os.chdir("/")
        if kept:
            sender.drain(context.settings, folder)
        else:
            sender.push_once(context.settings, event)

    detached(work, LIFETIME)


def _show(context: Context, event: Event) -> None:
    """What would leave, as it would; sends nothing. Why nothing would, where that is so."""
    beneath = consent.verdict(context.env, context.settings, ours=False)
    if beneath.state == "off":
        context.say(f"none: counting is off ({beneath.who})")
        return
    if not context.settings.text("loki.url"):
        context.say("none: no Loki is configured, so runs stay in this account's own journal")
        return
    from homelab.errors import Failure
    from homelab.telemetry import sender

    _bound(0)  # a person waits for this one
    try:
        context.say(sender.shown(context.settings, event))
    except Failure as failure:
        context.say(f"none: {failure.sentence}")
