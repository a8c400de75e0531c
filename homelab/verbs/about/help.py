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
    from homelab.dropins.find import entries

    built_in = context.built_in
    folders = context.trusted_folders()

    def runs(words: tuple[str, ...], script: bool) -> bool:
        """Whether an own verb runs by these words, or in a built-in group, below them."""
        if script or len(words) > 1:
            return not (built_in.owner(words) if script else built_in.owner_behind(words))
        if words[0] not in built_in.families:
            return True
        return any(
            runs((*words, word), dropin is not None)
            for word, dropin in entries(folders, words[0]).items()
        )

    own = [word for word, dropin in entries(folders).items() if runs((word,), dropin is not None)]
    return screens.overview(built_in, sorted(own), terminal)


def group(context: Context, name: str, terminal: int) -> str:
    """Return the list of a group's verbs, built-in or this host's own, for a `terminal` with that
    many columns (0: none)."""
    from homelab.describe import inventory

    verbs = inventory.verbs(context, tuple(name.split(" ")))
    about = context.built_in.groups.get(name, "this host's own verbs")
    default = context.built_in.defaults.get(name, "")
    return screens.group(name, about, verbs, default, terminal) + _also(name)


def built_in_below(context: Context, name: str) -> str:
    """The part of the help of an own verb about built-in verbs whose path begins with its words:
    these words behind it run them, and are not its arguments. "" without such verbs."""
    start = f"{name} "
    verbs = [verb for verb in context.built_in.every() if verb.path.startswith(start)]
    if not verbs:
        return ""
    return f"\nbuilt-in verbs, which come first:\n{screens.every(verbs, context.width())}"


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
        # own verbs may be below it: `check dns`; below two words they are rare
        if count == 1 and not context.built_in.owner_behind(words):
            from homelab.describe import inventory

            inner += [own for own in inventory.own(context, tuple(words)) if own.path != verb.path]
        return screens.screen(verb, inner=inner, terminal=terminal)
    return _own(context, words, terminal)


def _own(context: Context, words: list[str], terminal: int) -> str:
    """The help on words that name no built-in verb: an own verb, a group or a topic. Raises Failure
    (2) for other words."""
    from homelab.dropins.find import every, find, meant, names
    from homelab.dropins.names import fold

    built_in = context.built_in
    folders = context.trusted_folders(first=words[0])
    dropin, depth = find(words, folders)
    shadowed = dropin is not None and bool(built_in.owner(dropin.words))
    if dropin and depth == len(words) and not shadowed:
        from homelab.describe.dropin import screen
        from homelab.dropins import description

        text = screen(dropin, description.read(dropin), terminal)
        return text + built_in_below(context, dropin.verb) + _also(dropin.verb)
    if words[0] in built_in.groups and len(words) == 1:
        return group(context, words[0], terminal)
    folded = " ".join(map(fold, words))
    built = built_in.find(folded) is not None or folded in built_in.groups
    if depth == len(words) and dropin is None and not built:
        return group(context, folded, terminal)
    from homelab.describe.inventory import unused

    why = unused(context, words)
    if why:
        raise Failure(USAGE, why)
    text = _topic(context, words)
    if text:
        return text
    from homelab.describe.pages import topics

    below = meant(words[:depth], folders) if dropin is None else frozenset()
    if words[0] in built_in.families:
        own_paths = [path for path in below if not built_in.owner(path.split(" "))]
        known = built_in.paths().union(own_paths)
    elif below:
        known = below
    else:
        folders = context.trusted_folders()
        own = map(" ".join, every(folders, built_in.owner))
        known = built_in.paths().union(names(folders), own, [TOPICS], topics())
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
