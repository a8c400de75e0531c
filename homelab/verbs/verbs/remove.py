"""`verbs remove`: undo `verbs add`."""

from __future__ import annotations

from homelab.dropins import adopting
from homelab.errors import Failure
from homelab.output.answer import Text
from homelab.system import paths
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context


def remove(context: Context, arguments: Values) -> Text:
    """Remove the index of a checkout; the checkout itself does not change. Descriptions that
    someone wrote are kept without --all."""
    own, system = paths.user_verbs(context.env), context.system_verbs
    base = adopting.base_of(own, system)
    try:
        index, place = adopting.chosen(arguments.name, adopting.adopted(own, system), "remove")[0]
    except Failure:
        left = adopting.left_behind(base, arguments.name)
        if left is None:
            raise
        index, place = left, base
    adopting.refuse_system(index, place, "remove")
    kept = adopting.remove(index, arguments.all)
    name = quoted(adopting.label(index))
    what = f"{name} is removed"
    if not (index.path or index.problem):  # only its descriptions were left
        done = "; its descriptions are removed" if arguments.all else ""
        what = f"{name} is not added{done}"
    if index.path:
        what += f"; nothing in {quoted(index.path)} was changed"
    if kept:
        count = "1 file" if len(kept) == 1 else f"{len(kept)} files"
        what += f"\nkept: {count} below {quoted(index.folder)}, used again after the next verbs add"
        if not arguments.all:
            what += f"; homelab verbs remove --all {name} also removes descriptions"
    return Text(what + "\n")
