"""The descriptions of the verbs `backup …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, LIST
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "backup age",
        "the newest backup of each source, and how old it is",
        "homelab.verbs.backup.age:age",
        arguments=(
            Argument(
                "SOURCE",
                "file",
                "TOOL:WHERE, or a path or pattern of files (default: from settings)",
                many=True,
            ),
            Argument("--max", "span", "older than this is critical (default: 26h)"),
            Argument("--warn", "span", "older than this is a warning (default: none)"),
            Argument("--host", "text", "restic: only snapshots of this host", many=True),
            Argument("--tag", "text", "restic: only snapshots with this tag", many=True),
            Argument(
                "--name", "text", "borg: only archives with such a name: 'nas-*'", value="PATTERN"
            ),
            Argument(
                "--recursive",
                "flag",
                "zfs: also each dataset below",
                aliases=("-r",),
            ),
            Argument("--timeout", "span", "how long to wait for each source", default="60s"),
            *LIST,
        ),
        details=(
            "SOURCE is one of: restic:REPOSITORY and borg:REPOSITORY, as these tools take it;"
            " rsnapshot:FILE with its settings, or its snapshot folder; btrbk:FILE with its"
            " settings; zfs:DATASET, or zfs:DATASET@PATTERN for some of its snapshots; otherwise a"
            " file, a folder (its newest file, at any depth) or a quoted pattern such as"
            " '/srv/backup/*.tar.zst'; ** is any number of folders. Without WHERE, restic: and"
            " borg: use the repository that the environment names, rsnapshot: and btrbk: the usual"
            " file. Without SOURCE, the lines `backup = …` in the section [checks] of the settings"
            " count, and without such lines the environment and the usual files.\n\n"
            "The tools find their passwords as in the backup job (RESTIC_PASSWORD_FILE,"
            " BORG_PASSCOMMAND, key files). homelab never asks for one, and passes a repository"
            " only in the environment. The newest snapshot of restic counts, of any host"
            " and tag, unless --host or --tag select some. A source that was asked and has no"
            " backup is critical. One that could not be asked (no password, locked, unreachable,"
            " too slow) is unknown, as is a time in the future. Empty files, unfinished files,"
            " checkpoints of borg and links to nothing are not backups."
        ),
        examples=(
            "homelab backup age restic:/srv/restic borg:ssh://borg@nas.lan/./photos",
            "homelab backup age '/srv/backup/*.tar.zst' --max 8d --warn 7d",
            "homelab backup age zfs:tank/data -r --max 2h",
        ),
        exits=(
            (0, "all backups are new enough"),
            (1, "a backup is too old, or there is none"),
            (2, "wrong usage"),
            (69, "no problem found, but a source could not be asked"),
            (78, "no source is named, here or in the settings"),
        ),
        answers=CHECK_ANSWERS,
        network=True,
    ),
)
