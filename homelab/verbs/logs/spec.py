"""The descriptions of the verbs `logs …`."""

from __future__ import annotations

from homelab.catalogue.common import LOKI_EXITS, PLAIN_ROWS, ROWS
from homelab.catalogue.verb import Argument, Verb

SELECTOR = Argument(
    "SELECTOR",
    "selector",
    'LogQL, as in \'{unit="ssh.service"} |= "Failed"\'; without it and the flags, all lines',
)
STREAMS = Argument("SELECTOR", "selector", "LogQL, as in '{host=\"pve1\"}'; without it, all")
# Selection without LogQL. Loki's labels show which one holds the name.
NAMES = (
    Argument("--app", "text", "of this app", many=True, value="NAME"),
    Argument("--host", "text", "of this host", many=True, value="NAME"),
    Argument("--unit", "text", "of this systemd unit", many=True, value="NAME"),
    Argument("--container", "text", "of this container", many=True, value="NAME"),
    Argument("--job", "text", "of this job", many=True, value="NAME"),
    Argument("--namespace", "text", "of this namespace", many=True, value="NAME"),
    Argument("--label", "text", "with this label", many=True, value="NAME=VALUE"),
)
FLAGS = (
    *NAMES,
    Argument(
        "--level",
        "text",
        "of this level, in any spelling; several as in warn,error",
        many=True,
        value="LEVEL,...",
    ),
    Argument("--grep", "text", "with this text in the line", many=True, value="TEXT"),
    Argument("--not", "text", "without this text in the line", many=True, value="TEXT"),
    Argument("--regex", "text", "that match this RE2 regular expression", many=True, value="RE"),
)
SINCE = Argument(
    "--since", "since", "start of the window: 15m, 7d, today, 2026-11-01 (default: 1h)"
)
UNTIL = Argument(
    "--until", "until", "end of the window (default: now, plus lines stamped slightly ahead)"
)
TIMEOUT = Argument("--timeout", "span", "wait this long at most", default="30s")
EXPLAIN = Argument("--explain", "flag", "print the LogQL instead of running it")
UTC = Argument("--utc", "flag", "times in UTC instead of local time")
_FORMS = ("columns", "raw", "json", "logfmt")
FORM = Argument("--output", "text", "how a line is printed", _FORMS[0], _FORMS, aliases=("-o",))
BY = Argument("--by", "text", "by the values of this label", value="LABEL")
LINES = (SELECTOR, *FLAGS)
WINDOW = (SINCE, UNTIL)
END = (EXPLAIN, TIMEOUT, *ROWS)
EXITS = (*LOKI_EXITS, (124, "no answer within --timeout"))

VERBS = (
    Verb(
        "logs context",
        "the lines around a given time",
        "homelab.verbs.logs.context:around",
        arguments=(
            Argument(
                "WHEN",
                "when",
                "the time, as in '2026-11-24 22:12:05.547'",
                required=True,
                value="WHEN",
            ),
            *LINES,
            Argument("--before", "whole", "this many lines before it", default="10"),
            Argument("--after", "whole", "this many lines from it on", default="10"),
            Argument("--within", "span", "at most this far away", default="1h"),
            FORM,
            UTC,
            EXPLAIN,
            TIMEOUT,
            *PLAIN_ROWS,
        ),
        details="Use a wider selector than the one that found the line, to see what else happened"
        " at that time.",
        examples=(
            "homelab logs context '2026-11-24 22:12:05.547' --host pve1",
            "homelab logs context 2026-11-24T21:12:05Z --app plex --before 50 --after 0",
        ),
        exits=EXITS,
        loki=True,
    ),
    Verb(
        "logs count",
        "how many lines match, over time",
        "homelab.verbs.logs.count:count",
        arguments=(
            *LINES,
            BY,
            *WINDOW,
            Argument("--step", "span", "a row for each piece of this length"),
            *END,
        ),
        details="The window is widened to whole pieces; at a terminal, TREND has a bar for each"
        " piece. --step prints them as rows.",
        examples=(
            "homelab logs count --level error --by host --since 1d",
            "homelab logs count --app traefik --grep ' 502 ' --step 1h --since today",
        ),
        exits=EXITS,
        loki=True,
    ),
    Verb(
        "logs errors",
        "the most frequent error lines of all apps, with similar ones grouped",
        "homelab.verbs.logs.errors:errors",
        arguments=(
            *LINES,
            *WINDOW,
            Argument("--limit", "count", "at most this many kinds of lines", "20", aliases=("-n",)),
            Argument("--read", "count", "count at most this many lines", default="50000"),
            *END,
        ),
        details="Lines that differ only in numbers, hex and ids are one kind; EXAMPLE is the latest"
        " of them. It reads lines of the levels error, critical and fatal, unless --level is"
        " given.",
        examples=("homelab logs errors --since 1d", "homelab logs errors --host nas --level warn"),
        exits=EXITS,
        loki=True,
        core=True,
    ),
    Verb(
        "logs labels",
        "the labels that Loki has, or the values of one",
        "homelab.verbs.logs.labels:labels",
        arguments=(Argument("NAME", "text", "a label"), SINCE, UNTIL, TIMEOUT, *ROWS),
        details="With NAME, it lists the values of that label (schema"
        " homelab.logs-label-values/1).",
        examples=("homelab logs labels", "homelab logs labels host --since 7d"),
        exits=EXITS,
        loki=True,
    ),
    Verb(
        "logs query",
        "log lines that match a LogQL selector or flags, newest first",
        "homelab.verbs.logs.query:query",
        arguments=(
            *LINES,
            *WINDOW,
            Argument(
                "--limit", "count", "at most this many lines", "100", aliases=("-n", "--lines")
            ),
            Argument(
                "--follow", "flag", "continue with new lines, as logs tail does", aliases=("-f",)
            ),
            Argument("--all", "flag", "all lines, however many"),
            Argument(
                "--oldest-first", "flag", "begin at the start of the window instead of its end"
            ),
            Argument("--step", "span", "for LogQL that counts: a sample for each step"),
            FORM,
            UTC,
            EXPLAIN,
            Argument("--fail-empty", "flag", "exit with 1 if nothing matches"),
            TIMEOUT,
            *PLAIN_ROWS,
        ),
        details="If more lines match than --limit allows, a note on stderr says so. Flags search"
        " the labels of this Loki and the structured metadata of its lines: --host finds the name"
        " in host, hostname, instance, host_name and similar labels. A flag given twice means"
        " either value: --host pve1 --host nas; different flags narrow each other. Without SELECTOR"
        " and names, the lines by which homelab counts its own runs are left out; --app homelab"
        " shows them. If Loki fails after the first lines, --json is still a whole document, with"
        " complete false and the reason in error. Labels that all lines share are printed once, on"
        " stderr. For LogQL that counts lines, the answer is its samples at the end of the window,"
        " or for each --step. --output raw prints only the lines, json a document per line.",
        examples=(
            "homelab logs query '{host=\"pve1\"}' --since 1d",
            "homelab logs query --app plex --level error --since today",
            "homelab logs query --unit ssh --grep Failed --all --output raw",
            'homelab logs query \'{job="systemd-journal"} |= "error"\' --json',
        ),
        exits=(
            (0, "done; no lines is an answer too"),
            (1, "nothing matches, and --fail-empty is given"),
            *EXITS[1:],
        ),
        answers=(0, 1),
        loki=True,
        core=True,
    ),
    Verb(
        "logs series",
        "the streams that match, by their labels",
        "homelab.verbs.logs.series:series",
        arguments=(STREAMS, *NAMES, SINCE, UNTIL, TIMEOUT, *ROWS),
        examples=("homelab logs series --host pve1", "homelab logs series '{job=~\".+\"}' --json"),
        exits=EXITS,
        loki=True,
    ),
    Verb(
        "logs tail",
        "the last log lines, and new ones as they come",
        "homelab.verbs.logs.tail:tail",
        arguments=(
            *LINES,
            Argument(
                "--lines",
                "whole",
                "start with this many of the last lines",
                "10",
                aliases=("-n", "--limit"),
            ),
            Argument("--follow", "flag", "accepted: logs tail always follows", aliases=("-f",)),
            Argument("--for", "span", "end after this long"),
            Argument("--since", "since", "how far back the last lines may be (default: 1h)"),
            FORM,
            UTC,
            EXPLAIN,
            TIMEOUT,
            *PLAIN_ROWS,
        ),
        details="Loki is asked each second, and every 15 s also for lines that came late. While it"
        " is out of reach, a message says so and homelab retries until it is back: no line is lost"
        " or shown twice. Ctrl-C ends it. With --json, each line is a document of its own.",
        examples=(
            "homelab logs tail --app traefik",
            "homelab logs tail --host nas -n 50 --for 10m",
        ),
        exits=(*EXITS, (130, "Ctrl-C")),
        loki=True,
        tool=False,
    ),
    Verb(
        "logs volume",
        "which services log most, in bytes",
        "homelab.verbs.logs.volume:volume",
        arguments=(
            STREAMS,
            *NAMES,
            Argument("--by", "text", "by this label (default: service_name)", value="LABEL"),
            *WINDOW,
            Argument("--limit", "count", "at most this many rows", "20", aliases=("-n",)),
            TIMEOUT,
            *ROWS,
        ),
        details="The sizes come from Loki's index: of streams that have the label, in whole KiB,"
        " without homelab's own (--app homelab counts those). If the index has no sizes (Loki"
        " before 2.9, volume_enabled off), the lines are read and counted.",
        examples=("homelab logs volume --since 7d", "homelab logs volume --by host"),
        exits=EXITS,
        loki=True,
    ),
)
