"""Whether this host waits for a reboot."""

from __future__ import annotations

from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding, few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host

_MARKER = "/run/reboot-required"  # Debian's and Ubuntu's; other systems write none
_MODULES = ("/lib/modules", "/usr/lib/modules")


def check(host: Host) -> Finding:
    """Whether a reboot is needed: by the marker file, else by the kernels running and installed."""
    if host.exists(_MARKER):
        try:
            packages = sorted(set(host.read(_MARKER + ".pkgs").split()))
        except OSError:
            packages = []
        return Finding(WARNING, "reboot", "needed", _list(packages))
    if host.contained():
        return Finding(SKIPPED, "reboot", "-", "this container runs the kernel of its host")
    running = host.release()
    for folder in _MODULES:
        try:
            installed = host.entries(folder)
        except OSError:
            continue
        return kernel(running, installed)
    return Finding(UNKNOWN, "reboot", "-", "no /lib/modules to compare the running kernel with")


def kernel(running: str, installed: list[str]) -> Finding:
    """Compare a release (`6.1.0-28-amd64`) with the folders of /lib/modules.

    Only kernels of the same flavour count (`amd64`, `rpi-v8`): a host may keep others beside it.
    """
    flavour = _flavour(running)
    same = [release for release in installed if _flavour(release) == flavour]
    others = [release for release in installed if release not in same]
    if not installed:
        return Finding(UNKNOWN, "reboot", "-", "no kernel's modules are installed here")
    newest = max(same, key=_numbers, default=running)
    if _numbers(newest) > _numbers(running):
        return Finding(WARNING, "reboot", "needed", f"{newest} is installed, {running} runs")
    if running not in same and same:
        return Finding(WARNING, "reboot", "needed", f"the modules of {running} are gone")
    newer = [release for release in others if _upstream(release) > _upstream(running)]
    if newer or running not in same:
        other = max(newer or others, key=_upstream)
        detail = f"{running} runs, and {other}, of another flavour, is installed"
        return Finding(UNKNOWN, "reboot", "-", detail)
    return Finding(OK, "reboot", "not needed", f"{running} is the newest kernel here")


def _numbers(release: str) -> tuple[int, ...]:
    digits = "".join(sign if sign.isascii() and sign.isdigit() else " " for sign in release)
    return tuple(int(word) for word in digits.split())


def _upstream(release: str) -> tuple[int, ...]:
    """The kernel's own version, which is all that can be compared between flavours."""
    return _numbers(release.replace("+", "-").split("-")[0])


def _flavour(release: str) -> str:
    """What tells kernels for other machines apart: `amd64`, `generic`, `pve`, `v8`. A number at the
    front is the build's, and so is a distribution's own mark (`deb13`, `rpt-rpi`, `arch1`)."""
    words = release.replace("+", "-").split("-")[1:]
    marks = ("arch", "bpo", "deb", "rpi", "rpt", "ubuntu", "zen", "")
    plain = [word for word in words if word.rstrip("0123456789") not in marks]
    return "-".join(word for word in plain if not word[0].isdigit())


def _list(packages: list[str]) -> str:
    if not packages:
        return "this host's package manager asks for it"
    return f"for {few(packages)}"
