"""Ask the host's package managers for pending updates, without root and without the network."""

from __future__ import annotations

from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding, few
from homelab.packages import lists
from homelab.packages.kept_answers import Answers
from homelab.packages.managers import ASKED, settings
from homelab.packages.parse import HELD, KEPT_BACK, PHASED
from homelab.packages.pending import REFRESH, Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.system.machine import Host

WAIT = 20.0  # s; apt is slow on a small board
_MOST = 10_000  # updates; a release upgrade of a desktop has 4,000
# The databases of installed packages: the manager whose database exists runs this host.
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


def ask(
    host: Host,
    manager: str,
    seconds: float = WAIT,
    brief: bool = False,
    env: Mapping[str, str] | None = None,
) -> Pending:
    """A manager's pending updates, asked within `seconds` in all. With the account's environment
    `env`, apt's answers are cached, and apt is asked only after a change."""
    kept = Answers(host, env) if env is not None and manager == "apt" else None
    pending = Pending(manager, seconds, kept.run if kept else host.run, brief)
    try:
        pending.settings = settings(pending.run, manager, pending.left)
        pending.lists = lists.of(host, manager, pending.settings)
        if any(each.made for each in pending.lists):
            ASKED[manager](host, pending)
            if len(pending.updates) > _MOST:
                pending.updates = []
                raise OSError(f"it lists more than {_MOST} updates, which can't be right")
        elif pending.lists:
            pending.why = f"no package lists; fetch them: {REFRESH[manager]}"
        else:
            pending.why = f"{manager}'s settings have no source on another host"
        if kept:
            kept.keep(pending.settings)
    except FileNotFoundError:
        pending.why = f"this host has a database of {manager}, but {manager} is not installed"
    except TimeoutError:
        pending.why = f"{manager}: no answer within {seconds:.0f} s"
    except OSError as error:
        pending.why = f"{manager}: {error}"
    return pending


def check(host: Host, now: int, seconds: float, env: Mapping[str, str] | None = None) -> Finding:
    """The finding for the updates of all managers; `env` as in `ask`."""
    found = [ask(host, manager, seconds, brief=True, env=env) for manager in managers(host)]
    if not found:
        return Finding(SKIPPED, "updates", "-", "this host has no apt, dnf, apk or pacman")
    every = [update for each in found for update in each.updates]
    security = [u for u in every if u.security and u.held in ("", KEPT_BACK)]
    late = [u.name for each in found for u in each.updates if each.state(u, now) == WARNING]
    count = sum(not update.held for update in every)
    value = f"{count} pending"
    if security:
        value += f", {len(security)} security"
    for why in (KEPT_BACK, PHASED, HELD):
        number = sum(update.held == why for update in every)
        value += f", {number} {why}" if number else ""
    if late:
        return Finding(
            WARNING, "updates", value, f"{few(late)}; homelab update list", number=count,
            unit="pending",
        )  # fmt: skip
    for each in found:
        age = each.ages(now)[0]
        if age.state != OK:
            if each.why:
                return Finding(UNKNOWN, "updates", "-", age.detail)
            return Finding(UNKNOWN, "updates", value, age.detail, number=count, unit="pending")
    detail = f"lists are {found[0].ages(now)[0].value}"
    return Finding(OK, "updates", value, detail, number=count, unit="pending")
