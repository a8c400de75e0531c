"""`verbs describe`: write the description of a script to a file that people edit."""

from __future__ import annotations

from homelab.describe import inventory
from homelab.describe.inventory import nothing, split_words
from homelab.dropins import listing
from homelab.errors import NO, USAGE, Failure
from homelab.output.answer import Text
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context


def describe(context: Context, arguments: Values) -> Text:
    """Write the known description of a script to a `.verb` file, and return its path. homelab reads
    that file instead of the script's comments."""
    from homelab.dropins import adopting, description, names
    from homelab.dropins.new import write

    words = split_words(arguments.verb)
    verb = " ".join(words)
    if context.built_in.find(verb):
        raise Failure(USAGE, f"{verb!r} is built in; verbs describe is for your own")
    folded = tuple(map(names.fold, words))
    found = [
        each
        for each in inventory.walked(context).listed
        if each.dropin.words in (tuple(words), folded)
    ]
    if not found:
        raise Failure(NO, nothing(context, words))
    found.sort(key=lambda each: each.state == listing.SHADOWED)
    dropin = found[0].dropin
    target, inner = adopting.place_of_description(dropin)
    text = description.as_verb_file(description.read(dropin))
    path = write(target, inner, ".verb", text, 0o644)
    context.message(
        f"edit this file; homelab reads it instead of the comments in {quoted(dropin.path)}"
    )
    return Text(path + "\n")
