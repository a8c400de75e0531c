"""What one package manager says of its pending updates, and how that is judged."""

from __future__ import annotations

import time

from homelab import times
from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.packages.parse import Update

STALE = 7 * times.DAY  # lists that are older tell of the past
GRACE = 2 * times.DAY  # what installs by itself has this long before anybody needs to know


class Pending:
    """What one package manager says: its updates, of lists fetched at the moment `fetched` (ns), or
    `why` it can't be known. `automatic` names what installs security updates by itself ("": nothing
    does), which last ran at the moment `ran` (None: not known to have run). `blind`: its lists
    can't tell of security updates."""

    __slots__ = ("_end", "automatic", "blind", "fetched", "manager", "ran", "updates", "why")

    def __init__(self, manager: str, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.manager = manager
        self.updates: list[Update] = []
        self.fetched = 0
        self.automatic = ""
        self.blind = False
        self.ran: int | None = None
        self.why = ""

    @property
    def left(self) -> float:
        """How long there is for the next question (s)."""
        return max(self._end - time.monotonic(), 0.01)

    def late(self, now: int) -> bool:
        """Whether a security update that is pending needs somebody."""
        return not self.automatic or self.ran is None or now - self.ran > GRACE

    def state(self, update: Update, now: int) -> str:
        """The state of one of its updates: an ordinary one is no problem."""
        if update.held:
            return SKIPPED
        return WARNING if update.security and self.late(now) else OK

    def age(self, now: int) -> Finding:
        """How old its lists are."""
        name = f"{self.manager} lists"
        if self.why:
            return Finding(UNKNOWN, name, "-", self.why)
        old = times.spoken(max(now - self.fetched, 0))
        if now - self.fetched <= STALE and self.blind:
            detail = "none is of an archive for security updates; name one in apt's sources"
            return Finding(UNKNOWN, name, f"{old} old", detail)
        if now - self.fetched <= STALE:
            return Finding(OK, name, f"{old} old")
        detail = f"what came since is not known; refresh them: {REFRESH[self.manager]}"
        return Finding(UNKNOWN, name, f"{old} old", detail)


REFRESH = {
    "apk": "apk update",
    "apt": "apt update",
    "dnf": "dnf makecache",
    "pacman": "pacman -Sy, and only with -u",
}
