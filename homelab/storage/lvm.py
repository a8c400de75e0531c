"""Pure: volume groups and volumes, from `vgs` and `lvs` with `--reportformat json` (lvmreport(7),
lvs(8))."""

from __future__ import annotations

import json

from homelab.storage import number

GROUP_FIELDS = "vg_name,vg_size,vg_free,pv_count,vg_missing_pv_count,vg_uuid"
VOLUME_FIELDS = (
    "lv_name,vg_name,lv_attr,segtype,lv_size,data_percent,metadata_percent,copy_percent"
    ",lv_health_status,raid_mismatch_count,raid_sync_action,origin"
)
THIN, SNAPSHOT, RAID, CACHE, VDO = "thin pool", "snapshot", "raid", "cache", "vdo pool"
_KINDS = {
    "t": THIN, "s": SNAPSHOT, "S": SNAPSHOT, "r": RAID, "R": RAID, "m": RAID, "M": RAID,
    "C": CACHE, "d": VDO,
}  # fmt: skip


class Group:
    """A volume group: `size` and `free` in bytes, its physical volumes, and how many are missing
    (None: unknown)."""

    __slots__ = ("free", "missing", "name", "size", "uuid", "volumes")

    def __init__(self, fields: dict[str, str]) -> None:
        self.name = fields.get("vg_name", "")
        self.uuid = fields.get("vg_uuid", "")
        self.size = number.whole(fields.get("vg_size"))
        self.free = number.whole(fields.get("vg_free"))
        self.volumes = number.whole(fields.get("pv_count"))
        self.missing = number.whole(fields.get("vg_missing_pv_count"))


class Volume:
    """A logical volume. `kind` is THIN, SNAPSHOT, RAID, CACHE, VDO or "" for one that has no
    health of its own. `data`, `metadata` and `synced` are shares (0 to 1; None: it has none).
    `state` is the fifth letter of lv_attr (`a` active, `I` invalid snapshot, …), `status` is
    lv_health_status."""

    __slots__ = (
        "action", "data", "group", "kind", "metadata", "mismatches", "name", "origin", "size",
        "state", "status", "synced",
    )  # fmt: skip

    def __init__(self, fields: dict[str, str]) -> None:
        attributes = fields.get("lv_attr", "")
        self.name = fields.get("lv_name", "").strip("[]")
        self.group = fields.get("vg_name", "")
        self.kind = _KINDS.get(attributes[:1], "")
        segment = fields.get("segtype", "")
        if not self.kind and segment.startswith(("thin-pool", "raid", "mirror", "vdo-pool")):
            self.kind = {"t": THIN, "v": VDO}.get(segment[0], RAID)
        if self.kind == RAID and segment == "raid0":
            self.kind = ""
        self.state = attributes[4:5]
        self.size = number.whole(fields.get("lv_size"))
        self.data = number.share(fields.get("data_percent"))
        self.metadata = number.share(fields.get("metadata_percent"))
        synced = fields.get("copy_percent") or fields.get("sync_percent")
        self.synced = number.share(synced)
        self.status = fields.get("lv_health_status", "") or _status(attributes)
        self.mismatches = number.whole(fields.get("raid_mismatch_count")) or 0
        self.action = fields.get("raid_sync_action", "")
        self.origin = fields.get("origin", "")


def paths(volume: Volume) -> tuple[str, ...]:
    """The names by which a user may ask for a volume: `pve/data` and its paths."""
    group, name = volume.group.replace("-", "--"), volume.name.replace("-", "--")
    path = f"{volume.group}/{volume.name}"
    return path, f"/dev/{path}", f"/dev/mapper/{group}-{name}"


def _status(attributes: str) -> str:
    """The word of lv_health_status for the ninth letter of lv_attr."""
    letters = {
        "p": "partial", "r": "refresh needed", "m": "mismatches exist", "F": "failed",
        "D": "out_of_data", "M": "metadata_read_only", "X": "unknown", "E": "error",
    }  # fmt: skip
    return letters.get(attributes[8:9], "")


def report(text: str, kind: str) -> list[dict[str, str]]:
    """The rows of a report (`kind` is `vg` or `lv`), their values as texts. Raises ValueError if
    the text is not a report."""
    document = json.loads(text)
    if not isinstance(document, dict) or not isinstance(document.get("report"), list):
        raise ValueError(text[:80])
    return [
        {name: number.text(value) if isinstance(value, str) else str(value)
         for name, value in row.items()}
        for each in number.items(document, "report")
        for row in number.items(each, kind)
    ]  # fmt: skip
