"""Pure: the text that a new drop-in begins with."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Filled(Protocol):
        """The `commands` that a new script of sh runs, and the names of its `arguments`, of which
        the last may be `many` words."""

        commands: Sequence[str]
        arguments: Sequence[str]
        many: bool


_INTERPRETERS = {
    "": "/bin/sh",
    ".sh": "/bin/sh",
    ".bash": "/usr/bin/env bash",
    ".py": "/usr/bin/env python3",
    ".pl": "/usr/bin/env perl",
    ".rb": "/usr/bin/env ruby",
    ".js": "/usr/bin/env node",
}
ENDINGS = tuple(_INTERPRETERS)  # of the scripts that can be begun
SHELLS = ("", ".sh", ".bash")  # of those that a line of a shell is for
_BODIES = {
    "": "set -eu\n\necho \"$HOMELAB_VERB: not written yet\" >&2\nexit 1\n",
    ".bash": "set -euo pipefail\n\necho \"$HOMELAB_VERB: not written yet\" >&2\nexit 1\n",
    ".py": 'import os\nimport sys\n\nsys.exit(os.environ["HOMELAB_VERB"] + ": not written yet")\n',
    ".pl": 'use strict;\nuse warnings;\n\ndie "$ENV{HOMELAB_VERB}: not written yet\\n";\n',
    ".rb": "abort \"#{ENV['HOMELAB_VERB']}: not written yet\"\n",
    ".js": "console.error(process.env.HOMELAB_VERB + ': not written yet');\nprocess.exit(1);\n",
}  # fmt: skip


def text(verb: str, ending: str, filled: Filled | None = None) -> str:
    """A script that says what a verb may say of itself, and that it is not written yet; or, of a
    shell, one that is `filled`."""
    mark = "//" if ending == ".js" else "#"
    body = _BODIES["" if ending == ".sh" else ending]
    said = [
        f"Summary: what {verb} does, in one line",
        f"Example: homelab {' '.join((verb, *(filled.arguments if filled else ())))}",
        "Exit: 0  done",
    ]
    if filled:
        said += [f"Arg: {name}  what it is" for name in _usage(filled)]
        body = _running(verb, filled)
    about = [
        "The lines above are what help, completion and agents know. Say there what it does, once",
        "you know:  Effect: read  (or write, destructive: not offered to agents by default). And:",
        "  Option: --unit GiB|TiB  the unit (default: GiB)      Arg: [POOL]  one pool only",
        "  Needs: programs that must be there                   Args: raw, to be handed --help too",
        "  Counts-as: backup  a word of homelab usage vocabulary by which your own verb is counted",
    ]
    blocks = ["".join(f"{mark} {line}\n" for line in lines) for lines in (said, about)]
    return f"#!{_INTERPRETERS[ending]}\n{blocks[0]}\n{blocks[1]}\n{body}"


def _running(verb: str, filled: Filled) -> str:
    commands = "".join(f"{command}\n" for command in filled.commands)
    if not filled.arguments:
        return f"set -eu\n\n{commands}"
    count, test = len(filled.arguments), "-lt" if filled.many else "-ne"
    wrong = f'echo "usage: homelab {" ".join((verb, *_usage(filled)))}" >&2'
    return f"set -eu\n\nif [ $# {test} {count} ]; then\n  {wrong}\n  exit 2\nfi\n{commands}"


def _usage(filled: Filled) -> list[str]:
    """The arguments as a usage line has them."""
    last = len(filled.arguments) - 1
    return [
        f"{name}..." if filled.many and place == last else name
        for place, name in enumerate(filled.arguments)
    ]
