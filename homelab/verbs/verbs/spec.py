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
            Argument(
                "--source",
                "text",
                "only those (other: from a folder of verbs.path)",
                choices=("built-in", "personal", "system", "other"),
            ),
            *ROWS,
        ),
        details=(
            "EFFECT is what a verb says of itself. STATE is ok, shadowed (something else of that"
            " name runs) or refused (it does not run; verbs check says why)."
        ),
        examples=("homelab verbs", "homelab verbs --source personal"),
    ),
    Verb(
        "verbs check",
        "what is wrong with your own verbs, and what mends it",
        "homelab.verbs.verbs.check:check",
        arguments=(Argument("VERB", "verb", "only this verb or group", many=True), *ROWS),
        details=(
            "An error keeps a verb from running, a warning does not, a note says what its first"
            " comment block could tell."
        ),
        examples=("homelab verbs check", "homelab verbs check nas df"),
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
        exits=(
            (0, "as the script ends"),
            (2, "no such drop-in"),
            (69, "a program that it needs is missing"),
            (126, "it was refused"),
        ),
        idempotent=False,
        network=True,
        tool=False,  # each script is a tool by itself, by what its header describes
    ),
    Verb(
        "verbs which",
        "the file behind a verb, and what it shadows",
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
