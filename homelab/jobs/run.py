"""A run of a job, to its end: attempts, record, pings, and the report that cron mails."""

from __future__ import annotations

import os
import time

from homelab import errors, times
from homelab.errors import Signalled
from homelab.jobs import notify, problems_file, store, switch
from homelab.jobs import record as records
from homelab.jobs.kept_output import Kept
from homelab.jobs.output_file import OutputFile
from homelab.jobs.ping import ENDED, STARTING, Ping, Telling
from homelab.system import foreground
from homelab.texts import clipped, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.jobs.attempt import AttemptResult
    from homelab.jobs.signals import Wakeup
    from homelab.jobs.web_request import Address

_COMMAND = 30.0  # s for a notify command


class Addresses:
    """Where a run sends its pings and notices: the `switch`, and for a person the address `notify`
    or a shell `command`. None if not configured."""

    __slots__ = ("command", "notify", "switch")

    def __init__(self, switch: Address | None, notify: Address | None, command: str) -> None:
        self.switch = switch
        self.notify = notify
        self.command = command


class JobRun:
    """A run of a job, to its end. `folder` is "" if no record is kept."""

    def __init__(
        self, context: Context, arguments: Values, folder: str, addresses: Addresses
    ) -> None:
        name: str = arguments.name
        self._context = context
        self._arguments = arguments
        self._folder = folder
        self._addresses = addresses
        self._before = store.before(folder, name) if folder else None
        every: int = arguments.every or 0
        self._record = records.begun(self._before, name, context.clock(), every)
        self._kept: Kept | None = None
        self._why = ""  # why it could not be started
        self._unkept = False  # whether that was reported
        self._change = ""  # what has changed among the problems that the command has found

    def done(self) -> int:
        """Do the whole run; return the exit code. Raises Signalled if a signal ended it."""
        from homelab.jobs.signals import Wakeup

        record = self._record
        with Wakeup() as wakeup:
            found = problems_file.read(self._folder, record.name) if self._folder else None
            began = self._ping(switch.START, STARTING)
            begin = time.monotonic_ns()
            outcome = self._attempts(wakeup)
            records.ended(record, time.monotonic_ns() - begin)
            if isinstance(self._kept, OutputFile):
                self._kept.finish()
            if self._folder:
                now = problems_file.read(self._folder, record.name)
                self._change = problems_file.change(found, now)
            on_change: bool = self._arguments.on_change
            addresses = self._addresses
            due = notify.is_due(record, self._before, on_change, self._change) and (
                addresses.notify is not None or bool(addresses.command)
            )
            # written before sending, so that a homelab that is killed here loses no notice
            record.unnotified = "not sent yet" if due else ""
            record.untold = record.untold + 1 if due else 0
            self._keep()
            if isinstance(self._kept, OutputFile) and self._kept.why and not self._unkept:
                self._context.say(
                    f"homelab: the output of job {record.name!r} is not kept for job show:"
                    f" {self._folder}: {self._kept.why}"
                )
            notice = self._notice() if due and addresses.notify is not None else None
            if began is not None:
                began.outcome(wakeup)  # else it may come last, and the job would seem to run
            self._pinged(wakeup)
            if due:  # a command may take long: ping the switch first
                self._notified(notice or self._notice(), wakeup)
        reported = notify.is_due(record, None, on_change, self._change)
        if reported and not record.good:  # signals end us again: our reader may have gone
            self._report()
        elif reported and on_change:
            self._context.say(f"homelab: {self._sentence()}")
        if outcome is not None and outcome.signal and not record.how:
            raise Signalled(outcome.signal)
        return record.exit

    def _attempts(self, wakeup: Wakeup) -> AttemptResult | None:
        """Make attempts until one succeeds; return the last one's result, or None if none could be
        started."""
        from homelab.jobs import attempt, origin, output_file

        arguments, record, folder = self._arguments, self._record, self._folder
        if arguments.verbose and folder:
            output_file.remove(folder, record.name)
        env = foreground.inherited(self._context.env)
        env[store.NAMED] = record.name
        env.pop(problems_file.VARIABLE, None)
        if folder:
            env[problems_file.VARIABLE] = problems_file.path(folder, record.name)
        seconds = arguments.timeout / times.SECOND if arguments.timeout else None
        while True:
            record.attempts += 1
            if isinstance(self._kept, OutputFile):
                self._kept.finish()  # of the previous attempt
            if not arguments.verbose:
                self._kept = OutputFile(folder, record.name) if folder else Kept()
            try:
                running = attempt.Attempt(arguments.command, env, seconds, self._kept)
            except OSError as error:
                self._why = _unstartable(arguments.command[0], error, env)
                missing = _is_missing(arguments.command[0], error, env)
                record.exit = errors.MISSING if missing else errors.UNSTARTABLE
                record.how = records.NOT_STARTED
                record.why = clipped(printable(self._why), records.REASON)
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
        """Write the record. A failure is reported once, and does not stop the job."""
        if not self._folder:
            return
        try:
            store.write(self._folder, self._record)
        except OSError as error:
            if not self._unkept:
                self._context.say(
                    f"homelab: no record is kept of job {self._record.name!r}: {self._folder}:"
                    f" {error.strerror}; job list may not show this run"
                )
            self._unkept = True

    def _ping(self, event: str, seconds: int = ENDED, output: bytes = b"") -> Ping | None:
        if self._addresses.switch is None:
            return None
        record = self._record
        why = "" if event != switch.FAIL else self._how()
        request = switch.request(
            self._addresses.switch, event, why, max(record.took, 0), record.exit, output
        )
        return None if request is None else Ping(request, seconds)

    def _pinged(self, wakeup: Wakeup) -> None:
        """Ping the switch with the result. A single failed ping is left to the switch, which
        notices it; several in a row are reported."""
        record = self._record
        kept = self._kept if self._arguments.ping_output else None
        output = b"" if kept is None else kept.end(switch.BODY)
        sent = self._ping(switch.SUCCESS if record.good else switch.FAIL, output=output)
        if sent is None:
            return
        was = record.unpinged
        records.pinged(record, sent.outcome(wakeup))
        if record.unpinged or was:
            self._keep()
        if record.unpinged >= records.UNPINGED:
            self._context.say(
                f"homelab: the last {record.unpinged} pings of job {record.name!r} failed:"
                f" {record.ping}"
            )

    def _notice(self) -> Telling:
        """Start to send the notice, by a request or a command."""
        addresses = self._addresses
        kept = self._kept if self._arguments.notify_output else None
        output = b"" if kept is None else kept.end(notify.OUTPUT)
        host = os.uname().nodename
        notice = notify.Notice(self._record, host, self._sentence(), output)
        if addresses.notify is not None:
            return Ping(notify.request(addresses.notify, notice))
        env = foreground.inherited(self._context.env)
        try:
            folder = os.getcwd()
        except OSError:  # the file is gone
            folder = "/"

        def work(to: int) -> None:
            why = "its command can't be started"
            try:
                os.chdir(folder)
                why = _commanded(addresses.command, notice, env)
            finally:
                os.write(to, (why or "ok").encode("ascii", "replace"))

        return Telling(work, int(_COMMAND) + 3)

    def _notified(self, notice: Telling, wakeup: Wakeup) -> None:
        """Record whether a notice was delivered. The next runs send a failed one again, a few
        times."""
        record = self._record
        why = notice.outcome(wakeup)
        record.unnotified = clipped(printable(why), records.REASON)
        if why:
            after = "its next run tries again"
            if record.untold >= notify.TRIES:
                after = f"{record.untold} runs tried; check the address"
            self._context.say(
                f"homelab: the notice of job {record.name!r} was not delivered: {why}; {after}"
            )
        else:
            record.untold = 0
        self._keep()

    def _sentence(self) -> str:
        """The sentence about the result of the run and of those before."""
        record = self._record
        if not record.good:
            return f"job {record.name!r} {self._how()}{self._changed()}"
        failures = 0 if self._before is None else self._before.failures
        took = times.lasted(record.took)
        if not record.failing:
            return f"job {record.name!r} succeeded after {took}"
        lasted = times.lasted(max(record.started + record.took - record.failing, 0))
        count = "1 failure" if failures == 1 else f"{failures} failures"
        return f"job {record.name!r} is ok again after {count} in {lasted}"

    def _report(self) -> None:
        """Report a failure for cron's mail: how it failed, and its output."""
        record = self._record
        text = self._kept.whole() if self._kept is not None else b""
        what = "; no output"
        if self._kept is None or record.how == records.NOT_STARTED:
            what = ""
        elif text:
            what = "; output of the last:" if record.attempts > 1 else "; output:"
        how = self._how() + self._changed()
        self._context.say(f"homelab: job {record.name!r} {how}{what}")
        _written(self._context, text)

    def _changed(self) -> str:
        """The change among the problems that the command has found, as the end of a sentence."""
        return f"; {self._change}" if self._change else ""

    def _how(self) -> str:
        """The way in which it failed."""
        record = self._record
        took = times.lasted(record.took)
        if record.how == records.NOT_STARTED:
            how = f"can't be started: {self._why}"
        elif record.how == records.TIMED_OUT:
            how = f"was stopped after its --timeout of {times.spoken(self._arguments.timeout)}"
        elif record.signal:
            how = f"was ended by signal {record.signal} after {took}"
        else:
            how = f"failed with exit code {record.exit} after {took}"
        return how + (f" in {record.attempts} attempts" if record.attempts > 1 else "")


def _commanded(command: str, notice: notify.Notice, env: dict[str, str]) -> str:
    """Run a shell command that sends a notice; return why it failed, or ""."""
    from homelab.system.child import Child

    env.update(notify.variables(notice))
    child = Child(["/bin/sh", "-c", command], env, notice.text.encode(), _COMMAND)
    try:
        code, _, err = child.run()
    except TimeoutError:
        return f"its command was still running after {_COMMAND:.0f} s"
    except OSError as error:
        return f"its command can't be started: {error.strerror}"
    if not code:
        return ""
    from homelab.output.columns import visible

    last = err.text().strip().rpartition("\n")[2]
    return f"its command ended with {code}" + (f": {visible(last)[:100]}" if last else "")


def _written(context: Context, text: bytes) -> None:
    """Write the command's output to stderr, unchanged; a closed stderr is not an error."""
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
    """Why a command could not be started, and the fix."""
    from homelab.dropins.start import unstartable
    from homelab.output.columns import cut, visible
    from homelab.texts import quoted

    if not program:
        return "the command is empty"
    shown = visible(quoted(program))
    if "/" in program:  # opening something that is not a file (a pipe) could block
        wrong = unstartable(program) if os.path.isfile(program) else None
        why = wrong.sentence if wrong else ""
        return f"{shown}: {why or _not_executable(program) or error.strerror}"
    path = cut(visible(env.get("PATH", os.defpath)), 100)
    if isinstance(error, FileNotFoundError):
        return f"{shown} is in no folder of PATH ({path}); use its absolute path"
    places = (os.path.join(folder, program) for folder in _folders(env))
    why = next(filter(None, map(_not_executable, places)), "")
    return f"{shown}, found in PATH: {why or error.strerror}"


def _not_executable(path: str) -> str:
    """The sentence that a file is not executable, with the fix; "" for any other path."""
    from homelab.output.columns import visible
    from homelab.texts import quoted

    if not os.path.isfile(path) or os.access(path, os.X_OK):
        return ""
    return f"it is not executable: chmod +x {visible(quoted(path))}"


def _folders(env: Mapping[str, str]) -> list[str]:
    return (env.get("PATH") or os.defpath).split(os.pathsep)


def _is_missing(program: str, error: OSError, env: Mapping[str, str]) -> bool:
    """Whether the command could not be started because it does not exist (127, as in shells). A
    script without its interpreter does exist (126)."""
    if not program:
        return True
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return False
    if "/" in program:
        return not os.path.lexists(program)
    return not any(os.path.lexists(os.path.join(folder, program)) for folder in _folders(env))
