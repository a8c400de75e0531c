"""The descriptions of the verbs `job …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, JSON, LIST, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

_UNREAD = (69, "the record of the job can't be read")

VERBS = (
    Verb(
        "job forget",
        "remove the record and the output of a job",
        "homelab.verbs.job.forget:forget",
        arguments=(
            Argument("NAME", "text", "the job", required=True, many=True, completion="jobs"),
        ),
        details="A running job can't be removed. If one of several jobs can't be, none is removed.",
        effect="destructive",
        examples=("homelab job forget backup",),
        exits=((0, "done"), (1, "there is no such job"), _UNREAD, (75, "the job is running")),
        outside=False,
    ),
    Verb(
        "job list",
        "the jobs of this account: last run, result, overdue",
        "homelab.verbs.job.list:list_rows",
        arguments=(
            Argument("NAME", "text", "a job that must be there", many=True, completion="jobs"),
            *LIST,
        ),
        details=(
            "RESULT is ok, the exit code, signal or timeout of a failed run, running, or"
            " interrupted (homelab was killed, or the host went down). In a home that several"
            " hosts or containers share, RESULT can also be running elsewhere, or unknown if the"
            " last run began on another host and recorded no end. OVERDUE is how long ago the job"
            " should have started by its --every; a delay of up to a tenth of it is ignored. job"
            " show NAME shows the output of a job, job forget NAME removes it. With NAME only these"
            " jobs are shown; one that never ran is critical."
        ),
        examples=("homelab job list", "homelab job list backup sync --json"),
        exits=((0, "all is well"), (1, "a job failed or is overdue"), UNCHECKED),
        answers=CHECK_ANSWERS,
        core=True,
    ),
    Verb(
        "job run",
        "run a command for cron or a timer: one at a time, quiet unless it fails",
        "homelab.verbs.job.run:run",
        arguments=(
            Argument("NAME", "text", "a name for the job", required=True, completion="jobs"),
            Argument("--wait", "span", "wait this long for an earlier run of the job to end"),
            Argument(
                "--skip", "flag", "end with 0 and no output if an earlier run is still running"
            ),
            Argument(
                "--timeout", "span", "stop an attempt after this long: TERM, then KILL after 10 s"
            ),
            Argument("--retries", "whole", "how often to retry a failed attempt", default="0"),
            Argument("--retry-wait", "span", "how long to wait before each retry", default="10s"),
            Argument(
                "--every", "span", "how often the job should start; job list reports it as overdue"
            ),
            Argument(
                "--ping-file",
                "file",
                "file with the URL of its dead-man's switch (healthchecks.io or similar)",
                value="FILE",
            ),
            Argument("--ping-output", "flag", "send the last 10 kB of the output with the ping"),
            Argument("--on-change", "flag", "report only when the result changes"),
            Argument(
                "--notify-file",
                "file",
                "file with the URL of an ntfy, Gotify or webhook for failure notices",
                value="FILE",
            ),
            Argument(
                "--notify",
                "text",
                "shell command for failure notices; it reads the text on stdin",
                value="COMMAND",
            ),
            Argument("--notify-output", "flag", "add the last 2 kB of the output to the notice"),
            Argument("--verbose", "flag", "show the output as it comes, and keep none"),
            Argument("COMMAND", "words", "the command", required=True, many=True),
        ),
        details=(
            "The output of the command is kept (1 MiB of it) for job show, and shown on stderr if"
            " the command fails. If an earlier run of the job is still running, this run starts"
            " nothing and fails with 75. The job ends when its command ends: output of a"
            " background process is read for 0.5 s more, later output is discarded. No shell reads"
            " the command: for pipes, use sh -c '…'.\n\nThe switch is pinged at URL/start, then at"
            " URL or URL/fail. Uptime Kuma, Cronitor, Dead Man's Snitch, Better Stack and Gatus"
            " are recognised by their URLs and pinged in their own format. A failed ping does not"
            " change the exit code.\n\nWith --on-change a run reports only if its result (ok, exit"
            " 3, timed out, …: RESULT of job list) differs from that of the run before; the first"
            " run reports if it fails. The exit code is always the command's own.\n\nNotices are"
            " sent after the last attempt of a failed run, and for the first run that is ok again;"
            " with --on-change, for changes only. A notice that could not be delivered is sent by"
            " the next run. The first line of --notify-file is a URL; write ntfy:, gotify:,"
            " discord:, slack: or webhook: before it if the URL does not show the kind. The lines"
            " below it are headers, like Authorization: Bearer TOKEN. A webhook gets JSON: job,"
            " host, ok, result, was, exit, reason, title, text and more. The --notify command gets"
            " the text on stdin, HOMELAB_JOB, HOMELAB_JOB_RESULT, HOMELAB_JOB_TITLE and more in"
            " its environment, and 30 s."
        ),
        effect="destructive",
        examples=(
            "homelab job run backup --every 1d --timeout 2h -- restic backup /srv",
            "homelab job run sync --skip --ping-file /etc/homelab/sync.url -- rclone sync a: b:",
            "homelab job run raid --on-change --notify-file ntfy.url -- mdadm --detail -t /dev/md0",
            "homelab job run dump --notify 'mail -s \"$HOMELAB_JOB_TITLE\" root' -- pg_dumpall",
        ),
        passes_on=True,
        exits=(
            (0, "the command ended with 0; otherwise its own exit code"),
            (75, "an earlier run of the job is still running"),
            (124, "--timeout stopped the command"),
            (126, "the command can't be started"),
            (127, "command not found"),
        ),
        idempotent=False,
        network=True,
        tool=False,
        usage="job run NAME [OPTIONS] -- COMMAND...",
    ),
    Verb(
        "job show",
        "the last run of a job and its output",
        "homelab.verbs.job.show:show",
        arguments=(
            Argument("NAME", "text", "the job", required=True, completion="jobs"),
            JSON,
        ),
        details=(
            "Stdout and stderr are in the order in which they were written. If there is more than"
            " 1 MiB, the first 256 KiB and the end are kept, and a line says how much is left out."
            " For a running job this is the output so far; for several attempts, that of the last."
            " With --verbose no output is kept."
        ),
        examples=("homelab job show backup", "homelab job show backup --json"),
        exits=((0, "done"), (1, "there is no such job"), _UNREAD),
    ),
)
