"""Pending updates, asked of the host's package managers without root and without the network."""

from __future__ import annotations

from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding, few
from homelab.packages.managers import ASKED, fetched
from homelab.packages.pending import REFRESH, Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host

WAIT = 20.0  # s; apt on a small board takes its time
_MOST = 10_000  # updates; a desktop's next release has 4,000
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
        pending.fetched = fetched(host, manager)
        if pending.fetched:
            ASKED[manager](host, pending)
            if len(pending.updates) > _MOST:
                pending.updates = []
                raise OSError(f"more than {_MOST} updates are listed, which can't be right")
        else:
            pending.why = f"no package lists are here; fetch them: {REFRESH[manager]}"
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
