"""The names of jobs that an argument may give."""

from __future__ import annotations

from homelab.catalogue.resolve import suggestions
from homelab.errors import NO, UNREACHABLE, USAGE, Failure
from homelab.jobs import record, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context


def folder_of(context: Context, name: str) -> str:
    """The folder that has what is kept of the job `name`. Raises Failure (1, 2) where there is no
    such job, (69) where that can't be known."""
    folder = store.folder(context.env)
    if not record.is_name(name):
        raise Failure(
            USAGE,
            f"not a name of a job: {name[:80]!r} (small letters, digits, '.', '_' and '-')",
        )
    try:
        known = store.names(folder) if folder else []
    except OSError as error:
        raise unreadable(folder, error) from None
    if name not in known:
        similar = suggestions([name], frozenset(known))
        hint = "homelab job list names all jobs"
        if similar:
            hint = f"did you mean {' or '.join(map(repr, similar))}?"
        elif not known:
            hint = "no job has run for this account"
        raise Failure(NO, f"no job {name!r}; {hint}")
    return folder


def unreadable(place: str, error: Exception) -> Failure:
    """The Failure (69) for what is kept of a job and can't be read or removed."""
    why = getattr(error, "strerror", None) or error
    return Failure(UNREACHABLE, f"{place}: {why}; check who owns it")
