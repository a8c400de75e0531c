"""`logs …`, as data."""

from __future__ import annotations

from homelab.catalogue.common import LOKI_EXITS, ROWS
from homelab.verb import Argument, Verb

SELECTOR = Argument(
    "SELECTOR",
    "selector",
    'LogQL, as in \'{unit="ssh.service"} |= "Failed"\'; without it and the flags, all lines',
)
# What a person would ask for, without LogQL. Which label says it is found out from Loki.
FLAGS = (
    Argument("--app", "text", "of this app", value="NAME"),
    Argument("--host", "text", "of this host", value="NAME"),
    Argument("--unit", "text", "of this systemd unit", value="NAME"),
    Argument("--container", "text", "of this container", value="NAME"),
    Argument("--job", "text", "of this job", value="NAME"),
    Argument("--namespace", "text", "of this namespace", value="NAME"),
    Argument("--level", "text", "of this level, however spelt; several as in warn,error"),
    Argument("--label", "text", "with this label", many=True, value="NAME=VALUE"),
    Argument("--grep", "text", "with this text in the line", many=True, value="TEXT"),
    Argument("--not", "text", "without this text in the line", many=True, value="TEXT"),
    Argument("--regex", "text", "with a match of this RE2", many=True, value="RE"),
)
SINCE = Argument("--since", "since", "where to begin: 15m, 7d, today, 2026-11-01 (default: 1h)")
UNTIL = Argument("--until", "since", "where to end (default: now)")
TIMEOUT = Argument("--timeout", "span", "wait this long at most", default="30s")
EXPLAIN = Argument("--explain", "flag", "print the LogQL and ask nothing")
UTC = Argument("--utc", "flag", "times in UTC instead of local ones")
FAIL_EMPTY = Argument("--fail-empty", "flag", "end with 1 where nothing matches")
FORM = Argument(
    "--output",
    "text",
    "how a line is printed",
    default="columns",
    choices=("columns", "raw", "json", "logfmt"),
)
EXITS = (
    (0, "done; no lines is an answer too"),
    (1, "nothing matches and --fail-empty was given, or what came is not the whole answer"),
    *LOKI_EXITS[1:],
    (124, "no answer within --timeout"),
)

VERBS = (
    Verb(
        "logs query",
        "log lines that match a LogQL selector or flags, newest first",
        "homelab.verbs.logs:query",
        arguments=(
            SELECTOR,
            *FLAGS,
            SINCE,
            UNTIL,
            Argument("--limit", "count", "at most this many lines", default="100"),
            Argument("--all", "flag", "all lines, however many"),
            Argument("--oldest-first", "flag", "from the window's start on instead of its end"),
            Argument("--step", "span", "of LogQL that counts: a sample each so often"),
            FORM,
            UTC,
            EXPLAIN,
            FAIL_EMPTY,
            TIMEOUT,
            *ROWS,
        ),
        details="When more lines match than the limit lets through, it says so on stderr. Flags are"
        " looked up in the labels that this Loki has: --host may be host, hostname, instance or"
        " node. Labels that all lines have are said once, on stderr. LogQL that counts lines is"
        " answered by its samples at the end of the window, or each --step. --output raw prints the"
        " lines alone, json a document a line.",
        examples=(
            "homelab logs query '{host=\"pve1\"}' --since 1d",
            "homelab logs query --app plex --level error --since today",
            "homelab logs query --unit ssh --grep Failed --all --output raw",
            'homelab logs query \'{job="systemd-journal"} |= "error"\' --json',
        ),
        exits=EXITS,
        answers=(0, 1),
        schema="homelab.logs-query/1",
        network=True,
    ),
    Verb(
        "logs tail",
        "the last log lines, and new ones as they come",
        "homelab.verbs.tail:tail",
        arguments=(
            SELECTOR,
            *FLAGS,
            Argument("--lines", "whole", "the last lines to begin with", "10", aliases=("-n",)),
            Argument("--for", "span", "end after this long"),
            Argument("--since", "since", "how far back the last lines may be (default: 1h)"),
            FORM,
            UTC,
            EXPLAIN,
            TIMEOUT,
            *ROWS,
        ),
        details="Loki is asked each second, and now and then for lines that came late. When it is"
        " out of reach that is said, and it is asked again until it is back: nothing is left out"
        " and nothing shown twice. Ctrl-C ends it. With --json each line is a document of its own.",
        examples=(
            "homelab logs tail --app traefik",
            "homelab logs tail --host nas -n 50 --for 10m",
        ),
        exits=(*((code, meaning) for code, meaning in EXITS if code != 1), (130, "Ctrl-C")),
        answers=(0, 130),
        schema="homelab.logs-tail/1",
        network=True,
        tool=False,
    ),
)
