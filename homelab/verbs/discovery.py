"""The discovery verbs: what this program is and can do. Answered before dispatch, never counted."""

from __future__ import annotations

import sys

from homelab import __version__, baked, resolve
from homelab.catalogue import BY_PATH, GROUPS, PATHS
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.verb import Verb


def answer(context: Context, verb: Verb, words: list[str]) -> str:
    """The text of a discovery verb given `words`. Raises Failure (2) on wrong ones."""
    if verb.path == "help":
        return _help(words)
    as_json = False
    if words:  # argparse costs more than all the rest of `version`
        from homelab.arguments import parse

        as_json = getattr(parse(verb, words, context.clock()), "json", False)
    if verb.path == "version":
        return _version(context, as_json)
    import json

    from homelab import manifest

    return json.dumps(manifest.document(), indent=2, ensure_ascii=False) + "\n"


def _help(words: list[str]) -> str:
    from homelab import help as screens

    if not words:
        return screens.overview()
    count = resolve.longest_prefix(words, PATHS)
    if count == len(words):
        return screens.screen(BY_PATH[" ".join(words)])
    if len(words) == 1 and words[0] in dict(GROUPS):
        return screens.group(words[0])
    hint = resolve.hint(words, PATHS)
    raise Failure(USAGE, f"no verb {' '.join(words)!r} to help with; {hint}")


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
