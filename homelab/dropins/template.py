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
    off = "# "  # a header does not use lines that begin with it
    more = [
        "Remove one # of a line below to use it (homelab help own-verbs explains them):",
        "Effect: read|write|destructive  keep one: agents don't get a verb without it",
        "Option: --unit GiB|TiB  the unit (default: GiB)",
        "Arg: [POOL]  only this pool",
        "Needs: zpool jq",
        "Args: raw",
        "Counts-as: backup",
        "Check: yes",
    ]
    if filled:
        said += [f"Arg: {name}  what it is" for name in _usage(filled)]
        body = _running(verb, filled)
    lines = [*(f"{mark} {line}" for line in said), *(f"{mark}{off}{line}" for line in more)]
    block = "".join(f"{line}\n" for line in lines)
    return f"#!{_INTERPRETERS[ending]}\n{block}\n{body}"


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
