"""Ask the tools and the kernel for the health of storage, all concurrently. A tool that hangs does
not delay the others: a process that waits for a dead disk may be one that no signal ends."""

from __future__ import annotations

from homelab.findings import SKIPPED
from homelab.storage import btrfs, disks, health, judge, lvm, mdstat, smart, zpool
from homelab.storage.health import Health, unknown
from homelab.storage.tools import Tools
from homelab.system import ownership, parallel
from homelab.vitals import mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from homelab.storage.btrfs import Filesystem
    from homelab.storage.health import Limits
    from homelab.storage.smart import Device
    from homelab.system.machine import Host

_KERNEL_POOLS = "/proc/spl/kstat/zfs"  # a folder for each imported pool, with its `state`
_BTRFS = "/sys/fs/btrfs"
_SCRUBS = "/var/lib/btrfs/scrub.status."
_ROOT = 0
_ENDING = 1.0  # s for a command that ignores TERM to get KILL
_REDUNDANT = frozenset(("dup", "raid1", "raid10", "raid1c3", "raid1c4", "raid5", "raid6"))


class Question:
    """The host, the tools with their time limit, the limits of the verdicts, and the time `now`
    (ns)."""

    __slots__ = ("host", "limits", "now", "tools")

    def __init__(self, host: Host, limits: Limits, now: int, seconds: float) -> None:
        self.host = host
        self.limits = limits
        self.now = now
        self.tools = Tools(host, seconds)

    def every(
        self, targets: Sequence[str], ask: Callable[[str], list[Health]], kind: str
    ) -> list[Health]:
        """The rows of all targets, asked concurrently."""
        seconds = self.tools.seconds
        found = parallel.answers(
            targets, ask, seconds + _ENDING, end=self.host.end,
            late=lambda name: [unknown(name, kind or name, f"no answer within {seconds:g} s")],
        )  # fmt: skip
        return [row for rows in found for row in rows]


def ask(
    host: Host,
    limits: Limits,
    now: int,
    seconds: float,
    kinds: Sequence[str] = health.KINDS,
) -> list[Health]:
    """The rows of all storage of these kinds, each tool within `seconds`."""
    question = Question(host, limits, now, seconds)

    def of_kind(kind: str) -> list[Health]:
        try:
            return _ROWS[kind](question)
        except ownership.Untrusted as error:
            return [unknown(kind, kind, f"root does not run its tool: {error.strerror}")]
        except TimeoutError:
            raise
        except OSError as error:
            return [unknown(kind, kind, _reason(error))]

    return question.every(kinds, of_kind, "")


def _zfs(question: Question) -> list[Health]:
    host = question.host
    kernel = {
        name: host.text(f"{_KERNEL_POOLS}/{name}/state")
        for name in sorted(host.names(_KERNEL_POOLS))
        if host.exists(f"{_KERNEL_POOLS}/{name}/state")
    }
    program = host.program("zpool")
    if program is None:
        return _kernel_pools(question, kernel, "zpool is not installed (zfsutils-linux)")
    try:
        answer = question.tools.run(program, "list", "-Hp")
    except OSError as error:
        why = f"zpool list: {_reason(error)}"
        return _kernel_pools(question, kernel, why) or [unknown("zpool", health.ZFS, why)]
    pools = {pool.name: pool for pool in zpool.listed(answer.text)}
    if answer.code and not pools:
        why = answer.why("zpool list")
        if host.account() != _ROOT and "ermission" in why:  # before OpenZFS 0.7
            detail = judge.NEEDS_ROOT
            return [Health("zpool", health.ZFS, state=SKIPPED, detail=detail, denied=True)]
        if kernel:
            return _kernel_pools(question, kernel, why)
        # the tools may be installed without any pool; a cache file says that there was one
        unused = host.contained() or not host.exists("/etc/zfs/zpool.cache")
        return [] if "modules" in why and unused else [unknown("zpool", health.ZFS, why)]

    def of_pool(name: str) -> list[Health]:
        pool, why = pools[name], ""
        try:
            found = _pool_status(question, program, name)
        except (OSError, ValueError) as error:
            why = f"zpool status: {_reason(error)}"
        else:
            found.size, found.allocated = pool.size, pool.allocated
            pool = found
        return [judge.pool(pool, question.limits, question.now, why)]

    rows = question.every(list(pools), of_pool, health.ZFS)
    missed = {name: state for name, state in kernel.items() if name not in pools}
    return rows + _kernel_pools(question, missed, "zpool list does not name it")


def _kernel_pools(question: Question, states: dict[str, str], why: str) -> list[Health]:
    """The rows of pools of which only the kernel's word is known."""
    pools = [zpool.Pool(name, state) for name, state in states.items()]
    return [judge.pool(pool, question.limits, question.now, why) for pool in pools]


def _pool_status(question: Question, program: str, name: str) -> zpool.Pool:
    """A pool's status, from JSON if zpool has it. Raises OSError and ValueError."""
    command = (program, "status", "-P", "-p")
    answer = question.tools.run(*command, "-j", name)
    if answer.code or not answer.text.strip():
        answer = question.tools.run(*command, name)
    try:
        pools = zpool.status(answer.text)
    except (ValueError, RecursionError):
        pools = []
    found = next((pool for pool in pools if pool.name == name), None)
    if found is None:
        said = answer.why("").removeprefix(": ")
        raise ValueError(said if answer.code else "it printed no status of this pool")
    return found


def _mdadm(question: Question) -> list[Health]:
    host = question.host
    try:
        text = host.read("/proc/mdstat")
    except FileNotFoundError:
        return []  # this kernel has no md
    except OSError as error:
        return [unknown("mdstat", health.MDADM, f"/proc/mdstat: {_reason(error)}")]
    rows = []
    for array in mdstat.arrays(text):
        folder = f"/sys/block/{array.name}/md"
        if host.text(f"{folder}/array_state") == "broken":
            array.active, array.broken = False, True
        mismatches = host.text(f"{folder}/mismatch_cnt")
        rows.append(judge.array(array, int(mismatches) if mismatches.isdecimal() else None))
    return rows


def _btrfs(question: Question) -> list[Health]:
    host = question.host
    try:
        mounted = mounts.every(host.read("/proc/self/mountinfo", errors="surrogateescape"))
    except OSError as error:
        return [unknown("btrfs", health.BTRFS, f"/proc/self/mountinfo: {_reason(error)}")]
    folders: dict[str, list[str]] = {}
    for mount in mounted:
        if mount.kind == "btrfs":
            folders.setdefault(mount.device, []).append(mount.folder)
    if not folders:
        return []
    uuids = {}  # by the name of a device
    for uuid in host.names(_BTRFS):
        for device in host.names(f"{_BTRFS}/{uuid}/devices"):
            uuids[device] = uuid
    rows, seen = [], set()
    for device, of_device in folders.items():
        name = host.resolved(device).rpartition("/")[2]
        uuid = uuids.get(name, "")
        first = min(of_device, key=lambda folder: (len(folder), folder))
        if uuid in seen:
            continue
        if uuid:
            seen.add(uuid)
        row = judge.filesystem(_filesystem(question, first, uuid), question.limits, question.now)
        row.names |= {*of_device, device, f"/dev/{name}"}
        rows.append(row)
    return rows


def _filesystem(question: Question, folder: str, uuid: str) -> Filesystem:
    """The state of a btrfs at the folder. Its UUID is "" if the kernel does not show it."""
    host = question.host
    found = btrfs.Filesystem(folder, uuid)
    base = f"{_BTRFS}/{uuid}"
    found.label = host.text(f"{base}/label") if uuid else ""
    found.redundant = not _REDUNDANT.isdisjoint(host.names(f"{base}/allocation/data"))
    devices = {name: f"{base}/devinfo/{name}" for name in host.names(f"{base}/devinfo")}
    absent = [number for number, path in devices.items() if host.text(f"{path}/missing") == "1"]
    found.missing = len(absent)
    errors = {}
    for number, path in devices.items():
        text = host.text(f"{path}/error_stats")  # since Linux 5.14
        if text:
            name = "missing device" if number in absent else f"device {number}"
            errors[name] = btrfs.kernel_errors(text)
    if len(errors) == len(devices) and devices:
        found.errors = errors
    else:
        _read_statistics(question, found)
    _read_scrub(question, found)
    return found


def _read_statistics(question: Question, found: Filesystem) -> None:
    """Read errors and missing devices from `btrfs device stats`, for older kernels."""
    found.errors = None
    if question.host.account() != _ROOT:
        found.why_errors = f"the errors of its devices: {judge.NEEDS_ROOT}"
        return
    program = question.host.program("btrfs")
    if program is None:
        found.why_errors = "btrfs is not installed (btrfs-progs)"
        return
    try:
        answer = question.tools.run(program, "device", "stats", found.folder)
        found.errors = btrfs.statistics(answer.text)
    except OSError as error:
        found.why_errors = f"btrfs device stats: {_reason(error)}"
    except ValueError:
        found.why_errors = answer.why("btrfs device stats")
    else:
        found.missing = sum(name.startswith(btrfs.MISSING) for name in found.errors)


def _read_scrub(question: Question, found: Filesystem) -> None:
    try:
        found.scrub = btrfs.scrub(question.host.read(f"{_SCRUBS}{found.uuid}"), found.uuid)
    except FileNotFoundError:
        pass
    except PermissionError:
        found.why = f"the age of its scrub: {judge.NEEDS_ROOT}"
    except OSError as error:
        found.why = f"the age of its scrub: {_reason(error)}"


def _lvm(question: Question) -> list[Health]:
    host = question.host
    mapped = [name for name in host.names("/sys/block") if name.startswith("dm-")]
    used = any(host.text(f"/sys/block/{name}/dm/uuid").startswith("LVM-") for name in mapped)
    if host.account() != _ROOT:
        denied = Health("lvm", health.LVM, state=SKIPPED, detail=judge.NEEDS_ROOT, denied=True)
        return [denied] if used else []
    rows: list[Health] = []
    for kind, fields in (("vg", lvm.GROUP_FIELDS), ("lv", lvm.VOLUME_FIELDS)):
        program = host.program(f"{kind}s")
        if program is None:
            return [unknown("lvm", health.LVM, "lvs is not installed (lvm2)")] if used else []
        command = (program, "--reportformat", "json", "--units", "b", "--nosuffix", "-o", fields)
        try:
            answer = question.tools.run(*command, LVM_SUPPRESS_FD_WARNINGS="1")
            found = lvm.report(answer.text, kind)
        except OSError as error:
            rows.append(unknown("lvm", health.LVM, f"{kind}s: {_reason(error)}"))
            continue
        except (ValueError, RecursionError):
            why = answer.why(f"{kind}s") if answer.code else f"{kind}s: its JSON is broken"
            rows.append(unknown("lvm", health.LVM, why))
            continue
        if answer.code and not found and used:
            rows.append(unknown("lvm", health.LVM, answer.why(f"{kind}s")))
        if not (found or answer.code or used):
            break  # no group, so no volumes: vgs and lvs take longest of all tools
        for entry in found:
            row: Health | None
            if kind == "vg":
                row = judge.group(lvm.Group(entry))
            else:
                row = judge.volume(lvm.Volume(entry), question.limits)
            if row is not None:
                rows.append(row)
    return rows


def _smart(question: Question) -> list[Health]:
    host = question.host
    kernel = disks.every(host)
    rows = [
        Health(
            disk.name, health.SMART, state=SKIPPED, detail=disk.none, names=(f"/dev/{disk.name}",)
        )
        for disk in kernel
        if disk.none
    ]
    without = {row.name for row in rows}
    there = {
        f"/dev/{disk.name}": smart.Device(f"/dev/{disk.name}") for disk in kernel if not disk.none
    }
    program = host.program("smartctl")
    if program is None:
        why = "smartctl is not installed (smartmontools)"
        names = [path.rpartition("/")[2] for path in there]
        return rows + [Health(name, health.SMART, state=SKIPPED, detail=why) for name in names]
    scanned: list[Device] = []
    try:
        answer = question.tools.run(program, "--scan", "--json")
        scanned = smart.scanned(answer.text)
    except OSError as error:
        if not there:
            rows.append(unknown("smartctl", health.SMART, f"smartctl --scan: {_reason(error)}"))
    except smart.NoReport as error:
        rows += [unknown(path.rpartition("/")[2], health.SMART, str(error)) for path in there]
        return rows or [unknown("smartctl", health.SMART, str(error))]
    devices = {}
    for device in scanned:
        name = device.name.removeprefix("/dev/")
        if name in without:
            continue
        numbered = device.kind if "," in device.kind else ""
        devices[f"{name} {numbered}".strip()] = device
    for path, device in there.items():
        devices.setdefault(path.removeprefix("/dev/"), device)
    models: dict[tuple[str, str], str] = {}

    def of_device(name: str) -> list[Health]:
        device = devices[name]
        kind = ("-d", device.kind) if device.kind else ()
        command = (program, "--json", "-a", "-n", "standby", *kind, device.name)
        try:
            answer = question.tools.run(*command)
            found = smart.drive(answer.text, answer.code)
        except OSError as error:
            why = f"smartctl: {_reason(error)}"
            return [unknown(name, health.SMART, why, (f"/dev/{name}",))]
        except smart.NoReport as error:
            return [unknown(name, health.SMART, str(error), (f"/dev/{name}",))]
        return [judge.drive(name, found, question.limits, host.account() == _ROOT)]

    for row in question.every(list(devices), of_device, health.SMART):
        same = (row.hardware, row.serial)
        if row.serial and same in models:  # another path to the same disk
            other = next(each for each in rows if each.name == models[same])
            other.names |= row.names
            continue
        models.setdefault(same, row.name)
        rows.append(row)
    return rows


_ROWS: dict[str, Callable[[Question], list[Health]]] = {
    health.ZFS: _zfs,
    health.MDADM: _mdadm,
    health.BTRFS: _btrfs,
    health.LVM: _lvm,
    health.SMART: _smart,
}


def _reason(error: Exception) -> str:
    strerror = getattr(error, "strerror", None)
    return str(strerror or error or "can't be read")
