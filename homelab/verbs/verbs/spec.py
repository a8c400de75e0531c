"""The descriptions of the verbs `verbs …`."""

from __future__ import annotations

from homelab.catalogue.common import ROWS
from homelab.catalogue.verb import Argument, Verb

_NAME = Argument(
    "NAME",
    "text",
    "only this checkout: the words in front of its verbs, or its path",
    many=True,
    completion="adopted",
)

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
        "verbs accept",
        "let what is new and changed in an adopted checkout run as it is now",
        "homelab.verbs.verbs.accept:accept",
        arguments=(_NAME, *ROWS),
        details=(
            "What changes in a checkout of yours runs at once, and verbs diff compares with the"
            " state that you accepted. In one that root adopted, new and changed scripts run only"
            " after root has accepted them."
        ),
        effect="write",
        examples=("homelab verbs accept", "sudo homelab verbs accept nas/tools"),
        exits=(
            (0, "done"),
            (1, "no such checkout, or it can't be written"),
            (69, "a checkout can't be read"),
        ),
        tool=False,  # what runs is a person's decision
    ),
    Verb(
        "verbs add",
        "make verbs of the scripts in a folder, where they are",
        "homelab.verbs.verbs.add:add",
        arguments=(
            Argument("CHECKOUT", "folder", "the folder of scripts", required=True),
            Argument(
                "--as",
                "text",
                "the words in front of its verbs; . for none (default: the folder's name)",
                value="PREFIX",
            ),
            Argument("--dry-run", "flag", "write nothing, show which file becomes which verb"),
            Argument("--all", "flag", "show the files that are no verbs, too"),
            *ROWS,
        ),
        details=(
            "Nothing is copied, linked or changed: an index is written that points to the folder,"
            " as root for every account. A script runs by its #! line, with or without the x bit."
            " After it has changed, homelab verbs diff shows what is new. Adding it again accepts"
            " that."
        ),
        effect="write",
        examples=(
            "homelab verbs add ~/scripts --dry-run",
            "homelab verbs add ~/git/nas-tools --as nas/tools",
            "sudo homelab verbs add /srv/scripts",
        ),
        exits=(
            (0, "done"),
            (1, "it has no verbs, another account can change it, or no index can be written"),
            (2, "no such folder, or its verbs' words are taken"),
            (69, "its file system does not answer"),
        ),
        tool=False,  # what runs is a person's decision
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
        version=2,
    ),
    Verb(
        "verbs describe",
        "write what is known of a script into a file to edit",
        "homelab.verbs.verbs.describe:describe",
        arguments=(Argument("VERB", "verb", "the words of a verb", required=True, many=True),),
        details=(
            "The file counts in the place of the script's own words. That of an adopted script is"
            " beside the index, and the checkout stays as it is. Its path is printed; what is there"
            " is never replaced."
        ),
        effect="write",
        examples=("homelab verbs describe scripts backup",),
        exits=((0, "done"), (1, "no such verb, or it can't be written"), (2, "it is built in")),
        idempotent=False,
    ),
    Verb(
        "verbs diff",
        "which scripts of adopted checkouts are new, changed or gone",
        "homelab.verbs.verbs.diff:diff",
        arguments=(_NAME, *ROWS),
        details="Compared with what was there when the checkout was added or last accepted.",
        examples=("homelab verbs diff", "homelab verbs diff nas/tools"),
        exits=(
            (0, "no difference"),
            (1, "differences, or no such checkout"),
            (69, "a checkout can't be read"),
        ),
        answers=(0, 1, 69),
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
        "verbs remove",
        "undo verbs add",
        "homelab.verbs.verbs.remove:remove",
        arguments=(
            Argument(
                "NAME",
                "text",
                "the words in front of its verbs, or its path",
                required=True,
                many=True,
                completion="adopted",
            ),
            Argument("--all", "flag", "remove the files of verbs describe, too"),
        ),
        details="The checkout stays as it is. What verbs describe wrote is kept without --all.",
        effect="write",
        examples=("homelab verbs remove scripts", "homelab verbs remove ~/git/nas-tools"),
        exits=((0, "done"), (1, "no such checkout, or it can't be removed")),
        idempotent=False,
        tool=False,  # what runs is a person's decision
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
