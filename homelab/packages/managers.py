"""How each package manager is asked: by its own commands, which need neither root nor network."""

from __future__ import annotations

from homelab.packages import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.packages.pending import Pending
    from homelab.system.machine import Host

_WANTS = "/etc/systemd/system/timers.target.wants/"


def fetched(host: Host, manager: str) -> int:
    """The moment (ns) at which a manager last fetched or checked its lists; 0 where it has none."""
    if manager == "apt":
        folder = "/var/lib/apt/lists"
        if not any("_Packages" in name for name in host.names(folder)):
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
          for name in ["", *host.names("/var/cache/libdnf5")]),
    )  # fmt: skip


def _apt(host: Host, pending: Pending) -> None:
    code, listed = host.run(["apt", "list", "--upgradable", "-a"], pending.left)
    if code:
        raise OSError(f"apt list ended with {code}")
    # apt-mark showhold says the same, and takes a third as long as apt list does
    chosen = host.run(["dpkg", "--get-selections"], pending.left)[1] if "/" in listed else ""
    pending.updates = parse.apt(listed, parse.held(chosen))
    pending.blind = _blind(host)
    if any(update.security for update in pending.updates):
        switch = "APT::Periodic::Unattended-Upgrade"
        _, value = host.run(["apt-config", "dump", "--format", "%v%n", switch], pending.left)
        if value.strip() not in ("", "0") and host.exists("/usr/bin/unattended-upgrade"):
            pending.automatic = "unattended-upgrades"
            stamp = _when(host, "/var/lib/apt/periodic/unattended-upgrades-stamp")
            pending.ran = stamp or None


def _blind(host: Host) -> bool:
    """Whether a release of Debian or Ubuntu has no list of its archive for security updates. Debian
    testing and unstable, which have no VERSION_ID, get them as any other."""
    try:
        lines = host.read("/etc/os-release").splitlines()
    except OSError:
        return False
    told = {name: value.strip("\"'") for name, _, value in (line.partition("=") for line in lines)}
    apart = told.get("ID") in ("debian", "ubuntu") and bool(told.get("VERSION_ID"))
    return apart and not any("security" in name for name in host.names("/var/lib/apt/lists"))


def _dnf(host: Host, pending: Pending) -> None:
    # without root, dnf 5 would look for lists of the account's own
    own = ["--setopt=cachedir=/var/cache/libdnf5"] if host.exists("/usr/bin/dnf5") else []
    code, listed = host.run(["dnf", "-q", "-C", *own, "check-update"], pending.left)
    if code not in (0, 100):
        raise OSError(f"dnf check-update ended with {code}")
    advisories = installed = ""
    pending.updates = parse.dnf(listed, "")
    if pending.updates:
        asked = ["dnf", "-q", "-C", *own, "updateinfo", "list", "--security"]
        code, advisories = host.run(asked, pending.left)
        if code:
            raise OSError(f"dnf updateinfo ended with {code}")
        names = [update.name for update in pending.updates]
        installed = host.run(["rpm", "-q", "--qf", parse.RPM_FORMAT, *names], pending.left)[1]
    pending.updates = parse.dnf(listed, advisories, installed)
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
    pending.updates = parse.apk(listed)


def _pacman(host: Host, pending: Pending) -> None:
    code, listed = host.run(["pacman", "-Qu"], pending.left)
    if code and listed.strip():
        raise OSError(f"pacman ended with {code}")  # without updates, too, it ends with 1
    pending.updates = parse.pacman(listed)


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


def _newest(host: Host, folder: str, ending: str) -> int:
    found = [name for name in host.names(folder) if name.endswith(ending)]
    return max([_when(host, f"{folder}/{name}") for name in found], default=0)
