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
            Argument("PATH", "file", "only the file system that this is on", many=True),
            *FULL,
            *LIST,
        ),
        details=(
            "Per cents are of what an ordinary account may use, as df has it. Left out are pseudo"
            " file systems, read-only images and what is mounted a second time; with PATH any file"
            " system is shown. Network mounts are asked all at once, for 2 s: one that hangs says"
            " unknown."
        ),
        examples=("homelab disk usage", "homelab disk usage --disk 80 /srv /mnt/nas"),
        exits=((0, "nothing is over a threshold"), (1, "something is over a threshold"), UNCHECKED),
        answers=CHECK_ANSWERS,
        core=True,
    ),
)
