"""`PYTHONPATH=.:tests python3 -m chaos`: run verbs under faults, and check that no fault costs a
run anything, and that each event is counted once, waiting, or reported as dropped or refused.

With HOMELAB_TEST_LOKI (the address of a real Loki without other writers) and
HOMELAB_TEST_LOKI_RESTART (a command that kills it by SIGKILL and starts it again), it runs against
that Loki.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from support.world import ROOT

from chaos.lab import made
from chaos.law import Tally
from chaos.program import Program
from chaos.subject import Subject


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--rounds", type=int, default=1, help="how often each fault comes")
    parser.add_argument("--minutes", type=float, default=0.0, help="more rounds until then")
    parser.add_argument("--hosts", type=int, default=2, choices=(2, 3))
    parser.add_argument("--quiet", action="store_true", help="no line for each step")
    arguments = parser.parse_args()
    pyz = os.environ.get("HOMELAB_PYZ", str(ROOT / "dist/homelab.pyz"))
    if not os.path.exists(pyz):
        parser.error(f"{pyz} is not there; python3 build.py makes it")
    # so that started processes end and mounts are removed
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"chaos: seed {arguments.seed}", file=sys.stderr, flush=True)
    end = time.monotonic() + 60 * arguments.minutes
    loki = Subject(
        os.environ.get("HOMELAB_TEST_LOKI", ""),
        os.environ.get("HOMELAB_TEST_LOKI_RESTART", ""),
    )
    with tempfile.TemporaryDirectory(prefix="homelab-chaos-") as name:
        folder = Path(name)
        shutil.copy(pyz, folder / "homelab.pyz")
        with made(folder, str(folder / "homelab.pyz"), loki, arguments.hosts) as lab:
            program = Program(lab, arguments.seed, not arguments.quiet)
            number = 0
            while number < arguments.rounds or time.monotonic() < end:
                program.round(number)
                number += 1
            result = program.end()
            print(report(program, result))
    return 1 if result.broken else 0


def report(program: Program, result: Tally) -> str:
    """The table at the end."""
    rows = [
        ("FAULT", "STEPS"),
        *sorted((name, str(n)) for name, n in program.faults.items()),
        ("", ""),
    ]
    rows += [(f"not tried: {need}", why) for need, why in program.lab.missing.items()]
    names = [name for name in Tally._fields if name not in ("broken", "waits")]
    rows += [(name, str(getattr(result, name))) for name in names]
    rows.append(("seed", str(program.seed)))
    width = max(len(left) for left, _ in rows) + 2
    lines = [f"{left:<{width}}{right}".rstrip() for left, right in rows]
    return "\n".join([*lines, "", *result.broken, *result.waits]).rstrip()


if __name__ == "__main__":
    sys.exit(main())
