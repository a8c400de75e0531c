"""Grafana's own library (@grafana/data): the transformations of its panels, and its texts for
numbers.

    python3 tests/support/grafana_library.py        install it into .build/grafana, if it is missing

It comes from npm: see support/npm.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for a run by its path

from support import npm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fakes.grafana import JSON, Field, Frame


def main() -> int:
    """Install it, unless the locked version is installed."""
    return 0 if npm.install("grafana") else 1


def installed() -> bool:
    """Whether Node.js and the locked version of the library are installed."""
    return npm.has_node() and npm.is_current("grafana")


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
    """The result of Grafana for each panel with the frames beside it (see
    tests/grafana/shown.cjs)."""
    done = subprocess.run(
        [npm.node(), str(npm.ROOT / "tests" / "grafana" / "shown.cjs")],
        env={"NODE_PATH": str(npm.place("grafana") / "node_modules"), "TZ": "UTC"},
        input=json.dumps([{"panel": panel, "frames": frames} for panel, frames in panels]),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    results: list[Any] = json.loads(done.stdout)
    return results


if __name__ == "__main__":
    sys.exit(main())
