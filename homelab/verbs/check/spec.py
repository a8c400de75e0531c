"""The description of the verb `check`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "check",
        "this host's vitals, and all that [checks] in the settings lists",
        "homelab.verbs.check.check:check",
        arguments=(
            Argument("--list", "flag", "only list what would be checked"),
            Argument("--timeout", "span", "how long each check may take", default="90s"),
            Argument(
                "--jobs", "count", "how many checks run at once (default: 2 per core, at least 4)"
            ),
            *CHECK,
        ),
        details=(
            "A line of [checks] in a settings file is the command line of a check verb without the"
            " verb: `cert = nas.lan mail.lan:25 --warn 30d`. Own verbs with `Check: yes` in their"
            " header and plugins of Nagios join. Each check is a child process with a time limit;"
            " one that fails, hangs or prints something else is unknown, with the reason. The"
            " vitals are those of host status, unless [checks] says `host = no`. `ignore = unit"
            " foo.service until 2027-01-31: replaced` hides a problem until the end of that day;"
            " an expired ignore is a warning. Nothing is watched between two runs: cron runs it,"
            " and job run --on-change reports what is new. homelab help monitoring has every key"
            " and examples."
        ),
        examples=(
            "homelab check",
            "homelab check --list",
            "homelab job run check --on-change --notify-file ntfy.url -- homelab check",
        ),
        exits=(
            (0, "all is fine"),
            (1, "a problem, or an expired ignore"),
            UNCHECKED,
            (78, "[checks] has a mistake, or nothing to check"),
        ),
        answers=CHECK_ANSWERS,
        network=True,
    ),
)
