"""Pending updates, asked of the host's package managers without root and without the network."""

from __future__ import annotations

import time

from homelab import times
from homelab.checks import package_managers
from homelab.checks.finding import OK, SKIPPED, UNKNOWN, WARNING, Finding, few
from homelab.checks.packages import Update

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.host import Host

WAIT = 20.0  # s; apt on a small board takes its time
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
        detail = f"what came since is not known; refresh them: {_REFRESH[self.manager]}"
        return Finding(UNKNOWN, name, f"{old} old", detail)


_REFRESH = {
    "apk": "apk update",
    "apt": "apt update",
    "dnf": "dnf makecache",
    "pacman": "pacman -Sy, and only with -u",
}
# What each manager keeps of what is installed: where it stands, the manager runs this host.
_DATABASES = {
    "apk": ("/lib/apk/db/installed", "/usr/lib/apk/db/installed"),
    "apt": ("/var/lib/dpkg/status",),
    "dnf": (
        "/usr/lib/sysimage/rpm/rpmdb.sqlite",
        "/var/lib/rpm/rpmdb.sqlite",
        "/var/lib/rpm/Packages",
    ),
    "pacman": ("/var/lib/pacman/local",),
}


def managers(host: Host) -> list[str]:
    """The package managers that run this host, by name."""
    return [name for name, places in _DATABASES.items() if any(map(host.exists, places))]


def ask(host: Host, manager: str, seconds: float = WAIT) -> Pending:
    """What a manager says within `seconds`, to all that it is asked."""
    pending = Pending(manager, seconds)
    try:
        pending.fetched = package_managers.fetched(host, manager)
        if pending.fetched:
            package_managers.ASKED[manager](host, pending)
        else:
            pending.why = f"no package lists are here; fetch them: {_REFRESH[manager]}"
    except FileNotFoundError:
        pending.why = f"the database of {manager} is here, and {manager} is not installed"
    except TimeoutError:
        pending.why = f"{manager}: no answer within {seconds:.0f} s"
    except OSError as error:
        pending.why = f"{manager}: {error}"
    return pending


def check(host: Host, now: int, seconds: float) -> Finding:
    """All managers' updates as one finding."""
    found = [ask(host, manager, seconds) for manager in managers(host)]
    if not found:
        return Finding(SKIPPED, "updates", "-", "no apt, dnf, apk or pacman runs this host")
    pending = [update for each in found for update in each.updates if not update.held]
    security = [update.name for update in pending if update.security]
    late = [u.name for each in found for u in each.updates if each.state(u, now) == WARNING]
    value = f"{len(pending)} pending"
    if security:
        value += f", {len(security)} security"
    if late:
        return Finding(WARNING, "updates", value, f"{few(late)}; homelab update list")
    for each in found:
        age = each.age(now)
        if age.state != OK:
            detail = f"{age.check} {age.value}: {age.detail}" if age.value != "-" else age.detail
            return Finding(UNKNOWN, "updates", "-" if each.why else value, detail)
    return Finding(OK, "updates", value, f"lists are {found[0].age(now).value}")
