"""The discovery verbs: what this program is and can do. Answered before dispatch, never counted."""

from __future__ import annotations

import sys

from homelab import __version__, baked, catalogue, resolve
from homelab.catalogue import GROUPS
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.verb import Verb


def answer(context: Context, verb: Verb, words: list[str]) -> str:
    """The text of a discovery verb given `words`. Raises Failure (2) on wrong ones."""
    if verb.path == "completion":
        from homelab.verbs import completion

        return completion.answer(context, words)
    if verb.path == "help" and not any(word.startswith("-") for word in words):
        return _help(context, words)
    as_json = False
    if words:  # argparse costs more than all the rest of `version`
        from homelab.arguments import parse

        values = parse(verb, words, context.clock())
        if verb.path == "help":
            return _long_help(context, values.verb, values.all, values.man)
        if verb.path == "manifest":
            return _manifest(context, tuple(values.verb), values.brief, values.mcp)
        as_json = getattr(values, "json", False)
    if verb.path == "version":
        return _version(context, as_json)
    return _manifest(context, ())


def overview(context: Context) -> str:
    """The first screen, with the first words of this host's own verbs."""
    from homelab import help as screens
    from homelab.dropins.find import names

    own = [word for word in names(context.places()) if word not in catalogue.FAMILIES]
    return screens.overview(own)


def group(context: Context, name: str) -> str:
    """The verbs of a group, built-in or of this host's own."""
    from homelab import help as screens
    from homelab import known

    return screens.group(name, known.verbs(context, tuple(name.split(" "))))


def _help(context: Context, words: list[str]) -> str:
    if not words:
        return overview(context)
    words = [part for word in words for part in word.split(" ")]  # "nas df", as `verbs` prints it
    from homelab import help as screens

    family = catalogue.family(words[0])
    count = resolve.longest_prefix(words, family)
    if count == len(words):
        return screens.screen(family[" ".join(words)])
    if len(words) == 1 and words[0] in dict(GROUPS):
        return group(context, words[0])
    known = catalogue.paths()
    if not count and words[0] not in dict(GROUPS):
        from homelab.dropins.find import find, meant, names

        folders = context.places()
        dropin, depth = find(words, folders)
        if dropin and depth == len(words):
            from homelab.dropins import describe

            return describe.screen(dropin, describe.read(dropin))
        if depth == len(words):
            return group(context, " ".join(words))
        known = meant(words[:depth], folders) or known.union(names(folders))
    raise Failure(USAGE, f"no verb '{' '.join(words)}' to help with; {resolve.hint(words, known)}")


def _long_help(context: Context, words: list[str], everything: bool, man: bool) -> str:
    if words and (everything or man):
        raise Failure(USAGE, "--all and --man stand alone, without a verb", usage_of="help")
    if everything and man:
        raise Failure(USAGE, "--all and --man exclude each other", usage_of="help")
    if man:
        from homelab import manual

        return manual.page(environment())
    if everything:
        from homelab import help as screens
        from homelab import known

        return "\n".join(screens.listed(known.verbs(context))) + "\n"
    return _help(context, words)


def environment() -> list[tuple[str, str]]:
    """Every variable that is read, with what it does."""
    from homelab.catalogue.words import VARIABLES
    from homelab.settings import SETTINGS

    of_settings = [(each.env, f"{each.summary} ({each.name})") for each in SETTINGS if each.env]
    return sorted([*of_settings, *VARIABLES])


def _manifest(
    context: Context, words: tuple[str, ...], brief: bool = False, mcp: bool = False
) -> str:
    from homelab import known, manifest

    words = tuple(part for word in words for part in word.split(" "))
    verbs = known.verbs(context, words)
    if not verbs:
        shown = " ".join(words)
        raise Failure(
            USAGE, f"no verb or group {shown!r}; {resolve.hint(list(words), catalogue.paths())}"
        )
    if brief and mcp:
        raise Failure(USAGE, "--brief and --mcp exclude each other", usage_of="manifest")
    if brief:
        return manifest.brief(verbs)
    import json

    if mcp:
        from homelab.mcp import tools

        return json.dumps(tools.listed(verbs), indent=2, ensure_ascii=False) + "\n"
    document = manifest.document(verbs, environment())
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _version(context: Context, as_json: bool) -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    if not as_json:
        return f"homelab {__version__} (build {baked.BUILD})\n"
    import json

    return (
        json.dumps(
            {
                "schema": "homelab.version/1",
                "version": __version__,
                "build": baked.BUILD,
                "python": python,
                "path": context.program,
            },
            indent=2,
        )
        + "\n"
    )
