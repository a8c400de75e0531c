"""Open a file in the host's browser or viewer, without waiting for it: the program has no terminal
and none of this process's streams."""

from __future__ import annotations

import os
import sys

from homelab.system import foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Text browsers need a terminal, and would get none.
_TEXT = frozenset(("browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"))
# A program, and the variables of which it needs one to find a screen.
_OPENERS = (
    ("termux-open", ("TERMUX_VERSION",)),
    ("wslview", ("WSL_DISTRO_NAME",)),
    ("xdg-open", ("DISPLAY", "WAYLAND_DISPLAY")),
    ("gio open", ("DISPLAY", "WAYLAND_DISPLAY")),
    ("x-www-browser", ("DISPLAY", "WAYLAND_DISPLAY")),
)


def open_file(path: str, env: Mapping[str, str]) -> bool:
    """Show a file. Return whether a program for it could be started. BROWSER comes first, by its
    convention: commands separated by colons, with `%s` for the address."""
    path = os.path.abspath(path)
    return any(_started(command, env) for command in _commands(path, env))


def _commands(path: str, env: Mapping[str, str]) -> Iterator[list[str]]:
    import shlex
    from urllib.parse import quote

    address = f"file://{quote(os.fsencode(path))}"
    for wanted in env.get("BROWSER", "").split(":"):
        try:
            words = shlex.split(wanted)
        except ValueError:  # an unclosed quote
            continue
        if words and os.path.basename(words[0]) not in _TEXT:
            named = any("%s" in word for word in words)
            yield [word.replace("%s", address) for word in words] + [address] * (not named)
    if sys.platform == "darwin":  # on other systems `open` is another program
        yield ["open", path]
    for program, needs in _OPENERS:
        if any(env.get(name) for name in needs):
            yield [*program.split(), path]


def _started(command: list[str], env: Mapping[str, str]) -> bool:
    import shutil
    import subprocess

    program = shutil.which(command[0], path=env.get("PATH", os.defpath))
    if not program:
        return False
    try:
        started = subprocess.Popen(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=foreground.inherited(env),
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        return False
    started.returncode = 0  # nothing waits for it; this avoids Python's ResourceWarning
    return True
