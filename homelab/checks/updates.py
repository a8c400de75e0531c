"""Pending updates, asked of the host's package managers without root and without the network."""

from __future__ import annotations

import time

from homelab import times
from homelab.checks import packages
from homelab.checks.finding import OK, SKIPPED, UNKNOWN, WARNING, Finding
from homelab.checks.packages import Update

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.host import Host

WAIT = 20.0  # s; apt on a small board takes its time
STALE = 7 * times.DAY  # lists that are older tell of the past
GRACE = 2 * times.DAY  # what installs by itself has this long before anybody needs to know
_WANTS = "/etc/systemd/system/timers.target.wants/"
_SHOWN = 3


class Pending:
    """What one package manager says: its updates, of lists fetched at the moment `fetched` (ns), or
    `why` it can't be known. `automatic` names what installs security updates by itself ("": nothing
    does), which last ran at the moment `ran` (None: not known to have run)."""

    __slots__ = ("_end", "automatic", "fetched", "manager", "ran", "updates", "why")

    def __init__(self, manager: str, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.manager = manager
        self.updates: list[Update] = []
        self.fetched = 0
        self.automatic = ""
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
        pending.fetched = _fetched(host, manager)
        if pending.fetched:
            _ASKED[manager](host, pending)
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
        return Finding(WARNING, "updates", value, f"{named(late)}; homelab update list")
    for each in found:
        age = each.age(now)
        if age.state != OK:
            detail = f"{age.check} {age.value}: {age.detail}" if age.value != "-" else age.detail
            return Finding(UNKNOWN, "updates", "-" if each.why else value, detail)
    return Finding(OK, "updates", value, f"lists are {found[0].age(now).value}")


def named(names: list[str]) -> str:
    """`curl, openssl, vim and 12 more`."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _fetched(host: Host, manager: str) -> int:
    """When its lists were last fetched, or found to be the newest; 0 where it has none."""
    if manager == "apt":
        folder = "/var/lib/apt/lists"
        if not any("_Packages" in name for name in _names(host, folder)):
            return 0
        # the lists have their server's times; their folder changes only where one is new, so that
        # who fetched them notes it: update-notifier after each, apt.systemd.daily after its own
        stamps = "/var/lib/apt/periodic"
        return max(
            _when(host, folder),
            _when(host, f"{stamps}/update-success-stamp"),
            _when(host, f"{stamps}/update-stamp"),
        )
    if manager == "pacman":
        return _newest(host, "/var/lib/pacman/sync", ".db")
    if manager == "apk":
        return max(_newest(host, top, ".tar.gz") for top in ("/var/cache/apk", "/etc/apk/cache"))
    return max(
        _newest(host, "/var/cache/dnf", ".solv"),
        *(_when(host, f"/var/cache/libdnf5/{name}/repodata/repomd.xml")
          for name in ["", *_names(host, "/var/cache/libdnf5")]),
    )  # fmt: skip


def _apt(host: Host, pending: Pending) -> None:
    code, listed = host.run(["apt", "list", "--upgradable", "-a"], pending.left)
    if code:
        raise OSError(f"apt list ended with {code}")
    # apt-mark showhold says the same, and takes a third as long as apt list does
    chosen = host.run(["dpkg", "--get-selections"], pending.left)[1] if "/" in listed else ""
    pending.updates = packages.apt(listed, packages.held(chosen))
    if any(update.security for update in pending.updates):
        switch = "APT::Periodic::Unattended-Upgrade"
        _, value = host.run(["apt-config", "dump", "--format", "%v%n", switch], pending.left)
        if value.strip() not in ("", "0") and host.exists("/usr/bin/unattended-upgrade"):
            pending.automatic = "unattended-upgrades"
            stamp = _when(host, "/var/lib/apt/periodic/unattended-upgrades-stamp")
            pending.ran = stamp or None


def _dnf(host: Host, pending: Pending) -> None:
    # without root, dnf 5 would look for lists of the account's own
    own = ["--setopt=cachedir=/var/cache/libdnf5"] if host.exists("/usr/bin/dnf5") else []
    code, listed = host.run(["dnf", "-q", "-C", *own, "check-update"], pending.left)
    if code not in (0, 100):
        raise OSError(f"dnf check-update ended with {code}")
    advisories = installed = ""
    pending.updates = packages.dnf(listed, "")
    if pending.updates:
        asked = ["dnf", "-q", "-C", *own, "updateinfo", "list", "--security"]
        code, advisories = host.run(asked, pending.left)
        if code:
            raise OSError(f"dnf updateinfo ended with {code}")
        names = [update.name for update in pending.updates]
        installed = host.run(["rpm", "-q", "--qf", packages.RPM_FORMAT, *names], pending.left)[1]
    pending.updates = packages.dnf(listed, advisories, installed)
    for timer, settings in (
        ("dnf-automatic-install.timer", ""),
        ("dnf-automatic.timer", "/etc/dnf/automatic.conf"),
        ("dnf5-automatic.timer", "/etc/dnf/dnf5-plugins/automatic.conf"),
    ):
        if host.exists(_WANTS + timer) and (not settings or _applies(host, settings)):
            pending.automatic = timer
            pending.ran = _when(host, f"/var/lib/systemd/timers/stamp-{timer}") or None


def _applies(host: Host, settings: str) -> bool:
    """Whether dnf's settings say that updates are installed, and not only fetched."""
    try:
        lines = host.read(settings).lower().splitlines()
    except OSError:
        return False
    pairs = [[part.strip() for part in line.split("=", 1)] for line in lines if "=" in line]
    return any(
        key == "apply_updates" and value in ("yes", "true", "1", "on") for key, value in pairs
    )


def _apk(host: Host, pending: Pending) -> None:
    code, listed = host.run(["apk", "--no-network", "version", "-l", "<"], pending.left)
    if code:
        raise OSError(f"apk version ended with {code}")
    pending.updates = packages.apk(listed)


def _pacman(host: Host, pending: Pending) -> None:
    code, listed = host.run(["pacman", "-Qu"], pending.left)
    if code and listed.strip():
        raise OSError(f"pacman ended with {code}")  # without updates, too, it ends with 1
    pending.updates = packages.pacman(listed)


_ASKED: dict[str, Callable[[Host, Pending], None]] = {
    "apk": _apk,
    "apt": _apt,
    "dnf": _dnf,
    "pacman": _pacman,
}


def _when(host: Host, path: str) -> int:
    try:
        return host.modified(path)
    except OSError:
        return 0


def _names(host: Host, folder: str) -> list[str]:
    try:
        return host.entries(folder)
    except OSError:
        return []


def _newest(host: Host, folder: str, ending: str) -> int:
    found = [name for name in _names(host, folder) if name.endswith(ending)]
    return max([_when(host, f"{folder}/{name}") for name in found], default=0)
