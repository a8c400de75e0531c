"""The descriptions of the verbs `timer …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, LIST, MANAGERS, MANAGERS_EXITS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "timer list",
        "systemd timers: next and last run, and how it ended",
        "homelab.verbs.timer.list:list_rows",
        arguments=(
            Argument("NAME", "text", "a timer that must be there", many=True),
            *MANAGERS,
            *LIST,
        ),
        details=(
            "Timers of the system's manager and of this account's own manager, problems first: the"
            " unit that it starts failed or does not exist; enabled but not started; overdue;"
            " repeating but without a next run. Disabled timers are left out. LAST is when the"
            " timer last triggered, RESULT how that run ended: ok, failed, running, or - if it has"
            " not run since boot. With NAME only these timers are shown; one that does not exist or"
            " is disabled is critical."
        ),
        examples=(
            "homelab timer list",
            "homelab timer list --user --json",
            "homelab timer list backup certbot",
        ),
        exits=((0, "all are fine; or this host does not run systemd"), (1, "a timer has a problem"),
               *MANAGERS_EXITS),
        answers=CHECK_ANSWERS,
    ),
)  # fmt: skip
