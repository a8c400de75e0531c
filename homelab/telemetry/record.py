"""The one place where a run is counted. It sees a label and an exit code, and never raises."""

from __future__ import annotations

from homelab.errors import Failure
from homelab.system import paths
from homelab.system.plain_signal import signal
from homelab.telemetry import consent, sinks
from homelab.telemetry.event import Event

LONGEST = 0.5  # s

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from homelab.context import Context
    from homelab.telemetry.event import Label


def record(context: Context, label: Label, code: int) -> None:
    """Count one run, in the sink that the settings choose. Whatever goes wrong here is no business
    of the verb's: nothing is raised, printed or waited for. What does not answer is left alone
    after LONGEST, but for a dead network file system, which holds whoever touches it: a state
    folder on one costs what a home on one does."""
    try:
        _bound(LONGEST)
        verdict = consent.verdict(context.env, context.settings)
        if verdict.state == "off":
            return
        event = Event(context.clock(), label, code)
        if verdict.state == "print":
            _bound(0)  # a person waits for this one
            context.say(_shown(context, event))
            return
        sink = sinks.chosen(context.settings)
        folder, noticed = paths.state(context.env), False
        if not verdict.itself and context.terminal():
            from homelab.telemetry import notice

            noticed = notice.give(context, folder, sink)
        if not (noticed and sink.sent):
            sink.writer().write(event, context.settings, folder)
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


def _shown(context: Context, event: Event) -> str:
    """What would leave, as it would, or why nothing would."""
    beneath = consent.verdict(context.env, context.settings, ours=False)
    if beneath.state == "off":
        return f"none: counting is off ({beneath.who})"
    try:
        return sinks.chosen(context.settings).writer().shown(event, context.settings)
    except Failure as failure:
        return f"none: {failure.sentence}"
