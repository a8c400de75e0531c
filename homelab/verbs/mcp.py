"""`mcp`: serve the verbs to an agent."""

from __future__ import annotations

import os
import sys

from homelab import known, process
from homelab.output.answer import Text
from homelab.settings import read_only

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from homelab.context import Context
    from homelab.verb import Verb


def serve(context: Context, arguments: Namespace) -> Text:
    """Speak the protocol on stdin and stdout until the client closes its end. Each call is a run
    of this file of its own, refused and counted as any other."""
    from homelab.mcp import tools
    from homelab.mcp.server import Server

    def verbs() -> dict[str, Verb]:
        return tools.offered(known.verbs(context), arguments.allow, read_only(context.env))

    def command(words: list[str]) -> list[str]:
        return [sys.executable or "python3", context.program, *words]

    if os.isatty(0):
        context.say(
            "homelab: an agent's client starts this and speaks JSON on stdin; see homelab help mcp"
        )
    Server(verbs, command, process.inherited(context.env)).serve()
    return Text("")
