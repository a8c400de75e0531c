"""`job list`: the jobs of this account and their last results."""

from __future__ import annotations

from homelab import errors, findings, times
from homelab.errors import Failure
from homelab.jobs import store
from homelab.output.answer import Column, Table
from homelab.system.ownership import Untrusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.jobs.record import JobStatus

_COLUMNS = (
    Column("state"),
    Column("name"),
    Column("last", "moment", of="record.started"),
    Column("result"),
    Column("took", "seconds", drop=1,
           of=lambda job: None if job.took is None else job.took / times.SECOND),
    Column("overdue", "seconds", drop=2,
           of=lambda job: None if job.overdue is None else job.overdue // times.SECOND),
    Column("detail"),
    Column("exit", "count", detail=True,
           of=lambda job: job.record.exit if job.record and job.record.ended else None),
    Column("attempts", "count", detail=True, of="record.attempts"),
    Column("succeeded", "moment", detail=True,
           of=lambda job: (job.record and job.record.succeeded) or None),
    Column("due", "moment", detail=True),
)  # fmt: skip
_NAMED = 8


def list_rows(context: Context, arguments: Values) -> Table:
    """Return the jobs of this account, problems first."""
    folder = store.folder(context.env)
    try:
        inside = context.env.get(store.NAMED, "")
        found = store.standings(folder, context.clock(), inside) if folder else []
    except OSError as error:
        hint = "" if isinstance(error, Untrusted) else "; check who owns it"
        raise Failure(
            errors.UNREACHABLE,
            f"the jobs can't be read: {folder}: {error.strerror or error}{hint}",
        ) from None
    return findings.table(
        "homelab.job-list/1",
        _COLUMNS,
        found,
        arguments,
        _fine,
        empty="no job has run for this account; run one with homelab job run NAME -- COMMAND",
        listed=True,
    )


def _fine(jobs: list[JobStatus]) -> str:
    return findings.all_fine([job.name for job in jobs], f"{len(jobs)} jobs are fine", _NAMED)
