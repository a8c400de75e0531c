"""Golden sessions: whole command lines with all their output, exact to the byte.

In tests/sessions/*.txt a line after `$ ` is run by sh, the lines below it are its stdout; those
after `2> ` are its stderr, and `[n]` is its exit code if that is not 0. UPDATE_SESSIONS=1 writes
the files again; read the difference before you keep it.
"""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from pathlib import Path

import pytest
from support.world import World

pytestmark = pytest.mark.quick("each of many verbs, run from the built file once")
SESSIONS = sorted((Path(__file__).parent / "sessions").glob("*.txt"))


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_session(path: Path, world: World) -> None:
    expected = path.read_text(encoding="utf-8")
    seen = "".join(_step(world, block) for block in _blocks(expected))
    if os.environ.get("UPDATE_SESSIONS"):
        path.write_text(seen, encoding="utf-8")
        return
    assert seen == expected


def _blocks(text: str) -> list[str]:
    """Comment and blank lines by themselves, and commands with their output."""
    blocks: list[str] = []
    for line in text.splitlines(keepends=True):
        command = line.startswith("$ ")
        if command or not blocks or not blocks[-1].startswith("$ ") or line.startswith("#"):
            blocks.append(line)
        else:
            blocks[-1] += line
    return blocks


def _step(world: World, block: str) -> str:
    if not block.startswith("$ "):
        return block
    command = block.splitlines()[0][2:]
    binaries = world.folder / "bin"
    if not binaries.exists():
        binaries.mkdir()
        (binaries / "homelab").symlink_to(world.pyz)
    done = subprocess.run(
        ["sh", "-c", command],
        env={**world.env, "PATH": f"{binaries}:{world.env['PATH']}"},
        cwd=world.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    text = f"$ {command}\n{_ended(done.stdout)}"
    text += "".join(f"2> {line}\n".replace("2> \n", "2>\n") for line in done.stderr.splitlines())
    if done.returncode:
        text += f"[{done.returncode}]\n"
    return _steady(text, world) + ("\n" if block.endswith("\n\n") else "")


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "(no newline)\n"


def _steady(text: str, world: World) -> str:
    """The text with words for the parts that differ from run to run."""
    text = text.replace(f"{pwd.getpwuid(os.getuid()).pw_name}'s", "ACCOUNT's")
    text = text.replace(str(world.home), "~").replace(str(world.folder), "FOLDER")
    text = re.sub(r"\(build [0-9a-f]{12}\)", "(build BUILD)", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "YYYY-MM-DD HH:MM", text)
    return re.sub(r"\b(since|from) \d{4}-\d\d-\d\d\b", r"\1 YYYY-MM-DD", text)
