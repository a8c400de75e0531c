"""The fill of file systems, in bytes and inodes, from /proc/self/mountinfo and statvfs(3)."""

from __future__ import annotations

import os

from homelab.findings import CRITICAL, OK, SKIPPED, UNKNOWN, WARNING, Finding, bytes_text
from homelab.vitals import mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.system.machine import Host
    from homelab.system.mounted import SpaceUsage
    from homelab.vitals.mounts import Mount

FULL = 97.0  # percent from which a warning becomes critical
_NOT_WRITABLE = "but should be writable (/etc/fstab): maybe the kernel found an error"
REMOTE_WAIT = 2.0  # s, for all of them together
_NOT_BY_AUTOFS = "not mounted: autofs could not mount it; see its log"
_DENIED = 13  # EACCES
_MISSING = frozenset((2, 20, 40))  # ENOENT, ENOTDIR, ELOOP
# EIO, ENXIO, ENODEV; ENOTCONN of FUSE without its process; ESTALE of NFS
_DEAD = frozenset((5, 6, 19, 107, 116))


class Filled:
    """A mount and its `usage`, None if that is unknown (`why` then says the reason). `state`
    compares it with the two thresholds; `why` then says what is over one. `read_only`: it is
    read-only but should be writable."""

    __slots__ = ("mount", "read_only", "state", "usage", "why")

    def __init__(self, mount: Mount, usage: SpaceUsage | None, state: str, why: str = "") -> None:
        self.mount = mount
        self.usage = usage
        self.state = state
        self.why = why
        self.read_only = False

    @property
    def bytes_share(self) -> float | None:
        """The share of its bytes that is used, 0 to 1; None if unknown."""
        usage = self.usage
        if usage is None or not usage.blocks:
            return None
        return percent(usage.blocks - usage.free, usage.available) / 100

    @property
    def inodes_share(self) -> float | None:
        """The share of its inodes that is used, 0 to 1; None if unknown, or not limited."""
        usage = self.usage
        if usage is None or not usage.inodes:
            return None
        return percent(usage.inodes - usage.inodes_free, usage.inodes_free) / 100


def ask(host: Host, bytes_limit: float, inodes_limit: float) -> list[Filled]:
    """Every file system that holds data, by folder. Raises OSError if the mounts can't be read."""
    return begun(host, bytes_limit, inodes_limit)()


def begun(host: Host, bytes_limit: float, inodes_limit: float) -> Callable[[], list[Filled]]:
    """Start `ask` now; call the result to wait for the answers of network mounts."""
    found = mounts.holding_data(table(host), _meant_writable(host))
    remote = [mount.folder for mount in found if mount.remote]
    telling = host.filling(remote, REMOTE_WAIT)

    def answers() -> list[Filled]:
        told = dict(zip(remote, telling()))
        filled = []
        for mount in found:
            answer = told[mount.folder] if mount.remote else _local(host, mount)
            fill = answer[1] if isinstance(answer, tuple) else answer
            if not _is_image(mount, fill):
                filled.append(_judged(mount, fill, bytes_limit, inodes_limit))
        return _without_seen_through(filled)

    return answers


def ask_of(
    host: Host,
    paths: list[str],
    bytes_limit: float,
    inodes_limit: float,
    mounted: bool = False,
) -> list[Filled]:
    """The file systems of these paths, in their order, whatever their type; a path that can't be
    asked is a row of its own. If each path must be `mounted` itself, one that is not is critical.
    Raises OSError if the mounts can't be read."""
    answers = host.fills(paths, REMOTE_WAIT)  # first: asking makes autofs mount
    known = mounts.every(table(host), _meant_writable(host))
    filled: list[Filled] = []
    for path, answer in zip(paths, answers):
        shown = os.path.normpath(path) if mounted else path
        mount = mounts.Mount(shown, "-", "-", "", writable=True, meant=True)
        fill = answer if isinstance(answer, OSError) else answer[1]
        missing = ""
        if isinstance(answer, OSError):
            missing = _broken(answer, mounts.holding(known, shown))
        else:
            holder = mounts.holding(known, answer[0])
            if holder is None or holder.folder == answer[0]:
                mount = holder or mount
            elif mounted:
                place = f"{holder.folder} ({holder.device})"
                missing = f"not mounted: this is a part of {place}; mount it"
            else:
                mount = holder
            if mounted and mount.kind == "autofs":
                missing = _NOT_BY_AUTOFS
        if all(mount.folder != each.mount.folder for each in filled):
            if mounted and missing:
                filled.append(Filled(mount, None, CRITICAL, missing))
            else:
                row = _judged(mount, fill, bytes_limit, inodes_limit, named=True)
                if mounted and row.state == SKIPPED:  # without a size
                    row.state = OK
                filled.append(row)
    return filled


def _broken(error: OSError, holder: Mount | None) -> str:
    """The reason why nothing usable is mounted at a path that `holder` holds, "" if the error does
    not say that."""
    if error.errno in _MISSING:
        if holder is not None and holder.kind == "autofs":
            return _NOT_BY_AUTOFS
        return "not mounted: there is no such folder; create it, and mount it"
    if error.errno in _DEAD:
        return f"its mount does not work: {error.strerror}; mount it again"
    return ""


def table(host: Host) -> str:
    """The table of mounts. Raises OSError."""
    return host.read("/proc/self/mountinfo", errors="surrogateescape")


def check(host: Host, bytes_limit: float, inodes_limit: float) -> list[Finding]:
    """A finding for each file system, and one more if its inodes are over the limit."""
    return checking(host, bytes_limit, inodes_limit)()


def checking(host: Host, bytes_limit: float, inodes_limit: float) -> Callable[[], list[Finding]]:
    """Start `check` now; call the result to wait for the answers of network mounts."""
    try:
        answers = begun(host, bytes_limit, inodes_limit)
    except OSError:
        return lambda: [Finding(UNKNOWN, "disk", "-", "/proc/self/mountinfo can't be read")]
    return lambda: _findings(answers(), bytes_limit, inodes_limit)


def _findings(filled: list[Filled], bytes_limit: float, inodes_limit: float) -> list[Finding]:
    findings = []
    for each in filled:
        folder, usage = each.mount.folder, each.usage
        if usage is None:
            kind = f"{each.mount.kind}: " if each.mount.remote else ""
            findings.append(Finding(each.state, f"disk {folder}", "-", kind + each.why))
            continue
        share, inodes = each.bytes_share, each.inodes_share
        if each.read_only:
            findings.append(Finding(WARNING, f"disk {folder}", "read-only", _NOT_WRITABLE))
        if share is not None:
            available, size = usage.available * usage.unit, usage.blocks * usage.unit
            finding = Finding(
                state_of(share, bytes_limit), f"disk {folder}", f"{100 * share:.0f}%",
                f"{bytes_text(available)} of {bytes_text(size)} left", share,
                number=100 * share, unit="percent", available=available, size=size,
            )  # fmt: skip
            findings.append(finding)
        if inodes is not None and 100 * inodes >= inodes_limit:
            detail = f"{usage.inodes_free} of {usage.inodes} inodes left: too many small files"
            state = state_of(inodes, inodes_limit)
            value, number = f"{100 * inodes:.0f}%", 100 * inodes
            name = f"inodes {folder}"
            findings.append(Finding(state, name, value, detail, number=number, unit="percent"))
    if not findings:
        return [Finding(UNKNOWN, "disk", "-", "no file system with data is mounted here")]
    return findings


def percent(used: int, available: int) -> float:
    """The percentage used, counted like df(1): 100 means full for an ordinary account."""
    return 100 * used / (used + available) if used + available > 0 else 0.0


def state_of(share: float, limit: float) -> str:
    """The state of a share (0 to 1) for a limit in percent."""
    return OK if 100 * share < limit else CRITICAL if 100 * share >= FULL else WARNING


def _meant_writable(host: Host) -> frozenset[str]:
    try:
        return mounts.meant_writable(host.read("/etc/fstab", errors="surrogateescape"))
    except OSError:
        return frozenset()


def _local(host: Host, mount: Mount) -> SpaceUsage | OSError:
    try:
        return host.usage(mount.folder)
    except OSError as error:
        return error


def _is_image(mount: Mount, answer: SpaceUsage | OSError) -> bool:
    """Whether the mount shows the content of an image file, which is full by design. An AppImage
    mounts itself under any name, read-only and with no space available."""
    if mount.image or isinstance(answer, OSError) or not mount.kind.startswith("fuse."):
        return mount.image
    return not mount.writable and not mount.meant and answer.available == 0


def _judged(
    mount: Mount,
    answer: SpaceUsage | OSError,
    bytes_limit: float,
    inodes_limit: float,
    named: bool = False,
) -> Filled:
    """The mount with its usage and state; SKIPPED if this account may not ask it, unless the user
    `named` it."""
    if isinstance(answer, OSError):
        why = answer.strerror or str(answer) or "can't be asked"
        denied = answer.errno == _DENIED
        if denied and mount.kind.startswith("fuse."):
            # FUSE keeps out even root, unless the owner allows it
            why = "it belongs to another account, which does not share it"
        return Filled(mount, None, SKIPPED if denied and not named else UNKNOWN, why)
    if not answer.blocks and not answer.inodes:
        return Filled(mount, answer, SKIPPED, "it reports no size")
    filled = Filled(mount, answer, OK)
    over = []
    if _is_image(mount, answer):
        filled.why = "read-only"
        return filled
    if not mount.writable and not mount.remote:
        filled.state, filled.read_only = WARNING, True
        over.append(f"read-only, {_NOT_WRITABLE}")
    for share, limit, what in (
        (filled.bytes_share, bytes_limit, "bytes"),
        (filled.inodes_share, inodes_limit, "inodes"),
    ):
        state = OK if share is None else state_of(share, limit)
        if state != OK:
            over.append(f"{what} over {limit:g}%")
            filled.state = CRITICAL if CRITICAL in (state, filled.state) else WARNING
    filled.why = ", ".join(over)
    return filled


def _without_seen_through(filled: list[Filled]) -> list[Filled]:
    """The file systems without the one below an overlay at `/`, as in a container: the overlay has
    the same usage, and /etc/hosts and other files are mounted from below it too."""
    root = next((f for f in filled if f.mount.folder == "/" and f.mount.kind == "overlay"), None)
    if root is None or root.usage is None:
        return filled
    return [each for each in filled if each is root or not _same(each.usage, root.usage)]


def _same(one: SpaceUsage | None, other: SpaceUsage) -> bool:
    """Whether both are numbers of the same file system, taken shortly after each other."""
    if one is None or (one.unit, one.blocks) != (other.unit, other.blocks):
        return False
    return one.inodes == other.inodes and abs(one.free - other.free) <= other.blocks // 1000
