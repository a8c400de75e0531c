"""The descriptions of the verbs `usage …`: reading the counts of runs, and switching counting."""

from __future__ import annotations

from homelab.catalogue.common import LOKI_EXITS, OUTPUT, ROWS
from homelab.catalogue.verb import Argument, Verb

_SINCE = Argument("--since", "since", "how far back to count", default="30d")
_USER = Argument("--user", "text", "count only this account's runs")
_ACCOUNTS = Argument("--accounts", "flag", "name the accounts, and own verbs of a journal")
_MIN_USERS = Argument(
    "--min-users",
    "count",
    "fold verbs that fewer accounts ran into one row (2; 1 for an account's own journal)",
)
_FOLDED = (
    "The output is meant to be shared: without --accounts it names no account, and verbs that"
    " fewer than --min-users accounts ran are one row, (few accounts)."
)
_FRESH = Argument(
    "--fresh", "flag", "read all days from Loki again, and report cached days that differ"
)
_BY = ("verb", "user", "version", "exit", "day")
# without a Loki these verbs read the journal
_SOURCE_EXITS = (
    *LOKI_EXITS[:2],
    (69, "the configured Loki is unreachable"),
    *LOKI_EXITS[3:4],
    (78, "the settings are broken, or the journal can't be read"),
)
_EXITS = (
    *LOKI_EXITS[:1],
    (1, "a part of the window is missing from the answer"),
    *_SOURCE_EXITS[1:],
)
_SINK = (
    "Reads Loki where one is configured, else this account's own journal, which has only its runs"
    " on this host."
)

VERBS = (
    Verb(
        "usage dashboard",
        "a Grafana dashboard of how the verbs are used",
        "homelab.verbs.usage.dashboard:write",
        arguments=(
            Argument("--output", "file", OUTPUT.summary, "-", aliases=OUTPUT.aliases, value="FILE"),
            Argument("--since", "since", "how far back to look for accounts", default="30d"),
            _ACCOUNTS,
            Argument(
                "--min-users",
                "count",
                "fold verbs that fewer accounts ran into one row; 1 folds nothing",
                default="2",
            ),
        ),
        details=(
            "Import the file in Grafana (Dashboards, New, Import) and choose, at the top, the Loki"
            " that the runs are sent to. Numbers count whole UTC days; FAILED has the meaning of"
            " `usage top`. An import replaces the one before. Without --accounts it names no"
            " account. Verbs that fewer than --min-users accounts ran since --since are one row,"
            " (few accounts), and so are verbs first used later: write the file again to name"
            " these."
        ),
        effect="destructive",
        examples=(
            "homelab usage dashboard -o usage.json",
            "homelab usage dashboard | ssh grafana tee dashboards/usage.json",
        ),
        exits=((0, "done"), (1, "the file can't be written"), *_SOURCE_EXITS[2:]),
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
            " is ok, FAIL with the fix, or skipped with the reason. It pushes one event of the job"
            " homelab-selftest, which is never counted, and changes nothing else; if telemetry is"
            " off, it pushes nothing."
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
            Argument("--verb", "text", "only verbs that begin with these words"),
            Argument("--user", "text", "only this account's runs"),
            _ACCOUNTS,
            _MIN_USERS,
            *ROWS,
        ),
        details=(
            f"{_FOLDED} Rows are printed as they come. {_SINK} The journal keeps"
            " single runs for telemetry.journal_days (400); older ones are counts by day, which the"
            " other verbs read."
        ),
        examples=("homelab usage export --since 7d --csv", "homelab usage export --json"),
        exits=_SOURCE_EXITS,
        loki=True,
        recorded=False,
    ),
    Verb(
        "usage forget",
        "delete all data about this account's runs, here and in Loki",
        "homelab.verbs.usage.forget:forget",
        arguments=(
            Argument("--dry-run", "flag", "show what would be deleted"),
            Argument("--yes", "flag", "delete without asking"),
        ),
        details=(
            "Deletes this account's journal, outbox, lab id and cached counts on this host, and"
            " asks Loki to delete the account's runs from all hosts; if Loki can't, it prints the"
            " steps for the operator. It asks first at a terminal, and needs --yes elsewhere. At"
            " the end it lists the data that remains."
        ),
        effect="destructive",
        examples=("homelab usage forget --dry-run", "homelab usage forget --yes"),
        exits=(
            (0, "done, or shown"),
            (1, "Loki or this account can't delete all of it; or you answered no"),
            (2, "nobody can be asked, and --yes is missing"),
            (69, "deleted here; Loki is out of reach"),
            (75, "another homelab process is busy here; try again"),
            (77, "deleted here; Loki, or a proxy in front of it, refuses access"),
            (78, "the settings are broken"),
        ),
        loki=True,
        tool=False,
        recorded=False,
    ),
    Verb(
        "usage habits",
        "commands that you type often enough for a verb",
        "homelab.verbs.usage.habits:habits",
        arguments=(
            Argument("--since", "since", "only commands typed since then (default: all)"),
            Argument("--words", "flag", "count public words only: programs and subcommands"),
            Argument("--agents", "flag", "commands that agents typed, as atuin records"),
            Argument("--all", "flag", "show rare and everyday commands (ls, vim), too"),
            Argument(
                "--new", "count", "begin a verb that runs the command of this row", value="ROW"
            ),
            Argument("--as", "text", "the words of that verb, like docker/logs", value="VERB"),
            Argument("--yes", "flag", "read the histories even without a terminal"),
            Argument("--limit", "count", "at most this many rows", default="20", aliases=("-n",)),
            *ROWS,
        ),
        details=(
            "Reads the histories of bash, zsh, fish, nushell, ash and atuin of the account that"
            " runs it. Nothing in them is sent. Words that vary are folded: docker logs -f NAME."
            " VALUES is the number of different words, DAYS the number of days (UTC) on which the"
            " command was typed, VERB the verb that does it. An entry that may hold a password, a"
            " token or a key is left out completely. Only these are shown as typed: programs of"
            " this host or of a public list, words of public lists (subcommands, options), and your"
            " own scripts that are verbs. --new writes a verb of your own, like verbs new, whose"
            " script runs the command of a row; words that vary become its arguments. bash keeps"
            " times only if HISTTIMEFORMAT is set."
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
            (2, "there is no terminal and --yes is missing, or there is no such row"),
            (77, "the home belongs to another account"),
            (78, "HOME is not set, or not a folder"),
        ),
        recorded=False,
        tool=False,  # a person's commands are private
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
            "Reads files of homelab usage release. Each lab counts once: for each month, its newest"
            " release with the whole month, else the one with most of it. ADD: labs try a word, or"
            " have own scripts for it, or type a program in the shell, and no verb does it. NAME:"
            " they try a word although a verb does it. FIX: more than 5% of the runs failed, in the"
            " lab's newest month with a failure rate. DROP?: the verb was available the whole time,"
            " and no lab shows a run. KEEP (with --all): it is used. Rows are sorted by LABS, then"
            " by ACCOUNTS and RUNS, which count each range as its middle (2-5 accounts as 3); words"
            " that were only typed in a shell follow, then DROP?. A file proves nothing about who"
            " wrote it."
        ),
        examples=("homelab usage merge labs/*.json", "homelab usage merge labs/*.json --all"),
        exits=((0, "done"), (1, "a file is left out"), (2, "wrong usage")),
        recorded=False,
        tool=False,  # it only reads files
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
            " interval; EVIDENCE names the cause. DROP?: nobody ran it, though it was available the"
            " whole time. KEEP (with --all): it is used and does not fail too often."
            " WEIGHT is the number of runs by hand that the decision would have changed; runs by"
            " cron and timers are not demand. Each row ends with a command that shows its evidence."
            f" {_SINK}"
        ),
        examples=("homelab usage next", "homelab usage next --since 90d --all"),
        exits=_EXITS,
        loki=True,
        recorded=False,
    ),
    Verb(
        "usage off",
        "stop counting, and delete events that wait to be sent",
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
                "fold labels that fewer accounts used in a month (2, or 1 if only 1 ran)",
            ),
            Argument("--current", "flag", "include months that can still change"),
            Argument("--with-habits", "flag", "add the public words of your shell history"),
            Argument("--yes", "flag", "write without asking"),
            Argument("--dry-run", "flag", "show what would be written"),
        ),
        details=(
            "Shows the content of the file, asks, and writes it; nothing is sent. It has, by month,"
            " the built-in verbs and the words that homelab usage vocabulary lists, with runs and"
            " accounts as ranges: no account name, no day, no address, no host, and no name that"
            " only this lab has. A month counts eight days after its end. docs/telemetry.md says"
            f" what the file can still reveal. It needs --yes if nobody can be asked. {_SINK}"
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
            (77, "Loki, or a proxy in front of it, refuses access"),
            (78, "the settings are broken, or the lab's key can't be saved"),
        ),
        loki=True,
        recorded=False,
        tool=False,
    ),
    Verb(
        "usage report",
        "all counts as a page",
        "homelab.verbs.usage.report:report",
        arguments=(
            OUTPUT,
            Argument("--open", "flag", "open it in a browser"),
            _SINCE,
            _ACCOUNTS,
            _MIN_USERS,
            _FRESH,
        ),
        details=(
            "One HTML file without scripts or other files: decisions, most used verbs,"
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
        tool=False,  # it writes a file
    ),
    Verb(
        "usage status",
        "whether verbs are counted, who decided, and what happened to the events",
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
            Argument("--verb", "text", "count only verbs that begin with these words"),
            _USER,
            Argument("--failed", "flag", "only those that failed, most often first"),
            Argument("--compare", "flag", "compare with the window of the same length before"),
            Argument("--by-hand", "flag", "estimate the share that cron and timers did not start"),
            Argument("--limit", "count", "at most this many rows (20; all days)", aliases=("-n",)),
            _FRESH,
            *ROWS,
        ),
        details=(
            f"{_SINK} FAILED counts the runs whose exit code is not an answer of the verb. 69, 77"
            " and 78 are the environment's (a column of --failed), interruptions are left out, and"
            " for job run, verbs run and scripts only a crash (70) counts, unless the header of a"
            " script has `Answers:`; without one FAILED is `-` (0 in JSON and CSV). Days are UTC"
            " days. --by-hand estimates, from the times of the runs alone, which runs people or"
            " agents started: these spread over the minute and the hour, while cron and timers"
            " repeat at the same second or minute. Jobs that take minutes, timers with a random"
            " delay, and intervals that do not divide the hour look like people. A habit at the"
            " same minute looks like a timer. `-` in BY HAND means fewer than 20 runs or 5 days,"
            " or no clear pattern in their times."
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
            Argument("--per", "text", "a column for each", choices=("day", "week")),
            _USER,
            Argument("--limit", "count", "at most this many verbs", default="20", aliases=("-n",)),
            _FRESH,
            *ROWS,
        ),
        details=(
            f"{_SINK} Days and weeks are UTC. Without --per, windows up to two weeks are shown by"
            " day. A terminal too narrow for all columns leaves out the oldest."
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
            " version with the verb first ran on any host (searched in twice the window), or on"
            " which the drop-in's file came here; verbs not available all the time are too young."
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
        arguments=(Argument("WORD", "text", "only what these words count as", many=True), *ROWS),
        details=(
            "A label that is not in this list can't leave this host. With WORD it says whether the"
            " word is public and what it counts as: backups counts as backup. A script with the"
            " line `# Counts-as: WORD` counts as (personal) with the same word. A word below a"
            " group of own verbs is counted without it."
        ),
        examples=(
            "homelab usage vocabulary",
            "homelab usage vocabulary backups df",
            "homelab usage vocabulary 'container restart'",
        ),
        exits=((0, "done"), (1, "a word is not public"), (78, "a settings file is broken")),
        answers=(0, 1),
        recorded=False,
        outside=False,
    ),
    Verb(
        "usage wanted",
        "words that were tried and are not verbs",
        "homelab.verbs.usage.wanted:wanted",
        arguments=(
            _SINCE,
            _USER,
            Argument("--limit", "count", "at most this many words", default="20", aliases=("-n",)),
            _FRESH,
            *ROWS,
        ),
        details=(
            "Only words that homelab usage vocabulary lists; other words are never kept. USE names"
            " the built-in verb that does it, OWN the verb of that name on this host, also one in"
            f" an added folder. {_SINK}"
        ),
        examples=("homelab usage wanted",),
        exits=_EXITS,
        loki=True,
        recorded=False,
    ),
)
