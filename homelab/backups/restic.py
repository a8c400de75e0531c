"""Pure: what `restic snapshots --json` prints (restic 0.9 to 0.18: docs/075_scripting.rst)."""

from __future__ import annotations

from homelab.backups.snapshot import Snapshot, Unreadable, moment
from homelab.net import bounded_json

_VALUES = 2_000_000  # 16 MiB of snapshots have fewer


def snapshots(data: bytes) -> list[Snapshot]:
    """The snapshots of a repository in their order. Raises Unreadable if the data is not a JSON
    list of snapshots, or if none of its snapshots has a time."""
    try:
        found = bounded_json.loads(data, _VALUES)
    except ValueError:
        raise Unreadable("restic printed something that is not JSON") from None
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


def chosen(found: list[Snapshot], hosts: list[str], tags: list[str]) -> list[Snapshot]:
    """The snapshots of one of the hosts with all of the tags; no hosts or tags: of any."""
    return [
        each
        for each in found
        if (not hosts or each.host in hosts) and all(tag in each.tags for tag in tags)
    ]
