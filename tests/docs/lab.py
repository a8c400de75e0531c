"""Commands in a lab, from outside: a sandbox for each call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from support.world import ROOT

from docs.inside import Request
from docs.sandbox import NAMESPACES


def run(
    lab: str,
    commands: Sequence[str],
    pyz: str,
    files: dict[str, str] | None = None,
    columns: int | Sequence[int] = 0,
) -> list[tuple[str, int]]:
    """The output of each command in the lab, one after the other, and its exit code. With
    `columns` they run at a terminal of that width (a number for each command, or one for all; 0: in
    a pipe). `files` are written into the home first."""
    widths = [columns] * len(commands) if isinstance(columns, int) else list(columns)
    asked = Request(pyz, str(ROOT), lab, files or {}, list(commands), widths)
    done = subprocess.run(
        [*NAMESPACES, sys.executable, "-m", "docs.inside"],
        input=json.dumps(asked._asdict()),
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the lab {lab} could not be made: {done.stderr}")
    return [(output, code) for output, code in json.loads(done.stdout)]
