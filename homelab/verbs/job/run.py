"""`job run`: a command of cron or a timer, run one at a time."""

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

_TICK = 0.25  # s between two looks at a lock that is waited for
_MOMENT = 0.1  # s; a lock is looked at by job list, too


def run(context: Context, arguments: Values) -> Text:
    """Run a command as a job. The exit code is the command's own. Raises Failure (2) where nothing
    could be run so, (75) where an earlier run of the job goes on."""
    name = arguments.name
    if not records.is_name(name):
        raise Failure(
            errors.USAGE,
            f"{name[:80]!r} is no name of a job; small letters, digits, '.', '_' and '-' only, at"
            f" most {records.LONGEST}",
            usage_of="job run",
        )
    addresses = _addresses(context, arguments)
    folder = store.folder(context.env)
    kept = True
    try:
        if not _taken(context, folder, name, arguments):
            return Text("")
    except OSError as error:  # whatever is wrong here, the job is what counts
        kept = False
        from homelab.system.locks import are_unknown

        where = f"{folder}: " if folder else ""
        other = "on a disk of this host" if are_unknown(error) else "of this account"
        context.say(
            f"homelab: job {name!r} runs without a lock and without a record:"
            f" {where}{error.strerror or error}; point XDG_STATE_HOME to a folder {other}"
        )
    return Text("", code=JobRun(context, arguments, folder if kept else "", addresses).done())


def _addresses(context: Context, arguments: Values) -> Addresses:
    """Whom the run tells of itself. Raises Failure (2)."""
    command = arguments.notify or ""
    if "://" in command.partition(" ")[0]:
        raise Failure(
            errors.USAGE,
            "--notify takes a command; put a URL into a file and name that by --notify-file: every"
            " account sees what stands in a command line",
            usage_of="job run",
        )
    if command and arguments.notify_file:
        raise Failure(
            errors.USAGE, "--notify and --notify-file exclude each other", usage_of="job run"
        )
    switch = _address(context, "--ping-file", arguments.ping_file)
    return Addresses(switch, _address(context, "--notify-file", arguments.notify_file), command)


def _address(context: Context, option: str, path: str | None) -> Address | None:
    """The address in the file of an option. A job is not left undone for want of one."""
    if path is None:
        return None
    if "://" in path:
        raise Failure(
            errors.USAGE,
            f"{option} names a file that holds the URL: every account sees what stands in a"
            " command line",
        )
    from homelab.jobs import notify, ping

    pings = option == "--ping-file"
    try:
        return ping.address_of(path, () if pings else notify.KINDS)
    except ValueError as error:
        shown = path if path.isprintable() else repr(path)
        context.say(f"homelab: nothing is {'pinged' if pings else 'notified'}: {shown}: {error}")
        return None


def _taken(context: Context, folder: str, name: str, arguments: Values) -> bool:
    """Take the job's lock, which is held until this process ends. False where it is to be passed
    over; raises Failure (75), and OSError where there can be no lock."""
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
        f"job {name!r} is not run: {_holder(folder, name, context.clock())}; {waits}--skip passes"
        " it over without a word",
    )


def _holder(folder: str, name: str, now: int) -> str:
    """What is known of the run that holds up this one."""
    before = store.before(folder, name)
    if before is None:
        return "its run before goes on"
    where = records.where(before, origin.here())
    if records.over(before, now, where):
        return (
            f"a run that has left no record holds {folder}/{name}.lock; delete that file if none"
            " runs on any host"
        )
    if before.ended:
        return "its run before goes on"
    place = f" {records.place(before, where)}" if where != records.HERE else ""
    return f"its run before goes on{place}, since {times.local(before.started)}"
