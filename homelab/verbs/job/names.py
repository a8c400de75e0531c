"""Check the job names that are given as arguments."""

from __future__ import annotations

from homelab.catalogue.resolve import suggestions
from homelab.errors import NO, UNREACHABLE, USAGE, Failure
from homelab.jobs import record, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context


def folder_of(context: Context, name: str) -> str:
    """The folder that holds the record of the job `name`. Raises Failure (1, 2) if there is no such
    job, and (69) if the folder cannot be read."""
    folder = store.folder(context.env)
    if not record.is_name(name):
        raise not_a_name(name)
    try:
        known = store.names(folder) if folder else []
    except OSError as error:
        raise unreadable(folder, error) from None
    if name not in known:
        similar = suggestions([name], frozenset(known))
        hint = "homelab job list shows all jobs"
        if similar:
            hint = f"did you mean {' or '.join(map(repr, similar))}?"
        elif not known:
            hint = "no job has run for this account"
        raise Failure(NO, f"no job {name!r}; {hint}")
    return folder


def not_a_name(name: str) -> Failure:
    """Return the Failure (2) for a text that can't name a job."""
    return Failure(
        USAGE, f"not a job name: {name[:80]!r} (use small letters, digits, '.', '_' and '-')"
    )


def unreadable(place: str, error: Exception) -> Failure:
    """Return the Failure (69) for a file of a job that cannot be read or removed."""
    why = getattr(error, "strerror", None) or error
    return Failure(UNREACHABLE, f"{place}: {why}; check who owns it")
