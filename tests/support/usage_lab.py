"""A Loki with two months of use, and accounts that read it."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fakes.loki.server import FakeLoki

from homelab.times import DAY, SECOND
from support.generated import Filled, fake, usage

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
TODAY = NOW // DAY
HOUR = 3600 * SECOND


class Lab:
    """A Loki with two months of use, and an account that reads it."""

    def __init__(self, server: FakeLoki, clock: list[int], filled: Filled) -> None:
        self.server = server
        self.clock = clock
        self.filled = filled

    def told(self, *words: str) -> tuple[dict[str, Any], str]:
        code, shown, said = self.filled.run("usage", *words, "--json")
        assert code == 0, said
        return json.loads(shown), said

    def later(self, span: int) -> None:
        self.clock[0] += span
        self.filled.now += span

    def anew(self, tmp_path: Path) -> Lab:
        """Return this lab for an account that has never asked."""
        home = Path(tempfile.mkdtemp(dir=tmp_path))
        filled = Filled({**self.filled.env, "HOME": str(home)}, self.filled.now)
        return Lab(self.server, self.clock, filled)

    def days_asked(self) -> list[int]:
        """How many days each counting query since the last call covered."""
        found = [
            round((int(request.value("end")) - int(request.value("start"))) / DAY) + 1
            for request in self.server.requests
            if "exit, ver) (count_over_time" in request.value("query")
        ]
        self.server.requests.clear()
        return found

    def delete(self, start: int, end: int, user: str = "") -> None:
        """Delete entries like retention, or a request to delete, does."""
        store = self.server.store
        store.delete(lambda labels: user in ("", labels["user"]), start, end)
        store.compact()


@contextlib.contextmanager
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab whose Loki is a fake one."""
    clock = [0]
    (tmp_path / "home").mkdir()
    with FakeLoki(clock=lambda: clock[0]) as server:
        events = usage(11, NOW - 61 * DAY, NOW, 900)
        yield Lab(server, clock, fake(server, clock, tmp_path / "home", events, NOW))
