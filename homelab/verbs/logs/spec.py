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
# What a person would ask for, without LogQL. Which label says it is found out from Loki.
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
        "of this level, however spelt; several as in warn,error",
        many=True,
        value="LEVEL,...",
    ),
    Argument("--grep", "text", "with this text in the line", many=True, value="TEXT"),
    Argument("--not", "text", "without this text in the line", many=True, value="TEXT"),
    Argument("--regex", "text", "with a match of this RE2", many=True, value="RE"),
)
SINCE = Argument("--since", "since", "where to begin: 15m, 7d, today, 2026-11-01 (default: 1h)")
UNTIL = Argument("--until", "until", "where to end (default: now, and what is stamped ahead)")
TIMEOUT = Argument("--timeout", "span", "wait this long at most", default="30s")
EXPLAIN = Argument("--explain", "flag", "print the LogQL and ask for no line")
UTC = Argument("--utc", "flag", "times in UTC instead of local ones")
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
        "the lines around a moment",
        "homelab.verbs.logs.context:around",
        arguments=(
            Argument(
                "WHEN",
                "when",
                "the moment, as in '2026-11-24 22:12:05.547'",
                required=True,
                value="WHEN",
            ),
            *LINES,
            Argument("--before", "whole", "so many lines before it", default="10"),
            Argument("--after", "whole", "so many lines from it on", default="10"),
            Argument("--within", "span", "no further away than this", default="1h"),
            FORM,
            UTC,
            EXPLAIN,
            TIMEOUT,
            *PLAIN_ROWS,
        ),
        details="What was logged around that moment, by whomever: a wider selector than the one"
        " that found it shows what else went on.",
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
            Argument("--step", "span", "a row for each so long a piece of the window"),
            *END,
        ),
        details="The window is widened to whole pieces; at a terminal TREND has a bar for each."
        " --step prints them as rows.",
        examples=(
            "homelab logs count --level error --by host --since 1d",
            "homelab logs count --app traefik --grep ' 502 ' --step 1h --since today",
        ),
        exits=EXITS,
        loki=True,
    ),
    Verb(
        "logs errors",
        "the loudest error lines of all apps, similar ones counted as one",
        "homelab.verbs.logs.errors:errors",
        arguments=(
            *LINES,
            *WINDOW,
            Argument("--limit", "count", "at most this many kinds of lines", "20", aliases=("-n",)),
            Argument("--read", "count", "count this many lines at most", default="50000"),
            *END,
        ),
        details="Lines that differ in numbers, hex and ids alone are one kind; EXAMPLE is the last"
        " of them. Of error, critical and fatal, unless --level says another.",
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
        details="With a name its values, a row each (schema homelab.logs-label-values/1).",
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
                "--follow", "flag", "go on with new lines, as logs tail does", aliases=("-f",)
            ),
            Argument("--all", "flag", "all lines, however many"),
            Argument("--oldest-first", "flag", "from the window's start on instead of its end"),
            Argument("--step", "span", "of LogQL that counts: a sample each so often"),
            FORM,
            UTC,
            EXPLAIN,
            Argument("--fail-empty", "flag", "end with 1 where nothing matches"),
            TIMEOUT,
            *PLAIN_ROWS,
        ),
        details="When more lines match than the limit lets through, it says so on stderr. Flags are"
        " looked up in the labels that this Loki has, and in the structured metadata of its lines:"
        " --host is whichever of host, hostname, instance, host_name and the like knows the name. A"
        " flag given twice means either: --host pve1 --host nas; different flags narrow each other."
        " Without SELECTOR and names, the lines by which homelab counts its own runs are left out;"
        " --app homelab shows them. A failure behind lines that came leaves --json whole:"
        " complete is false in it, and error says why. Labels that all lines have are said once, on"
        " stderr. LogQL that counts lines is answered by its samples at the end of the window, or"
        " each --step. --output raw prints the lines alone, json a document a line.",
        examples=(
            "homelab logs query '{host=\"pve1\"}' --since 1d",
            "homelab logs query --app plex --level error --since today",
            "homelab logs query --unit ssh --grep Failed --all --output raw",
            'homelab logs query \'{job="systemd-journal"} |= "error"\' --json',
        ),
        exits=(
            (0, "done; no lines is an answer too"),
            (1, "nothing matches, and --fail-empty was given"),
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
                "the last lines to begin with",
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
        details="Loki is asked each second, and now and then for lines that came late. When it is"
        " out of reach that is said, and it is asked again until it is back: nothing is left out"
        " and nothing shown twice. Ctrl-C ends it. With --json each line is a document of its own.",
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
        "who logs most, in bytes",
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
        details="As Loki's index has it: of streams that have the label, in whole KiB, without"
        " homelab's own, which --app homelab counts. Where the index is not asked so (Loki before"
        " 2.9, volume_enabled off), the lines are counted.",
        examples=("homelab logs volume --since 7d", "homelab logs volume --by host"),
        exits=EXITS,
        loki=True,
    ),
)
