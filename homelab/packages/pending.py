"""The pending updates of one package manager, and their states."""

from __future__ import annotations

import time

from homelab import times
from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding
from homelab.packages.lists import dated, quiet, troubles
from homelab.packages.parse import HELD, KEPT_BACK, PHASED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.packages.lists import SourceLists
    from homelab.packages.parse import Update

    Run = Callable[[list[str], float], tuple[int, str]]

GRACE = 2 * times.DAY  # an automatic installation has this long before it counts as late


class Pending:
    """The answer of one package manager: its `updates`, from the `lists` of its sources, or `why`
    they are unknown. `automatic` names the tool that installs security updates ("": none), which
    last `ran` at that time (ns; None: no run known) and `refused` these packages. The newest lists
    `arrived` on this host at that time (ns; 0: unknown). `blind`: the lists have no archive of
    security updates, but should. `brief`: only for a summary, so slow questions are left out. `run`
    runs a command, or takes its answer from the cache."""

    __slots__ = (
        "_end", "arrived", "automatic", "blind", "brief", "lists", "manager", "ran", "refused",
        "run", "settings", "updates", "why",
    )  # fmt: skip

    def __init__(self, manager: str, seconds: float, run: Run, brief: bool = False) -> None:
        self._end = time.monotonic() + seconds
        self.brief = brief
        self.run = run
        self.manager = manager
        self.updates: list[Update] = []
        self.lists: list[SourceLists] = []
        self.settings: dict[str, str] = {}
        self.automatic = ""
        self.blind = False
        self.ran: int | None = None
        self.refused: frozenset[str] = frozenset()
        self.arrived = 0
        self.why = ""

    @property
    def left(self) -> float:
        """The time left for the next question (s)."""
        return max(self._end - time.monotonic(), 0.01)

    def late(self, update: Update, now: int) -> bool:
        """Whether a pending security update needs attention: nothing installs it, or the tool that
        should has run since the update appeared and did not install it. An update appeared before
        the time of the list that has it."""
        if not self.automatic or self.ran is None or now - self.ran > GRACE:
            return True
        appeared = dated(self.lists)
        if update.name in self.refused or (appeared and now - appeared > GRACE):
            return True
        # automatic tools install nothing that is kept back
        if update.held == KEPT_BACK:
            return True
        if not appeared or self.ran <= appeared:
            return False
        # a list may be older than the last run but have arrived after it
        return bool(self.arrived and self.ran > self.arrived)

    def state(self, update: Update, now: int) -> str:
        """The state of an update: only a security update may be a problem."""
        if update.held in (HELD, PHASED):
            return SKIPPED
        if update.security and self.late(update, now):
            return WARNING
        return SKIPPED if update.held else OK

    def ages(self, now: int) -> list[Finding]:
        """The finding on the age of its lists, or one for each source with a problem, the worst
        first."""
        name = f"{self.manager} lists"
        if self.why:
            return [Finding(UNKNOWN, name, "-", self.why)]
        old = f"{times.spoken(max(now - dated(self.lists), 0))} old"
        words = troubles(self.lists, now)
        if self.blind:
            words.append("apt's sources have no archive of security updates; add one")
        age = max(now - dated(self.lists), 0) / times.SECOND
        if not words:
            return [Finding(OK, name, old, quiet(self.lists, now), number=age, unit="s")]
        refresh = REFRESH[self.manager]
        endings = {
            "no list": f"; fetch it: {refresh}",
            "the list": f"; newer updates are unknown; refresh it: {refresh}",
        }
        rows = []
        for what in words:
            detail = what + next(
                (end for begin, end in endings.items() if what.startswith(begin)), ""
            )
            rows.append(Finding(UNKNOWN, name, old, detail, number=age, unit="s"))
        return rows

    def not_told(self) -> list[str]:
        """The names of its sources with pending updates that don't say which are for security; the
        manager's own name if none of its sources does."""
        unknown = [update for update in self.updates if not update.known]
        if not unknown or not any(each.tells for each in self.lists):
            return [self.manager] if unknown else []
        return sorted({update.origin for update in unknown})


REFRESH = {
    "apk": "apk update",
    "apt": "apt update",
    "dnf": "dnf makecache",
    "pacman": "pacman -Sy, and only with -u",
}
