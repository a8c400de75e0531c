"""`job …`: commands of cron and timers, run one at a time, and what became of them."""

from __future__ import annotations

import os
import time

from homelab import errors, times
from homelab.checks.finding import OK, ORDER, UNKNOWN, WARNING
from homelab.errors import Failure
from homelab.jobs import record as records
from homelab.jobs import state
from homelab.jobs.run import Run
from homelab.output.answer import Column, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.jobs.record import Standing
    from homelab.output.answer import Cell

_COLUMNS = (
    Column("state"),
    Column("name"),
    Column("last", "moment"),
    Column("result"),
    Column("took", "seconds"),
    Column("overdue", "seconds"),
    Column("detail"),
    Column("exit", "count", detail=True),
    Column("attempts", "count", detail=True),
    Column("succeeded", "moment", detail=True),
    Column("due", "moment", detail=True),
)
_NAMED = 8
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
    url = _url(context, arguments.ping_file)
    folder = state.folder(context.env)
    kept = True
    try:
        if not _taken(context, folder, name, arguments):
            return Text("")
    except OSError as error:  # whatever is wrong here, the job is what counts
        kept = False
        where = f"{folder}: " if folder else ""
        context.say(
            f"homelab: job {name!r} runs without a lock and without a record:"
            f" {where}{error.strerror or error}; point XDG_STATE_HOME to a folder of this account"
        )
    return Text("", code=Run(context, arguments, folder if kept else "", url).done())


def _url(context: Context, path: str | None) -> str:
    """The switch to ping, "" where there is none. A job is not left undone for want of one."""
    if path is None:
        return ""
    if "://" in path:
        raise Failure(
            errors.USAGE,
            "--ping-file names a file that holds the URL: every account sees what stands in a"
            " command line",
        )
    from homelab.jobs import ping

    try:
        return ping.url_of(path)
    except ValueError as error:
        shown = path if path.isprintable() else repr(path)
        context.say(f"homelab: nothing is pinged: {shown}: {error}")
        return ""


def _taken(context: Context, folder: str, name: str, arguments: Values) -> bool:
    """Take the job's lock, which is held until this process ends. False where it is to be passed
    over; raises Failure (75), and OSError where there can be no lock."""
    patience = arguments.wait / times.SECOND if arguments.wait else 0
    until = time.monotonic() + max(patience, _MOMENT)
    while True:
        try:
            lock = state.locked(folder, name)
            before = state.before(folder, name)
            if before is None or before.ended or not state.alive(before):
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
    before = state.before(folder, name)
    since = f", since {times.local(before.started)}" if before and not before.ended else ""
    waits = "" if arguments.wait else "--wait 10m waits for it, "
    raise Failure(
        errors.BUSY,
        f"job {name!r} is not run: its run before goes on{since}; {waits}--skip passes it over"
        " without a word",
    )


def table(context: Context, arguments: Values) -> Table:
    """The jobs of this account, problems first; 1 where there is one."""
    folder = state.folder(context.env)
    try:
        found = state.standings(folder, context.clock()) if folder else []
    except OSError as error:
        raise Failure(
            errors.UNREACHABLE,
            f"the jobs can't be read: {folder}: {error.strerror}; mend who owns it",
        ) from None
    found.sort(key=lambda each: (ORDER.index(each.state), each.name))
    problems = sum(each.state == WARNING for each in found)
    fine = [] if arguments.all else [each.name for each in found if each.state == OK]
    return Table(
        "homelab.job-list/1",
        _COLUMNS,
        [_row(each) for each in found],
        facts={
            "problems": problems,
            "unknown": sum(each.state == UNKNOWN for each in found),
        },
        empty="no job has run for this account; homelab job run NAME -- COMMAND runs one",
        code=errors.NO if problems else errors.DONE,
        folded=len(fine),
        fine=_fine(fine) if fine else "",
    )


def _row(standing: Standing) -> tuple[Cell, ...]:
    record = standing.record
    known = record is not None and record.ended
    return (
        standing.state,
        standing.name,
        record.started if record else None,
        standing.result if record else None,
        None if standing.took is None else standing.took / times.SECOND,
        None if standing.overdue is None else standing.overdue // times.SECOND,
        standing.detail or None,
        record.exit if record and known else None,
        record.attempts if record else None,
        (record.succeeded or None) if record else None,
        standing.due,
    )


def _fine(names: list[str]) -> str:
    if len(names) > _NAMED:
        return f"{len(names)} jobs are fine (--all: with details)"
    return f"fine: {', '.join(names)} (--all: with details)"
