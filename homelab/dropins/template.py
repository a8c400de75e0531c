"""Pure: the text of a new drop-in."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Filled(Protocol):
        """The `commands` that a new shell script runs, and the names of its `arguments`; the last
        one may be `many` words."""

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
ENDINGS = tuple(_INTERPRETERS)  # endings of scripts for which there is a template
SHELLS = ("", ".sh", ".bash")  # endings of shell scripts
_BODIES = {
    "": "set -eu\n\necho \"$HOMELAB_VERB: not written yet\" >&2\nexit 1\n",
    ".bash": "set -euo pipefail\n\necho \"$HOMELAB_VERB: not written yet\" >&2\nexit 1\n",
    ".py": 'import os\nimport sys\n\nsys.exit(os.environ["HOMELAB_VERB"] + ": not written yet")\n',
    ".pl": 'use strict;\nuse warnings;\n\ndie "$ENV{HOMELAB_VERB}: not written yet\\n";\n',
    ".rb": "abort \"#{ENV['HOMELAB_VERB']}: not written yet\"\n",
    ".js": "console.error(process.env.HOMELAB_VERB + ': not written yet');\nprocess.exit(1);\n",
}  # fmt: skip


def text(verb: str, ending: str, filled: Filled | None = None) -> str:
    """A script whose header shows every key, and which only says that it is not written yet; or a
    shell script with the commands of `filled`."""
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
        "Help, completion and agents read the lines above. When you know what the script does, add",
        "Effect: read  (or write, destructive: by default agents don't get these), and as needed:",
        "  Option: --unit GiB|TiB  the unit (default: GiB)      Arg: [POOL]  only this pool",
        "  Needs: programs that it runs                         Args: raw, to get --help as well",
        "  Counts-as: backup  the word of homelab usage vocabulary by which its runs are counted",
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
    """The arguments as a usage line shows them."""
    last = len(filled.arguments) - 1
    return [
        f"{name}..." if filled.many and place == last else name
        for place, name in enumerate(filled.arguments)
    ]
