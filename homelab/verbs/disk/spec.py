"""The descriptions of the verbs `disk …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, FULL, LIST, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
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
