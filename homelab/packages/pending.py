"""What one package manager says of its pending updates, and how that is judged."""

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

GRACE = 2 * times.DAY  # what installs by itself has this long before anybody needs to know


class Pending:
    """What one package manager says: its updates, of the lists of its sources (`lists`), or `why`
    it can't be known. `automatic` names what installs security updates by itself ("": nothing
    does), which last ran at the moment `ran` (ns; None: not known to have run) and `refused` these
    packages. The newest lists `arrived` on this host at that moment (ns; 0: not known). `blind`:
    its lists can't tell of security updates, and should. `brief`: this is for a summary, which
    takes no more time than it needs. `run` asks what may be answered from an earlier run."""

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
        """How long there is for the next question (s)."""
        return max(self._end - time.monotonic(), 0.01)

    def late(self, update: Update, now: int) -> bool:
        """Whether a security update that is pending needs somebody: nothing installs it, or what
        does ran since the update appeared, and left it. An update appeared before the moment of the
        list that has it."""
        if not self.automatic or self.ran is None or now - self.ran > GRACE:
            return True
        appeared = dated(self.lists)
        if update.name in self.refused or (appeared and now - appeared > GRACE):
            return True
        # what installs by itself installs nothing that is kept back
        if update.held == KEPT_BACK:
            return True
        if not appeared or self.ran <= appeared:
            return False
        # a list may be older than the last run, and have arrived after it
        return bool(self.arrived and self.ran > self.arrived)

    def state(self, update: Update, now: int) -> str:
        """The state of one of its updates: only one for security may be a problem."""
        if update.held in (HELD, PHASED):
            return SKIPPED
        if update.security and self.late(update, now):
            return WARNING
        return SKIPPED if update.held else OK

    def ages(self, now: int) -> list[Finding]:
        """How old its lists are, and for each source what is not known; the first is the worst."""
        name = f"{self.manager} lists"
        if self.why:
            return [Finding(UNKNOWN, name, "-", self.why)]
        old = f"{times.spoken(max(now - dated(self.lists), 0))} old"
        words = troubles(self.lists, now)
        if self.blind:
            words.append("none is of an archive for security updates; name one in apt's sources")
        age = max(now - dated(self.lists), 0) / times.SECOND
        if not words:
            return [Finding(OK, name, old, quiet(self.lists, now), number=age, unit="s")]
        refresh = REFRESH[self.manager]
        endings = {
            "no list": f"; fetch it: {refresh}",
            "the list": f"; what came since is not known; refresh it: {refresh}",
        }
        rows = []
        for what in words:
            detail = what + next(
                (end for begin, end in endings.items() if what.startswith(begin)), ""
            )
            rows.append(Finding(UNKNOWN, name, old, detail, number=age, unit="s"))
        return rows

    def not_told(self) -> list[str]:
        """The names of its sources with pending updates that don't say which are for security; of
        managers whose sources never do the manager's own."""
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
