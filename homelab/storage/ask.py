"""Ask the tools and the kernel for the health of storage, all concurrently. A tool that hangs does
not delay the others: a process that waits for a dead disk may be one that no signal ends."""

from __future__ import annotations

from homelab import times
from homelab.findings import SKIPPED, UNKNOWN
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
    from homelab.vitals.mounts import Mount

_KERNEL_POOLS = "/proc/spl/kstat/zfs"  # a folder for each imported pool, with its `state`
_BTRFS = "/sys/fs/btrfs"
_SCRUBS = "/var/lib/btrfs/scrub.status."
_CONTAINED = "a container: check its host"
NO_SMARTCTL = "smartctl is not installed (smartmontools)"
_ROOT = 0
_WRITTEN = 60 * times.SECOND
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
    rows = [judge.pool(pool, question.limits, question.now, why) for pool in pools]
    for row in rows:
        if row.state == UNKNOWN and question.host.contained():
            row.state, row.detail = SKIPPED, _CONTAINED
    return rows


def _pool_status(question: Question, program: str, name: str) -> zpool.Pool:
    """A pool's status, from JSON if zpool has it. Raises OSError and ValueError."""
    # JSON since OpenZFS 2.3, exact numbers since 0.8
    for options in (("-p", "-j"), ("-p",), ()):
        answer = question.tools.run(program, "status", "-P", *options, name)
        if answer.text.strip() and not answer.code:
            break
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
    by_device: dict[str, list[Mount]] = {}
    for mount in mounted:
        if mount.kind == "btrfs":
            by_device.setdefault(mount.device, []).append(mount)
    if not by_device:
        return []
    uuids = {}  # by the name of a device
    for uuid in host.names(_BTRFS):
        for device in host.names(f"{_BTRFS}/{uuid}/devices"):
            uuids[device] = uuid
    by_uuid = {device: uuids.get(_base(host.resolved(device)), "") for device in by_device}
    lost = [device for device, uuid in by_uuid.items() if not uuid]
    others = {*uuids.values()} - {*by_uuid.values()}
    if len(lost) == len(others) == 1:  # such as /dev/root, of a kernel without initramfs
        by_uuid[lost[0]] = others.pop()
    rows = []
    for uuid in dict.fromkeys(by_uuid.values()):
        having = [device for device in by_device if by_uuid[device] == uuid]
        for devices in [having] if uuid else [[device] for device in having]:
            of_one = [mount for device in devices for mount in by_device[device]]
            first = min((mount.folder for mount in of_one), key=lambda name: (len(name), name))
            found = _filesystem(question, first, uuid)
            found.stopped = any(mount.meant and not mount.writable for mount in of_one)
            row = judge.filesystem(found, question.limits, question.now)
            row.names.update(mount.folder for mount in of_one)
            row.names.update(devices, (f"/dev/{_base(host.resolved(name))}" for name in devices))
            rows.append(row)
    return rows


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _filesystem(question: Question, folder: str, uuid: str) -> Filesystem:
    """The state of a btrfs at the folder. Its UUID is "" if the kernel does not show it."""
    host = question.host
    found = btrfs.Filesystem(folder, uuid)
    base = f"{_BTRFS}/{uuid}"
    found.label = host.text(f"{base}/label") if uuid else ""
    found.doing = host.text(f"{base}/exclusive_operation").replace("none", "") if uuid else ""
    found.redundant = not _REDUNDANT.isdisjoint(host.names(f"{base}/allocation/data"))
    devices = {name: f"{base}/devinfo/{name}" for name in host.names(f"{base}/devinfo")}
    absent = [number for number, path in devices.items() if host.text(f"{path}/missing") == "1"]
    found.missing = len(absent)
    errors = {}
    for number, path in devices.items():
        name = f"missing device {number}" if number in absent else f"device {number}"
        try:
            errors[name] = btrfs.kernel_errors(host.text(f"{path}/error_stats"))
        except ValueError:
            continue  # before Linux 5.14, or not known to the kernel
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
    if not found.uuid:
        found.why = "the age of its scrub: the kernel does not show its UUID"
        return
    path = f"{_SCRUBS}{found.uuid}"
    try:
        found.scrub = btrfs.scrub(question.host.read(path), found.uuid)
        if found.scrub and not found.scrub.finished and not found.scrub.canceled:
            written = question.host.modified(path)  # every few seconds while it runs
            found.scrub.running = abs(question.now - written) < _WRITTEN
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
    if used and host.contained():
        return [Health("lvm", health.LVM, state=SKIPPED, detail=_CONTAINED)]
    rows: list[Health] = []
    groups: dict[str, Health] = {}
    for kind, fields in (("vg", lvm.GROUP_FIELDS), ("lv", lvm.VOLUME_FIELDS)):
        program = host.program(f"{kind}s")
        if program is None:
            return [unknown("lvm", health.LVM, "lvs is not installed (lvm2)")] if used else []
        command = (program, "--reportformat", "json", "--units", "b", "--nosuffix", "-o", fields)
        try:
            answer = question.tools.run(*command, LVM_SUPPRESS_FD_WARNINGS="1")
            found = lvm.report(answer.text, kind)
        except TimeoutError as error:
            why = f"{kind}s: {_reason(error)}; another LVM command may hold the lock"
            return [*rows, unknown("lvm", health.LVM, why)]
        except OSError as error:
            rows.append(unknown("lvm", health.LVM, f"{kind}s: {_reason(error)}"))
            continue
        except (ValueError, RecursionError):
            why = answer.why(f"{kind}s") if answer.code else f"{kind}s: its JSON is broken"
            rows.append(unknown("lvm", health.LVM, why))
            continue
        if answer.code and (found or used):  # some may be left out
            rows.append(unknown("lvm", health.LVM, answer.why(f"{kind}s")))
        elif used and not found and not any(row.state == UNKNOWN for row in rows):
            why = f"{kind}s lists nothing, but the kernel has volumes of LVM"
            rows.append(unknown("lvm", health.LVM, why))
        if not (found or answer.code or used):
            break  # no group, so no volumes: vgs and lvs take longest of all tools
        for entry in found:
            row: Health | None
            if kind == "vg":
                row = judge.group(lvm.Group(entry))
                groups.setdefault(row.name, row)
            else:
                volume = lvm.Volume(entry)
                row = judge.volume(volume, question.limits)
                names = lvm.paths(volume)
                if row is not None:
                    row.names.update(names)
                elif volume.group in groups:  # a plain volume is well if its group is
                    groups[volume.group].names.update(names)
            if row is not None:
                rows.append(row)
    return rows


def _smart(question: Question) -> list[Health]:
    host = question.host
    kernel = disks.every(host)
    rows = [
        Health(
            disk.name,
            health.SMART,
            state=SKIPPED,
            detail=disk.none,
            names=judge.disk_names(disk.name),
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
        for path in there:
            name = path.removeprefix("/dev/")
            row = Health(name, health.SMART, state=SKIPPED, detail=NO_SMARTCTL)
            row.names.update(judge.disk_names(name))
            rows.append(row)
        return rows
    scanned: list[Device] = []
    try:
        answer = question.tools.run(program, "--scan", "--json")
        scanned = smart.scanned(answer.text)
    except OSError as error:
        if not there:
            rows.append(unknown("smartctl", health.SMART, f"smartctl --scan: {_reason(error)}"))
    except smart.NoReport as error:
        for path in there:
            name = path.removeprefix("/dev/")
            rows.append(unknown(name, health.SMART, str(error), judge.disk_names(name)))
        return rows or [unknown("smartctl", health.SMART, str(error))]
    devices = {}
    for device in scanned:
        name = device.name.removeprefix("/dev/")
        if name in without:
            continue
        numbered = device.kind if "," in device.kind else ""
        devices[f"{name} {numbered}".strip()] = device
    listed = {device.name for device in scanned}
    for path, device in there.items():
        if path not in listed:  # one path may have several disks, of which none is without a type
            devices[path.removeprefix("/dev/")] = device
    models: dict[tuple[object, ...], str] = {}

    def of_device(name: str) -> list[Health]:
        device = devices[name]
        kind = ("-d", device.kind) if device.kind else ()
        command = (program, "--json", "-a", "-n", "standby", *kind, device.name)
        try:
            answer = question.tools.run(*command)
            found = smart.drive(answer.text, answer.code)
        except OSError as error:
            why = f"smartctl: {_reason(error)}"
            return [unknown(name, health.SMART, why, judge.disk_names(name))]
        except smart.NoReport as error:
            return [unknown(name, health.SMART, str(error), judge.disk_names(name))]
        return [judge.drive(name, found, question.limits, host.account() == _ROOT)]

    for row in question.every(list(devices), of_device, health.SMART):
        # Another path to the same disk has the same values, too: cheap disks share a serial number.
        same = (
            row.hardware, row.serial, row.size, row.hours, row.wear, row.errors, row.reallocated,
            row.crc_errors,
        )  # fmt: skip
        if row.serial and same in models:
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
