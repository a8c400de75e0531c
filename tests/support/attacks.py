"""A loop of attacks by another account, while root runs something."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from support.accounts import Account
from support.reading import until

# `exchange(a, b)` swaps two names in one step (renameat2(2), RENAME_EXCHANGE); `swallow()` ignores
# errors, which most steps of a race cause.
_HEAD = """
import contextlib, ctypes, os, sys, time

_libc = ctypes.CDLL(None, use_errno=True)

def exchange(a, b):
    if _libc.renameat2(-100, os.fsencode(a), -100, os.fsencode(b), 2):
        raise OSError(ctypes.get_errno(), "renameat2")

def swallow():
    return contextlib.suppress(OSError)

os.umask(0)
"""
_LOOP = """
end = time.monotonic() + 60
rounds = 0
while not os.path.exists("stop") and time.monotonic() < end:
    attack()
    rounds += 1
    if rounds in (1, 100):
        open("turned", "w").write(str(rounds))
open("turned", "w").write(str(rounds))
"""


class Attack:
    """An attack that is running; `rounds` is how often it was tried, once it has ended."""

    def __init__(self) -> None:
        self.rounds = 0


def python(of: Account) -> str:
    """A Python that the account can run: the one that runs the tests may be in root's home."""
    here = os.path.realpath(sys.executable)
    done = subprocess.run(of.command(here, "-c", ""), capture_output=True, check=False)
    return here if done.returncode == 0 else "/usr/bin/python3"


@contextlib.contextmanager
def attacked(by: Account, folder: Path, steps: str) -> Iterator[Attack]:
    """Run the function `attack` of the Python text `steps` again and again, as the account `by` in
    a folder of its own; it has begun when the block begins, and has ended when the block ends."""
    folder.mkdir()
    by.owns(folder)
    attack = Attack()
    command = by.command(python(by), "-c", _HEAD + steps + _LOOP)
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL)
    try:
        assert until((folder / "turned").exists)
        yield attack
    finally:
        (folder / "stop").touch()
        process.wait(60)
    assert process.returncode == 0
    attack.rounds = int((folder / "turned").read_text())
