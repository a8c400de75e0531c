"""`version`: which build this is."""

from __future__ import annotations

import sys

from homelab import __version__
from homelab.boot import baked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context


def answer(context: Context, words: list[str]) -> str:
    """Return version and build; with `--json` also the Python and the file's path. Raises Failure
    (2)."""
    if words:  # otherwise there is nothing to parse
        from homelab.catalogue.arguments import parse

        if parse(context.built_in.verb("version"), words, context.clock()).json:
            import json

            facts = {
                "schema": "homelab.version/1",
                "version": __version__,
                "build": baked.BUILD,
                "python": ".".join(map(str, sys.version_info[:3])),
                "path": context.program,
            }
            return json.dumps(facts, indent=2) + "\n"
    return f"homelab {__version__} (build {baked.BUILD})\n"
