"""`self hosts`: which build runs on other hosts."""

from __future__ import annotations

from homelab import __version__
from homelab.boot import baked
from homelab.install.fleet import PUSH, everywhere, table
from homelab.output.answer import Column, Table
from homelab.remote.targets import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

COLUMNS = (*PUSH[:3], Column("build"), PUSH[3])


def hosts(context: Context, arguments: Values) -> Table:
    """Show which build runs on other hosts."""
    from homelab.install import remote_script

    names = named(context, arguments, "self hosts")
    line = remote_script.ask_line(arguments.prefix or "")
    outcomes = everywhere(
        context,
        arguments,
        names,
        line,
        b"",
        "asking",
        lambda reply: remote_script.asked(reply, __version__, baked.BUILD),
    )
    facts: dict[str, object] = {"version": __version__, "build": baked.BUILD}
    return table("homelab.self-hosts/1", COLUMNS, names, outcomes, facts)
