"""`help`: what this program can do, and how to use a verb."""

from __future__ import annotations

from homelab.catalogue import resolve
from homelab.describe import help as screens
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context


def answer(context: Context, words: list[str]) -> str:
    """Return the help for `words`. Raises Failure (2) if they name no verb."""
    if not any(word.startswith("-") for word in words):
        return _help(context, words)
    from homelab.catalogue.arguments import parse

    values = parse(context.built_in.verb("help"), words, context.clock())
    if values.verb and (values.all or values.man):
        raise Failure(USAGE, "--all and --man take no verb", usage_of="help")
    if values.all and values.man:
        raise Failure(USAGE, "--all and --man exclude each other", usage_of="help")
    if values.man:
        from homelab.describe import manpage
        from homelab.describe.environment import variables

        return manpage.page(context.built_in, variables())
    if values.all:
        from homelab.describe import inventory

        return "\n".join(screens.listed(inventory.verbs(context))) + "\n"
    return _help(context, values.verb)


def overview(context: Context) -> str:
    """Return the first screen, with the first words of this host's own verbs."""
    from homelab.dropins.find import names

    own = [
        word for word in names(context.trusted_folders()) if word not in context.built_in.families
    ]
    return screens.overview(context.built_in, own)


def group(context: Context, name: str) -> str:
    """Return the list of a group's verbs, built-in or this host's own."""
    from homelab.describe import inventory

    verbs = inventory.verbs(context, tuple(name.split(" ")))
    about = context.built_in.groups.get(name, "this host's own verbs")
    return screens.group(name, about, verbs, context.built_in.defaults.get(name, ""))


def _help(context: Context, words: list[str]) -> str:
    if not words:
        return overview(context)
    words = [part for word in words for part in word.split(" ")]  # "nas df", as `verbs` prints it
    family = context.built_in.family(words[0])
    count = resolve.longest_prefix(words, family)
    if count == len(words):
        verb = family[" ".join(words)]
        inner = [
            other for path, other in sorted(family.items()) if path.startswith(f"{verb.path} ")
        ]
        return screens.screen(verb, inner=inner)
    if len(words) == 1 and words[0] in context.built_in.groups:
        return group(context, words[0])
    known = context.built_in.paths()
    if not count and words[0] not in context.built_in.groups:
        from homelab.dropins.find import find, meant, names
        from homelab.dropins.names import fold

        folders = context.trusted_folders(first=words[0])
        dropin, depth = find(words, folders)
        if dropin and depth == len(words):
            from homelab.describe.dropin import screen
            from homelab.dropins import description

            return screen(dropin, description.read(dropin))
        if depth == len(words):
            return group(context, " ".join(map(fold, words)))
        from homelab.describe.inventory import unused

        why = unused(context, words)
        if why:
            raise Failure(USAGE, why)
        known = meant(words[:depth], folders) or known.union(names(folders))
    raise Failure(
        USAGE, f"no verb '{' '.join(words)}' to show help for; {resolve.hint(words, known)}"
    )
