"""`job run`: run a command for cron or a timer, one run at a time."""

from __future__ import annotations

import os
import time

from homelab import errors, times
from homelab.errors import Failure
from homelab.jobs import origin, store
from homelab.jobs import record as records
from homelab.jobs.run import Addresses, JobRun
from homelab.output.answer import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.jobs.web_request import Address

_TICK = 0.25  # s between two tries to take a lock
_MOMENT = 0.1  # s; job list also takes a lock for a moment


def run(context: Context, arguments: Values) -> Text:
    """Run a command as a job; the exit code is the command's own. Raises Failure (2) if the
    arguments are wrong, and (75) if an earlier run of the job is still running."""
    name = arguments.name
    if not records.is_name(name):
        raise Failure(
            errors.USAGE,
            f"not a job name: {name[:80]!r} (use small letters, digits, '.', '_' and '-'; at most"
            f" {records.LONGEST} characters)",
            usage_of="job run",
        )
    addresses = _addresses(context, arguments)
    folder = store.folder(context.env)
    kept = True
    try:
        if not _taken(context, folder, name, arguments):
            return Text("")
    except OSError as error:  # run the job in any case: it matters more than its record
        kept = False
        from homelab.system.locks import are_unknown

        where = f"{folder}: " if folder else ""
        other = "on a disk of this host" if are_unknown(error) else "of this account"
        context.say(
            f"homelab: job {name!r} runs without a lock and without a record:"
            f" {where}{error.strerror or error}; set XDG_STATE_HOME to a folder {other}"
        )
    return Text("", code=JobRun(context, arguments, folder if kept else "", addresses).done())


def _addresses(context: Context, arguments: Values) -> Addresses:
    """Where the run sends its pings and notices. Raises Failure (2)."""
    command = arguments.notify or ""
    if "://" in command.partition(" ")[0]:
        raise Failure(
            errors.USAGE,
            "--notify takes a command; put the URL into a file and use --notify-file: every"
            " account can read a command line",
            usage_of="job run",
        )
    if command and arguments.notify_file:
        raise Failure(
            errors.USAGE, "--notify and --notify-file exclude each other", usage_of="job run"
        )
    switch = _address(context, "--ping-file", arguments.ping_file)
    return Addresses(switch, _address(context, "--notify-file", arguments.notify_file), command)


def _address(context: Context, option: str, path: str | None) -> Address | None:
    """The address in the file of an option; None if the file is wrong, as the job must run
    anyway."""
    if path is None:
        return None
    if "://" in path:
        raise Failure(
            errors.USAGE,
            f"{option} takes a file that holds the URL: every account can read a command line",
        )
    from homelab.jobs import notify, ping

    pings = option == "--ping-file"
    try:
        return ping.address_of(path, () if pings else notify.KINDS)
    except ValueError as error:
        shown = path if path.isprintable() else repr(path)
        context.say(f"homelab: no {'ping' if pings else 'notice'} is sent: {shown}: {error}")
        return None


def _taken(context: Context, folder: str, name: str, arguments: Values) -> bool:
    """Take the job's lock and hold it until this process ends. Returns False if the run is to be
    skipped. Raises Failure (75), and OSError if no lock can be made."""
    patience = arguments.wait / times.SECOND if arguments.wait else 0
    until = time.monotonic() + max(patience, _MOMENT)
    while True:
        try:
            lock = store.locked(folder, name)
            before = store.before(folder, name)
            if before is None or before.ended or not store.alive(before):
                return True
            os.close(lock)
        except BlockingIOError:
            pass
        left = until - time.monotonic()
        if left <= 0:
            break
        time.sleep(min(_TICK if patience else _MOMENT / 4, left))
    if arguments.skip:
        return False
    waits = "" if arguments.wait else "--wait 10m waits for it, "
    raise Failure(
        errors.BUSY,
        f"job {name!r} does not start: {_holder(folder, name, context.clock())}; {waits}--skip"
        " ends with 0 instead",
    )


def _holder(folder: str, name: str, now: int) -> str:
    """Describe the run that holds the lock."""
    before = store.before(folder, name)
    if before is None:
        return "an earlier run is still running"
    where = records.where(before, origin.here())
    if records.over(before, now, where):
        return (
            f"a run without a record holds {folder}/{name}.lock; delete that file if the job runs"
            " on no host"
        )
    if before.ended:
        return "an earlier run is still running"
    place = f" {records.place(before, where)}" if where != records.HERE else ""
    return f"an earlier run is still running{place}, since {times.local(before.started)}"
