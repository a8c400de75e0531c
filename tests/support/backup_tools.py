"""Programs in place of backup tools, for answers that the real ones of this host do not give."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from support.world import World


def stub(world: World, name: str, script: str) -> Path:
    """Put a shell script first in the world's PATH."""
    folder = world.folder / "stubs"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    if not world.env["PATH"].startswith(str(folder)):
        world.env["PATH"] = f"{folder}:{world.env['PATH']}"
    return path


def printing(world: World, name: str, text: str, code: int = 0, errors: str = "") -> None:
    """Put a program into PATH that prints these texts on stdout and stderr."""
    for stream, content in (("out", text), ("err", errors)):
        (world.folder / f"{name}.{stream}").write_text(content)
    at = f"{world.folder}/{name}"
    stub(world, name, f"cat '{at}.out'; cat '{at}.err' >&2; exit {code}")


def ages(
    world: World, *words: str, **env: str
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """A run of `backup age --json`, and its rows."""
    done = world.run("backup", "age", *words, "--json", **env)
    assert done.returncode in (0, 1, 69), done.stderr
    assert "Traceback" not in done.stderr
    return done, json.loads(done.stdout)["rows"]


def age(world: World, *words: str, **env: str) -> dict[str, Any]:
    """The only row of `backup age --json`."""
    [row] = ages(world, *words, **env)[1]
    return row
