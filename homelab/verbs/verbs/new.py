"""`verbs new`: a new script from a template."""

from __future__ import annotations

import os

from homelab.catalogue import resolve
from homelab.errors import NO, USAGE, Failure
from homelab.output.answer import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context


def new(context: Context, arguments: Values) -> Text:
    """Write a new drop-in from a template, executable; opens nothing."""
    from homelab.dropins import template
    from homelab.dropins.new import refuse_taken, write

    if arguments.verb.startswith("/"):
        what = f"{arguments.verb} is a path; a verb's words are like nas/df"
        raise Failure(USAGE, what, usage_of="verbs new")
    given = arguments.verb.replace("/", " ").split()
    stem, ending = os.path.splitext(given[-1]) if given else ("", "")
    if ending not in template.ENDINGS:
        kinds = " ".join(template.ENDINGS[1:])
        raise Failure(USAGE, f"{ending} is no ending that a verb's file can have; it is {kinds}")
    words = [*given[:-1], stem]
    bad = [word for word in words if not resolve.is_word(word)]
    if bad or not given:
        shown = bad[0] if bad else ""
        raise Failure(
            USAGE,
            f"{shown!r} is no word of a verb; small letters, digits and - only, as in nas/df",
            usage_of="verbs new",
        )
    if words[0] in context.built_in.families:
        raise Failure(USAGE, f"{words[0]!r} is a word of homelab's own; choose another first word")
    folders = context.verb_folders()
    folder = folders[-1] if arguments.system else folders[0]
    if not arguments.system and folder.name != "personal":
        raise Failure(NO, "no home directory is known; use --system")
    refuse_taken(words, folder, context.trusted_folders())
    path = write(folder, words, ending, template.text(" ".join(words), ending))
    return Text(f"{path}\n")
