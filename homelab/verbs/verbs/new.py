"""`verbs new`: write a new script from a template."""

from __future__ import annotations

from homelab.output.answer import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context


def new(context: Context, arguments: Values) -> Text:
    """Write a new executable drop-in from a template, without opening an editor."""
    from homelab.dropins.new import begin

    path = begin(
        " ".join([arguments.verb, *arguments.word]),
        context.verb_folders(),
        context.trusted_folders(),
        context.built_in,
        "verbs new",
        arguments.system,
    )
    return Text(f"{path}\n")
