"""`job show`: the last run of a job and its output."""

from __future__ import annotations

from homelab import times
from homelab.jobs import store
from homelab.output.answer import Column, Table, Text
from homelab.verbs.job import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.jobs.record import JobStatus

COLUMNS = (
    Column("name"),
    Column("state"),
    Column("result"),
    Column("started", "moment"),
    Column("took", "seconds"),
    Column("exit", "count"),
    Column("attempts", "count"),
    Column("succeeded", "moment"),
    Column("detail"),
    Column("output"),
)


def show(context: Context, arguments: Values) -> Table | Text:
    """Show the last run of a job and its output. Raises Failure (1, 2, 69)."""
    name: str = arguments.name
    folder = names.folder_of(context, name)
    try:
        job = store.status(folder, name, context.clock())
        output = store.output(folder, name)
    except (OSError, ValueError) as error:
        raise names.unreadable(f"{folder}/{name}.out", error) from None
    text = None if output is None else output.decode("utf-8", "backslashreplace")
    if arguments.json:
        return Table("homelab.job-show/1", COLUMNS, [_row(job, text)])
    above = "".join(f"{key:9}{value}\n" for key, value in _facts(job))
    if text is None:
        return Text(f"{above}\nno output was kept for this run\n")
    if not text:
        so_far = " so far" if job.record and not job.record.ended else ""
        return Text(f"{above}\nno output{so_far}\n")
    return Text(f"{above}\n{text}" + ("" if text.endswith("\n") else "\n"))


def _facts(job: JobStatus) -> list[tuple[str, str]]:
    """The facts about the run that are shown above its output: label and value."""
    facts = [("job", job.name), ("result", job.result or "unknown")]
    if job.record is not None:
        facts.append(("started", times.local(job.record.started)))
    if job.took is not None:
        facts.append(("took", times.lasted(job.took)))
    if job.detail:
        facts.append(("detail", job.detail))
    return facts


def _row(job: JobStatus, text: str | None) -> tuple[str | int | float | None, ...]:
    record = job.record
    took = None if job.took is None else job.took / times.SECOND
    values: tuple[str | int | float | None, ...] = (None, took, None, None, None)
    if record is not None:
        code = record.exit if record.ended else None
        values = (record.started, took, code, record.attempts, record.succeeded or None)
    return (job.name, job.state, job.result or None, *values, job.detail or None, text)
