"""Pure: the mounted file systems, from the text of /proc/self/mountinfo (proc(5))."""

from __future__ import annotations

from homelab.texts import fields, lines

STORES = frozenset(
    """
    apfs bcachefs btrfs exfat ext2 ext3 ext4 f2fs fuseblk gfs2 hfsplus jfs msdos nilfs2 ntfs ntfs3
    ocfs2 overlay reiserfs ubifs ufs vfat virtiofs xfs zfs
    """.split()
)
_REMOTE = frozenset("9p afs beegfs ceph cifs lustre nfs nfs4 smb3 vboxsf".split())
# Views and images of programs, which hold no data of users.
_VIEWS = frozenset(
    """
    fuse.archivemount fuse.bindfs fuse.fuse-archive fuse.fuse-overlayfs fuse.gvfsd-fuse
    fuse.lxcfs fuse.portal fuse.ratarmount fuse.rofiles fuse.rootlessport fuse.vmware-vmblock
    """.split()
)
_BROKEN = frozenset(["emergency_ro", "shutdown"])  # ext4's words since Linux 6.15
_IMAGES = ("appimage", "cromfs", "dwarfs", "erofs", "fuseiso", "snapfuse", "squashfuse")


class Mount:
    """A mount: its `folder`, the type (`kind`) and the source (`device`) of its file system, and
    `number`, which all mounts of one file system share. Whether it is `writable`, and whether it
    should be (`meant`)."""

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
        """Whether another host or a program serves the file system, so that it may hang."""
        return self.kind in _REMOTE or self.kind.startswith("fuse.")

    @property
    def image(self) -> bool:
        """Whether the file system is local and read-only on purpose, or shows the content of an
        image file: it is full by design."""
        if self.remote:
            # AppImages mount themselves, under their own names: fuse.Krita.AppImage
            return not self.meant and any(word in self.kind.lower() for word in _IMAGES)
        return not (self.writable or self.meant)


def every(table: str, meant: frozenset[str] = frozenset()) -> list[Mount]:
    """All visible mounts, in the table's order; of several at one folder only the last. `meant` are
    the folders that should be writable."""
    found: dict[str, Mount] = {}
    for line in lines(table):
        before, separator, after = line.partition(" - ")
        words, source = before.split(" "), after.split(" ")
        if not separator or len(words) < 6 or len(source) < 2:
            continue
        _, _, number, _, folder, options = words[:6]
        asked, kept = options.split(","), source[2].split(",") if len(source) > 2 else []
        folder = unescaped(folder)
        found.pop(folder, None)
        # after an error the kernel makes the file system read-only, not the mount
        broken = not _BROKEN.isdisjoint(kept)
        against = broken or ("ro" in kept and "ro" not in asked and source[0] in STORES)
        writable = "ro" not in asked and "ro" not in kept and not broken
        mount = Mount(folder, source[0], unescaped(source[1]), number, writable, against)
        mount.meant |= folder in meant
        found[folder] = mount
    return list(found.values())


def meant_writable(fstab: str) -> frozenset[str]:
    """The folders that /etc/fstab (fstab(5)) mounts writable."""
    found = set()
    for line in lines(fstab):
        words = fields(line)
        if len(words) > 3 and words[0][0] != "#" and "ro" not in words[3].split(","):
            parts = unescaped(words[1]).split("/")  # `/srv/` is /srv to mount(8)
            found.add("/" + "/".join(part for part in parts if part))
    return frozenset(found)


def holding_data(table: str, meant: frozenset[str] = frozenset()) -> list[Mount]:
    """The mounts that hold data of users, each file system once, by folder.

    Left out are pseudo file systems, images and read-only local file systems (full by design),
    unless they are `meant` to be writable; roots of containers; and further mounts of a listed file
    system: a bind mount or a btrfs subvolume has the same usage.
    """
    found: list[Mount] = []
    seen: set[str] = set()
    for mount in sorted(every(table, meant), key=lambda mount: (len(mount.folder), mount.folder)):
        if mount.kind not in STORES and (not mount.remote or mount.kind in _VIEWS):
            continue
        if mount.image:
            continue
        if mount.kind == "overlay" and mount.folder != "/":
            continue  # a container's root; the file system below it is listed
        names = {mount.number}
        if mount.device.startswith("/dev/") or ":" in mount.device:
            names.add(mount.device)  # an export that is mounted twice has two numbers
        if not names & seen:
            found.append(mount)
        seen |= names
    return sorted(found, key=lambda mount: mount.folder)


def holding(mounts: list[Mount], path: str) -> Mount | None:
    """The mount that holds a path without links: the one with the longest folder above it."""
    above = [mount for mount in mounts if f"{path}/".startswith(f"{mount.folder.rstrip('/')}/")]
    return max(above, key=lambda mount: len(mount.folder), default=None)


def unescaped(field: str) -> str:
    """The text of a field of the kernel, in which `\\040` is a blank. Each number is one byte, so
    two may form one character; bytes that are not UTF-8 become surrogates."""
    if "\\" not in field:
        return field
    first, *rest = field.encode("utf-8", "surrogateescape").split(b"\\")
    parts = [first]
    for part in rest:
        code = part[:3]
        octal = (
            len(code) == 3 and code[0] in b"0123" and all(digit in b"01234567" for digit in code)
        )
        parts.append(bytes([int(code, 8)]) + part[3:] if octal else b"\\" + part)
    return b"".join(parts).decode("utf-8", "surrogateescape")
