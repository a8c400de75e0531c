"""Options, columns and exit codes that several verbs share."""

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
    Argument("--csv", "flag", "print comma-separated values; text like =x or -x gets a ' in front"),
    Argument("--no-header", "flag", "leave the header line out"),
    COLOUR,
)
# kubectl, systemctl and others choose the format this way; `arguments.parse` sets --json or --csv
# for it
FORMAT = Argument(
    "--output",
    "text",
    "json or csv: the same as --json or --csv",
    choices=("json", "csv", "table"),
    aliases=("-o",),
)
ROWS = (*PLAIN_ROWS, FORMAT)
# The exit codes of every check verb. An unknown is an answer too: it says something about the host,
# and the verb has worked.
UNCHECKED = (69, "no problem found, but something is unknown")
CHECK_ANSWERS = (0, 1, 69)
HOSTS = (  # other hosts, over ssh; remote.targets reads them
    Argument(
        "HOST",
        "host",
        "hosts as ssh takes them, or @GROUP of the settings; - reads a list on stdin",
        many=True,
    ),
    Argument(
        "--from", "file", "file with hosts, one a line, or an Ansible INI inventory", value="FILE"
    ),
)
FULL = (
    Argument("--disk", "percent", "warn when a file system is this full", default="90"),
    Argument("--inodes", "percent", "warn when this many inodes are used", default="90"),
)
# The options of every check verb; findings.table reads them.
CHECK = (
    Argument("--all", "flag", "also show what is fine"),
    Argument("--problems", "flag", "show only what is not fine (the default); JSON has all"),
    *ROWS,
)
LIST = (  # for a check verb that lists every row, like `docker ps` and `df`
    Argument("--all", "flag", "show every row (the default)"),
    Argument("--problems", "flag", "show only what is not fine; JSON and CSV have all"),
    *ROWS,
)
MANAGERS = (  # systemd's managers
    Argument("--system", "flag", "only the system's manager"),
    Argument("--user", "flag", "only this account's own manager"),
    Argument("--timeout", "span", "how long systemd may take in total", default="10s"),
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
    (69, "Loki is unreachable"),
    (77, "Loki, or a proxy in front of it, refuses access"),
    (78, "no Loki is configured, or the settings are broken"),
)
