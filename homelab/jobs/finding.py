"""The jobs of this account: whether one failed or is overdue."""

from __future__ import annotations

from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding, few
from homelab.jobs import store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.jobs.record import JobStatus


def check(folder: str, now: int, inside: str = "") -> Finding:
    """Return the finding on the jobs at a moment (ns). `job run` keeps their records in `folder`,
    which is `jobs.store.folder(env)`; `inside` is the job that this process belongs to."""
    try:
        found = store.standings(folder, now, inside) if folder else []
    except OSError as error:
        denied = isinstance(error, PermissionError)
        state = SKIPPED if denied else UNKNOWN
        return Finding(state, "jobs", "-", f"{folder}: {error.strerror}", denied=denied)
    if not found:
        return Finding(SKIPPED, "jobs", "-", "no jobs have run for this account")
    wrong = [each for each in found if each.state == WARNING]
    unread = [each for each in found if each.state == UNKNOWN]
    if wrong:
        told = [f"{each.name}: {_trouble(each)}" for each in wrong]
        detail = f"{few(told)}; see homelab job list"
        value, number = f"{len(wrong)} of {len(found)} wrong", len(wrong)
        return Finding(WARNING, "jobs", value, detail, number=number, unit="in trouble")
    if unread:
        detail = f"{unread[0].name}: {unread[0].detail}"
        return Finding(UNKNOWN, "jobs", f"{len(unread)} unknown", detail)
    return Finding(OK, "jobs", f"{len(found)} fine", number=0, unit="in trouble")


def _trouble(standing: JobStatus) -> str:
    """The trouble of a job, in a word or two."""
    if standing.overdue is not None:
        return "overdue"
    if standing.result == "ok":
        return "its pings fail"
    return standing.result
