"""Every built-in verb, as data: the one table from which parser, help, manifest and the
telemetry vocabulary are read. Looking a verb up costs no more than building these objects."""

from __future__ import annotations

from homelab.verb import Argument, Verb

GROUPS = (
    ("host", "this machine"),
    ("logs", "log lines kept by Loki"),
    ("usage", "how the verbs are used"),
    ("verbs", "this host's verbs, your own among them"),
)

_JSON = Argument("--json", "flag", "print one JSON document")
_ROWS = (
    _JSON,
    Argument("--csv", "flag", "print comma-separated values"),
    Argument("--no-header", "flag", "leave the header line out"),
)
_LOKI_EXITS = (
    (0, "done; no rows is an answer too"),
    (2, "wrong usage, or a query that Loki refuses"),
    (69, "Loki is out of reach"),
    (77, "Loki, or what stands in front of it, refuses access"),
    (78, "no Loki is configured, or the settings are broken"),
)

VERBS = (
    Verb(
        "completion",
        "TAB completion for bash, zsh and fish",
        "homelab.verbs.completion:answer",
        arguments=(
            Argument("SHELL", "text", "the shell", choices=("bash", "zsh", "fish"), required=True),
        ),
        details=(
            "Prints what the shell is to read at its start. The candidates come from the program"
            " itself, your own verbs' among them; nothing is asked of Loki at a TAB, unless"
            " HOMELAB_COMPLETE_LOKI=1 allows 0.3 s for its labels."
        ),
        examples=(
            "source <(homelab completion bash)",
            "source <(homelab completion zsh)",
            "homelab completion fish | source",
        ),
        discovery=True,
        tool=False,
    ),
    Verb(
        "config",
        "every setting, its value and where it came from",
        "homelab.verbs.config:show",
        arguments=_ROWS,
        details="Secrets are masked. A broken settings file is named with its line.",
        examples=("homelab config", "homelab config --json"),
        exits=((0, "done"), (78, "a settings file is broken")),
        schema="homelab.config/1",
    ),
    Verb(
        "help",
        "what a verb does and takes",
        "homelab.verbs.discovery:show_help",
        arguments=(
            Argument("VERB", "verb", "a verb or a group", many=True),
            Argument("--all", "flag", "every verb, one line each"),
            Argument("--man", "flag", "the manual page, in roff"),
        ),
        examples=("homelab help", "homelab help logs query", "homelab help --man | man -l -"),
        exits=((0, "done"), (2, "no such verb")),
        discovery=True,
    ),
    Verb(
        "host status",
        "this host's vitals, problems first",
        "homelab.verbs.host:status",
        arguments=(
            Argument("--disk", "percent", "warn when a file system is this full", default="90"),
            Argument("--inodes", "percent", "warn when this many inodes are used", default="90"),
            Argument("--memory", "percent", "warn when this much memory is taken", default="90"),
            Argument("--load", "number", "warn at this load per core, over 5 min", default="1.5"),
            *_ROWS,
        ),
        details=(
            "Uptime, load, memory, disks, failed systemd units, reboot needed. Memory is judged"
            " by what programs can still get, not by what is free. What cannot be known says"
            " unknown, never ok."
        ),
        examples=("homelab host status", "homelab host status --disk 80 --json"),
        exits=((0, "healthy"), (1, "a warning or worse")),
        answers=(0, 1),
        schema="homelab.host-status/1",
    ),
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
            *_ROWS,
        ),
        details="When more lines match than the limit lets through, it says so on stderr.",
        examples=(
            "homelab logs query '{host=\"pve1\"}' --since 1d",
            'homelab logs query \'{job="systemd-journal"} |= "error"\' --json',
        ),
        exits=_LOKI_EXITS,
        schema="homelab.logs-query/1",
        network=True,
    ),
    Verb(
        "manifest",
        "all verbs as an OpenCLI document, for programs",
        "homelab.verbs.discovery:manifest",
        arguments=(
            Argument("VERB", "verb", "only this verb or group", many=True),
            Argument("--brief", "flag", "one line a verb, for agents"),
            Argument("--mcp", "flag", "a tools/list result of the Model Context Protocol"),
        ),
        examples=("homelab manifest", "homelab manifest usage --brief"),
        exits=((0, "done"), (2, "no such verb")),
        discovery=True,
    ),
    Verb(
        "mcp",
        "serve the verbs to an agent over the Model Context Protocol",
        "homelab.verbs.mcp:serve",
        arguments=(
            Argument(
                "--allow",
                "text",
                "offer verbs up to this effect; destructive includes write",
                default="read",
                choices=("read", "write", "destructive"),
            ),
        ),
        details=(
            "For an agent's configuration, not for a terminal: it reads JSON-RPC on stdin until"
            " that ends. Each verb is a tool, and each call a run of its own, counted like any"
            " other. A verb that does not say what it changes is offered as destructive. With"
            " HOMELAB_READ_ONLY set, only verbs that read are offered."
        ),
        # `read`: by itself it changes nothing, and each call is held to its own verb's effect
        examples=("homelab mcp", "homelab mcp --allow write"),
        tool=False,
    ),
    Verb(
        "usage doctor",
        "whether counted runs reach Loki and can be read back, step by step",
        "homelab.verbs.doctor:doctor",
        arguments=_ROWS,
        details=(
            "Settings, name lookup, connect, TLS, route, auth, push, read back, clock, limits: each"
            " is ok, FAIL with what to do, or skipped with the reason. It pushes one event of the"
            " job homelab-selftest, which is never counted, and nothing where telemetry is off."
        ),
        effect="write",
        examples=("homelab usage doctor", "homelab usage doctor --json"),
        idempotent=False,
        exits=((0, "no step failed"), (1, "a step failed")),
        answers=(0, 1),
        schema="homelab.usage-doctor/1",
        network=True,
        recorded=False,
    ),
    Verb(
        "usage off",
        "stop counting, and delete what waits to be sent",
        "homelab.verbs.consent:off",
        details="Writes `enabled = no` under [telemetry] into your settings file.",
        effect="write",
        examples=("homelab usage off",),
        exits=((0, "done"), (78, "your settings file is broken or can't be written")),
        recorded=False,
    ),
    Verb(
        "usage on",
        "count the verbs of this account",
        "homelab.verbs.consent:on",
        details="Writes `enabled = yes` under [telemetry] into your settings file.",
        effect="write",
        examples=("homelab usage on",),
        exits=((0, "done"), (78, "your settings file is broken or can't be written")),
        recorded=False,
    ),
    Verb(
        "usage status",
        "whether verbs are counted, who decided, what became of the events",
        "homelab.verbs.consent:status",
        arguments=_ROWS,
        examples=("homelab usage status",),
        exits=((0, "done"), (78, "a settings file is broken")),
        schema="homelab.usage-status/1",
        recorded=False,
    ),
    Verb(
        "usage top",
        "the most used verbs",
        "homelab.verbs.usage:top",
        arguments=(
            Argument("--since", "since", "how far back to count", default="30d"),
            Argument("--limit", "count", "at most this many verbs", default="20"),
            Argument("--user", "text", "count this account's runs only"),
            *_ROWS,
        ),
        details=(
            "Reads Loki where one is configured, else this account's own journal. FAILED counts"
            " the runs whose exit code is no answer of the verb, interruptions left out."
        ),
        examples=("homelab usage top", "homelab usage top --since 7d --user alice"),
        exits=_LOKI_EXITS,
        schema="homelab.usage-top/1",
        network=True,
        recorded=False,
    ),
    Verb(
        "usage vocabulary",
        "every label that an event can have",
        "homelab.verbs.consent:vocabulary",
        arguments=_ROWS,
        details="What is not in this list can not leave this host.",
        examples=("homelab usage vocabulary",),
        exits=((0, "done"), (78, "a settings file is broken")),
        schema="homelab.usage-vocabulary/1",
        recorded=False,
    ),
    Verb(
        "verbs",
        "every verb of this host: where it comes from, whether it runs",
        "homelab.verbs.own:table",
        arguments=(
            Argument(
                "--source",
                "text",
                "only those (other: from a folder of verbs.path)",
                choices=("built-in", "personal", "system", "other"),
            ),
            *_ROWS,
        ),
        details=(
            "EFFECT is what a verb says of itself. STATE is ok, shadowed (something else of that"
            " name runs) or refused (it does not run; verbs check says why)."
        ),
        examples=("homelab verbs", "homelab verbs --source personal"),
        schema="homelab.verbs/1",
    ),
    Verb(
        "verbs check",
        "what is wrong with your own verbs, and what mends it",
        "homelab.verbs.own:check",
        arguments=(Argument("VERB", "verb", "only this verb or group", many=True), *_ROWS),
        details=(
            "An error keeps a verb from running, a warning does not, a note says what its first"
            " comment block could tell."
        ),
        examples=("homelab verbs check", "homelab verbs check nas df"),
        exits=((0, "nothing but notes"), (1, "an error or a warning, or no such verb")),
        answers=(0, 1),
        schema="homelab.verbs-check/1",
    ),
    Verb(
        "verbs new",
        "begin a verb of your own from a template",
        "homelab.verbs.own:new",
        arguments=(
            Argument("VERB", "text", "its words, as in nas/df, or nas/df.py", required=True),
            Argument("--system", "flag", "for every account, in /usr/local/lib/homelab/verbs"),
        ),
        details="Writes an executable file and prints its path. What is there is never replaced.",
        effect="write",
        examples=("homelab verbs new nas/df", "sudo homelab verbs new backup/check.py --system"),
        exits=((0, "done"), (1, "it can't be written"), (2, "no such name can be, or it is taken")),
        idempotent=False,
    ),
    Verb(
        "verbs run",
        "run a verb of your own that something else of its name shadows",
        "homelab.verbs.own:run",
        arguments=(
            Argument("--from", "folder", "only from this folder of verbs", value="FOLDER"),
            Argument("WORDS", "words", "the verb and its arguments", required=True, many=True),
        ),
        details="Counted as verbs run; it may do whatever the script does.",
        effect="destructive",
        examples=("homelab verbs run logs mine --since 1d",),
        exits=((0, "as the script ends"), (2, "no such drop-in"), (126, "it was refused")),
        idempotent=False,
        network=True,
    ),
    Verb(
        "verbs which",
        "the file behind a verb, and what it shadows",
        "homelab.verbs.own:which",
        arguments=(
            Argument("VERB", "verb", "the words of a verb", required=True, many=True),
            *_ROWS,
        ),
        examples=("homelab verbs which nas df", "homelab verbs which nas df --json"),
        exits=((0, "it runs"), (1, "no such verb, or it does not run")),
        answers=(0, 1),
        schema="homelab.verbs-which/1",
    ),
    Verb(
        "version",
        "version, build, Python and path of this file",
        "homelab.verbs.discovery:version",
        arguments=(_JSON,),
        examples=("homelab version", "homelab version --json"),
        schema="homelab.version/1",
        discovery=True,
    ),
)

# Labels that what home labs run gives to its log lines (promtail, Alloy, journald, Docker).
LABELS = (
    "app", "compose_project", "compose_service", "container", "container_name", "filename", "host",
    "hostname", "instance", "job", "level", "namespace", "pod", "priority", "service",
    "service_name", "stream", "unit", "user", "verb",
)  # fmt: skip

# What else is read of the environment, beside the settings.
VARIABLES = (
    ("DO_NOT_TRACK", "any value but 0 and false: nothing is counted"),
    ("HOMELAB_COMPLETE_LOKI", "1: a TAB may ask Loki for labels, 0.3 s at most"),
    ("HOMELAB_DEBUG", "1: a bug shows its traceback"),
    ("HOMELAB_READ_ONLY", "1: only verbs that are declared to read run"),
    ("XDG_CONFIG_HOME", "where settings stand, instead of ~/.config"),
    ("XDG_DATA_HOME", "where your own verbs stand, instead of ~/.local/share"),
    ("XDG_STATE_HOME", "where journal and outbox stand, instead of ~/.local/state"),
)

BY_PATH = {verb.path: verb for verb in VERBS}
PATHS = frozenset(BY_PATH)
