"""`mcp`: the verbs as tools for an agent."""

from __future__ import annotations

import os
import sys

from homelab.describe import inventory
from homelab.output.answer import Text
from homelab.settings import read_only
from homelab.system import foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.catalogue.verb import Verb
    from homelab.context import Context
    from homelab.system.child import Child


def serve(context: Context, values: Values) -> Text:
    """Serve until stdin ends; what is to be said was said by then."""
    if sys.stdin is None:  # closed: its number may be another file's by now
        return Text("")
    from homelab.mcp import server
    from homelab.mcp.protocol import Toolset
    from homelab.system.child import Child

    env = foreground.inherited(context.env)
    if values.allow == "read":
        env["HOMELAB_READ_ONLY"] = "1"  # a script that claims to read writes by no verb either
    isolated = ["-I", "-S"] if sys.flags.isolated else []  # as this process was started
    command = [context.program]
    if sys.executable:
        command = [sys.executable, *isolated, context.program]

    def child(words: list[str]) -> Child:
        return Child([*command, *words], env)

    def verbs() -> list[Verb]:
        return inventory.verbs(context)

    source = sys.stdin.fileno()
    if os.isatty(source):
        context.say(
            "homelab: mcp waits for an agent's JSON-RPC on stdin, and this is a terminal; name"
            f" `{context.program} mcp` as a server in the agent's configuration (Ctrl-D ends it)"
        )
    offer = Toolset(verbs, values.allow, read_only(context.env))
    server.serve(offer, child, source, context.stdout.fileno())
    return Text("")
