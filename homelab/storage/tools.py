"""Run the tools that know about storage, all within one time limit."""

from __future__ import annotations

import time

from homelab.texts import clipped, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host

_LONGEST = 160  # characters of a tool's reason
_LEAST = 0.05  # s for a command when the time is up


class Answer:
    """The output of a tool, and its exit `code`."""

    __slots__ = ("code", "errors", "text")

    def __init__(self, code: int, text: str, errors: str) -> None:
        self.code = code
        self.text = text
        self.errors = errors

    def why(self, command: str) -> str:
        """The reason that the tool gives for a failure, in one line."""
        said = " ".join((self.errors.strip() or self.text.strip()).split())
        said = printable(clipped(said, _LONGEST))
        return f"{command}: {said or f'exit code {self.code}'}"


class Tools:
    """Commands of the host that share `seconds`, counted from now."""

    def __init__(self, host: Host, seconds: float) -> None:
        self.host = host
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def run(self, *command: str, **env: str) -> Answer:
        """Run a command. Raises TimeoutError when the time is up, FileNotFoundError if the command
        is missing, and OSError if it can't be started or prints too much."""
        from homelab.system.child import Cancelled

        left = max(self._end - time.monotonic(), _LEAST)
        child = self.host.child(list(command), left, **env)
        try:
            code, out, errors = child.run()
        except (TimeoutError, Cancelled):
            raise TimeoutError(f"no answer within {self.seconds:g} s") from None
        if out.lost:
            raise OSError(f"it printed more than {len(out.kept) >> 20} MiB")
        return Answer(
            code, out.kept.decode("utf-8", "replace"), errors.kept.decode("utf-8", "replace")
        )
