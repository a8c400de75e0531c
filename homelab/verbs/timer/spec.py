"""The descriptions of the verbs `timer …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, LIST, MANAGERS, MANAGERS_EXITS
from homelab.catalogue.verb import Verb

VERBS = (
    Verb(
        "timer list",
        "systemd timers: next and last run, and how it ended",
        "homelab.verbs.timer.list:list_rows",
        arguments=(*MANAGERS, *LIST),
        details=(
            "The system's timers and those of this account's own manager, those in trouble first:"
            " what they start failed or does not exist, enabled but not started, overdue, repeating"
            " but without a next run. Disabled ones are left out. LAST is when the timer triggered,"
            " RESULT how that ended: ok, failed, running, or - where it has not run since boot."
        ),
        examples=("homelab timer list", "homelab timer list --user --json"),
        exits=((0, "all is well; or no systemd runs this host"), (1, "some are in trouble"),
               *MANAGERS_EXITS),
        answers=CHECK_ANSWERS,
    ),
)  # fmt: skip
