"""Seeded usage, and the right answers of a reader, counted here by plain loops.

Verbs and accounts follow Zipf's law, one day has no run at all, and at the edges there are runs
exact to the nanosecond: each UTC midnight, and both ends of the window.
"""

from __future__ import annotations

import contextlib
import io
import random
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from fakes.loki.server import FakeLoki

from homelab import main
from homelab.context import Context
from homelab.times import DAY, MILLISECOND
from homelab.verbs import BUILT_IN
from support.reading import Sink

JOB = "homelab-usage"
INTERRUPTED = (130, 141, 143)
VERBS = (
    "host status", "logs query", "nas df", "(personal)", "(unknown) backup", "(unknown)",
    "nas df all", "nasty", "verbs check", "(unknown) dns", 'a"b\\c', "zoë 🐧", "backup run",
)  # fmt: skip
USERS = ("alice", "zoë", 'a"b\\c', "dave", "uid-1000")
PASSING = ("job run", "verbs run")


def ended(verb: str, code: int) -> str:
    """How a run ended: `failed`, `environment` or "". For a verb that the catalogue lacks, or that
    passes on another program's code, only a crash is a failure."""
    found = BUILT_IN.find(verb)
    if found is None or verb in PASSING:
        return "failed" if code == 70 else ""
    if code in found.answers or code in INTERRUPTED:
        return ""
    return "environment" if code in (69, 77, 78) else "failed"


class Event(NamedTuple):
    """A run of the generated usage."""

    moment: int  # ns
    user: str
    verb: str
    code: int
    version: str

    @property
    def failed(self) -> bool:
        return ended(self.verb, self.code) == "failed"

    @property
    def tried(self) -> bool:
        """Whether it is an unknown word instead of a run of a verb."""
        return self.verb.startswith("(unknown)")

    @property
    def day(self) -> int:
        """Days are (midnight, next midnight]."""
        return (self.moment - 1) // DAY


def usage(
    seed: int,
    start: int,
    end: int,
    count: int,
    users: tuple[str, ...] = USERS,
    verbs: tuple[str, ...] = VERBS,
) -> list[Event]:
    """About `count` runs around (start, end], with the edges, sorted."""
    choose = random.Random(seed)
    moments = [choose.randrange(start - DAY // 2, end) for _ in range(count)]
    for edge in (*range((start // DAY + 1) * DAY, end, DAY), start, start - start % MILLISECOND):
        moments += [edge + shift for shift in (-MILLISECOND, -1, 0, 1, MILLISECOND)]
    moments += [end, end - 1]
    silent = (start // DAY + 2) * DAY
    found = []
    for moment in sorted(set(moments)):
        if silent < moment <= silent + DAY and end - start > 4 * DAY:
            continue
        verb = choose.choices(verbs, [1 / rank for rank in range(1, len(verbs) + 1)])[0]
        code = 2 if verb.startswith("(unknown)") else choose.choices(*_CODES)[0]
        version = "0.6.0" if moment < start + (end - start) // 2 else choose.choice(_VERSIONS)
        user = choose.choices(users, [1 / rank for rank in range(1, len(users) + 1)])[0]
        found.append(Event(moment, user, verb, code, version))
    return found


_CODES = ((0, 1, 2, 69, 70, 78, 130, 143), (77, 8, 5, 3, 2, 2, 3, 1))
_VERSIONS = ("0.6.0", "0.10.0")


class Filled:
    """A sink with events in it, and runs of the program that read it at the moment `now` (ns)."""

    def __init__(self, env: dict[str, str], now: int) -> None:
        self.env = env
        self.now = now
        self.system_verbs = ""
        self.server: FakeLoki | None = None  # None for a journal

    def run(self, *words: str) -> tuple[int, str, str]:
        """Run the program in this process: (exit code, stdout, stderr)."""
        stdout, stderr = io.StringIO(), io.StringIO()
        context = Context(
            list(words),
            self.env,
            stdout,
            stderr,
            BUILT_IN,
            clock=lambda: self.now,
            system_settings="",
            system_verbs=self.system_verbs,
        )
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        try:
            code, _ = main.run(context)
        finally:  # a run that is counted ends with all signals blocked
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return code, stdout.getvalue(), stderr.getvalue()


def journal(home: Path, events: Iterable[Event], now: int) -> Filled:
    """Write the events into the account's journal, whichever account each is of."""
    state = home / ".local/state/homelab"
    state.mkdir(parents=True)
    with (state / "usage.log").open("w") as file:
        for event in events:
            line = f"exit={event.code} ver={event.version} verb={event.verb}"
            file.write(f"{event.moment} {line}\n")
    return Filled({"HOME": str(home), "LC_ALL": "C.UTF-8"}, now)


def load(sink: Sink, events: list[Event]) -> None:
    """Push events like senders do: in order; every seventh has the label of a late one."""
    streams: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for number, event in enumerate(events):
        late = "2026-11-22T17" if number % 7 == 3 else ""
        entry = (event.moment, f"exit={event.code} ver={event.version}")
        streams.setdefault((event.user, event.verb, late), []).append(entry)
    sink.push_all(
        [
            ({"job": JOB, "user": user, "verb": verb, **({"late": late} if late else {})}, entries)
            for (user, verb, late), entries in streams.items()
        ]
    )


def fake(server: FakeLoki, clock: list[int], home: Path, events: list[Event], now: int) -> Filled:
    """Push events to a fake Loki whose clock, `clock[0]`, follows the events."""
    sink = Sink(server.url)
    days: dict[int, list[Event]] = {}
    for event in events:
        days.setdefault(event.day, []).append(event)
    for _, of_day in sorted(days.items()):
        clock[0] = of_day[-1].moment
        load(sink, of_day)
    clock[0] = now
    return Filled({"HOME": str(home), "HOMELAB_LOKI_URL": server.url, "LC_ALL": "C.UTF-8"}, now)


@contextlib.contextmanager
def filling(sink: str, home: Path, account: str) -> Iterator[Callable[..., Filled]]:
    """A function that fills a `journal`, in which all runs are one account's, or a fake `loki` with
    events and a moment `now`."""
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:

        def fill(events: list[Event], now: int) -> Filled:
            if sink == "journal":
                events[:] = [event._replace(user=account) for event in events]
                return journal(home, events, now)
            filled = fake(server, clock, home, events, now)
            filled.server = server
            return filled

        yield fill
