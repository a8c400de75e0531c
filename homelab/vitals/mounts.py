"""Pure: which file systems are mounted, from the text of /proc/self/mountinfo (proc(5))."""

from __future__ import annotations

STORES = frozenset(
    """
    apfs bcachefs btrfs exfat ext2 ext3 ext4 f2fs fuseblk gfs2 hfsplus jfs msdos nilfs2 ntfs ntfs3
    ocfs2 overlay reiserfs ubifs ufs vfat virtiofs xfs zfs
    """.split()
)
_REMOTE = frozenset("9p afs beegfs ceph cifs lustre nfs nfs4 smb3 vboxsf".split())
# Programs' own views and images, which hold nobody's data.
_VIEWS = frozenset(
    """
    fuse.archivemount fuse.bindfs fuse.fuseiso fuse.gvfsd-fuse fuse.lxcfs fuse.portal fuse.rofiles
    fuse.snapfuse fuse.squashfuse fuse.squashfuse_ll fuse.vmware-vmblock fuse.rootlessport
    """.split()
)


class Mount:
    """One mount: its folder, the type (`kind`) and the source (`device`) of its file system, and
    `number`, which all mounts of one file system share. It is `writable`, or `meant` to be."""

    __slots__ = ("device", "folder", "kind", "meant", "number", "writable")

    def __init__(
        self, folder: str, kind: str, device: str, number: str, writable: bool, meant: bool
    ) -> None:
        self.folder = folder
        self.kind = kind
        self.device = device
        self.number = number
        self.writable = writable
        self.meant = meant

    @property
    def remote(self) -> bool:
        """Whether another host or a program serves the file system, and so may never answer."""
        return self.kind in _REMOTE or self.kind.startswith("fuse.")

    @property
    def image(self) -> bool:
        """Whether the file system is local and meant to be read-only: it may be full."""
        return not (self.writable or self.meant or self.remote)


def every(table: str, meant: frozenset[str] = frozenset()) -> list[Mount]:
    """All mounts that are reached, in the table's order; of several at one folder only the last.
    `meant` are the folders that are to be writable."""
    found: dict[str, Mount] = {}
    for line in table.split("\n"):  # the kernel escapes no other end of a line in a name
        before, separator, after = line.partition(" - ")
        fields, source = before.split(" "), after.split(" ")
        if not separator or len(fields) < 6 or len(source) < 2:
            continue
        _, _, number, _, folder, options = fields[:6]
        switches = options.split(",") + (source[2].split(",") if len(source) > 2 else [])
        folder = unescaped(folder)
        found.pop(folder, None)
        device, writable = unescaped(source[1]), "ro" not in switches
        found[folder] = Mount(folder, source[0], device, number, writable, folder in meant)
    return list(found.values())


def meant_writable(fstab: str) -> frozenset[str]:
    """The folders whose mounts /etc/fstab (fstab(5)) has writable."""
    found = set()
    for line in fstab.splitlines():
        fields = line.split()
        if len(fields) > 3 and fields[0][0] != "#" and "ro" not in fields[3].split(","):
            found.add(unescaped(fields[1]))
    return frozenset(found)


def holding_data(table: str, meant: frozenset[str] = frozenset()) -> list[Mount]:
    """The mounts that hold somebody's data, each file system once, by folder.

    Left out are pseudo file systems, images and local file systems that are read-only, unless they
    are `meant` to be writable (they are full by design), containers' own roots, and what was
    listed: a bind mount, or a subvolume of btrfs, fills together with its first.
    """
    found: list[Mount] = []
    seen: set[str] = set()
    for mount in sorted(every(table, meant), key=lambda mount: (len(mount.folder), mount.folder)):
        if mount.kind not in STORES and (not mount.remote or mount.kind in _VIEWS):
            continue
        if mount.image:
            continue
        if mount.kind == "overlay" and mount.folder != "/":
            continue  # a container's own root, told by the file system below it
        names = {mount.number}
        if mount.device.startswith("/dev/") or ":" in mount.device:
            names.add(mount.device)  # one export that is mounted twice has two numbers
        if not names & seen:
            found.append(mount)
        seen |= names
    return sorted(found, key=lambda mount: mount.folder)


def holding(mounts: list[Mount], path: str) -> Mount | None:
    """The mount that a path without links is on: the longest folder above it."""
    above = [mount for mount in mounts if f"{path}/".startswith(f"{mount.folder.rstrip('/')}/")]
    return max(above, key=lambda mount: len(mount.folder), default=None)


def unescaped(field: str) -> str:
    """A field as the kernel writes it, in which `\\040` is a blank."""
    first, *rest = field.split("\\")
    parts = [first]
    for part in rest:
        code = part[:3]
        octal = len(code) == 3 and all(digit in "01234567" for digit in code)
        parts.append(chr(int(code, 8)) + part[3:] if octal else "\\" + part)
    return "".join(parts)
