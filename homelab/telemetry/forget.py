"""Forget an account's runs: delete those on this host, and ask Loki to delete its own."""

from __future__ import annotations

import os

from homelab.errors import BUSY, NO, Failure
from homelab.loki import diagnosis, logql
from homelab.system.ownership import Untrusted, own_folder
from homelab.telemetry import fold, lab, ledger, outbox
from homelab.telemetry.event import DELETE, JOB, SELF_TEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.loki.client import Loki

TAKEN, DISABLED, ABSENT = "taken", "disabled", "absent"
_BEGIN = "1970-01-01T00:00:00Z"  # Loki's API takes RFC 3339, or seconds in ten digits
# Before that day no homelab put an account into structured metadata. For a request that filters
# entries, Loki makes one request for each day (delete_max_interval).
_BEGIN_METADATA = "2026-11-01T00:00:00Z"
# Loki 3.8 answers this if it has the API and the tenant may not use it, and an older one if
# retention is off (pkg/compactor/deletion). A 3.8 without retention has no such path: 404.
_NOT_FOR_TENANT, _NO_RETENTION = "deletion is not available", "Retention is not enabled"


class Kept:
    """The data in a state folder about an account's runs: the names of the `journal`'s files, how
    many events are `waiting` in the outbox, whether a `ledger` has counts and moments of
    deliveries, and whether there is the key of the `lab`'s id in releases."""

    __slots__ = ("journal", "lab", "ledger", "waiting")

    def __init__(self, journal: list[str], waiting: int, ledger: bool, lab: bool) -> None:
        self.journal = journal
        self.waiting = waiting
        self.ledger = ledger
        self.lab = lab

    def phrases(self) -> list[str]:
        """All of it, in words."""
        found = [f"the journal ({', '.join(self.journal)})"] if self.journal else []
        if self.waiting:
            one = self.waiting == 1
            found.append("1 waiting event" if one else f"{self.waiting} waiting events")
        found += ["the record of deliveries"] if self.ledger else []
        return [*found, "the lab's id in releases"] if self.lab else found


def kept(folder: str) -> Kept:
    """The data that `here` would delete from a state folder. Raises Failure (1) if the folder can't
    be read, or belongs to another account."""
    try:
        os.stat(folder)
        os.close(own_folder(folder))
        noted, known = (os.path.lexists(f"{folder}/{name}") for name in (ledger.NAME, lab.NAME))
        return Kept(fold.files(folder), len(outbox.waiting(folder)), noted, known)
    except FileNotFoundError:
        return Kept([], 0, False, False)
    except OSError as error:
        raise _undeletable(folder, error) from None


def here(folder: str) -> Kept:
    """Delete outbox, ledger, journal and the lab's id; return what was deleted. The outbox goes
    first: its events could still be sent. Raises Failure (75) if a sender or a fold runs for too
    long, and (1) if something can't be deleted."""
    found = kept(folder)
    try:
        found.waiting, found.ledger = outbox.forget(folder)
        if found.journal:
            found.journal = fold.remove(folder)
        found.lab = lab.remove(folder)
        return found
    except BlockingIOError:
        raise Failure(
            BUSY, f"{folder} is in use by a running homelab process; try again in a minute"
        ) from None
    except OSError as error:
        raise _undeletable(folder, error) from None


def _undeletable(folder: str, error: OSError) -> Failure:
    if isinstance(error, Untrusted):  # root must not delete another account's files
        return Failure(NO, f"nothing in {folder} is touched: {error.strerror}")
    what = os.path.join(folder, error.filename) if isinstance(error.filename, str) else folder
    if error.strerror:
        return Failure(NO, f"{what} can't be deleted: {error.strerror}; delete it by hand")
    return Failure(NO, f"{what} can't be deleted: {error}; delete it as that account")  # own_folder


def queries(labels: tuple[str, ...]) -> tuple[str, str]:
    """LogQL queries for the runs of an account, including late ones and those of `usage doctor`:
    the streams with its label, and the entries with its name in structured metadata. There are two
    queries, because Loki deletes a stream without reading it, but rewrites chunks to delete single
    entries."""
    jobs, user = logql.any_of("job", (JOB, SELF_TEST)), logql.any_of("user", labels)
    shared = logql.selector({}, jobs, 'user=""')
    return logql.selector({}, jobs, user), f"{shared} | {user}"


def targets(labels: tuple[str, ...]) -> list[str]:
    """The paths and queries of the requests that delete them. They have no end, so Loki uses its
    own present moment: a host's clock may be ahead, and Loki refuses an end in its future."""
    from urllib.parse import urlencode

    return [
        f"{DELETE}?{urlencode({'query': query, 'start': start})}"
        for query, start in zip(queries(labels), (_BEGIN, _BEGIN_METADATA))
    ]


def in_loki(loki: Loki, labels: tuple[str, ...], taken: list[str] | None = None) -> str:
    """Ask Loki to delete the runs. Returns TAKEN, DISABLED (for this tenant) or ABSENT (no such API
    there), and appends to `taken` each query that Loki accepted, even if the next one raises.
    Raises Failure if Loki is unreachable or refuses access."""
    for query, target in zip(queries(labels), targets(labels)):
        answer = _asked(loki, target)
        if answer != TAKEN:
            return answer
        if taken is not None:
            taken.append(query)
    return TAKEN


def _asked(loki: Loki, target: str) -> str:
    reply = loki.request("POST", target)
    words = diagnosis.words_of(reply.body)
    if reply.status == 204:
        return TAKEN
    if reply.status == 403 and _NOT_FOR_TENANT in words:
        return DISABLED
    if reply.status in (404, 405) or (reply.status == 400 and _NO_RETENTION in words):
        return ABSENT
    raise loki.refusal(reply)
