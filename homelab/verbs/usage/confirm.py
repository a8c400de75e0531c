"""Ask the user before a verb does something that a person should see first."""

from __future__ import annotations

import sys

from homelab.errors import NO, USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context


def require_somebody(context: Context, unasked: str, verb: str) -> None:
    """Raises Failure (2) with the sentence `unasked` if nobody can be asked: stdin or stderr is not
    a terminal."""
    if not (context.terminal() and sys.stdin and sys.stdin.isatty()):
        raise Failure(USAGE, unasked, verb)


def confirm(context: Context, question: str, refused: str) -> None:
    """Ask at the terminal. Raises Failure (1) with the sentence `refused` if the answer is not
    yes."""
    from homelab.output.columns import visible

    context.stderr.write(f"homelab: {visible(question)} [y/N] ")
    context.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Failure(NO, refused)
