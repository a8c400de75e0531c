"""A planted world: usage whose right decisions are known, because they were put there.

Accounts are named after tasks that labs script, in the shares of 621 public script names of 30
owners. They run the built-ins and an operator's drop-ins, by hand (agents' bursts included), by
cron and by timers, over some months. Among these are words and verbs for which `usage next` must
say ADD, NAME, FIX or DROP?, and others that look similar and need no decision. The same arguments
make the same world, on every machine.

    PYTHONPATH=.:tests python3 -m support.planted FOLDER [RUNS]   one account's journal, to look at
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from homelab.times import DAY, SECOND
from homelab.verbs import BUILT_IN
from support.generated import Event, journal

ADD, NAME, FIX, DROP = "ADD", "NAME", "FIX", "DROP?"
SMALL, LARGE = 20_000, 200_000  # runs: for the suite, and for the bench and a real Loki
VERSION = "0.6.0"
# The names of the scripts of 30 owners, in percent of them.
NAMES = {
    "install": 13, "update": 11, "containers": 11, "backup": 10, "check": 9, "proxmox": 8,
    "clean": 8, "monitor": 8, "disk": 8, "ssh": 7, "sync": 6, "notify": 6, "dns": 5,
}  # fmt: skip

# Verbs that nobody ran, though they existed all the time.
UNUSED = ("logs series", "mcp", "self verify", "timer list")
# The operator's drop-ins: their exit codes by share (any other run ends with 0), and their header.
DROPINS = {
    "borg run": ({}, ""),
    "dns flush": ({}, ""),
    "nas check": ({1: 0.25, 3: 0.2}, "# Answers: 0 3\n"),
    "notify test": ({}, ""),
    "photos sync": ({23: 0.5, 2: 0.1, 124: 0.1}, ""),
    "pool list": ({3: 0.4}, "# Answers: 0 3\n"),
    "proxmox update": ({1: 0.1}, ""),
    "zfs scrub": ({}, ""),
}
YOUNG = "nas scrub"  # a drop-in that came to this host just now, and that nobody has run
# (verb, exit codes by share) of failing verbs, one for each cause.
FAILING: dict[str, dict[int, float]] = {
    "disk usage": {70: 0.2, 1: 0.1},  # crash; 1 is an answer
    "logs query": {2: 0.25, 1: 0.1},  # not understood
    "logs volume": {124: 0.2},  # too slow
    "self install": {1: 0.3},  # another "no" of its own
    "verbs run": {70: 0.2, 1: 0.3},  # a crash, below a drop-in's own codes
    "nas check": DROPINS["nas check"][0],
}
# Words that people typed and that no verb answers, and verbs that they did not find.
WANTED = ("backup", "container restart", "snapshot", "speedtest", "vpn")
HIDDEN = ("df", "free", "journal", "ps")
# Built-ins that end without success, though there is nothing to fix in them.
INNOCENT: dict[str, dict[int, float]] = {
    "logs labels": {77: 0.3},
    "logs context": {78: 0.3},
    "logs errors": {69: 0.4},
    "logs tail": {130: 0.6},
    "logs count": {141: 0.3, 143: 0.1},
    "cert check": {1: 0.3, 69: 0.2},  # its answers
    "port check": {70: 0.02},  # rarely
}


class Planted(NamedTuple):
    """A world: its runs in order, the window (`start`, `end`] in ns that a reader asks for
    (counting is older), the right decisions (decision, verb), the tempting wrong ones with the
    reason, and for each verb how many runs of the window people started."""

    events: list[Event]
    start: int
    end: int
    truth: frozenset[tuple[str, str]]
    tempting: dict[str, str]
    by_hand: dict[str, int]

    @property
    def days(self) -> int:
        return (self.end - self.start) // DAY


def accounts(count: int) -> list[str]:
    """So many accounts, named after the tasks that they script: a name is more frequent, the
    greater its share in NAMES."""
    numbered = [(word, number) for word in NAMES for number in range(1, count + 1)]
    numbered.sort(key=lambda each: (-NAMES[each[0]] / each[1], each))
    return [f"{word}{number}" for word, number in numbered[:count]]


def planted(seed: int, end: int, runs: int = SMALL, people: int = 30, days: int = 90) -> Planted:
    """Make a world of about so many `runs` by so many accounts, up to `end` (ns). One account's
    world has its own truth: a word that only this account types is wanted."""
    made = _Maker(seed, end, runs, people, days)
    made.fill()
    start = end - days * DAY
    truth = {(ADD, word) for word in WANTED} | {(NAME, word) for word in HIDDEN}
    truth |= {(FIX, verb) for verb in FAILING} | {(DROP, verb) for verb in UNUSED}
    events = sorted(made.events)
    return Planted(events, start, end, frozenset(truth), made.tempting, made.by_hand)


def install(folder: Path) -> None:
    """Write the operator's drop-ins."""
    for verb, header in [*((verb, header) for verb, (_, header) in DROPINS.items()), (YOUNG, "")]:
        path = folder / verb.replace(" ", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n# Summary: an operator's verb\n{header}")
        path.chmod(0o755)


class _Maker:
    def __init__(self, seed: int, end: int, runs: int, people: int, days: int) -> None:
        self._choose = random.Random(seed)
        self._start, self._end = end - days * DAY, end
        self._runs, self._days = runs, days
        self._accounts = accounts(people)
        self.events: list[Event] = []
        self.tempting: dict[str, str] = {}
        self.by_hand: dict[str, int] = {}

    def fill(self) -> None:
        before = self._start - 2 * DAY  # counting is older than the window
        self._one(before, self._accounts[0], "config", 0)
        self._schedule()
        for verb, codes in FAILING.items():
            self._by_hand(verb, 240, codes)
        for word in WANTED:
            self._by_hand(f"(unknown) {word}", 120, {2: 1}, self._some(6))
        for word in HIDDEN:
            self._by_hand(f"(unknown) {word}", 80, {2: 1}, self._some(5))
        self._tempt()
        self._rest()

    def _tempt(self) -> None:
        for verb, codes in INNOCENT.items():
            self._by_hand(verb, 200, codes)
            self.tempting[verb] = "it answered, or its surroundings failed, or it was interrupted"
        self._by_hand("photos sync", 200, DROPINS["photos sync"][0])
        self._by_hand("pool list", 100, DROPINS["pool list"][0])
        self._by_hand("proxmox update", 100, DROPINS["proxmox update"][0])
        self.tempting.update(
            dict.fromkeys(("photos sync", "pool list", "proxmox update"), "a drop-in's own codes")
        )
        self._by_hand("verbs new", 6, {70: 0.5})
        self.tempting["verbs new"] = "too few runs for a rate"
        self._by_hand("(unknown) gpu", 4, {2: 1}, self._some(2))
        self.tempting["gpu"] = "a rare word"
        self._by_hand("(unknown)", 150, {2: 1})
        self._by_hand("(personal)", 150, {0: 1}, self._some(8))
        self._by_hand("(personal) backup", 150, {1: 0.2}, self._some(5))
        self.tempting[YOUNG] = "a young verb"
        for account in self._some(2):
            self._cron("(unknown) sync", account, DAY // 8, {2: 1})
        self.tempting["sync"] = "cron's word, that nobody typed"
        for account in self._some(2):
            self._timer("(unknown) prune", account, DAY // 8, {2: 1})
        self.tempting["prune"] = "a timer's word, that nobody typed"
        if len(self._accounts) > 1:
            self._by_hand("(unknown) zigbee", 60, {2: 1}, self._accounts[:1])
            self.tempting["zigbee"] = "one account's word"
            self._by_hand("(personal) dns", 60, {}, self._accounts[1:2])
            self.tempting["dns"] = "one account's script"

    def _schedule(self) -> None:
        """Add runs of cron and timers, until they have half of all runs or no account is left."""
        self.tempting["job run"] = "it passes on what its commands said"
        commands = {1: 0.3, 2: 0.1, 75: 0.05, 124: 0.05, 126: 0.05, 127: 0.05}
        for account in self._accounts:
            self._cron("job run", account, DAY // 24, commands)
            self._timer("host status", account, DAY // 4, {1: 0.1, 69: 0.05})
            self._cron("borg run", account, DAY, {})
            self._timer("update list", account, DAY // 2, {1: 0.2})
            self._cron("zfs scrub", account, 7 * DAY, {})
            if len(self.events) > self._runs // 2:
                return

    def _rest(self) -> None:
        """Add people's runs of all other verbs, some far more often than others."""
        built_in = [verb.path for verb in BUILT_IN.every() if verb.recorded and not verb.discovery]
        special = {*FAILING, *INNOCENT, *UNUSED, "photos sync", "pool list", "verbs new"}
        verbs = [verb for verb in (*built_in, *DROPINS) if verb not in special]
        self._choose.shuffle(verbs)
        left = max(self._runs - len(self.events), 0)
        weights = [1 / (rank + 2) for rank in range(len(verbs))]
        for verb, weight in zip(verbs, weights):
            self._by_hand(verb, max(int(left * weight / sum(weights)), 40), {2: 0.01})

    def _some(self, count: int) -> list[str]:
        """So many accounts, chosen from the whole world."""
        return self._choose.sample(self._accounts, min(count, len(self._accounts)))

    def _one(self, moment: int, user: str, verb: str, code: int) -> None:
        if moment <= self._end:
            self.events.append(Event(moment, user, verb, code, VERSION))

    def _codes(self, count: int, shares: dict[int, float]) -> list[int]:
        """So many exit codes in exact shares, in random order; the rest is 0."""
        codes = [code for code, share in shares.items() for _ in range(round(count * share))]
        codes = (codes + [0] * count)[:count]
        self._choose.shuffle(codes)
        return codes

    def _by_hand(
        self,
        verb: str,
        count: int,
        shares: dict[int, float],
        whom: Sequence[str] | None = None,
    ) -> None:
        """Add runs of people, more by day than by night, a third of them in an agent's bursts. Each
        account of `whom` has some; of all accounts the first have the most."""
        codes = self._codes(count, shares)
        users = whom or self._accounts
        weights = [1.0] * len(users) if whom else [1 / (rank + 2) for rank in range(len(users))]
        turn = 0
        while codes:
            user = self._choose.choices(users, weights)[0] if turn >= len(users) else users[turn]
            turn += 1
            moment = self._person()
            burst = self._choose.randrange(3, 8) if self._choose.random() < 0.1 else 1
            for _ in range(min(burst, len(codes))):
                code = codes.pop()
                if moment <= self._end:
                    self._one(moment, user, verb, code)
                    self.by_hand[verb] = self.by_hand.get(verb, 0) + 1
                moment += self._choose.randrange(SECOND, 40 * SECOND)

    def _person(self) -> int:
        """A moment at which a person is at a keyboard, any second of a minute."""
        day = self._choose.randrange(self._days)
        hour: int = self._choose.choice((0, *range(7, 24), *range(17, 23)))
        within = self._choose.randrange(DAY // 24)
        return min(self._start + day * DAY + hour * DAY // 24 + within + 1, self._end)

    def _cron(self, verb: str, user: str, every: int, shares: dict[int, float]) -> None:
        """Add runs that cron starts: in the first seconds of a minute."""
        minute = self._choose.randrange(every // (60 * SECOND)) * 60 * SECOND
        first = self._start // DAY * DAY + minute
        moments = [at for at in range(first, self._end, every) if at > self._start]
        for at, code in zip(moments, self._codes(len(moments), shares)):
            self._one(at + self._choose.randrange(SECOND // 20, 5 * SECOND // 2), user, verb, code)

    def _timer(self, verb: str, user: str, every: int, shares: dict[int, float]) -> None:
        """Add runs that a timer starts: at fixed intervals, at some second of its own
        (AccuracySec)."""
        first = self._start + self._choose.randrange(every)
        moments = range(first, self._end, every)
        for at, code in zip(moments, self._codes(len(moments), shares)):
            self._one(at + self._choose.randrange(SECOND // 3), user, verb, code)


if __name__ == "__main__":
    world = planted(1, time.time_ns(), int(sys.argv[2] if len(sys.argv) > 2 else SMALL), people=1)
    journal(Path(sys.argv[1]), world.events, world.end)
    install(Path(sys.argv[1]) / "verbs")
