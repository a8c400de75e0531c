"""The descriptions of the verbs `verbs …`."""

from __future__ import annotations

from homelab.catalogue.common import ROWS
from homelab.catalogue.verb import Argument, Verb

_NAME = Argument(
    "NAME",
    "text",
    "only this added folder: the words in front of its verbs, or its path",
    many=True,
    completion="adopted",
)

VERBS = (
    Verb(
        "verbs",
        "list every verb of this host: where it comes from, and whether it runs",
        "homelab.verbs.verbs.list:list_rows",
        arguments=(
            Argument("VERB", "verb", "only verbs that begin with these words", many=True),
            Argument(
                "--source",
                "text",
                "built-in; personal (files in ~/.local/share/homelab/verbs); system (files in"
                " /usr/local/lib/homelab/verbs); other (a folder of verbs.path); or the name of an"
                " added folder",
                value="SOURCE",
                completion="sources",
            ),
            Argument("--own", "flag", "only this host's own verbs, without built-in ones"),
            *ROWS,
        ),
        details=(
            "EFFECT is what the verb declares. STATE is ok, shadowed (another verb with that name"
            " runs instead) or refused (it does not run; verbs check says why)."
        ),
        examples=("homelab verbs --own", "homelab verbs nas", "homelab verbs --source personal"),
        exits=(
            (0, "done"),
            (1, "their folder can't be used"),
            (2, "no verb begins with these words, or there is no such source"),
        ),
    ),
    Verb(
        "verbs accept",
        "accept the new and changed scripts of an added folder",
        "homelab.verbs.verbs.accept:accept",
        arguments=(_NAME, *ROWS),
        details=(
            "In a folder that you added, changed scripts run at once; verbs diff compares them with"
            " the state that you accepted. In a folder that root added, new and changed scripts run"
            " only after root accepts them."
        ),
        effect="write",
        examples=("homelab verbs accept", "sudo homelab verbs accept nas/tools"),
        exits=(
            (0, "done"),
            (1, "no such added folder, or its index can't be written"),
            (69, "a folder can't be read"),
        ),
        tool=False,  # a person decides what runs
    ),
    Verb(
        "verbs add",
        "make verbs from the scripts in a folder, without moving them",
        "homelab.verbs.verbs.add:add",
        arguments=(
            Argument("FOLDER", "folder", "the folder of scripts", required=True),
            Argument(
                "--as",
                "text",
                "the words in front of its verbs; . for none (default: the folder's name)",
                value="PREFIX",
            ),
            Argument("--dry-run", "flag", "write nothing, show which file becomes which verb"),
            Argument("--all", "flag", "also list the files that are not verbs"),
            *ROWS,
        ),
        details=(
            "It copies, links and changes nothing; it writes an index that points to the folder."
            " As root, it does so for every account. A script runs by its #! line, with or without"
            " the x bit. When the folder has changed, homelab verbs diff shows the differences."
            " Adding the folder again accepts them."
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
        tool=False,  # a person decides what runs
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
                "one row for each problem instead of each kind; also the files that are not verbs",
            ),
            *ROWS,
        ),
        details=(
            "An error keeps a verb from running, a warning does not, a note suggests a better"
            " description. Each kind of problem has one row; in FIX, replace FILE and VERB with the"
            " file and the verb. JSON lists the verbs of each kind."
        ),
        examples=(
            "homelab verbs check",
            "homelab verbs check nas df",
            "homelab verbs check --all --csv",
        ),
        exits=((0, "no problems, or only notes"), (1, "an error or a warning, or no such verb")),
        answers=(0, 1),
        version=2,
    ),
    Verb(
        "verbs describe",
        "write the description of a script to a file that you can edit",
        "homelab.verbs.verbs.describe:describe",
        arguments=(Argument("VERB", "verb", "the words of a verb", required=True, many=True),),
        details=(
            "homelab reads this file instead of the comments in the script. For a script of an"
            " added folder it is beside the index, so the folder does not change. The path is"
            " printed. An existing file is never replaced."
        ),
        effect="write",
        examples=("homelab verbs describe scripts backup",),
        exits=(
            (0, "done"),
            (1, "no such verb, or the file can't be written"),
            (2, "the verb is built in"),
        ),
        idempotent=False,
    ),
    Verb(
        "verbs diff",
        "list the scripts of added folders that are new, changed or gone",
        "homelab.verbs.verbs.diff:diff",
        arguments=(_NAME, *ROWS),
        details="Compares each folder with its state when it was added or last accepted.",
        examples=("homelab verbs diff", "homelab verbs diff nas/tools"),
        exits=(
            (0, "no differences"),
            (1, "differences, or no such added folder"),
            (69, "a folder can't be read"),
        ),
        answers=(0, 1, 69),
    ),
    Verb(
        "verbs new",
        "write a new verb of your own from a template",
        "homelab.verbs.verbs.new:new",
        arguments=(
            Argument("VERB", "text", "the words of the verb: nas/df or nas/df.py", required=True),
            Argument("WORD", "text", "more of its words: nas df is nas/df", many=True),
            Argument("--system", "flag", "for every account, in /usr/local/lib/homelab/verbs"),
        ),
        details="Writes an executable file and prints its path. It never replaces a file.",
        effect="write",
        outside=False,
        examples=("homelab verbs new nas/df", "sudo homelab verbs new backup/check.py --system"),
        exits=(
            (0, "done"),
            (1, "the file can't be written"),
            (2, "the name is not possible, or is taken"),
        ),
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
                "the words in front of its verbs, or the path of the folder",
                required=True,
                many=True,
                completion="adopted",
            ),
            Argument("--all", "flag", "also remove the files that verbs describe wrote"),
        ),
        details="The folder does not change. Files of verbs describe are kept without --all.",
        effect="write",
        examples=("homelab verbs remove scripts", "homelab verbs remove ~/git/nas-tools"),
        exits=((0, "done"), (1, "no such added folder, or its index can't be removed")),
        idempotent=False,
        tool=False,  # a person decides what runs
    ),
    Verb(
        "verbs run",
        "run a verb of your own when another verb has its name",
        "homelab.verbs.verbs.run:run",
        arguments=(
            Argument("--from", "folder", "only from this folder of verbs", value="FOLDER"),
            Argument(
                "WORDS",
                "words",
                "the verb and its arguments",
                required=True,
                many=True,
                completion="scripts",  # also the scripts that built-ins shadow
            ),
        ),
        details="It is counted as verbs run. Its effect is that of the script.",
        effect="destructive",
        examples=("homelab verbs run disk usage /srv",),
        passes_on=True,
        exits=(
            (0, "the script succeeded; other codes are those of the script"),
            (2, "no such verb"),
            (69, "a program that it needs is missing"),
            (126, "the script is refused or can't be started"),
        ),
        idempotent=False,
        network=True,
        tool=False,  # each script is a tool of its own, from the description in its header
    ),
    Verb(
        "verbs which",
        "show the file behind a verb, or why a file is not a verb",
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
