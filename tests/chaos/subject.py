"""The Loki under test, the fake or a real one, behind a server whose answers faults change."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Callable, NamedTuple

from fakes.loki.server import SILENCE, TEXT, Answer, FakeLoki, Request
from fakes.loki.store import Refused, read_push
from support.reading import until

PUSH = "/loki/api/v1/push"
KEPT = 20_000  # pushes and queries kept for reports
SHOWN = 8  # of these, for one event
PAGE = 5000  # entries in one answer, Loki's limit
READY = 180  # s that a real Loki may take to start

Fault = Callable[[Request], "Answer | None"]


class Entry(NamedTuple):
    """An entry in Loki: `stream` is its labels as text, without those that Loki adds."""

    verb: str
    moment: int
    line: str
    stream: str


class Heard(NamedTuple):
    """A push or a query of a sender about times (ns), for reports."""

    moments: frozenset[int]
    verb: str
    text: str


class Subject:
    """The Loki under test. Hosts talk to `front`; `fault` may answer before Loki does. `offset` is
    how far (ns) the lab's time is ahead of the machine's."""

    def __init__(self, real: str = "", restart: str = "") -> None:
        self.offset = 0
        self.front = FakeLoki(clock=self.now, late_invisible=True)
        self.front.hook = self._answer
        self.real = real.rstrip("/")
        self._restart = shlex.split(restart)
        self._lock = threading.Lock()
        self._restarting: subprocess.Popen[bytes] | None = None
        self.fault: Fault | None = None
        self.step = ""
        self.heard: deque[Heard] = deque(maxlen=KEPT)

    def now(self) -> int:
        """The lab's time in ns."""
        return time.time_ns() + self.offset

    @property
    def can_be_killed(self) -> bool:
        return not self.real or bool(self._restart)

    @property
    def direct(self) -> str:
        """The address of Loki without a proxy."""
        return self.real or self.front.url

    def _answer(self, request: Request) -> Answer:
        self.front.requests.clear()  # nobody reads them, and a run takes hours
        answer = self.fault(request) if self.fault else None
        answer = self.take(request) if answer is None else answer
        self._note(request, answer)
        return answer

    def _note(self, request: Request, answer: Answer) -> None:
        when = f"{self.step}, {time.strftime('%T', time.gmtime(self.now() // 10**9))}"
        status = str(answer.status or "no answer")
        if answer.status >= 300:
            status += f" {answer.body[:200]!r}"
        if request.path != PUSH:
            text = f"{when}: asked {request.value('query')}: {status}"
            found = answer.body.decode("utf-8", "replace")[:200] if answer.status == 200 else ""
            asked = frozenset(range_of(request))
            self.heard.append(Heard(asked, "", f"{text} {found}"))
            return
        with contextlib.suppress(Refused):
            for labels, rows in read_push("application/json", "", request.body):
                late = f" late={labels['late']}" if "late" in labels else ""
                text = f"{when}: pushed{late} with {len(rows) - 1} more: {status}"
                moments = frozenset(row.ts for row in rows)
                self.heard.append(Heard(moments, labels.get("verb", ""), text))

    def history(self, verb: str, first: int, last: int) -> list[str]:
        """The latest pushes and queries about a verb's events of [first, last] (ns)."""
        heard = [
            one.text
            for one in self.heard
            if one.verb in (verb, "") and any(first <= moment <= last for moment in one.moments)
        ]
        return heard[-SHOWN:]

    def take(self, request: Request) -> Answer:
        """Loki's answer; the entries of a push are stored even if the answer gets lost."""
        if not self.real:
            return self.front.answer(request)
        refused = self._too_fast(request)
        if refused:
            return refused
        address = f"{self.real}{request.path}?{urllib.parse.urlencode(request.query, True)}"
        kept = {"Content-Type": request.header("Content-Type") or "application/octet-stream"}
        body = request.body if request.method == "POST" else None
        asked = urllib.request.Request(address, body, kept, method=request.method)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                kind = answer.headers.get("Content-Type")
                return Answer(answer.status, kind, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers.get("Content-Type"), error.read())
        except OSError:
            return SILENCE

    def _too_fast(self, request: Request) -> Answer | None:
        """The answer of the front's rate limit, which a running real Loki can't be given."""
        limit = self.front.store.rate_limit
        if limit and request.path == PUSH:
            try:
                pushed = read_push("application/json", "", request.body)
                limit.take([row for _, rows in pushed for row in rows])
            except Refused as error:
                return Answer(error.status, TEXT, f"{error}\n".encode())
        return None

    def crash(self) -> None:
        """Kill Loki, and so all its connections."""
        self.front.crash()
        with self._lock:
            if self.real and self._restarting is None:
                self._restarting = subprocess.Popen(
                    self._restart, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )  # fmt: skip

    def restart(self) -> None:
        """Start Loki again, and wait until it is ready."""
        if self._restarting is not None:
            self._restarting.wait(READY)
            self._restarting = None
            if not until(self._ready, READY):
                raise SystemExit(f"chaos: {self.real} was not ready {READY} s after its restart")
        self.front.restart()

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.real}/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    @contextlib.contextmanager
    def stopped(self) -> Iterator[bool]:
        """Stop a real Loki on this machine meanwhile (SIGSTOP); yields False if that is impossible,
        since its process is not found or belongs to another account."""
        process = listener(urllib.parse.urlsplit(self.real).port or 80) if self._restart else 0
        try:
            if process:
                os.kill(process, signal.SIGSTOP)
            yield bool(process)
        finally:
            if process:
                os.kill(process, signal.SIGCONT)

    def flush(self) -> None:
        """Make all entries in memory visible, whatever their age, as an ingester does some time
        later."""
        if not self.real:
            self.front.store.flush()
            return
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{self.real}/flush", b"", timeout=60).close()

    def entries(self, user: str, since: int, before: int) -> list[Entry]:
        """All events of an account in [since, before) ns."""
        found: list[Entry] = []
        selector = f'{{job="homelab-usage", user="{user}"}}'
        while True:
            page = self._page(selector, since, before)
            found += page
            if len(page) < PAGE:
                return sorted(set(found))
            since = max(entry.moment for entry in page)  # and those with that time again

    def _page(self, selector: str, since: int, before: int) -> list[Entry]:
        query = {"query": selector, "start": since, "end": before, "limit": PAGE}
        words = urllib.parse.urlencode({**query, "direction": "forward"})
        address = f"{self.direct}/loki/api/v1/query_range?{words}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            streams = json.load(answer)["data"]["result"]
        added = ("service_name", "detected_level")
        page = []
        for stream in streams:
            labels = {k: v for k, v in stream["stream"].items() if k not in added}
            text = json.dumps(labels, sort_keys=True)
            page += [
                Entry(labels["verb"], int(moment), line, text)
                for moment, line, *_ in stream["values"]
            ]
        return page


def range_of(request: Request) -> list[int]:
    """The bounds (ns) of a query, as far as it has them."""
    bounds = [request.value(name) for name in ("start", "end")]
    return [int(bound) for bound in bounds if bound.isdigit()]


def listener(port: int) -> int:
    """The id of the process that listens at a TCP port of this machine; 0 if none is found."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            for descriptor in os.listdir(f"/proc/{name}/fd"):
                if os.readlink(f"/proc/{name}/fd/{descriptor}") in inodes:
                    return int(name)
    return 0
