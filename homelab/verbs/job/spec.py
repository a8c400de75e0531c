"""The descriptions of the verbs `job …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, LIST, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
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
            " its --every, a tenth of which is no delay. A job is forgotten by deleting its .json"
            " in ~/.local/state/homelab/jobs."
        ),
        examples=("homelab job list", "homelab job list --json"),
        exits=((0, "all is well"), (1, "a job failed or is overdue"), UNCHECKED),
        answers=CHECK_ANSWERS,
    ),
    Verb(
        "job run",
        "run a command for cron or a timer: one at a time, quiet unless it fails",
        "homelab.verbs.job.run:run",
        arguments=(
            Argument("NAME", "text", "what the job is called", required=True),
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
            Argument("--verbose", "flag", "show the output as it comes, and keep none of it"),
            Argument("COMMAND", "words", "the command", required=True, many=True),
        ),
        details=(
            "What the command writes is kept (1 MiB of it) and shown on stderr if it fails, else"
            " thrown away. Where an earlier run of the job goes on, this one fails with 75 and runs"
            " nothing. The switch is pinged at URL/start, then at URL or URL/fail; a ping that does"
            " not arrive changes nothing else. The job is over when its command has ended: what a"
            " process that it left behind writes is taken in for 0.5 s more, later output is thrown"
            " away. No shell reads the command: for pipes, sh -c '…'."
        ),
        effect="destructive",
        examples=(
            "homelab job run backup --every 1d --timeout 2h -- restic backup /srv",
            "homelab job run sync --skip --ping-file /etc/homelab/sync.url -- rclone sync a: b:",
        ),
        exits=(
            (0, "the command ended well; where it did not, its own code"),
            (75, "an earlier run of the job goes on"),
            (124, "it was ended after --timeout"),
            (126, "the command can't be started"),
        ),
        idempotent=False,
        network=True,
        tool=False,
        usage="job run NAME [OPTIONS] -- COMMAND...",
    ),
)
