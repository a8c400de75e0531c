"""Forgetting an account's runs: what this host keeps of them, and what Loki is asked to delete."""

from __future__ import annotations

import os

from homelab.errors import BUSY, NO, Failure
from homelab.loki import diagnosis, logql
from homelab.system.paths import own_folder
from homelab.telemetry import fold, outbox
from homelab.telemetry.event import DELETE, JOB, SELF_TEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.loki.client import Loki

TAKEN, DISABLED, ABSENT = "taken", "disabled", "absent"
_BEGIN = "1970-01-01T00:00:00Z"  # Loki's API takes RFC 3339, or seconds in ten digits
# What a Loki 3.8 says where it has the API and the tenant may not use it, and an older one where
# retention is off (pkg/compactor/deletion). A 3.8 without retention has no such path: 404.
_NOT_FOR_TENANT, _NO_RETENTION = "deletion is not available", "Retention is not enabled"


def kept(folder: str) -> tuple[list[str], int]:
    """What `here` would delete from a state folder: the names of the journal's files, and how many
    events wait. Raises Failure (1) where the folder can't be read, or is another account's."""
    try:
        os.stat(folder)
        os.close(own_folder(folder))
        return fold.files(folder), len(outbox.waiting(folder))
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise _undeletable(folder, error) from None


def here(folder: str) -> tuple[list[str], int]:
    """Delete outbox, ledger and journal; returns what `kept` does, of what was deleted. The outbox
    goes first: what is in it could still leave. Raises Failure (75) where a sender or a fold is at
    work for too long, and (1) where something can't be deleted."""
    names, _ = kept(folder)
    try:
        count = outbox.forget(folder)
        return fold.remove(folder) if names else [], count
    except BlockingIOError:
        raise Failure(
            BUSY, f"{folder} is in use by a process of homelab that goes on; try again in a minute"
        ) from None
    except OSError as error:
        raise _undeletable(folder, error) from None


def _undeletable(folder: str, error: OSError) -> Failure:
    what = os.path.join(folder, error.filename) if isinstance(error.filename, str) else folder
    if error.strerror:
        return Failure(NO, f"{what} can't be deleted: {error.strerror}; delete it by hand")
    return Failure(NO, f"{what} can't be deleted: {error}; do it as that account")  # own_folder


def selector(labels: tuple[str, ...]) -> str:
    """The streams of an account, late ones and those of `usage doctor` too."""
    return logql.selector({}, logql.any_of("job", (JOB, SELF_TEST)), logql.any_of("user", labels))


def target(labels: tuple[str, ...]) -> str:
    """The path and query of the request that deletes them. It names no end, which is Loki's own
    moment then: a host's clock may be ahead, and Loki refuses an end in its future."""
    from urllib.parse import urlencode

    return f"{DELETE}?{urlencode({'query': selector(labels), 'start': _BEGIN})}"


def in_loki(loki: Loki, labels: tuple[str, ...]) -> str:
    """Ask Loki to delete the streams; returns TAKEN, DISABLED (for this tenant) or ABSENT (no such
    API there). Raises Failure where Loki is out of reach or refuses access."""
    reply = loki.request("POST", target(labels))
    words = diagnosis.words_of(reply.body)
    if reply.status == 204:
        return TAKEN
    if reply.status == 403 and _NOT_FOR_TENANT in words:
        return DISABLED
    if reply.status in (404, 405) or (reply.status == 400 and _NO_RETENTION in words):
        return ABSENT
    raise diagnosis.of_answer(loki.address, reply.status, reply.headers, reply.body)
