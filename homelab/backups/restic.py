"""Pure: what `restic snapshots --json` prints (restic 0.9 to 0.18: docs/075_scripting.rst)."""

from __future__ import annotations

from homelab.backups.snapshot import Snapshot, Unreadable, document, moment
from homelab.texts import lines

# What stderr has for a snapshot that can't be read; the exit code is 0 (restic 0.9 to 0.18).
_IGNORED = ("could not load snapshot", 'ignoring "')


def snapshots(data: bytes) -> list[Snapshot]:
    """The snapshots of a repository in their order. Raises Unreadable if the data is not a JSON
    list of snapshots, or if none of its snapshots has a time."""
    found = document(data, "restic", (b"[", b"null"))
    rows = [] if found is None else found
    if not isinstance(rows, list):
        raise Unreadable("restic printed JSON that is not a list of snapshots")
    read = [each for each in map(_snapshot, rows) if each]
    if rows and not read:
        raise Unreadable("restic printed snapshots without a time")
    return read


def _snapshot(row: object) -> Snapshot | None:
    if not isinstance(row, dict):
        return None
    try:
        made = moment(row.get("time"))
    except ValueError:
        return None
    host, tags, summary = row.get("hostname"), row.get("tags"), row.get("summary")
    # the bytes that this backup read, from restic 0.17 on
    size = summary.get("total_bytes_processed") if isinstance(summary, dict) else None
    return Snapshot(
        str(row.get("short_id") or row.get("id") or "")[:16],
        made,
        host if isinstance(host, str) else "",
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        size if isinstance(size, int) and size >= 0 else None,
    )


def ignored(errors: str) -> int:
    """How many snapshots restic could not read, from its stderr."""
    return sum(line.lower().startswith(_IGNORED) for line in lines(errors))


def chosen(found: list[Snapshot], hosts: list[str], tags: list[str]) -> list[Snapshot]:
    """The snapshots of one of the hosts with all of the tags; no hosts or tags: of any."""
    return [
        each
        for each in found
        if (not hosts or each.host in hosts) and all(tag in each.tags for tag in tags)
    ]
