"""Process 1 of a sandbox: makes a lab, runs commands in it, and tells what they print.

`python3 -m docs.inside` reads a Request as JSON from stdin, and writes a list of output and exit
code to stdout.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import NamedTuple

from docs import labs, sandbox
from docs.sandbox import ALICE, HOME

_STATE = "/run/lab-state"  # what one command leaves to the next: variables and folder
_SHELL = f"""
[ ! -s {_STATE} ] || . {_STATE}
eval "$1"
code=$?
{{ export -p; printf 'cd %q\\n' "$PWD"; }} > {_STATE}
exit $code
"""
_DEADLINE = 120  # s, after which a command that hangs is ended


class Request(NamedTuple):
    """A session to run: its `lab`, the `files` in its home, the `commands`, and the
    `columns` of each one's terminal (0: a pipe)."""

    pyz: str
    project: str
    lab: str
    files: dict[str, str]
    commands: list[str]
    columns: list[int]


def main() -> None:
    asked = Request(**json.load(sys.stdin))
    made = labs.LABS[asked.lab]
    sandbox.enter(asked.pyz, asked.project, made.local)
    answers = []
    with contextlib.ExitStack() as stack:
        env = {**made.make(stack), **labs.clock(made.moment)}
        home = Path("/root") if made.root else HOME
        for name, text in asked.files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        Path(_STATE).touch()
        if any(asked.columns):  # the notice of the first run was shown before
            told = home / ".local/state/homelab/told"
            told.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            told.touch()
        if not made.root:
            _give(home)
            os.chown(_STATE, ALICE, ALICE)
        for command, columns in zip(asked.commands, asked.columns):
            words = ["bash", "-c", _SHELL, "bash", command]
            words = sandbox.as_account(words, env, made.root)
            output, code = (_terminal if columns else _pipe)(words, home, columns)
            answers.append([output.decode("utf-8", "replace"), code])
    json.dump(answers, sys.stdout)


def _give(home: Path) -> None:
    """Make all that is in a home alice's."""
    for folder, _, names in os.walk(home):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.chown(path, ALICE, ALICE, follow_symlinks=False)


def _pipe(words: list[str], home: Path, _: int) -> tuple[bytes, int]:
    """The output of a command in one pipe, and its exit code."""
    done = subprocess.run(
        words,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_DEADLINE,
        check=False,
    )
    return done.stdout, done.returncode


def _terminal(words: list[str], home: Path, columns: int) -> tuple[bytes, int]:
    """The output of a command at a terminal, with its colours, and its exit code."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(home)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        os.execvp(words[0], words)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # which says that the other end is closed
                raise
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    return shown, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
