"""`logs …`, as data."""

from __future__ import annotations

from homelab.catalogue.common import LOKI_EXITS, ROWS
from homelab.verb import Argument, Verb

VERBS = (
    Verb(
        "logs query",
        "log lines that match a LogQL selector, newest first",
        "homelab.verbs.logs:query",
        arguments=(
            Argument(
                "SELECTOR", "selector", "LogQL, as in '{unit=\"ssh.service\"}'", required=True
            ),
            Argument("--since", "since", "how far back to look", default="1h"),
            Argument("--limit", "count", "at most this many lines, up to 5000", default="100"),
            *ROWS,
        ),
        details="When more lines match than the limit lets through, it says so on stderr.",
        examples=(
            "homelab logs query '{host=\"pve1\"}' --since 1d",
            'homelab logs query \'{job="systemd-journal"} |= "error"\' --json',
        ),
        exits=LOKI_EXITS,
        schema="homelab.logs-query/1",
        network=True,
    ),
)
