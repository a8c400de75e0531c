"""What several verbs of the catalogue have in common."""

from __future__ import annotations

from homelab.catalogue.verb import Argument

JSON = Argument("--json", "flag", "print one JSON document")
# ls, git and grep name it so
COLOUR = Argument(
    "--color",
    "text",
    "colour states: auto is at a terminal only",
    choices=("auto", "always", "never"),
    default="auto",
)
# ROWS of a verb that has an --output of its own
PLAIN_ROWS = (
    JSON,
    Argument("--csv", "flag", "print comma-separated values; a ' stands before text like =x or -x"),
    Argument("--no-header", "flag", "leave the header line out"),
    COLOUR,
)
# kubectl, systemctl and others choose the format so; `arguments.parse` sets --json or --csv for it
FORMAT = Argument(
    "--output",
    "text",
    "json or csv: the same as --json or --csv",
    choices=("json", "csv", "table"),
    aliases=("-o",),
)
ROWS = (*PLAIN_ROWS, FORMAT)
# How every check verb ends. An unknown is an answer too: it says something of the host, and nothing
# against the verb.
UNCHECKED = (69, "no problem found, but something is unknown")
CHECK_ANSWERS = (0, 1, 69)
FULL = (
    Argument("--disk", "percent", "warn when a file system is this full", default="90"),
    Argument("--inodes", "percent", "warn when this many inodes are used", default="90"),
)
# The options of every check verb, which findings.table reads.
CHECK = (
    Argument("--all", "flag", "show what is fine, too"),
    Argument("--problems", "flag", "show only what is not fine (the default); JSON has all"),
    *ROWS,
)
LIST = (  # of a check verb that lists every row, as `docker ps` and `df` do
    Argument("--all", "flag", "show every row (the default)"),
    Argument("--problems", "flag", "show only what is not fine; JSON and CSV have all"),
    *ROWS,
)
MANAGERS = (  # of systemd
    Argument("--system", "flag", "only the system's manager"),
    Argument("--user", "flag", "only this account's own manager"),
    Argument("--timeout", "span", "how long systemd may take in all", default="10s"),
)
MANAGERS_EXITS = (
    UNCHECKED,
    (124, "systemd did not answer within --timeout"),
)
OUTPUT = Argument(
    "--output",
    "file",
    "the file to write; - is stdout",
    required=True,
    aliases=("-o",),
    value="FILE",
)
LOKI_EXITS = (
    (0, "done; no rows is an answer too"),
    (2, "wrong usage, or a query that Loki refuses"),
    (69, "Loki is out of reach"),
    (77, "Loki, or what stands in front of it, refuses access"),
    (78, "no Loki is configured, or the settings are broken"),
)
