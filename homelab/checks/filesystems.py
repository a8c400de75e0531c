"""How full the file systems are, in bytes and in inodes, from /proc/self/mounts and statvfs(3)."""

from __future__ import annotations

from homelab.checks.finding import CRITICAL, OK, UNKNOWN, WARNING, Finding, bytes_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.host import Host, Usage

FULL = 97.0  # per cent, from which on a warning is critical
REMOTE_WAIT = 2.0  # s

_STORES = frozenset(
    """
    apfs bcachefs btrfs exfat ext2 ext3 ext4 f2fs fuse.mergerfs fuse.snapraid fuseblk hfsplus jfs
    msdos nilfs2 ntfs ntfs3 overlay reiserfs ubifs ufs vfat virtiofs xfs zfs
    """.split()
)
_REMOTE = frozenset("9p afs ceph cifs fuse.glusterfs fuse.rclone fuse.sshfs nfs nfs4 smb3".split())


class Mount:
    """One mount: its folder and the type of its file system."""

    __slots__ = ("folder", "kind")

    def __init__(self, folder: str, kind: str) -> None:
        self.folder = folder
        self.kind = kind


def mounts(table: str) -> list[Mount]:
    """The mounts that hold somebody's data, from the text of /proc/self/mounts.

    Pseudo file systems and read-only images are left out, and so is a device that was listed: a
    bind mount or a subvolume fills together with its first.
    """
    found: dict[str, Mount] = {}
    for line in table.splitlines():
        fields = line.split(" ")
        if len(fields) < 4:
            continue
        device, folder, kind, options = fields[:4]
        folder = _unescaped(folder)
        if kind not in _STORES and kind not in _REMOTE:
            continue
        if kind in _STORES and "ro" in options.split(","):
            continue
        if kind == "overlay" and folder != "/":
            continue  # a container's own root, told by the file system below it
        key = folder if device in ("overlay", "none") else device
        known = found.get(key)
        if known is None or len(folder) < len(known.folder):
            found[key] = Mount(folder, kind)
    return sorted(found.values(), key=lambda mount: mount.folder)


def _unescaped(field: str) -> str:
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, sign)
    return field


def check(host: Host, bytes_limit: float, inodes_limit: float) -> list[Finding]:
    """A finding for each mount, and one more where its inodes run out."""
    try:
        table = host.read("/proc/self/mounts")
    except OSError:
        return [Finding(UNKNOWN, "disk", "-", "/proc/self/mounts can't be read")]
    findings = []
    for mount in mounts(table):
        name = f"disk {mount.folder}"
        try:
            if mount.kind in _REMOTE:
                usage = host.remote_usage(mount.folder, REMOTE_WAIT)
            else:
                usage = host.usage(mount.folder)
        except TimeoutError as error:
            findings.append(Finding(UNKNOWN, name, "-", f"{mount.kind}: {error}"))
            continue
        except OSError as error:
            findings.append(Finding(UNKNOWN, name, "-", error.strerror or "can't be asked"))
            continue
        if usage.blocks:
            findings.append(_bytes(name, usage, bytes_limit))
        taken = percent(usage.inodes - usage.inodes_free, usage.inodes_free)
        if usage.inodes and taken >= inodes_limit:
            state = CRITICAL if taken >= FULL else WARNING
            detail = f"{usage.inodes_free} of {usage.inodes} inodes left: too many small files"
            findings.append(Finding(state, f"inodes {mount.folder}", f"{taken:.0f}%", detail))
    if not findings:
        return [Finding(UNKNOWN, "disk", "-", "no file system that holds data is mounted here")]
    return findings


def percent(used: int, available: int) -> float:
    """As df(1) counts it: of what an ordinary account may use, so 100 means full for it."""
    return 100 * used / (used + available) if used + available > 0 else 0.0


def _bytes(name: str, usage: Usage, limit: float) -> Finding:
    taken = percent(usage.blocks - usage.free, usage.available)
    left = bytes_text(usage.available * usage.unit)
    detail = f"{left} of {bytes_text(usage.blocks * usage.unit)} left"
    state = OK if taken < limit else CRITICAL if taken >= FULL else WARNING
    return Finding(state, name, f"{taken:.0f}%", detail)
