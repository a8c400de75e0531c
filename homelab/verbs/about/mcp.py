"""`mcp`: the verbs as tools for an agent."""

from __future__ import annotations

import os
import sys

from homelab.describe import inventory
from homelab.errors import USAGE, Failure
from homelab.output.answer import Text
from homelab.settings import read_only
from homelab.system import foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.catalogue.verb import Verb
    from homelab.context import Context
    from homelab.mcp.protocol import Call
    from homelab.mcp.search import Entry, Verbs
    from homelab.system.child import Child


def serve(context: Context, values: Values) -> Text:
    """Serve until stdin ends; what is to be said was said by then. Raises Failure (2, 78)."""
    if sys.stdin is None:  # closed: its number may be another file's by now
        return Text("")
    from homelab.mcp import server, tools
    from homelab.mcp.protocol import Toolset
    from homelab.net import reach
    from homelab.system.child import Child

    words = [word for text in values.allow for word in text.split(",")]
    level = max(
        (word for word in words if word in tools.LEVELS), key=tools.LEVELS.index, default="read"
    )
    hosts = tools.ANY_HOST if tools.NETWORK in words else tools.NO_HOST
    asked = reach.Reach(reach.ANY)
    if values.hosts:
        try:
            hosts, asked = tools.SOME_HOSTS, reach.Reach(",".join(values.hosts))
        except ValueError as error:
            raise Failure(USAGE, f"--hosts: {error}", usage_of="mcp") from None
    outer = reach.limit(context.env)
    # neither an agent's configuration nor the environment widens what the other allows
    limit = asked.within(outer) if outer else asked.text
    env = foreground.inherited(context.env)
    if level == "read":
        env["HOMELAB_READ_ONLY"] = "1"  # a script that claims to read writes by no verb either
    isolated = ["-I", "-S"] if sys.flags.isolated else []  # as this process was started
    command = [context.program]
    if sys.executable:
        command = [sys.executable, *isolated, context.program]

    def child(call: Call) -> Child:
        limits = {}
        if call.verb.source == "built-in":  # a script asks what its author wrote
            limits[reach.VARIABLE] = limit
            limits["LC_ALL"] = "C.UTF-8"  # its answer is read as UTF-8, plain text too
        return Child([*command, *call.words], {**env, **limits})

    source = sys.stdin.fileno()
    if os.isatty(source):
        context.say(
            "homelab: mcp waits for an agent's JSON-RPC on stdin, and this is a terminal; name"
            f" `{context.program} mcp` as a server in the agent's configuration (Ctrl-D ends it)"
        )
    offer = Toolset(known_verbs(context), level, read_only(context.env), hosts)
    server.serve(offer, child, source, context.stdout.fileno())
    return Text("")


def known_verbs(context: Context) -> Verbs:
    """The verbs of this host, as an agent's session looks for them."""
    from homelab.mcp.search import Verbs
    from homelab.telemetry import vocabulary

    built_in = context.built_in
    return Verbs(
        built_in.every(),
        _Scripts(context),
        built_in.groups,
        vocabulary.answer,
        vocabulary.wording,
        vocabulary.related,
    )


class _Scripts:
    """The scripts of this host. They are looked at anew each time: they come and go."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def every(self) -> list[Entry]:
        from homelab.mcp.search import Entry

        return [
            Entry(path, summary, describe, True, problem, effect)
            for path, summary, effect, describe, problem in inventory.summaries(self._context)
        ]

    def one(self, path: str) -> Verb | None:
        return inventory.one(self._context, path.split(" "))

    def alike(self, name: str) -> list[str]:
        return inventory.alike(self._context, name)

    def reason(self, name: str) -> str:
        return inventory.reason(self._context, inventory.split_words([name]))
