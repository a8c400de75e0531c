"""`verbs run`: run a script by its words even if another verb has that name."""

from __future__ import annotations

import os

from homelab.dropins.find import find_shadowed, trusted
from homelab.dropins.usable import reachable
from homelab.errors import UNSTARTABLE, USAGE, Failure
from homelab.output.answer import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context


def run(context: Context, arguments: Values) -> Text:
    """Run a drop-in by its words even if another verb has that name."""
    from homelab.describe.dropin import passed, requested
    from homelab.describe.inventory import unused
    from homelab.dropins import declared, needs, start

    words = arguments.words
    folders = context.verb_folders()
    folder = vars(arguments)["from"]
    if folder:
        chosen = os.path.abspath(folder)
        folders = [each for each in folders if os.path.abspath(each.path) == chosen]
        if not folders:
            paths = ", ".join(each.path for each in context.verb_folders())
            raise Failure(USAGE, f"{chosen} is not a folder of verbs; choose from {paths}")
    there = reachable(folders)
    found = find_shadowed(words, trusted(there)) or find_shadowed(words, there)
    if found is None:
        why = unused(context, words)
        if why:
            raise Failure(UNSTARTABLE, why)
        raise Failure(USAGE, f"no verb of your own named {words[0]!r}; homelab verbs lists them")
    rest = words[len(found.words) :]
    shown = requested(found, rest, context.width())
    if shown:
        return Text(shown)
    known: dict[str, str] = {}
    needs.require(found, declared.read(found, known).needs, context.env, known)
    return Text("", code=start.run(found, passed(rest), context.env, context.program, known))
