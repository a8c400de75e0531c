"""The descriptions of the verbs `job …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, JSON, LIST, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

_UNREAD = (69, "what is kept of it can't be read")

VERBS = (
    Verb(
        "job forget",
        "remove what is kept of a job: its record and its output",
        "homelab.verbs.job.forget:forget",
        arguments=(
            Argument("NAME", "text", "the job", required=True, many=True, completion="jobs"),
        ),
        details="A job that runs is not forgotten, and nothing of the others either.",
        effect="destructive",
        examples=("homelab job forget backup",),
        exits=((0, "done"), (1, "there is no such job"), _UNREAD, (75, "a run of it goes on")),
        outside=False,
    ),
    Verb(
        "job list",
        "the jobs of this account: last run, result, what is overdue",
        "homelab.verbs.job.list:list_rows",
        arguments=LIST,
        details=(
            "RESULT is ok, the exit code, signal or timeout that it failed by, running, or"
            " interrupted (homelab was killed, or the host went down). In a home that several hosts"
            " or containers share it is also running elsewhere, or unknown where the last run began"
            " elsewhere and has left no end. OVERDUE is how long ago a job should have started by"
            " its --every, a tenth of which is no delay. job show NAME has what a job wrote, job"
            " forget NAME removes it."
        ),
        examples=("homelab job list", "homelab job list --json"),
        exits=((0, "all is well"), (1, "a job failed or is overdue"), UNCHECKED),
        answers=CHECK_ANSWERS,
        core=True,
    ),
    Verb(
        "job run",
        "run a command for cron or a timer: one at a time, quiet unless it fails",
        "homelab.verbs.job.run:run",
        arguments=(
            Argument("NAME", "text", "what the job is called", required=True, completion="jobs"),
            Argument("--wait", "span", "wait so long for an earlier run of the job to end"),
            Argument("--skip", "flag", "end with 0 and no word where an earlier run goes on"),
            Argument("--timeout", "span", "end an attempt after this long: TERM, and KILL 10 s on"),
            Argument("--retries", "whole", "attempts to make after one that failed", default="0"),
            Argument("--retry-wait", "span", "how long to wait before each", default="10s"),
            Argument("--every", "span", "how often it should start; job list shows it overdue"),
            Argument(
                "--ping-file",
                "file",
                "a file with the URL of its dead-man's switch (healthchecks.io or alike)",
                value="FILE",
            ),
            Argument("--ping-output", "flag", "send the last 10 kB of the output along"),
            Argument("--on-change", "flag", "report only when the result changes"),
            Argument(
                "--notify-file",
                "file",
                "a file with the URL of ntfy, Gotify or a webhook that is told of failures",
                value="FILE",
            ),
            Argument(
                "--notify",
                "text",
                "a shell command that is told of failures: the text is its stdin",
                value="COMMAND",
            ),
            Argument("--notify-output", "flag", "add the last 2 kB of the output to what is told"),
            Argument("--verbose", "flag", "show the output as it comes, and keep none of it"),
            Argument("COMMAND", "words", "the command", required=True, many=True),
        ),
        details=(
            "What the command writes is kept (1 MiB of it) for job show, and shown on stderr if"
            " it fails. Where an earlier run of the job goes on, this one fails with 75 and runs"
            " nothing. The job is over when its command has ended: what a process that it left"
            " behind writes is taken in for 0.5 s more, later output is thrown away. No shell"
            " reads the command: for pipes, sh -c '…'.\n\n"
            "The switch is pinged at URL/start, then at URL or URL/fail; Uptime Kuma, Cronitor,"
            " Dead Man's Snitch, Better Stack and Gatus are known by their URLs and told in their"
            " own way. A ping that does not arrive changes nothing else.\n\n"
            "With --on-change a run reports only if its result (ok, exit 3, timed out, …: RESULT"
            " of job list) differs from that of the run before; the first run reports if it fails."
            " The exit code is the command's own all the same.\n\n"
            "Notices go out after the last attempt of a run that failed, and for the first that"
            " is ok again; with --on-change for changes only. What did not arrive is sent by the"
            " next run. The first line of --notify-file is a URL, with ntfy:, gotify:, discord:,"
            " slack: or webhook: before it where its shape does not tell; lines below are headers,"
            " like Authorization: Bearer TOKEN. A webhook gets JSON: job, host, ok, result, was,"
            " exit, reason, title, text and more. The --notify command has the text on stdin,"
            " HOMELAB_JOB, HOMELAB_JOB_RESULT, HOMELAB_JOB_TITLE and more in its environment, and"
            " 30 s."
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
            (0, "the command ended well; where it did not, its own code"),
            (75, "an earlier run of the job goes on"),
            (124, "it was ended after --timeout"),
            (126, "the command can't be started"),
            (127, "the command is not there"),
        ),
        idempotent=False,
        network=True,
        tool=False,
        usage="job run NAME [OPTIONS] -- COMMAND...",
    ),
    Verb(
        "job show",
        "the last run of a job, and what it wrote",
        "homelab.verbs.job.show:show",
        arguments=(
            Argument("NAME", "text", "the job", required=True, completion="jobs"),
            JSON,
        ),
        details=(
            "Stdout and stderr stand in the order in which they were written. Of more than 1 MiB"
            " the first 256 KiB and the end are kept, and a line says how much is left out between."
            " Of a run that goes on it is what has been written so far; of several attempts it is"
            " the last. With --verbose nothing is kept."
        ),
        examples=("homelab job show backup", "homelab job show backup --json"),
        exits=((0, "done"), (1, "there is no such job"), _UNREAD),
    ),
)
