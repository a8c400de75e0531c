"""The descriptions of the verbs `unit …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS, MANAGERS, MANAGERS_EXITS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "unit failed",
        "failed and restarting systemd units, why, and their last log lines",
        "homelab.verbs.unit.failed:failed",
        arguments=(
            *MANAGERS,
            Argument(
                "--lines", "whole", "how many log lines of each unit to show", "3", aliases=("-n",)
            ),
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
