"""`job list`: the jobs of this account and their last results."""

from __future__ import annotations

from homelab import errors, findings, times
from homelab.errors import Failure
from homelab.findings import CRITICAL
from homelab.jobs import record, store
from homelab.output.answer import Column, Table
from homelab.system.ownership import Untrusted
from homelab.verbs.job.names import not_a_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.jobs.record import JobStatus

COLUMNS = (
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
    if arguments.name:
        found = _required(arguments.name, found)
    return findings.table(
        "homelab.job-list/1",
        COLUMNS,
        found,
        arguments,
        _fine,
        empty="no job has run for this account; run one with homelab job run NAME -- COMMAND",
        listed=True,
    )


def _required(names: list[str], jobs: list[JobStatus]) -> list[JobStatus]:
    """The jobs of these names; one without a record is critical. Raises Failure (2)."""
    by_name = {job.name: job for job in jobs}
    for name in names:
        if not record.is_name(name):
            raise not_a_name(name)
    missing = "no job of this name has run for this account"
    return [
        by_name.get(name) or record.JobStatus(name, CRITICAL, "", missing)
        for name in dict.fromkeys(names)
    ]


def _fine(jobs: list[JobStatus]) -> str:
    return findings.all_fine([job.name for job in jobs], f"{len(jobs)} jobs are fine", _NAMED)
