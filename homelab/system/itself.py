"""The command line that runs this file again, in a child process."""

from __future__ import annotations

import sys


def command(program: str) -> list[str]:
    """The words that start `program`, the path of this file, as this process was started: with the
    same Python, and isolated if this one is."""
    if not sys.executable:
        return [program]
    isolated = ["-I", "-S"] if sys.flags.isolated else []
    return [sys.executable, *isolated, program]
