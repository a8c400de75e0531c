"""The descriptions of the verbs `unit …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS, MANAGERS, MANAGERS_EXITS
from homelab.catalogue.verb import Argument, Verb

_LINES = Argument(
    "--lines", "whole", "how many log lines of each unit to show", "3", aliases=("-n",)
)

VERBS = (
    Verb(
        "unit check",
        "systemd units that must be there and healthy",
        "homelab.verbs.unit.check:check",
        arguments=(
            Argument(
                "NAME", "text", "a unit; without a suffix, a service", required=True, many=True
            ),
            *MANAGERS,
            _LINES,
            *CHECK,
        ),
        details=(
            "A unit is critical if it does not exist, is masked, failed, keeps restarting, or is"
            " not active. It may be inactive if another unit that is active starts it (a timer, a"
            " socket, a path), or if it is a oneshot service whose last run ended with success. A"
            " unit that is active but that nothing starts at boot is a warning; one that is still"
            " starting is unknown. A path is a mount: /mnt/nas is mnt-nas.mount. Without --system"
            " and --user, a unit that the system's manager does not have is looked for in this"
            " account's own manager. On a host without systemd all units are unknown."
        ),
        examples=(
            "homelab unit check ssh nginx backup.timer /mnt/nas",
            "homelab unit check --user syncthing",
        ),
        exits=(
            (0, "all units are there and healthy"),
            (1, "at least one is not"),
            (69, "no problem found, but something is unknown; or this host does not run systemd"),
            (124, "systemd did not answer within --timeout"),
        ),
        answers=CHECK_ANSWERS,
    ),
    Verb(
        "unit failed",
        "failed and restarting systemd units, why, and their last log lines",
        "homelab.verbs.unit.failed:failed",
        arguments=(
            *MANAGERS,
            _LINES,
            *CHECK,
        ),
        details=(
            "Units that failed, that keep restarting, or that systemd can't load: of the system's"
            " manager and of this account's own manager, in cron jobs too. The managers of other"
            " accounts are not asked, not even by root. Log lines of the system's units need root"
            " or the group systemd-journal or adm. A host without systemd is skipped: it has no"
            " failed units, and the exit code is 0."
        ),
        examples=("homelab unit failed", "homelab unit failed --user --lines 10"),
        exits=(
            (0, "no failed unit; or this host does not run systemd"),
            (1, "at least one failed unit"),
            *MANAGERS_EXITS,
        ),
        answers=CHECK_ANSWERS,
        core=True,
    ),
)
