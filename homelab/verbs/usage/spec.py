"""`usage …`: how the verbs are used, whether they are counted, and how the counts are read."""

from __future__ import annotations

from homelab.catalogue.common import LOKI_EXITS, OUTPUT, ROWS
from homelab.catalogue.verb import Argument, Verb

_SINCE = Argument("--since", "since", "how far back to count", default="30d")
_USER = Argument("--user", "text", "count this account's runs only")
_ACCOUNTS = Argument("--accounts", "flag", "name the accounts, and own verbs of a journal")
_MIN_USERS = Argument(
    "--min-users",
    "count",
    "fold what fewer accounts ran into one row (2; 1 for an account's own journal)",
)
_FOLDED = (
    "It is made to be handed on: without --accounts it names no account, and what fewer than"
    " --min-users accounts ran is one row, (few accounts)."
)
_FRESH = Argument(
    "--fresh", "flag", "ask Loki for all days again, and name those that were kept otherwise"
)
_BY = ("verb", "user", "version", "exit", "day")
_EXITS = (*LOKI_EXITS[:1], (1, "a part of the window is missing in the answer"), *LOKI_EXITS[1:])
_SINK = "Reads Loki where one is configured, else this account's own journal."

VERBS = (
    Verb(
        "usage dashboard",
        "a Grafana dashboard of how the verbs are used",
        "homelab.verbs.usage.dashboard:write",
        arguments=(
            Argument("--output", "file", OUTPUT.summary, "-", aliases=OUTPUT.aliases, value="FILE"),
            Argument("--since", "since", "how far back to look who ran what", default="30d"),
            _ACCOUNTS,
            Argument(
                "--min-users",
                "count",
                "fold what fewer accounts ran into one row; 1 folds nothing",
                default="2",
            ),
        ),
        details=(
            "Import the file in Grafana (Dashboards, New, Import) and choose above it the Loki that"
            " the runs are sent to. Its numbers count whole days, UTC; FAILED is that of"
            " `usage top`. An import replaces the one before. Without --accounts it names no"
            " account. What fewer than --min-users accounts ran since --since is one row, (few"
            " accounts), and so is each verb that is new after that: write it anew then."
        ),
        effect="destructive",
        examples=(
            "homelab usage dashboard -o usage.json",
            "homelab usage dashboard | ssh grafana tee dashboards/usage.json",
        ),
        exits=((0, "done"), (1, "the file can't be written"), *LOKI_EXITS[2:]),
        loki=True,
        recorded=False,
        outside=False,
    ),
    Verb(
        "usage doctor",
        "whether counted runs reach Loki and can be read back, step by step",
        "homelab.verbs.usage.doctor:doctor",
        arguments=ROWS,
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
        loki=True,
        recorded=False,
    ),
    Verb(
        "usage export",
        "every counted run, oldest first",
        "homelab.verbs.usage.export:export",
        arguments=(
            _SINCE,
            Argument("--verb", "text", "the verbs that begin with these words only"),
            Argument("--user", "text", "this account's runs only"),
            _ACCOUNTS,
            _MIN_USERS,
            *ROWS,
        ),
        details=(
            f"{_FOLDED} For tools of your own; it is printed as it comes. {_SINK} The journal keeps"
            " single runs for telemetry.journal_days (400); older ones are counts by day, which the"
            " other verbs read."
        ),
        examples=("homelab usage export --since 7d --csv", "homelab usage export --json"),
        exits=LOKI_EXITS,
        loki=True,
        recorded=False,
    ),
    Verb(
        "usage forget",
        "delete what is known of this account's runs, here and in Loki",
        "homelab.verbs.usage.forget:forget",
        arguments=(
            Argument("--dry-run", "flag", "show what would be deleted"),
            Argument("--yes", "flag", "delete without asking"),
        ),
        details=(
            "Deletes this account's journal, outbox, lab id and cached counts on this host, and"
            " asks Loki to delete the account's runs from all hosts; where Loki can't, it prints"
            " what the operator must do. It asks first at a terminal, and needs --yes elsewhere. It"
            " says what remains."
        ),
        effect="destructive",
        examples=("homelab usage forget --dry-run", "homelab usage forget --yes"),
        exits=(
            (0, "done, or shown"),
            (1, "Loki or this account can't delete all of it; or you answered no"),
            (2, "nobody can be asked, and --yes is missing"),
            (69, "deleted here; Loki is out of reach"),
            (75, "a process of homelab is at work here; try again"),
            (77, "deleted here; Loki, or what stands in front of it, refuses access"),
            (78, "the settings are broken"),
        ),
        loki=True,
        tool=False,
        recorded=False,
    ),
    Verb(
        "usage habits",
        "commands that you type so often that they deserve a verb",
        "homelab.verbs.usage.habits:habits",
        arguments=(
            Argument("--since", "since", "only what was typed since then; all by default"),
            Argument("--words", "flag", "count public words only: programs and subcommands"),
            Argument("--agents", "flag", "what agents typed, which atuin knows"),
            Argument("--all", "flag", "show rare and everyday commands (ls, vim), too"),
            Argument(
                "--new", "count", "begin a verb that runs the command of this row", value="ROW"
            ),
            Argument("--as", "text", "the words of that verb, like docker/logs", value="VERB"),
            Argument("--yes", "flag", "read the histories although no terminal is there"),
            Argument("--limit", "count", "at most this many rows", default="20", aliases=("-n",)),
            *ROWS,
        ),
        details=(
            "Reads the histories of bash, zsh, fish, nushell, ash and atuin of the account that"
            " runs it. Nothing of them is sent. What varies is folded: docker logs -f NAME. VALUES"
            " is how many different words that were, DAYS on how many days (UTC) it was typed,"
            " VERB the verb that does it. An entry that may hold a password, a token or a key is"
            " left out, whole. Shown as they were typed are only programs of this host or of a"
            " public list, words of public lists (subcommands, options), and your own scripts that"
            " are verbs. --new writes a verb of your own, like verbs new, whose script runs the"
            " command of a row; what varies becomes its arguments. bash keeps times only where"
            " HISTTIMEFORMAT is set."
        ),
        effect="write",
        examples=(
            "homelab usage habits",
            "homelab usage habits --new 3 --as docker/logs",
            "homelab usage habits --words --since 90d",
        ),
        exits=(
            (0, "done; no rows is an answer too"),
            (1, "a history can't be read, or the verb can't be written"),
            (2, "no terminal is there and --yes is missing, or there is no such row"),
            (77, "the home is another account's"),
            (78, "HOME is not set, or no folder"),
        ),
        recorded=False,
        tool=False,  # what a person typed is that person's
    ),
    Verb(
        "usage merge",
        "one ranking from the releases of many labs",
        "homelab.verbs.usage.merge:merge",
        arguments=(
            Argument("FILE", "file", "a release, or - for stdin", required=True, many=True),
            Argument(
                "--min-labs", "count", "labs that a decision needs (2, or 1 if only 1 is given)"
            ),
            Argument("--all", "flag", "show the verbs to keep, too"),
            Argument("--limit", "count", "at most this many rows", aliases=("-n",)),
            *ROWS,
        ),
        details=(
            "Reads what homelab usage release wrote. Each lab counts once: of each month its"
            " newest release that has all of it, else the one that has most of it. ADD: labs try a"
            " word, or have own scripts for it, or type a program in the shell, and no verb does"
            " it. NAME: they try a word although a verb does it. FIX: more than 5% of the runs"
            " failed, in the lab's newest month that tells. DROP?: the verb was there the whole"
            " time, and no lab shows a run. KEEP (with --all): it is used. Rows are in the order"
            " of LABS, then of ACCOUNTS and RUNS, which count each range as its middle (2-5"
            " accounts as 3); words that were only typed in a shell follow, then DROP?. A file"
            " proves nothing about who wrote it."
        ),
        examples=("homelab usage merge labs/*.json", "homelab usage merge labs/*.json --all"),
        exits=((0, "done"), (1, "a file is left out"), (2, "wrong usage")),
        recorded=False,
        tool=False,  # all that it does is to read files
    ),
    Verb(
        "usage next",
        "which verbs to add, rename, fix and drop",
        "homelab.verbs.usage.next:next_verbs",
        arguments=(
            _SINCE,
            Argument("--all", "flag", "show the verbs to keep, too"),
            Argument("--min-tries", "count", "tries by hand that a word needs", default="10"),
            Argument(
                "--min-users",
                "count",
                "accounts that ADD, NAME and DROP? need (2, or 1 if only 1 ran)",
            ),
            Argument("--min-runs", "count", "runs that a failure rate needs", default="20"),
            Argument("--max-failing", "percent", "a failure rate that is still good", default="5"),
            Argument("--limit", "count", "at most this many rows", aliases=("-n",)),
            _FRESH,
            *ROWS,
        ),
        details=(
            "ADD: people try a word, or have their own script for it, and no verb does it."
            " NAME: people try a word although a verb does it, so they do not find that verb."
            " FIX: the verb fails more often than --max-failing, by the lower end of the 95%"
            " interval; EVIDENCE names the cause. DROP?: nobody ran it, though it was there the"
            " whole time. KEEP (with --all): it is used and does not fail too often."
            " WEIGHT is the number of runs by hand that the decision would have changed; what cron"
            " and timers run is not demand. Each row ends with the command that shows its evidence."
            f" {_SINK}"
        ),
        examples=("homelab usage next", "homelab usage next --since 90d --all"),
        exits=_EXITS,
        loki=True,
        recorded=False,
    ),
    Verb(
        "usage off",
        "stop counting, and delete what waits to be sent",
        "homelab.verbs.usage.switch:off",
        details="Writes `enabled = no` under [telemetry] into your settings file.",
        effect="write",
        examples=("homelab usage off",),
        exits=((0, "done"), (78, "your settings file is broken or can't be written")),
        recorded=False,
        tool=False,
    ),
    Verb(
        "usage on",
        "count the verbs of this account",
        "homelab.verbs.usage.switch:on",
        details="Writes `enabled = yes` under [telemetry] into your settings file.",
        effect="write",
        examples=("homelab usage on",),
        exits=((0, "done"), (78, "your settings file is broken or can't be written")),
        recorded=False,
        tool=False,
    ),
    Verb(
        "usage release",
        "a file of rounded counts for the maintainers of homelab",
        "homelab.verbs.usage.release:release",
        arguments=(
            OUTPUT,
            Argument("--months", "count", "how many whole months, UTC", default="3"),
            Argument(
                "--min-users",
                "count",
                "fold what fewer accounts ran in a month (2, or 1 if only 1 ran)",
            ),
            Argument("--current", "flag", "take months that can still change, too"),
            Argument("--with-habits", "flag", "add the public words of your shell history"),
            Argument("--yes", "flag", "write without asking"),
            Argument("--dry-run", "flag", "show what would be written"),
        ),
        details=(
            "Shows what the file will have, asks, and writes it; nothing is sent. It has, by month,"
            " the built-in verbs and the words that homelab usage vocabulary lists, with runs and"
            " accounts as ranges: no account name, no day, no address, no host, and no name that"
            " only this lab has. A month counts eight days after its end. docs/telemetry.md says"
            f" what the file can still tell. It needs --yes where nobody can be asked. {_SINK}"
        ),
        effect="destructive",
        examples=(
            "homelab usage release -o usage.json",
            "homelab usage release -o - --yes | ssh nas 'cat >usage.json'",
        ),
        exits=(
            (0, "done, or shown"),
            (1, "no month is whole, a part is missing, FILE can't be written, or you said no"),
            (2, "wrong usage, or nobody can be asked and --yes is missing"),
            (69, "Loki is out of reach"),
            (77, "Loki, or what stands in front of it, refuses access"),
            (78, "the settings are broken, or the lab's key can't be kept"),
        ),
        loki=True,
        recorded=False,
        tool=False,
    ),
    Verb(
        "usage report",
        "all that the counts say, as a page",
        "homelab.verbs.usage.report:report",
        arguments=(
            OUTPUT,
            Argument("--open", "flag", "show it in a browser"),
            _SINCE,
            _ACCOUNTS,
            _MIN_USERS,
            _FRESH,
        ),
        details=(
            "One HTML file that needs nothing else and runs nothing: decisions, most used verbs,"
            f" runs over time, failures, wanted words, unused verbs, accounts. {_FOLDED} {_SINK}"
        ),
        effect="destructive",
        examples=(
            "homelab usage report -o usage.html --open",
            "homelab usage report -o - | ssh nas 'cat >usage.html'",
        ),
        exits=(
            (0, "done"),
            (1, "a part of the window is missing, or FILE can't be written"),
            *_EXITS[2:],
        ),
        loki=True,
        recorded=False,
        tool=False,  # what it does is write a file
    ),
    Verb(
        "usage status",
        "whether verbs are counted, who decided, what became of the events",
        "homelab.verbs.usage.status:status",
        arguments=ROWS,
        examples=("homelab usage status",),
        exits=((0, "done"), (78, "a settings file is broken")),
        recorded=False,
    ),
    Verb(
        "usage top",
        "the most used verbs",
        "homelab.verbs.usage.top:top",
        arguments=(
            _SINCE,
            Argument("--by", "text", "what to count", _BY[0], _BY),
            Argument("--verb", "text", "count the verbs that begin with these words only"),
            _USER,
            Argument("--failed", "flag", "those that failed, most often first"),
            Argument("--compare", "flag", "beside the window of the same length before it"),
            Argument("--by-hand", "flag", "estimate the share that cron and timers did not start"),
            Argument("--limit", "count", "at most this many rows (20; all days)", aliases=("-n",)),
            _FRESH,
            *ROWS,
        ),
        details=(
            f"{_SINK} FAILED counts the runs whose exit code is not an answer of the verb. 69, 77"
            " and 78 are the environment's (a column of --failed), interruptions are left out, and"
            " of job run, verbs run and scripts only a crash (70) counts, unless the header of a"
            " script has `Answers:`. Days are those of UTC. --by-hand estimates, from the times of"
            " the runs alone, what people or agents started: they spread over the minute and the"
            " hour, while cron and timers come back at the same second or minute. What looks like"
            " people: jobs that take minutes, timers with a random delay, intervals that do not"
            " divide the hour. What looks like a timer: a habit at the same minute. `-`: fewer than"
            " 20 runs or 5 days, or their times can't tell."
        ),
        examples=(
            "homelab usage top",
            "homelab usage top --by-hand",
            "homelab usage top --since 7d --compare",
            "homelab usage top --by user --verb logs",
        ),
        exits=_EXITS,
        loki=True,
        recorded=False,
        core=True,
    ),
    Verb(
        "usage trend",
        "runs by day or week",
        "homelab.verbs.usage.trend:trend",
        arguments=(
            Argument("VERB", "verb", "only these verbs or groups", many=True),
            _SINCE,
            Argument("--per", "text", "a column each", choices=("day", "week")),
            _USER,
            Argument("--limit", "count", "at most this many verbs", default="20", aliases=("-n",)),
            _FRESH,
            *ROWS,
        ),
        details=(
            f"{_SINK} Days and weeks are those of UTC; without --per, days up to two weeks. At a"
            " terminal that is too narrow for all columns the oldest are left out."
        ),
        examples=("homelab usage trend", "homelab usage trend logs query --since 2w"),
        exits=_EXITS,
        loki=True,
        recorded=False,
    ),
    Verb(
        "usage unused",
        "verbs that nobody ran",
        "homelab.verbs.usage.unused:unused",
        arguments=(_SINCE, _FRESH, *ROWS),
        details=(
            "Built-ins, and the operator's drop-ins on this host. SINCE is the day on which a"
            " version that has the verb first ran somewhere, looked for in twice the window, or"
            " when the drop-in's file came here; what was not there all the time is too young."
            f" {_SINK}"
        ),
        examples=("homelab usage unused --since 90d",),
        exits=_EXITS,
        loki=True,
        recorded=False,
    ),
    Verb(
        "usage vocabulary",
        "every label that an event can have",
        "homelab.verbs.usage.vocabulary:vocabulary",
        arguments=ROWS,
        details="What is not in this list can not leave this host.",
        examples=("homelab usage vocabulary",),
        exits=((0, "done"), (78, "a settings file is broken")),
        recorded=False,
        outside=False,
    ),
    Verb(
        "usage wanted",
        "words that were tried and are no verb",
        "homelab.verbs.usage.wanted:wanted",
        arguments=(
            _SINCE,
            _USER,
            Argument("--limit", "count", "at most this many words", default="20", aliases=("-n",)),
            _FRESH,
            *ROWS,
        ),
        details=(
            "Only words that homelab usage vocabulary lists; other words are never kept. HERE says"
            " whether this host has such a verb of its own, USE names the built-in verb that does"
            f" it. {_SINK}"
        ),
        examples=("homelab usage wanted",),
        exits=_EXITS,
        loki=True,
        recorded=False,
    ),
)
