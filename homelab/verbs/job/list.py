"""`job list`: the jobs of this account, and what became of them."""

from __future__ import annotations

from homelab import errors, times
from homelab.errors import Failure
from homelab.findings import OK, ORDER, UNKNOWN, WARNING
from homelab.jobs import store
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
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


def table(context: Context, arguments: Values) -> Table:
    """The jobs of this account, problems first; 1 where there is one."""
    folder = store.folder(context.env)
    try:
        found = store.standings(folder, context.clock()) if folder else []
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
