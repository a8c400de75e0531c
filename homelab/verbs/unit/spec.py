"""The descriptions of the verbs `unit …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS, MANAGERS, MANAGERS_EXITS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "unit failed",
        "failed and restarting systemd units, why, and what they wrote last",
        "homelab.verbs.unit.failed:failed",
        arguments=(
            *MANAGERS,
            Argument("--lines", "whole", "how many lines of its journal", "3", aliases=("-n",)),
            *CHECK,
        ),
        details=(
            "Units that failed, that restart again and again, and that systemd can't load: the"
            " system's, and those of this account's own manager, in cron jobs too. Other accounts'"
            " managers are not asked, not even by root. The lines of the system's units are for"
            " root and for members of the groups systemd-journal and adm. A host without systemd"
            " is skipped: it has no failed units, and 0 is the answer."
        ),
        examples=("homelab unit failed", "homelab unit failed --user --lines 10"),
        exits=((0, "none; or no systemd runs this host"), (1, "some"), *MANAGERS_EXITS),
        answers=CHECK_ANSWERS,
        core=True,
    ),
)
