"""The life of an event, by the table in `homelab/telemetry/plan.py`, walked by chance: hosts whose
clocks go wrong, senders that are killed at any step, and a Loki that fails in every way.

No path stores an event twice, and none loses one that the ledger does not count.
HOMELAB_LIFE_EXAMPLES=5000 walks that many paths, different ones each time.
"""

from __future__ import annotations

import errno
import http.client
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from email.utils import formatdate
from typing import Any, Callable
from unittest import mock

from fakes.loki.server import Answer, FakeLoki, Request
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.lab import NOW, PUSH

from homelab.loki.address import Address
from homelab.loki.client import Loki, Reply
from homelab.loki.diagnosis import of_error
from homelab.settings import Settings
from homelab.system import paths
from homelab.system.detached import Life
from homelab.system.ownership import own_folder
from homelab.telemetry import event, ledger, outbox, plan, sender
from homelab.telemetry.account import account
from homelab.times import DAY, SECOND

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
TEXT, HTML = "text/plain; charset=utf-8", "text/html"
LINE = "exit=0 ver=0.6.0"
SHOWN = 3 * HOUR  # querier.query-ingesters-within: younger entries are read from memory
IDLE, OLDEST = 30 * MINUTE, 2 * HOUR  # of Loki's uptime, after which it writes its memory to disk
VERBS = ("host status", "logs query", "(unknown)")

# Faults of a request: (how much of it is stored, the answer). "all" and "none" say how much is
# stored, "half" that a part is. An answer of None is lost.
PAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"
STRANGER = b"Client sent an HTTP request to an HTTPS server.\n"
FAULTS: dict[str, tuple[str, Answer | None]] = {
    "lost before": ("none", None),
    "lost after": ("all", None),
    "lost half way": ("half", None),
    "500 before": ("none", Answer(500, TEXT, b"at least 1 live replicas required")),
    "500 half way": ("half", Answer(500, TEXT, b"at least 1 live replicas required")),
    "502 before": ("none", Answer(502, HTML, PAGE)),
    "502 after": ("all", Answer(502, HTML, PAGE)),
    "503 after": ("all", Answer(503, TEXT, b"no server is available")),
    "504 half way": ("half", Answer(504, HTML, PAGE)),
    "429": ("none", Answer(429, TEXT, b"ingestion rate limit exceeded\n")),
    "429 half way": ("half", Answer(429, TEXT, b"maximum active stream limit exceeded\n")),
    "413": ("none", Answer(413, HTML, b"<html>413 Request Entity Too Large</html>")),
    "400 of a stranger": ("none", Answer(400, TEXT, STRANGER)),
    "401": ("none", Answer(401, TEXT, b"", (("WWW-Authenticate", "Basic"),))),
    "404": ("none", Answer(404, TEXT, b"404 page not found\n")),
    "a login page": ("none", Answer(200, HTML, b"<html>Sign in</html>")),
}
FINE = ("fine", "fine without Date", "fine, Date says hours later")
# A sender drops events, and counts that, if the answer to a push says that an event is refused for
# its content, or the answer to a query that this Loki can never be queried.
GIVES_UP = {
    "POST": ("413", "400 of a stranger"),
    "GET": ("401", "404", "a login page"),
}
REFUSED = "connection refused"
MEANWHILE = "fine, but other hosts move the streams on before"
PAUSED = "lost, and stored when a paused Loki goes on"
ODD = (REFUSED, MEANWHILE, PAUSED)
UNANSWERED = (  # queries that end so
    *(REFUSED, PAUSED, "lost before", "500 before", "502 before", "503 after", "429"),
    *("401", "404", "a login page"),
)

HOSTS = st.integers(0, 1)
CLOCKLESS = NOW - 999_999_999 * SECOND
AGES = tuple(minutes * MINUTE for minutes in (3, 12, 40, 65, 100, -5, -60, 240, 2880, 11520))
CLOCKS = tuple(
    minutes * MINUTE for minutes in (0, 0, 0, 3, -3, -20, 90, -90, 300, -300, 2 * 1440, -8 * 1440)
)
PAUSES = tuple(minutes * MINUTE for minutes in (0, 1, 6, 16, 31, 65, 125, 200, 420, 1440, 4320))
SETTINGS = {
    form: Settings({}, (), {"telemetry.account_as": form}) for form in ("label", "metadata")
}


class Killed(BaseException):
    """SIGKILL, or the kernel's alarm."""


class Steps:
    """The steps of one sender that others can see. It is killed at number `last`: that step and all
    later ones do nothing, even those of a `finally`."""

    def __init__(self, last: int | None = None, full: bool = False) -> None:
        self._left = last
        self.full = full

    def step(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                raise Killed

    def __getattr__(self, name: str) -> Any:
        """Replace the module `os` for code that works on the files."""
        real = getattr(os, name)
        if name not in ("open", "write", "utime", "rename", "unlink", "mkdir"):
            return real

        def seen(*arguments: Any, **options: Any) -> Any:
            self.step()
            if self.full and name == "open" and arguments[0].endswith("sender.new"):
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*arguments, **options)

        return seen


class Fault:
    """A fault of one request of a sender: of the one with that method that comes after `number`
    others."""

    def __init__(self, name: str, method: str, after: int) -> None:
        self._name = name
        self._method = method
        self._after = after

    def of(self, method: str) -> str:
        if method != self._method:
            return FINE[0]
        self._after -= 1
        return self._name if self._after == -1 else FINE[0]


class Remote:
    """A Loki in memory with the proxy in front of it. `now` is the true time (ns), also on its
    clock; `uptime` (ns) advances while it works."""

    def __init__(self, window: int) -> None:
        self.now = NOW
        self.uptime = 0
        self.up = True
        self.paused = False
        self.pending: list[Request] = []  # pushes that a paused Loki accepts when it continues
        self.most = 0  # limit of entries in a push, if not 0
        self.too_many = FAULTS["413"][1]
        self.memory: dict[tuple[int, str, str], int] = {}  # not on disk yet → uptime when stored
        self.known: set[tuple[int, str, str]] = set()
        self.fault = Fault(FINE[0], "", 0)  # of the running sender
        self.gave_up = False  # whether it gave an answer for which a sender drops events
        self.fake = FakeLoki(clock=lambda: self.now)
        self.fake.store.window = window
        # If the operator changes allow_structured_metadata between two tries, the level that Loki
        # adds as metadata would make two entries of them: no sender can know.
        self.fake.store.by_metadata = False

    def close(self) -> None:
        self.fake.server.server_close()

    def pass_time(self, nanoseconds: int) -> None:
        self.now += nanoseconds
        if self.up and not self.paused:
            self.uptime += nanoseconds
            self.write_out(OLDEST)

    def write_out(self, age: int) -> None:
        """Write entries that have been in memory for so long (ns of uptime) into chunks."""
        self.memory = {row: at for row, at in self.memory.items() if self.uptime - at < age}

    def restart(self) -> None:
        """Restart: entries that were not written out are read from the write-ahead log."""
        self.up, self.uptime = True, 0
        self.memory = dict.fromkeys(self.memory, 0)

    def go_on(self) -> None:
        self.paused = False
        for request in self.pending:
            self.store(request)
        self.pending = []

    def rows(self) -> list[tuple[int, str, str]]:
        """(moment, verb, label `late`) of all stored entries, shown or not."""
        entries = self.fake.entries(f'{{job="{event.JOB}"}}')
        return [(when, labels["verb"], labels.get("late", "")) for labels, when, _ in entries]

    def store(self, request: Request) -> Answer:
        answer = self.fake.answer(request)
        for row in self.rows():
            if row not in self.known:
                self.known.add(row)
                self.memory[row] = self.uptime
        return answer

    def move_on(self, verbs: Sequence[str], ahead: int = 0) -> None:
        """Let another host of the account run the verbs; its clock is ahead of ours (ns)."""
        runs = [(self.now + ahead, verb, "exit=1 ver=0.0.1", "") for verb in verbs]
        self.store(_push(json.dumps(event.push_body(account(), runs)).encode()))

    def take(self, request: Request, fault: str) -> tuple[Answer | None, int | None]:
        """The answer, and the time in its Date (ns); None if there is none."""
        self.paused = self.paused or fault == PAUSED
        if self.paused:
            if request.path == PUSH:
                self.pending.append(request)
            return None, None
        stored, answer = FAULTS.get(fault, ("all", None))
        if request.path == PUSH:
            if fault == MEANWHILE:
                self.move_on(VERBS, 9 * MINUTE)
            if self.most and request.body.count(b"exit=") > self.most:
                return self.too_many, self.now
            if stored == "all":
                given = self.store(request)
            elif stored == "half":
                self.store(_half(request))
        elif stored == "all":
            given = self._shown(self.fake.answer(request))
        if fault in GIVES_UP[request.method]:
            self.gave_up = True
        if fault in FAULTS:
            return answer, self.now
        dates = {FINE[1]: None, FINE[2]: self.now + 5 * HOUR}
        return given, dates.get(fault, self.now)

    def _shown(self, answer: Answer) -> Answer:
        """A query's answer without entries that are too old to be read from memory."""
        document = json.loads(answer.body)
        for stream in document["data"]["result"]:
            verb, late = stream["stream"]["verb"], stream["stream"].get("late", "")
            stream["values"] = [
                value
                for value in stream["values"]
                if int(value[0]) >= self.now - SHOWN
                or (int(value[0]), verb, late) not in self.memory
            ]
        return answer._replace(body=json.dumps(document).encode())


def _push(body: bytes) -> Request:
    return Request("POST", PUSH, {}, [("Content-Type", "application/json")], body)


def _half(request: Request) -> Request:
    """The push with the first half of its entries."""
    streams = json.loads(request.body)["streams"]
    left = (sum(len(stream["values"]) for stream in streams) + 1) // 2
    for stream in streams:
        stream["values"] = stream["values"][:left]
        left -= len(stream["values"])
    kept = [stream for stream in streams if stream["values"]]
    return request._replace(body=json.dumps({"streams": kept}).encode())


class Client(Loki):
    """The client of a sender, whose requests go to a Remote without a network."""

    def __init__(self, remote: Remote, steps: Steps) -> None:
        super().__init__(Address("http://loki.lan", "", "a test"), {}, "test")
        self._remote = remote
        self._steps = steps

    def request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        connected: Callable[[], None] | None = None,
        *_options: Any,
        **_more: Any,
    ) -> Reply:
        remote = self._remote
        remote.pass_time(SECOND // 1000)
        self._steps.step()  # before it connects
        fault = remote.fault.of(method)
        if fault == REFUSED or not remote.up:
            raise of_error(self.address, ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
        if connected:
            connected()
        self._steps.step()  # connected, and nothing sent yet
        path, _mark, query = target.partition("?")
        if body is None:
            form = [("Content-Type", "application/x-www-form-urlencoded")]
            request = Request(method, path, {}, form, query.encode())
        else:
            request = Request(method, path, {}, _push(b"").headers, body)
        answer, date = remote.take(request, fault)
        self._steps.step()  # before the answer came
        if answer is None:
            raise of_error(self.address, http.client.RemoteDisconnected("no answer"))
        headers = {name.lower(): value for name, value in answer.headers}
        headers["content-type"] = answer.content_type or ""
        if date is not None:
            headers["date"] = formatdate(date // SECOND, usegmt=True)
        return Reply(answer.status, headers, answer.body)


class ShortLife(Life):
    """A sender's life, which ends after so many checks of the remaining time."""

    def __init__(self, remote: Remote, looks: int) -> None:
        super().__init__(3600)
        self._remote = remote
        self._looks = looks

    def bound(self, seconds: float) -> None:
        pass

    def left(self) -> float:
        self._looks -= 1
        return 5.0 if self._looks >= 0 else 0.0

    def sleep(self, seconds: float) -> None:
        self._remote.pass_time(int(seconds * SECOND))

    def renew(self) -> None:
        raise Killed  # the new child may be killed before it has done anything


class Host:
    """A host: its state folder, how far (ns) its clock is ahead, and all events that it made."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.ahead = 0
        self.made: set[int] = set()
        self.counts = True  # the ledger could always be written

    def waiting(self) -> list[int]:
        """The moments of the waiting events, without those that the ledger has counted and not
        removed yet."""
        settled = ledger.read(self.folder).settled
        entries = [plan.parsed(name) for name in outbox.names(self.folder) if name not in settled]
        return [entry.moment for entry in entries if entry]


class LifeOfAnEvent(RuleBasedStateMachine):
    """All things that can happen to an event, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="homelab-life-")
        self.hosts = [Host(f"{self.folder}/{name}") for name in ("pve1", "pve2")]
        self.number = 0
        self.waits = False
        self.settings = SETTINGS["label"]
        self.lost_by_age = False  # a clock or a delay made events too old for Loki
        self.remote = Remote(HOUR)
        # the ledger reads the host's uptime if its clock may stand still
        uptime = mock.patch.object(
            ledger, "uptime", lambda: 1000 + (self.remote.now - NOW) // SECOND
        )
        uptime.start()
        self.stop = uptime.stop

    @initialize(window=st.sampled_from([HOUR, HOUR // 2]))
    def starts(self, window: int) -> None:
        """`max_chunk_age` is 2h, or 1h as in the sample configurations of older Lokis."""
        self.remote.fake.store.window = window

    def moment(self, host: Host, age: int) -> int:
        """A moment of the host's clock that no other event has."""
        self.number += 1
        moment = self.remote.now + host.ahead - age + self.number
        if not -HOUR < self.remote.now - moment < 6 * DAY:
            self.lost_by_age = True
        host.made.add(moment)
        return moment

    @rule(host=HOSTS, verbs=st.lists(st.sampled_from(VERBS), min_size=1, max_size=4))
    def runs(self, host: int, verbs: list[str]) -> None:
        """Add events, each written to the outbox; their own senders do not get far."""
        for verb in verbs:
            self.happens(self.hosts[host], 0, verb)

    @rule(host=HOSTS, age=st.sampled_from(AGES))
    def ran_by_another_clock(self, host: int, age: int) -> None:
        """Add an event from a while ago, or one with a moment of a clock that was corrected
        since."""
        self.happens(self.hosts[host], age, VERBS[0])

    def happens(self, host: Host, age: int, verb: str) -> None:
        outbox.append(host.folder, f"{self.moment(host, age):019d} {LINE} verb={verb}")

    @rule(
        host=HOSTS,
        mark=st.sampled_from(["", "f", "l", "t"]),
        age=st.sampled_from([MINUTE, 40 * MINUTE, 2 * HOUR, DAY, CLOCKLESS]),
        stored=st.booleans(),
    )
    def an_early_build_wrote(self, host: int, mark: str, age: int, stored: bool) -> None:
        """An early build's marks t and f say that the event may have been stored as fresh; l, or
        none with a process id, that it may have been stored with the label of its hour. Before 2001
        it wrote 18 digits."""
        moment, verb = self.moment(self.hosts[host], age), VERBS[0]
        folder = f"{self.hosts[host].folder}/{outbox.FOLDER}"
        os.close(own_folder(folder))
        with open(f"{folder}/{mark}{moment}.4711 {LINE} verb={verb}", "x"):
            pass
        by_hour = mark == "l" or (not mark and age >= 40 * MINUTE)
        if stored and (mark or by_hour):
            late = plan.late(moment, plan.AS_HOUR) if by_hour else ""
            body = event.push_body(account(), [(moment, verb, LINE, late)])
            self.remote.store(_push(json.dumps(body).encode()))

    @rule(host=HOSTS, fault=st.sampled_from([*FAULTS, *FINE, *ODD]), push=st.integers(0, 2))
    @precondition(lambda self: self.waits)
    def a_push_meets(self, host: int, fault: str, push: int) -> None:
        """A fault meets one of the first three pushes of a sender."""
        self.send(host, Steps(), Fault(fault, "POST", push))

    @rule(host=HOSTS, fault=st.sampled_from(UNANSWERED))
    @precondition(lambda self: self.waits)
    def a_question_meets(self, host: int, fault: str) -> None:
        """A fault meets the first query whether Loki has an event."""
        self.send(host, Steps(), Fault(fault, "GET", 0))

    @rule(host=HOSTS, last=st.integers(1, 30), fault=st.sampled_from([FINE[0], FINE[0], *FAULTS]))
    @precondition(lambda self: self.waits)
    def a_sender_is_killed(self, host: int, last: int, fault: str) -> None:
        self.send(host, Steps(last), Fault(fault, "POST", 0))

    @rule(host=HOSTS, looks=st.integers(0, 3))
    @precondition(lambda self: self.waits)
    def a_sender_has_little_time(self, host: int, looks: int) -> None:
        self.send(host, Steps(), looks=looks)

    @rule(host=HOSTS)
    @precondition(lambda self: self.waits)
    def a_sender_finds_the_disk_full(self, host: int) -> None:
        """The sender can't write the ledger, so that its counts are not exact any more."""
        self.send(host, Steps(full=True))

    def send(
        self, number: int, steps: Steps, fault: Fault | None = None, looks: int = 10_000
    ) -> None:
        """Run a sender on that host, or on the other one if nothing waits there."""
        host = self.hosts[number if self.hosts[number].waiting() else 1 - number]
        host.counts = host.counts and not steps.full
        remote = self.remote
        remote.fault = fault or Fault(FINE[0], "", 0)
        with (
            mock.patch.object(sender, "_client", lambda *_: Client(remote, steps)),
            mock.patch.object(outbox, "os", steps),
            mock.patch.object(ledger, "os", steps),
            mock.patch.object(paths, "os", steps),
        ):
            life = ShortLife(remote, looks)
            try:
                sender.drain(self.settings, host.folder, life, lambda: remote.now + host.ahead)
            except Killed:
                pass

    @rule(form=st.sampled_from(sorted(SETTINGS)))
    def account_as_is_set(self, form: str) -> None:
        """Events that may be stored keep the form of their first try."""
        self.settings = SETTINGS[form]

    @rule(allowed=st.booleans())
    def structured_metadata_is_allowed(self, allowed: bool) -> None:
        self.remote.fake.store.allows_metadata = allowed

    @rule(host=HOSTS, ahead=st.sampled_from(CLOCKS))
    def a_clock_is_set(self, host: int, ahead: int) -> None:
        self.hosts[host].ahead = ahead

    @rule(passed=st.sampled_from(PAUSES), busy=st.integers(0, 3), idle=st.booleans())
    def time_passes(self, passed: int, busy: int, idle: bool) -> None:
        """Other hosts advance so many streams; if `idle`, Loki writes its memory to disk."""
        self.remote.go_on()
        self.remote.pass_time(passed)
        if idle:
            self.remote.write_out(IDLE)
        if busy:
            self.remote.move_on(VERBS[:busy])

    @rule(passed=st.sampled_from(PAUSES), noticed=st.booleans())
    def loki_crashes(self, passed: int, noticed: bool) -> None:
        """Loki is down for so long. If it crashes before it has written out the entries from its
        log, senders notice: a Loki that does so again and again while no sender runs hides an entry
        for longer than they wait."""
        if self.remote.uptime < OLDEST and not (noticed and passed > plan.AGAIN):
            return
        self.remote.go_on()
        self.remote.up = False
        for pause in (0, passed):
            self.remote.pass_time(pause)
            for number, host in enumerate(self.hosts):
                if noticed and host.waiting():
                    self.send(number, Steps())
        self.remote.restart()

    @rule(most=st.sampled_from([0, 1, 3]), status=st.sampled_from(["413", "429"]))
    def pushes_are_limited(self, most: int, status: str) -> None:
        self.remote.most, self.remote.too_many = most, FAULTS[status][1]

    @invariant()
    def none_is_stored_twice_and_none_is_lost(self) -> None:
        rows = self.remote.rows()
        self.waits = False
        if self.remote.now - NOW > 4 * DAY:
            self.lost_by_age = True
        for host in self.hosts:
            stored = [row[0] for row in rows if row[0] in host.made]
            assert len(stored) == len(set(stored)), "stored twice"
            waiting = host.waiting()
            self.waits = self.waits or bool(waiting)
            assert len(waiting) == len(set(waiting)), "an event has two files"
            book = ledger.read(host.folder)
            given_up = book.dropped + book.refused
            gone = host.made - set(waiting)
            if host.counts:
                assert book.delivered + given_up + len(waiting) == len(host.made)
                assert len(gone - set(stored)) <= given_up, "lost"
                if not (self.lost_by_age or self.remote.gave_up):
                    assert not given_up, book.reason
            else:
                assert book.delivered + given_up + len(waiting) <= len(host.made)
                if not (self.lost_by_age or self.remote.gave_up):
                    assert gone <= set(stored), "lost"

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self._ends_well()
        finally:
            self.stop()
            self.remote.close()
            shutil.rmtree(self.folder)

    def _ends_well(self) -> None:
        """Everything works for some days: nothing waits any more."""
        remote = self.remote
        remote.go_on()
        if not remote.up:
            remote.restart()
        remote.fake.store.allows_metadata = True
        for host in self.hosts:
            host.ahead = 0
        end = remote.now + 9 * DAY
        pause = soon = 20 * MINUTE
        left = self._left()
        while left and remote.now < end:
            remote.pass_time(pause)
            for number, host in enumerate(self.hosts):
                if host.waiting() and not ledger.resting(host.folder, remote.now):
                    self.send(number, Steps())
            self.none_is_stored_twice_and_none_is_lost()
            before, left = left, self._left()
            pause = soon if left < before else min(pause * 5 // 4, 12 * HOUR)
        assert [host.waiting() for host in self.hosts] == [[], []]

    def _left(self) -> int:
        return sum(len(host.waiting()) for host in self.hosts)


EXAMPLES = int(os.environ.get("HOMELAB_LIFE_EXAMPLES", "0"))
TestLifeOfAnEvent = LifeOfAnEvent.TestCase
TestLifeOfAnEvent.settings = settings(
    max_examples=EXAMPLES or 250,
    stateful_step_count=30,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
