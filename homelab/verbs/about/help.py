"""`help`: what this program can do, what a verb does and takes, and the pages on topics."""

from __future__ import annotations

from homelab.catalogue import resolve
from homelab.describe import help as screens
from homelab.errors import USAGE, Failure
from homelab.texts import text_width

TOPICS = "topics"  # `homelab help topics` lists the pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context


def answer(context: Context, words: list[str]) -> str:
    """The help that `words` ask for. Raises Failure (2) where they name no verb and no topic."""
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
        from homelab.describe.pages import topics

        return manpage.page(context.built_in, variables(), topics())
    if values.all:
        from homelab.describe import inventory

        return screens.every(inventory.verbs(context), context.width())
    return _help(context, values.verb)


def overview(context: Context, terminal: int) -> str:
    """Return the first screen, with the first words of this host's own verbs, for a `terminal` with
    that many columns (0: none)."""
    from homelab.dropins.find import names

    own = [
        word for word in names(context.trusted_folders()) if word not in context.built_in.families
    ]
    return screens.overview(context.built_in, own, terminal)


def group(context: Context, name: str, terminal: int) -> str:
    """Return the list of a group's verbs, built-in or this host's own, for a `terminal` with that
    many columns (0: none)."""
    from homelab.describe import inventory

    verbs = inventory.verbs(context, tuple(name.split(" ")))
    about = context.built_in.groups.get(name, "this host's own verbs")
    default = context.built_in.defaults.get(name, "")
    return screens.group(name, about, verbs, default, terminal) + _also(name)


def _also(name: str) -> str:
    """How to read the page that a verb or group of the same name hides; "" where there is none."""
    from homelab.describe.pages import topics

    return f"\nsee also: homelab help {TOPICS} {name}\n" if name in topics() else ""


def _help(context: Context, words: list[str]) -> str:
    terminal = context.width()
    if not words:
        return overview(context, terminal)
    words = [part for word in words for part in word.split(" ")]  # "nas df", as `verbs` prints it
    family = context.built_in.family(words[0])
    count = resolve.longest_prefix(words, family)
    if count == len(words):
        verb = family[" ".join(words)]
        inner = [
            other for path, other in sorted(family.items()) if path.startswith(f"{verb.path} ")
        ]
        return screens.screen(verb, inner=inner, terminal=terminal)
    if len(words) == 1 and words[0] in context.built_in.groups:
        return group(context, words[0], terminal)
    known = context.built_in.paths()
    if not count and words[0] not in context.built_in.groups:
        from homelab.dropins.find import every, find, meant, names
        from homelab.dropins.names import fold

        folders = context.trusted_folders(first=words[0])
        dropin, depth = find(words, folders)
        if dropin and depth == len(words):
            from homelab.describe.dropin import screen
            from homelab.dropins import description

            return screen(dropin, description.read(dropin), terminal) + _also(dropin.verb)
        if depth == len(words):
            return group(context, " ".join(map(fold, words)), terminal)
        from homelab.describe.inventory import unused

        why = unused(context, words)
        if why:
            raise Failure(USAGE, why)
        text = _topic(context, words)
        if text:
            return text
        from homelab.describe.pages import topics

        known = meant(words[:depth], folders)
        if not known:
            folders = context.trusted_folders()
            own = map(" ".join, every(folders, context.built_in.families))
            known = context.built_in.paths().union(names(folders), own, [TOPICS], topics())
    what = f"no verb or topic '{' '.join(words)}'"
    raise Failure(USAGE, f"{what}; {resolve.hint(words, known)}")


def _topic(context: Context, words: list[str]) -> str:
    """The page that `words` name, by `topics NAME` also one that a verb hides, or the list of all
    pages; "" where there is no such page."""
    from homelab.context import Rendered
    from homelab.describe import markdown, pages

    topics = pages.topics()
    families = context.built_in.families
    if words == [TOPICS]:
        return screens.topics(topics, families, context.width())
    name = "-".join(words[words[0] == TOPICS :])  # "loki setup" as well
    if name not in topics:
        return ""
    width = text_width(context.width())
    text = pages.text(name, context.program)
    return Rendered(markdown.render(text, width, context.colours(), families))
