"""The descriptions of the verbs `verbs …`."""

from __future__ import annotations

from homelab.catalogue.common import ROWS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "verbs",
        "every verb of this host: where it comes from, whether it runs",
        "homelab.verbs.verbs.list:list_rows",
        arguments=(
            Argument("VERB", "verb", "only verbs that begin with these words", many=True),
            Argument(
                "--source",
                "text",
                "built-in, personal, system, other (a folder of verbs.path) or an adopted checkout",
                value="SOURCE",
                completion="sources",
            ),
            *ROWS,
        ),
        details=(
            "EFFECT is what a verb says of itself. STATE is ok, shadowed (something else of that"
            " name runs) or refused (it does not run; verbs check says why)."
        ),
        examples=("homelab verbs", "homelab verbs nas", "homelab verbs --source personal"),
        exits=(
            (0, "done"),
            (1, "their checkout can't be used"),
            (2, "no verb begins so, or there is no such source"),
        ),
    ),
    Verb(
        "verbs check",
        "what is wrong with your own verbs, and how to fix it",
        "homelab.verbs.verbs.check:check",
        arguments=(
            Argument("VERB", "verb", "only this verb or group", many=True),
            Argument(
                "--all",
                "flag",
                "a row for each problem, not for each kind; files that aren't verbs",
            ),
            *ROWS,
        ),
        details=(
            "An error keeps a verb from running, a warning does not, a note says what its"
            " description lacks. Each kind of problem has one row; in FIX, FILE and VERB stand for"
            " those of each verb. JSON lists the verbs of each kind."
        ),
        examples=(
            "homelab verbs check",
            "homelab verbs check nas df",
            "homelab verbs check --all --csv",
        ),
        exits=((0, "nothing but notes"), (1, "an error or a warning, or no such verb")),
        answers=(0, 1),
    ),
    Verb(
        "verbs new",
        "begin a verb of your own from a template",
        "homelab.verbs.verbs.new:new",
        arguments=(
            Argument("VERB", "text", "its words, as in nas/df, or nas/df.py", required=True),
            Argument("--system", "flag", "for every account, in /usr/local/lib/homelab/verbs"),
        ),
        details="Writes an executable file and prints its path. What is there is never replaced.",
        effect="write",
        outside=False,
        examples=("homelab verbs new nas/df", "sudo homelab verbs new backup/check.py --system"),
        exits=((0, "done"), (1, "it can't be written"), (2, "no such name can be, or it is taken")),
        idempotent=False,
    ),
    Verb(
        "verbs run",
        "run a verb of your own that something else of its name shadows",
        "homelab.verbs.verbs.run:run",
        arguments=(
            Argument("--from", "folder", "only from this folder of verbs", value="FOLDER"),
            Argument(
                "WORDS",
                "words",
                "the verb and its arguments",
                required=True,
                many=True,
                completion="scripts",  # those too that built-ins shadow
            ),
        ),
        details="Counted as verbs run; it may do whatever the script does.",
        effect="destructive",
        examples=("homelab verbs run logs mine --since 1d",),
        passes_on=True,
        exits=((0, "as the script ends"), (2, "no such drop-in"), (126, "it was refused")),
        idempotent=False,
        network=True,
        tool=False,  # each script is a tool by itself, by what its header describes
    ),
    Verb(
        "verbs which",
        "the file behind a verb, or why a file is not one",
        "homelab.verbs.verbs.which:which",
        arguments=(
            Argument("VERB", "verb", "the words of a verb", required=True, many=True),
            *ROWS,
        ),
        examples=("homelab verbs which nas df", "homelab verbs which nas df --json"),
        exits=((0, "it runs"), (1, "no such verb, or it does not run")),
        answers=(0, 1),
    ),
)
