"""Ask each package manager with its own commands, which need neither root nor network."""

from __future__ import annotations

from homelab.packages import kept_answers, parse
from homelab.packages.lists import security_archive_missing
from homelab.texts import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.packages.pending import Pending, Run
    from homelab.system.machine import Host

_BRIEF = 50  # updates; with more, a summary does not ask apt which are kept back (slow)
_WANTS = "/etc/systemd/system/timers.target.wants/"


_APT = {
    **{name: (key, "") for name, key in kept_answers.CONFIGURED.items()},
    "lists": ("Dir::State::lists/d", "/var/lib/apt/lists/"),
    "sourcelist": ("Dir::Etc::sourcelist/f", "/etc/apt/sources.list"),
    "sourceparts": ("Dir::Etc::sourceparts/d", "/etc/apt/sources.list.d/"),
    "architecture": ("APT::Architecture", ""),
    "automatic": ("APT::Periodic::Unattended-Upgrade", ""),
}


def settings(run: Run, manager: str, seconds: float) -> dict[str, str]:
    """apt's own settings, by the names in _APT; empty for other managers. `run` is `Host.run`, or a
    function like it."""
    if manager != "apt":
        return {}
    asked = [word for name, (key, _) in _APT.items() for word in (name, key)]
    _, told = run(["apt-config", "shell", *asked], seconds)
    given = dict(line.split("=", 1) for line in lines(told) if "=" in line)
    return {name: given.get(name, usual).strip("'") for name, (_, usual) in _APT.items()}


def _apt(host: Host, pending: Pending) -> None:
    code, listed = pending.run(["apt", "list", "--upgradable", "-a"], pending.left)
    if code:
        raise OSError(f"apt list: exit code {code}")
    count = listed.count("[upgradable from: ")
    # apt-mark showhold has this too, but takes a third of the time of apt list
    chosen = pending.run(["dpkg", "--get-selections"], pending.left)[1] if count else ""
    held: dict[str, str] = {}
    if count and not (pending.brief and count > _BRIEF):
        names = [update.name for update in parse.apt(listed, {})]
        held = _not_upgraded(pending, names)
    held.update(dict.fromkeys(parse.held(chosen), parse.HELD))
    pending.updates = parse.apt(listed, held)
    for update in pending.updates:
        archives = update.origin.split(",")
        tells = [each.tells for each in pending.lists if each.made and each.suite in archives]
        update.known = update.security or all(
            tells or [each.tells for each in pending.lists if not each.local]
        )
    pending.blind = security_archive_missing(host, pending.lists)
    if any(update.security for update in pending.updates):
        switch = pending.settings["automatic"]
        if switch not in ("", "0") and host.exists("/usr/bin/unattended-upgrade"):
            pending.automatic = "unattended-upgrades"
            stamp = _when(host, "/var/lib/apt/periodic/unattended-upgrades-stamp")
            pending.ran = stamp or None
            try:
                refused = host.read("/var/lib/unattended-upgrades/kept-back").split()
            except OSError:
                refused = []
            pending.refused = frozenset(refused)
            # the folder changes when a new list arrives
            pending.arrived = _when(host, pending.settings["lists"].rstrip("/"))


def _not_upgraded(pending: Pending, names: list[str]) -> dict[str, str]:
    """The packages that apt keeps back or phases, from a plan of its downloads; nothing is changed.
    Empty if apt has no plan because packages are broken."""
    try:
        code, plan = pending.run(
            ["apt-get", "--print-uris", "-y", "--with-new-pkgs", "upgrade"], pending.left
        )
    except OSError:
        return {}
    return {} if code else parse.not_upgraded(plan, names)


def _dnf(host: Host, pending: Pending) -> None:
    # without root, dnf 5 would use lists of the account
    own = ["--setopt=cachedir=/var/cache/libdnf5"] if host.exists("/usr/bin/dnf5") else []
    code, listed = host.run(["dnf", "-q", "-C", *own, "check-update"], pending.left)
    if code not in (0, 100):
        raise OSError(f"dnf check-update: exit code {code}")
    advisories = installed = ""
    pending.updates = parse.dnf(listed, "")
    if code == 100 and not pending.updates:
        raise OSError("dnf check-update reports updates, but homelab can read none of them")
    if pending.updates:
        asked = ["dnf", "-q", "-C", *own, "updateinfo", "list", "--security"]
        code, advisories = host.run(asked, pending.left)
        if code:
            raise OSError(f"dnf updateinfo: exit code {code}")
        names = [update.name for update in pending.updates]
        installed = host.run(["rpm", "-q", "--qf", parse.RPM_FORMAT, *names], pending.left)[1]
    pending.updates = parse.dnf(listed, advisories, installed)
    tells = {each.suite for each in pending.lists if each.tells}
    for update in pending.updates:
        update.known = update.security or update.origin in tells
    for timer, settings in (
        ("dnf-automatic-install.timer", ""),
        ("dnf-automatic.timer", "/etc/dnf/automatic.conf"),
        ("dnf5-automatic.timer", "/etc/dnf/dnf5-plugins/automatic.conf"),
    ):
        if host.exists(_WANTS + timer) and (not settings or _applies(host, settings)):
            pending.automatic = timer
            pending.arrived = max((each.made for each in pending.lists), default=0)
            pending.ran = _when(host, f"/var/lib/systemd/timers/stamp-{timer}") or None


def _applies(host: Host, settings: str) -> bool:
    """Whether dnf's settings say that updates are installed, not only downloaded."""
    try:
        found = lines(host.read(settings).lower())
    except OSError:
        return False
    pairs = [[part.strip() for part in line.split("=", 1)] for line in found if "=" in line]
    return any(
        key == "apply_updates" and value in ("yes", "true", "1", "on") for key, value in pairs
    )


def _apk(host: Host, pending: Pending) -> None:
    code, listed = host.run(["apk", "--no-network", "version", "-l", "<"], pending.left)
    if code:
        raise OSError(f"apk version: exit code {code}")
    pending.updates = parse.apk(listed)
    _none_known(pending)


def _pacman(host: Host, pending: Pending) -> None:
    code, listed = host.run(["pacman", "-Qu"], pending.left)
    if code and listed.strip():
        raise OSError(f"pacman: exit code {code}")  # without updates it exits with 1 too
    pending.updates = parse.pacman(listed)
    _none_known(pending)


def _none_known(pending: Pending) -> None:
    """Mark all updates as unknown: lists of apk and pacman do not say which are for security."""
    for update in pending.updates:
        update.known = False


ASKED: dict[str, Callable[[Host, Pending], None]] = {
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
