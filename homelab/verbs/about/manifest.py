"""`manifest`: the verbs as a document, for programs."""

from __future__ import annotations

from homelab.catalogue import resolve
from homelab.describe import inventory, opencli
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context


def answer(context: Context, words: list[str]) -> str:
    """Return the verbs that begin with `words`, or all verbs. Raises Failure (2) if there are
    none."""
    chosen: tuple[str, ...] = ()
    brief = mcp = False
    if words:
        from homelab.catalogue.arguments import parse

        values = parse(context.built_in.verb("manifest"), words, context.clock())
        chosen = tuple(part for word in values.verb for part in word.split(" "))
        brief, mcp = values.brief, values.mcp
    verbs = inventory.verbs(context, chosen)
    if not verbs:
        hint = resolve.hint(list(chosen), context.built_in.paths())
        raise Failure(USAGE, f"no verb or group {' '.join(chosen)!r}; {hint}")
    if brief and mcp:
        raise Failure(USAGE, "--brief and --mcp exclude each other", usage_of="manifest")
    context.write_utf8()
    if brief:
        return opencli.brief(verbs)
    from homelab.output.document import dumps

    if mcp:
        from homelab.mcp import tools

        return dumps(tools.listed(verbs), indent=2) + "\n"
    from homelab.describe.environment import variables

    built_in = context.built_in
    document = opencli.document(verbs, built_in.groups, variables(), built_in.defaults)
    return dumps(document, indent=2) + "\n"
