"""`self hosts`: which build runs on other hosts."""

from __future__ import annotations

from homelab import __version__
from homelab.boot import baked
from homelab.install.fleet import PUSH, everywhere, late, named, table
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

_HOSTS = (*PUSH[:3], Column("build"), PUSH[3])


def hosts(context: Context, arguments: Values) -> Table:
    """Which build runs on other hosts."""
    from homelab.install import remote_script

    names = named(context, arguments, "self hosts")
    line = remote_script.ask_line(arguments.prefix or "")
    found = everywhere(context, arguments, names, line, b"", "asking")
    outcomes = {
        host: remote_script.asked(answer, __version__, baked.BUILD)
        for host, answer in found.items()
    }
    return table(
        "homelab.self-hosts/1",
        _HOSTS,
        names,
        {**late(arguments, names), **outcomes},
        {"version": __version__, "build": baked.BUILD},
    )
