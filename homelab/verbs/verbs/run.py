"""`verbs run`: run a script by its words even if another verb has that name."""

from __future__ import annotations

import os

from homelab.catalogue import resolve
from homelab.dropins.find import every, find, find_shadowed, trusted
from homelab.dropins.usable import reachable
from homelab.errors import UNSTARTABLE, USAGE, Failure
from homelab.output.answer import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.dropins.dropin import VerbFolder


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
        raise Failure(USAGE, _missing(context, words, trusted(there)))
    rest = words[len(found.words) :]
    shown = requested(found, rest, context.width())
    if shown:
        return Text(shown)
    known: dict[str, str] = {}
    needs.require(found, declared.read(found, known).needs, context.env, known)
    return Text("", code=start.run(found, passed(rest), context.env, context.program, known))


def _missing(context: Context, words: list[str], folders: list[VerbFolder]) -> str:
    """The sentence that no own verb has these words: a built-in verb has them, or they are
    mistyped."""
    owner = context.built_in.owner(words)
    if owner:
        return f"{owner!r} is built in, and you have no verb of that name; use: homelab {owner}"
    depth = find(words, folders)[1]
    group = " ".join(words[:depth])
    if group and depth == len(words):
        return f"{group!r} is a group of your own verbs and does not run; see homelab help {group}"
    typed = words[: depth + 1]
    known = frozenset(map(" ".join, every(folders)))
    meant = resolve.hint(typed, known, "homelab verbs --own lists them")
    return f"no verb of your own named {' '.join(typed)!r}; {meant}"
