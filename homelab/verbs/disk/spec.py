"""The descriptions of the verbs `disk …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, FULL, LIST, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "disk health",
        "health of ZFS pools, RAID, btrfs, LVM and disks (SMART)",
        "homelab.verbs.disk.health:health",
        arguments=(
            Argument(
                "NAME",
                "text",
                "only this pool, array, file system, volume group or disk",
                many=True,
            ),
            Argument(
                "--temperature",
                "number",
                "warn at this temperature of a disk (°C; by default each disk's own limit)",
            ),
            Argument(
                "--wear", "percent", "warn when this much of a disk's life is used", default="90"
            ),
            Argument("--scrub", "span", "warn when the last scrub is older", default="35d"),
            Argument("--full", "percent", "warn when a pool is this full", default="80"),
            Argument("--timeout", "span", "how long each tool may take", default="10s"),
            *LIST,
        ),
        details=(
            "ZFS pools by zpool, md arrays from /proc/mdstat, mounted btrfs from /sys, LVM by vgs"
            " and lvs, disks by smartctl; all are asked concurrently. One that can't be asked is"
            " unknown, with the reason. CHECKED is the age of the last scrub, of a disk the hours"
            " of operation since its last self-test; ERRORS counts errors of devices, of a disk"
            " lost and replaced sectors. A sleeping disk is not woken. A hard disk is too hot from"
            " 55 °C, a SATA SSD from 65 °C, an NVMe disk from its own limit. SMART, LVM and the age"
            " of a btrfs scrub need root."
        ),
        examples=("homelab disk health", "homelab disk health tank sda --temperature 50"),
        exits=((0, "all that was checked is fine"), (1, "something needs attention"), UNCHECKED),
        answers=CHECK_ANSWERS,
    ),
    Verb(
        "disk usage",
        "how full the file systems are, in bytes and inodes",
        "homelab.verbs.disk.usage:usage",
        arguments=(
            Argument("PATH", "file", "only the file system that holds this path", many=True),
            Argument(
                "--mounted", "flag", "each PATH must be a mount itself; if not, it is critical"
            ),
            *FULL,
            *LIST,
        ),
        details=(
            "Percentages are of the space that an ordinary account may use, as in df. Pseudo file"
            " systems, read-only images and second mounts of a file system are left out; with PATH"
            " any file system is shown. Network mounts are asked concurrently, for 2 s; one that"
            " hangs is unknown. With --mounted a PATH that does not exist, or that is only a folder"
            " of another file system, is critical: its mount is missing. autofs mounts it first."
        ),
        examples=(
            "homelab disk usage",
            "homelab disk usage --disk 80 /srv /mnt/nas",
            "homelab disk usage --mounted /mnt/nas /srv/media",
        ),
        exits=((0, "nothing is over a threshold"), (1, "something is over a threshold"), UNCHECKED),
        answers=CHECK_ANSWERS,
        core=True,
    ),
)
