"""The kernel's disks, from /sys/block (Documentation/ABI/stable/sysfs-block)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host

_BLOCK = "/sys/block"
# Makers and models of disks that a hypervisor or an array invents.
_INVENTED = (
    "qemu", "vbox", "vmware", "virtual", "msft", "google", "amazon", "nutanix", "xen", "oracle",
    "digitalocean", "lio-org", "iscsi", "synology", "truenas",
)  # fmt: skip


class Disk:
    """A disk: its name, and why it has no SMART data (`none`, "" if it should have them)."""

    __slots__ = ("name", "none")

    def __init__(self, name: str, none: str = "") -> None:
        self.name = name
        self.none = none


def every(host: Host) -> list[Disk]:
    """The disks that the kernel lists, without partitions, loop devices and drives for exchangeable
    media. An NVMe disk has its controller's name, as smartctl names it: nvme0."""
    disks: dict[str, Disk] = {}
    for name in sorted(host.names(_BLOCK)):
        disk = _disk(host, name)
        if disk is not None:
            disks.setdefault(disk.name, disk)
    return list(disks.values())


def _disk(host: Host, name: str) -> Disk | None:
    folder = f"{_BLOCK}/{name}"
    if host.text(f"{folder}/size") == "0" or host.text(f"{folder}/hidden") == "1":
        return None  # a card reader without a card, a path of a multi-path NVMe disk
    if name.startswith(("vd", "xvd")):
        return Disk(name, "virtual: check the disks of its host")
    if name.startswith("mmcblk"):
        return None if "boot" in name or "rpmb" in name else Disk(name, "cards have no SMART")
    if not name.startswith(("sd", "hd", "nvme")):
        return None
    model = " ".join(host.text(f"{folder}/device/{file}") for file in ("vendor", "model")).lower()
    if name.startswith("nvme"):
        name = _controller(name)
    if any(word in model for word in _INVENTED):
        return Disk(name, "virtual: check the disks of its host")
    if host.contained() and not host.exists(f"/dev/{name}"):
        return None  # a container's /sys shows the disks of its host
    return Disk(name)


def _controller(name: str) -> str:
    """The controller of an NVMe disk: `nvme0` for `nvme0n1`."""
    digits = name[len("nvme") :]
    number = digits.partition("n")[0].partition("c")[0]
    return f"nvme{number}"
