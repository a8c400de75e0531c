"""Open a file with what the host has for that, and go on at once: whatever is started belongs to no
terminal, holds none of our streams, and is not waited for."""

from __future__ import annotations

import os
import sys

from homelab.system import foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# They want a terminal to themselves, and would get none.
_TEXT = frozenset(("browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"))
# A program, and the variable without which it would find no screen to show anything on.
_OPENERS = (
    ("termux-open", ("TERMUX_VERSION",)),
    ("wslview", ("WSL_DISTRO_NAME",)),
    ("xdg-open", ("DISPLAY", "WAYLAND_DISPLAY")),
    ("gio open", ("DISPLAY", "WAYLAND_DISPLAY")),
    ("x-www-browser", ("DISPLAY", "WAYLAND_DISPLAY")),
)


def open_file(path: str, env: Mapping[str, str]) -> bool:
    """Have a file shown; returns whether there was a program to start for it. BROWSER comes first,
    as its convention has it: commands between colons, `%s` being the address."""
    path = os.path.abspath(path)
    return any(_started(command, env) for command in _commands(path, env))


def _commands(path: str, env: Mapping[str, str]) -> Iterator[list[str]]:
    import shlex
    from urllib.parse import quote

    address = f"file://{quote(os.fsencode(path))}"
    for wanted in env.get("BROWSER", "").split(":"):
        try:
            words = shlex.split(wanted)
        except ValueError:  # a quote that nobody closed
            continue
        if words and os.path.basename(words[0]) not in _TEXT:
            named = any("%s" in word for word in words)
            yield [word.replace("%s", address) for word in words] + [address] * (not named)
    if sys.platform == "darwin":  # elsewhere `open` is another program
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
    started.returncode = 0  # not ours to wait for, and Python is not to complain of that
    return True
