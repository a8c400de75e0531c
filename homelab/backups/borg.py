"""Pure: what `borg list --json` prints (1.1 to 1.4), and `borg repo-list --json` (2)."""

from __future__ import annotations

from homelab.backups.snapshot import Snapshot, Unreadable, document, moment

_DIGITS = "0123456789"
CHECKPOINT = ".checkpoint"


def archives(data: bytes) -> tuple[list[Snapshot], int]:
    """The complete archives of a repository, and the number of checkpoints: archives that an
    interrupted backup left behind. Raises Unreadable if the data is not the JSON document of a
    repository, or if none of its archives has a time."""
    found = document(data, "borg", (b"{",))
    rows = found.get("archives") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise Unreadable("borg printed JSON that is not a list of archives")
    read = [each for each in map(_archive, rows) if each]
    if rows and not read:
        raise Unreadable("borg printed archives without a time")
    complete = [each for each in read if not is_checkpoint(each.name)]
    return complete, len(read) - len(complete)


def is_checkpoint(name: str) -> bool:
    """Whether an archive's name is that of a checkpoint: `nas.checkpoint`, `nas.checkpoint.1`."""
    return name.rstrip(_DIGITS).endswith((CHECKPOINT, CHECKPOINT + "."))


def _archive(row: object) -> Snapshot | None:
    if not isinstance(row, dict):
        return None
    name, host = row.get("name") or row.get("archive"), row.get("hostname")
    try:
        made = moment(row.get("time") or row.get("start"))
    except ValueError:
        return None
    return Snapshot(str(name or ""), made, host if isinstance(host, str) else "")


def version(text: str) -> tuple[int, int]:
    """The version in `borg 1.2.4` or `borg 2.0.0b12`; (0, 0) if the text has none."""
    words = text.split()
    parts = words[-1].split(".") if words else []
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        return 0, 0
    return int(parts[0][:6]), int(parts[1][:6])
