"""`mcp`: the verbs as tools for an agent."""

from __future__ import annotations

import os
import sys

from homelab.describe import inventory
from homelab.errors import USAGE, Failure
from homelab.output.answer import Text
from homelab.settings import read_only
from homelab.system import foreground, itself

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.catalogue.verb import Verb
    from homelab.context import Context
    from homelab.mcp.protocol import Call
    from homelab.mcp.search import Entry, Verbs
    from homelab.system.child import Child


def serve(context: Context, values: Values) -> Text:
    """Serve until stdin ends; the answer is empty, as all output is written by then. Raises Failure
    (2, 78)."""
    if sys.stdin is None:  # stdin is closed: its number may be another file's now
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
    # an agent's configuration and the environment each narrow the limit, and never widen it
    limit = asked.within(outer) if outer else asked.text
    env = foreground.inherited(context.env)
    if level == "read":
        env["HOMELAB_READ_ONLY"] = "1"  # a script that claims to read must not write through a verb
    command = itself.command(context.program)

    def child(call: Call) -> Child:
        limits = {}
        if call.verb.effect == "read":  # nor may a verb that reads run scripts that write
            limits["HOMELAB_READ_ONLY"] = "1"
        if call.verb.source == "built-in":  # a script may connect anywhere: its author decides
            limits[reach.VARIABLE] = limit
            limits["LC_ALL"] = "C.UTF-8"  # the reader expects UTF-8, also in plain text
        return Child([*command, *call.words], {**env, **limits})

    source = sys.stdin.fileno()
    if os.isatty(source):
        context.say(
            "homelab: mcp reads an agent's JSON-RPC on stdin, but stdin is a terminal; add"
            f" `{context.program} mcp` as a server to the agent's configuration (Ctrl-D ends it)"
        )
    offer = Toolset(known_verbs(context), level, read_only(context.env), hosts)
    server.serve(offer, child, source, context.stdout.fileno())
    return Text("")


def known_verbs(context: Context) -> Verbs:
    """The verbs of this host, in the form that an agent's session searches."""
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
    """The scripts of this host. They are read again each time, because they change."""

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
