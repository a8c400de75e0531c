"""One run of a job, to its end: attempts, record, pings, and what cron mails of it."""

from __future__ import annotations

import os
import time

from homelab import errors, times
from homelab.errors import Signalled
from homelab.jobs import record as records
from homelab.jobs import store
from homelab.system import foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.jobs.attempt import AttemptResult
    from homelab.jobs.kept_output import Kept
    from homelab.jobs.ping import Ping
    from homelab.jobs.signals import Wakeup


class JobRun:
    """One run of a job, to its end. `folder` is "" where no record is kept."""

    def __init__(self, context: Context, arguments: Values, folder: str, url: str) -> None:
        name: str = arguments.name
        self._context = context
        self._arguments = arguments
        self._folder = folder
        self._url = url
        before = store.before(folder, name) if folder else None
        every: int = arguments.every or 0
        self._record = records.begun(before, name, context.clock(), every)
        self._kept: Kept | None = None
        self._why = ""  # it could not be started
        self._unkept = False  # which was said

    def done(self) -> int:
        """Do the whole run; returns the exit code. Raises Signalled where a signal ended it."""
        from homelab.jobs.signals import Wakeup

        record = self._record
        with Wakeup() as wakeup:
            began = self._ping("/start")
            begin = time.monotonic_ns()
            outcome = self._attempts(wakeup)
            records.ended(record, time.monotonic_ns() - begin)
            self._keep()
            if began is not None:
                began.outcome(wakeup)  # else it might come last, and the job would seem to run
                self._pinged(wakeup)
        if not record.good:  # signals end us again: whoever reads this may have stopped reading
            self._report()
        if outcome is not None and outcome.signal and not record.how:
            raise Signalled(outcome.signal)
        return record.exit

    def _attempts(self, wakeup: Wakeup) -> AttemptResult | None:
        """Attempts until one is good, the last one's outcome; None where none could be started."""
        from homelab.jobs import attempt, kept_output, origin

        arguments, record = self._arguments, self._record
        env = foreground.inherited(self._context.env)
        seconds = arguments.timeout / times.SECOND if arguments.timeout else None
        while True:
            record.attempts += 1
            self._kept = None if arguments.verbose else kept_output.Kept()
            try:
                running = attempt.Attempt(arguments.command, env, seconds, self._kept)
            except OSError as error:
                self._why = _unstartable(arguments.command[0], error, env)
                record.how, record.exit = records.NOT_STARTED, errors.UNSTARTABLE
                return None
            ticks = store.ticks(running.process)
            records.noted(record, origin.here(), running.process, ticks)
            self._keep()
            outcome = running.ended(wakeup)
            record.how = records.TIMED_OUT if outcome.late else ""
            record.exit = errors.TIMEOUT if outcome.late else outcome.exit
            record.signal = outcome.signal
            again = record.attempts <= arguments.retries and not outcome.told
            if not record.exit or not again or wakeup.waited(arguments.retry_wait / times.SECOND):
                return outcome

    def _keep(self) -> None:
        """Write the record down. That it can't be is said once, and costs the job nothing."""
        if not self._folder:
            return
        try:
            store.write(self._folder, self._record)
        except OSError as error:
            if not self._unkept:
                self._context.say(
                    f"homelab: no record is kept of job {self._record.name!r}: {self._folder}:"
                    f" {error.strerror}; job list may know nothing of this run"
                )
            self._unkept = True

    def _ping(self, event: str, body: bytes = b"") -> Ping | None:
        if not self._url:
            return None
        from homelab.jobs.ping import Ping

        return Ping(self._url, event, body)

    def _pinged(self, wakeup: Wakeup) -> None:
        """Tell the switch how it ended. One ping that does not arrive is the network's mishap, and
        the switch's to notice; several in a row are said."""
        from homelab.jobs.ping import BODY

        record = self._record
        kept = self._kept if self._arguments.ping_output else None
        body = b"" if kept is None else kept.end(BODY)
        sent = self._ping("" if record.good else "/fail", body)
        was = record.unpinged
        records.pinged(record, sent.outcome(wakeup) if sent is not None else "")
        if record.unpinged or was:
            self._keep()
        if record.unpinged >= records.UNPINGED:
            self._context.say(
                f"homelab: the last {record.unpinged} pings of job {record.name!r} did not arrive:"
                f" {record.ping}"
            )

    def _report(self) -> None:
        """What cron mails: how it failed, and what it wrote."""
        record = self._record
        took = times.lasted(record.took)
        if record.how == records.NOT_STARTED:
            how = f"can't be started: {self._why}"
        elif record.how == records.TIMED_OUT:
            how = f"was ended after its --timeout of {times.spoken(self._arguments.timeout)}"
        elif record.signal:
            how = f"was ended by signal {record.signal} after {took}"
        else:
            how = f"failed with exit code {record.exit} after {took}"
        tries = f" in {record.attempts} attempts" if record.attempts > 1 else ""
        text = self._kept.whole() if self._kept is not None else b""
        what = "; it wrote nothing"
        if self._kept is None or record.how == records.NOT_STARTED:
            what = ""
        elif text:
            what = "; the last wrote:" if record.attempts > 1 else "; it wrote:"
        self._context.say(f"homelab: job {record.name!r} {how}{tries}{what}")
        _written(self._context, text)


def _written(context: Context, text: bytes) -> None:
    """Write what the command wrote, byte for byte, to stderr; nobody listening is no reason to
    fail."""
    binary = getattr(context.stderr, "buffer", None)
    try:
        if binary is None:
            context.stderr.write(text.decode("utf-8", "backslashreplace"))
        else:
            binary.write(text)
        context.stderr.flush()
    except OSError:
        pass


def _unstartable(program: str, error: OSError, env: Mapping[str, str]) -> str:
    """Why a command could not be started, with what mends it."""
    from homelab.dropins.start import unstartable
    from homelab.output.columns import cut, visible
    from homelab.texts import quoted

    shown = visible(quoted(program))
    if "/" in program:  # what is no file (a pipe) would hold whoever opens it
        why = unstartable(program) if os.path.isfile(program) else ""
        return f"{shown}: {why or error.strerror}"
    path = cut(visible(env.get("PATH", os.defpath)), 100)
    if isinstance(error, FileNotFoundError):
        return f"{shown} is in no folder of PATH ({path}); write its whole path"
    return f"{shown}, as PATH finds it: {error.strerror}"
