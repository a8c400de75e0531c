"""Check whether this host needs a reboot."""

from __future__ import annotations

from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding, few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host

_MARKER = "/run/reboot-required"  # written by Debian and Ubuntu only
# Of Proxmox: the kernel to boot once, and the kernel to boot always (`proxmox-boot-tool kernel
# pin`).
_PINS = ("/etc/kernel/next-boot-pin", "/etc/kernel/proxmox-boot-pin")
_KERNELS = ("linux-base", "linux-image-", "proxmox-kernel-", "pve-kernel-")  # packages
_MODULES = ("/lib/modules", "/usr/lib/modules")
# Parts of a release that do not name a flavour: marks of distributions, revisions, release
# candidates.
_MARKS = ("arch", "bpo", "deb", "r", "rc", "rpi", "rpt", "ubuntu", "")
_NUMBERED = ("2712", "586", "686")  # flavours that are numbers: Raspberry Pi 5, 32-bit PCs


def check(host: Host) -> Finding:
    """The finding on a reboot: from the marker file, else from the pinned kernel, else from the
    running and installed kernels."""
    running = host.release()
    pins = [] if host.contained() else _pins(host)
    if host.exists(_MARKER):
        try:
            packages = sorted(set(host.read(_MARKER + ".pkgs").split()))
        except OSError:
            packages = []
        newer_kernel = packages and all(name.startswith(_KERNELS) for name in packages)
        if not (
            newer_kernel and running in pins
        ):  # the pinned kernel stays, so the newer one does not boot
            return Finding(WARNING, "reboot", "needed", _list(packages))
    if host.contained():
        return Finding(SKIPPED, "reboot", "-", "this container uses the kernel of its host")
    if running in pins:
        return Finding(OK, "reboot", "not needed", f"{running} is running and pinned")
    if pins:
        return Finding(
            WARNING, "reboot", "needed", f"{pins[0]} is pinned, but {running} is running"
        )
    for folder in _MODULES:
        try:
            installed = host.entries(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            why = error.strerror or "can't be read"
            return Finding(UNKNOWN, "reboot", "-", f"{folder}: {why}")
        return kernel(running, installed)
    return kernel(running, [])


def _pins(host: Host) -> list[str]:
    """The kernels that Proxmox boots, the next one first."""
    pins = []
    for path in _PINS:
        try:
            pins += host.read(path).split()[:1]
        except OSError:
            continue
    return pins


def kernel(running: str, installed: list[str]) -> Finding:
    """The finding from comparing a release (`6.1.0-28-amd64`) with the folders of /lib/modules.

    Only kernels of the same flavour count (`amd64`, `lts`, `rpi-v8`): a host may have others too,
    with their own versions.
    """
    flavour = _flavour(running)
    same = [release for release in installed if _flavour(release) == flavour]
    others = [release for release in installed if release not in same]
    if not installed:  # a virtual machine with its host's kernel, or a kernel without modules
        return Finding(SKIPPED, "reboot", "-", "no kernel is installed")
    newest = max(same, key=_numbers, default=running)
    if _numbers(newest) > _numbers(running):
        return Finding(
            WARNING, "reboot", "needed", f"{newest} is installed, but {running} is running"
        )
    if running not in same and same:
        return Finding(WARNING, "reboot", "needed", f"the modules of {running} are gone")
    if running not in same:
        other = max(others, key=_upstream)
        detail = f"{running} is running; {other}, of another flavour, is installed"
        return Finding(UNKNOWN, "reboot", "-", detail)
    return Finding(OK, "reboot", "not needed", f"{running} is the newest kernel here")


def _numbers(release: str) -> tuple[int, ...]:
    digits = "".join(sign if sign.isascii() and sign.isdigit() else " " for sign in release)
    return tuple(int(word) for word in digits.split())


def _upstream(release: str) -> tuple[int, ...]:
    """The kernel's own version, the only part that flavours have in common."""
    return _numbers(release.replace("+", "-").split("-")[0])


def _flavour(release: str) -> str:
    """The flavour of a kernel: `amd64`, `generic`, `pve`, `v8`, `zen`. Build numbers and marks of a
    distribution (`deb13`, `rpt-rpi`, `arch1`, `r2`) are left out, and so is the number of a flavour
    (`zen1`, `hardened2`)."""
    kinds: list[str] = []
    for word in release.replace("+", "-").split("-")[1:]:
        letters = word.rstrip("0123456789")
        if (letters in _MARKS and word not in _NUMBERED) or (word[0].isdigit() and "." in word):
            continue
        if letters.isalpha() and letters != "v":
            word = letters
        if word not in kinds:
            kinds.append(word)
    return "-".join(kinds)


def _list(packages: list[str]) -> str:
    if not packages:
        return "the package manager asks for it"
    return f"for {few(packages)}"
