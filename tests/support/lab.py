"""An outbox, its sender and a Loki in one process, with clocks of their own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from unittest import mock

from fakes.loki.server import FakeLoki, Request

from homelab.settings import Settings
from homelab.system.detached import Life
from homelab.telemetry import event, ledger, outbox, sender
from homelab.telemetry.account import account
from homelab.times import SECOND

NOW = 1795465834 * SECOND + 883967747
PUSH = "/loki/api/v1/push"


class _Life(Life):
    """A sender's life in a test: it never ends, and its sleeps take no time."""

    def __init__(self) -> None:
        super().__init__(3600)

    def bound(self, seconds: float) -> None:
        pass

    def sleep(self, seconds: float) -> None:
        pass


class Lab:
    """A host's state folder, a Loki, and the time, which is the same for both unless a test changes
    it."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.skew = 0  # how far Loki's clock is ahead
        self.loki = FakeLoki(clock=lambda: self.now + self.skew)
        self.folder = str(folder / "state")
        self.settings = Settings({"HOMELAB_LOKI_URL": self.loki.url}, (), {})

    def happen(self, age: int = 0, verb: str = "host status") -> int:
        """Write an event of `age` (ns) to the outbox; return its moment."""
        moment = self.now - age
        outbox.append(self.folder, f"{moment} exit=0 ver=0.6.0 verb={verb}")
        return moment

    def drain(self) -> None:
        # on a busy machine an answer may take longer than a sender waits
        with mock.patch.object(sender, "REQUEST", 60.0):
            sender.drain(self.settings, self.folder, _Life(), clock=lambda: self.now)

    def another_host(self, age: int = 0, verb: str = "host status") -> None:
        """Let the account run the verb on another host, so that its stream advances."""
        labels = {"job": event.JOB, "user": account(), "verb": verb}
        row = [str(self.now + self.skew - age), "exit=0 ver=0.6.0"]
        assert self.push({"streams": [{"stream": labels, "values": [row]}]}) == 204

    def push(self, document: object) -> int:
        request = urllib.request.Request(
            self.loki.url + PUSH,
            json.dumps(document).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def counted(self, moment: int) -> list[dict[str, str]]:
        """The labels under which an event was stored."""
        entries = self.loki.entries(f'{{job="{event.JOB}"}}')
        return [labels for labels, when, _ in entries if when == moment]

    def pushes(self) -> list[Request]:
        return [request for request in self.loki.requests if request.path == PUSH]

    def book(self) -> ledger.Ledger:
        return ledger.read(self.folder)
