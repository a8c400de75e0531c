"""Pure: rows of `disk health` from what the tools report, with the reasons in words and what to
do."""

from __future__ import annotations

from homelab import times
from homelab.findings import CRITICAL, SKIPPED, UNKNOWN, WARNING, Problem, few, summary
from homelab.storage import btrfs as btrfs_files
from homelab.storage import health, lvm, smart, zpool
from homelab.storage.health import Health
from homelab.texts import clipped, numbered, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.storage.btrfs import Filesystem
    from homelab.storage.health import Limits
    from homelab.storage.lvm import Group, Volume
    from homelab.storage.mdstat import Array
    from homelab.storage.smart import Drive
    from homelab.storage.zpool import Device, Pool, Scan

_HOT, _HOT_SSD, _HOT_NVME = 55.0, 65.0, 75.0  # °C, where the disk names no limit of its own
_SPARE_MEMBERS = {"raid4": 1, "raid5": 1, "raid6": 2}  # how many may be missing
_NEAR = 5  # °C below the temperature at which a disk stops itself
# Beginnings of the field `status` that are about features and speed, not about health.
_HARMLESS = (
    "Some supported", "Some features", "The pool is formatted using a legacy",
    "One or more devices are configured to use a non-native", "This pool has a compatibility list",
    "One or more features are enabled", "One or more devices is currently being resilvered",
)  # fmt: skip
_GONE = ("SUSPENDED", "FAULTED", "UNAVAIL", "OFFLINE", "REMOVED")
_LONGEST = 160  # characters of a tool's reason
NEEDS_ROOT = "needs root"


def _judged(row: Health, problems: list[Problem], notes: list[str]) -> Health:
    """The row with the worst state of the problems. Its detail are their words, or `notes` if there
    are none."""
    row.state, row.detail = summary(problems)
    row.detail = row.detail or "; ".join(notes)
    row.worst = summary([each for each in problems if each.state == row.state][:1])[1]
    return row


def pool(found: Pool, limits: Limits, now: int, why: str = "") -> Health:
    """The row of a ZFS pool at `now` (ns). `why` says why only the state of the kernel or of `zpool
    list` is known."""
    row = Health(found.name, health.ZFS, found.state)
    problems, notes = [], []
    name = quoted(found.name)
    scan = found.scan
    resilvering = scan is not None and scan.running and scan.what == "resilver"
    if found.state == "SUSPENDED":
        words = f"suspended: its devices do not answer; reconnect them, then zpool clear {name}"
        problems.append(Problem(CRITICAL, words))
    elif found.state in _GONE or found.state == "DEGRADED":
        state = WARNING if resilvering and found.state == "DEGRADED" else CRITICAL
        problems.append(Problem(state, _lost(found, name)))
    elif any(device.state in (*_GONE, "DEGRADED") for device in _absent(found)):
        problems.append(Problem(CRITICAL, _lost(found, name)))
    elif found.state != "ONLINE" and not why:
        problems.append(Problem(UNKNOWN, f"zpool reports the state {found.state or '-'}"))
    if why:
        problems.append(Problem(UNKNOWN, why))
    problems += _devices(found, name)
    if found.damaged:
        words = f"{numbered(found.damaged, 'data error')}: files are damaged; zpool status -v"
        problems.append(Problem(CRITICAL, f"{words} {name} names them"))
    elif found.damaged is None and not why and found.state not in _GONE:
        problems.append(Problem(UNKNOWN, "zpool does not say whether there are data errors"))
    if scan is not None and found.state not in _GONE:
        if found.damaged:
            scan.errors = 0  # the same ones
        problems += _scan(row, scan, limits, now, f"zpool scrub {name}")
        notes += _running(scan)
    row.size = found.size
    if found.size and found.allocated is not None:
        row.full = found.allocated / found.size
        problems += _full(
            row.full, limits.full, 2, "full", "ZFS gets slow; delete data or snapshots"
        )
    if found.status and not problems and not found.status.startswith(_HARMLESS):
        problems.append(Problem(WARNING, _sentence(found.status)))
    leaves = [device for device in found.devices if device.leaf]
    if leaves:
        row.errors = max(
            sum(device.errors for device in leaves),
            max((device.errors for device in found.devices), default=0),
        )
    return _judged(row, problems, notes)


def _sentence(words: str) -> str:
    """The first sentence of a text, without its full stop."""
    return words.partition(". ")[0].rstrip(".")


def _name(device: Device) -> str:
    """The last part of a device's path; zpool names one that is gone by a number, and adds what it
    was."""
    was = device.note[4:].partition(" (")[0]  # `(resilvering)` may follow
    path = was if device.note.startswith("was /") else device.name
    path = path.removesuffix("/old")  # the end of a device that is being replaced
    return path.rstrip("/").rpartition("/")[2] or path


def _absent(found: Pool) -> list[Device]:
    """The devices with data that are not online."""
    return [
        device for device in found.devices
        if device.leaf and device.section == zpool.DATA
        and device.state not in ("ONLINE", "AVAIL", "INUSE")
    ]  # fmt: skip


def _lost(found: Pool, name: str) -> str:
    """The words for a pool that is not whole: which devices are not there, and what to do."""
    lost = _absent(found)
    if not lost:
        return f"{found.state.lower()}; see zpool status {name}"
    names = [f"{_name(device)} {device.state}" for device in lost]
    first = quoted(lost[0].name.rpartition("/")[2])
    if found.scan is not None and found.scan.running and found.scan.what == "resilver":
        fix = "; ".join(_running(found.scan))
    elif lost[0].state in ("OFFLINE", "REMOVED"):
        fix = f"zpool online {name} {first}, or replace it: zpool replace {name} {first}"
    elif found.state == "DEGRADED":
        fix = f"replace it: zpool replace {name} {first}"
    else:
        fix = f"reconnect it, then zpool clear {name}"
    return f"{few(names)}: {fix}"


def _devices(found: Pool, name: str) -> list[Problem]:
    """The problems of single devices that leave the pool's state as it is."""
    problems = []
    leaves = [device for device in found.devices if device.leaf]
    if not any(device.errors for device in leaves):  # the errors of a raidz may be only its own
        leaves = [*leaves, *(device for device in found.devices if not device.leaf)]
    for device in leaves:
        if device.section in (zpool.LOGS, zpool.CACHE, zpool.SPARES):
            kind = {"logs": "log device", "spares": "spare"}.get(device.section, "cache device")
            if device.state == "INUSE":
                if device.note.startswith("in use by pool"):
                    continue  # another pool shares it
                words = f"the spare {_name(device)} replaces a failed disk; put in a new one"
                problems.append(Problem(WARNING, words))
            elif device.state not in ("ONLINE", "AVAIL", "DEGRADED", ""):
                words = f"its {kind} {_name(device)} is {device.state}; replace or remove it"
                problems.append(Problem(WARNING, words))
    wrong = [device for device in leaves if device.errors]
    if wrong:
        names = [f"{_name(device)} {_kinds(device)}" for device in wrong]
        words = f"{few(names)}: check cable and SMART data, then zpool clear {name}"
        problems.append(Problem(WARNING, words))
    return problems


def _kinds(device: Device) -> str:
    counts = ("read", device.read), ("write", device.write), ("checksum", device.checksum)
    kinds = [f"{count} {kind}" for kind, count in counts if count]
    return f"{' and '.join(kinds)} error{'s' * (device.errors > 1)}"


def _scan(row: Health, scan: Scan, limits: Limits, now: int, command: str) -> list[Problem]:
    """The problems that the last scrub or resilver shows; sets the row's age of it."""
    problems = []
    if not scan.what:
        return [Problem(WARNING, f"never scrubbed; {command}")]
    if scan.at is not None:
        row.checked = _age(scan.at, now)
        if scan.running and now - scan.at > limits.scrub:
            words = f"its {scan.what} began {(now - scan.at) // times.DAY} days ago and still runs"
            problems.append(Problem(WARNING, f"{words}; zpool status {quoted(row.name)}"))
        elif not scan.running and not scan.paused:
            problems += _old(scan.at, limits, now, command, scan.what)
    elif not scan.running and not scan.paused:
        problems.append(Problem(UNKNOWN, f"zpool does not say when the last {scan.what} was"))
    if scan.paused:
        problems.append(Problem(WARNING, f"its scrub is paused; {command} continues it"))
    if scan.canceled:
        problems.append(Problem(WARNING, f"the last {scan.what} was cancelled; {command}"))
    if scan.errors:
        words = f"the last {scan.what} could not repair {numbered(scan.errors, 'error')}"
        problems.append(Problem(CRITICAL, words))
    if scan.repaired and scan.what == "scrub" and not scan.errors:
        words = f"the scrub repaired {_amount(scan.repaired)}: a disk or cable returns wrong data"
        problems.append(Problem(WARNING, words))
    return problems


def _amount(repaired: str) -> str:
    return f"{repaired} bytes" if repaired.isdigit() else repaired


def _running(scan: Scan) -> list[str]:
    done = "" if scan.done is None else f", {scan.done:.0f}% done"
    return [f"{scan.what} running{done}"] if scan.running else []


def _age(at: int, now: int) -> int:
    return max(now - at, 0) // times.SECOND


def _old(at: int, limits: Limits, now: int, command: str, what: str = "scrub") -> list[Problem]:
    """The problem of a scrub or resilver that is older than the limit, if it is."""
    if now - at <= limits.scrub:
        return []
    return [Problem(WARNING, f"last {what} {(now - at) // times.DAY} days ago; {command}")]


def _full(share: float, limit: float, part: int, what: str, words: str) -> list[Problem]:
    """The problem of a pool over the limit (percent). Critical is when only a `part` (2: half) of
    the room above the limit is left."""
    if 100 * share < limit:
        return []
    critical = 100 * share >= 100 - (100 - limit) / part
    return [Problem(CRITICAL if critical else WARNING, f"{100 * share:.0f}% {what}: {words}")]


def array(found: Array, mismatches: int | None) -> Health:
    """The row of an md array; `mismatches` is what its last check counted, in sectors."""
    row = Health(
        found.name, health.MDADM, "container" if found.container else _array_word(found),
        names=(f"/dev/{found.name}",),
    )  # fmt: skip
    row.size = found.size
    problems, notes = [], []
    path = f"/dev/{found.name}"
    lost = max(found.wanted - found.working, 0) if found.wanted and found.working is not None else 0
    running = "" if found.done is None else f" {found.done:.0f}%"
    if found.container:
        return row
    if not found.active:
        words = "broken: a member is gone" if found.broken else "inactive: it did not start"
        problems.append(Problem(CRITICAL, f"{words}; see mdadm --detail {path}"))
    elif lost:
        state = "1 member is missing" if lost == 1 else f"{lost} members are missing"
        if found.doing in ("recovery", "reshape", "resync"):
            waits = " waits" if found.done is None else ""
            problems.append(Problem(WARNING, f"{state}; {found.doing}{waits or running}"))
        elif not found.working or lost > _SPARE_MEMBERS.get(found.level, lost):
            words = f"{state}, too many to use it; reconnect them, see mdadm --detail {path}"
            problems.append(Problem(CRITICAL, words))
        else:
            words = f"{state}; add a disk: mdadm --add {path} DISK"
            problems.append(Problem(CRITICAL, words))
    elif found.doing:
        waits = " waits" if found.done is None else running
        notes.append(f"{found.doing}{waits}")
    if found.failed:
        first = f"/dev/{found.failed[0]}"
        words = f"{few(found.failed)} failed; mdadm {path} --remove {first}"
        problems.append(Problem(WARNING if lost else CRITICAL, words))
    row.errors = mismatches
    if mismatches and not found.doing:
        words = f"the last check counted {mismatches} sectors that differ"
        if found.level in ("raid1", "raid10"):
            # md(4): with swap or files being written this is normal there
            notes.append(f"{words}, which can be normal for {found.level}")
        else:
            command = f"echo repair > /sys/block/{found.name}/md/sync_action"
            problems.append(Problem(WARNING, f"{words}; {command}"))
    return _judged(row, problems, notes)


def _array_word(found: Array) -> str:
    if not found.active:
        return "broken" if found.broken else "inactive"
    whole = not found.wanted or found.wanted == found.working
    return f"{found.level} {'clean' if whole else 'degraded'}".strip()


def filesystem(found: Filesystem, limits: Limits, now: int) -> Health:
    """The row of a btrfs file system."""
    names = [name for name in (found.label, found.uuid) if name]
    row = Health(found.folder, health.BTRFS, names=names)
    folder = quoted(found.folder)
    problems, notes = [], []
    if found.missing:
        words = "1 device is" if found.missing == 1 else f"{found.missing} devices are"
        words += f" missing; reconnect or replace it: btrfs replace start ID DISK {folder}"
        problems.append(Problem(CRITICAL, words))
    if found.errors is None:
        problems.append(Problem(UNKNOWN, found.why_errors))
    else:
        row.errors = sum(sum(kinds.values()) for kinds in found.errors.values())
        wrong = [
            f"{device} ({' and '.join(f'{count} {kind}' for kind, count in kinds.items())})"
            for device, kinds in found.errors.items()
            if kinds
        ]
        if wrong:
            words = f"errors, maybe old, on {few(wrong)}: check cable and SMART data, then"
            problems.append(Problem(WARNING, f"{words} btrfs device stats -z {folder}"))
    if found.stopped:
        words = "the kernel made it read-only after an error; see dmesg, then back up"
        problems.append(Problem(CRITICAL, words))
    if found.doing == "balance paused":
        notes.append(f"balance paused; btrfs balance resume {folder}")
    elif found.doing:
        notes.append(f"{found.doing} running")
    row.health = "degraded" if found.missing else "errors" if row.errors else "no errors"
    if found.errors is None and not found.missing:
        row.health = ""
    command = f"btrfs scrub start {folder}"
    if found.why:
        notes.append(found.why)
    elif found.scrub is None:
        if found.redundant:
            problems.append(Problem(WARNING, f"never scrubbed; {command}"))
        else:
            notes.append("never scrubbed")
    else:
        problems += _btrfs_scrub(row, found.scrub, limits, now, command)
        notes += ["scrub running"] if found.scrub.running else []
    return _judged(row, problems, notes)


def _btrfs_scrub(
    row: Health, scrub: btrfs_files.Scrub, limits: Limits, now: int, command: str
) -> list[Problem]:
    problems = []
    if scrub.at is not None:
        row.checked = _age(scrub.at, now)
        problems += [] if scrub.running else _old(scrub.at, limits, now, command)
    if scrub.uncorrectable:
        errors = numbered(scrub.uncorrectable, "error")
        words = f"the last scrub could not repair {errors}: files are damaged; dmesg names them"
        problems.append(Problem(CRITICAL, words))
    elif scrub.corrected:
        errors = numbered(scrub.corrected, "error")
        words = f"the last scrub repaired {errors}: a disk or cable returns wrong data"
        problems.append(Problem(WARNING, words))
    if scrub.canceled:
        problems.append(Problem(WARNING, f"the last scrub was cancelled; {command}"))
    elif not scrub.finished and not scrub.running:
        words = f"the last scrub was interrupted; {command.replace('start', 'resume', 1)}"
        problems.append(Problem(WARNING, words))
    return problems


def group(found: Group) -> Health:
    """The row of a volume group."""
    names = [name for name in (found.uuid,) if name]
    row = Health(found.name, health.LVM, "partial" if found.missing else "complete", names=names)
    row.size = found.size
    if found.missing is None:
        row.health = ""
        why = "vgs does not say whether physical volumes are missing"
        return _judged(row, [Problem(UNKNOWN, why)], [])
    if not found.missing:
        return row
    disks = f"{found.missing} of {found.volumes or '?'} physical volumes"
    words = f"{disks} missing: reconnect the disk; pvs names it"
    return _judged(row, [Problem(CRITICAL, words)], [])


def volume(found: Volume, limits: Limits) -> Health | None:
    """The row of a thin pool, snapshot, RAID or other volume with a health of its own; None for a
    plain volume that is well."""
    if not found.kind and not found.status:
        return None
    name = f"{found.group}/{found.name}"
    row = Health(name, health.LVM, found.status or found.kind, names=(f"/dev/{name}", found.group))
    row.size = found.size
    problems, notes = _volume_status(found, name), []
    if found.kind in (lvm.THIN, lvm.SNAPSHOT, lvm.VDO):
        row.full = found.data
    if found.kind == lvm.THIN:
        row.metadata_full = found.metadata
    failed = any(problem.state == CRITICAL for problem in problems)
    if found.data is None and found.kind == lvm.THIN and found.state == "a" and not failed:
        problems.append(Problem(UNKNOWN, "lvs does not say how full it is"))
    if found.data is not None and found.kind in (lvm.THIN, lvm.VDO) and not failed:
        words = f"at 100% writes fail; lvextend -L+SIZE {name}, or delete data and run fstrim"
        problems += _full(found.data, limits.full, 4, "of its data space used", words)
    if found.metadata is not None and found.kind == lvm.THIN and not failed:
        words = f"at 100% it goes read-only; lvextend --poolmetadatasize +SIZE {name}"
        problems += _full(found.metadata, limits.full, 4, "of its metadata space used", words)
    if found.kind == lvm.SNAPSHOT and found.data is not None and found.state not in ("I", "S"):
        words = f"at 100% the snapshot is lost; lvextend -L+SIZE {name}, or lvremove it"
        problems += _full(found.data, limits.full, 4, "used", words)
    if found.kind == lvm.RAID:
        if found.synced is not None and found.synced < 1:
            action = found.action if found.action not in ("", "idle") else "sync"
            notes.append(f"{action} {100 * found.synced:.0f}%")
        row.errors = found.mismatches
        if found.mismatches and found.status != "mismatches exist":
            words = f"the last check counted {numbered(found.mismatches, 'mismatch', 'mismatches')}"
            problems.append(Problem(WARNING, f"{words}; lvchange --syncaction repair {name}"))
    if found.kind in (lvm.THIN, lvm.VDO, lvm.SNAPSHOT) and found.data is None and not failed:
        if found.state == "-":
            notes.append("inactive")
        elif found.state not in ("I", "S"):
            problems.append(Problem(UNKNOWN, "lvs does not say how full it is"))
    if found.state in ("I", "S"):
        problems.append(Problem(WARNING, f"the snapshot is invalid: it ran full; lvremove {name}"))
    elif found.state == "m" or found.state == "M":
        problems.append(Problem(WARNING, f"merging the snapshot failed; see lvs {name}"))
    elif found.state in ("c", "C") and found.status not in ("failed", "metadata_read_only"):
        words = f"its metadata need a check; deactivate it and run lvconvert --repair {name}"
        problems.append(Problem(WARNING, words))
    return _judged(row, problems, notes)


def _volume_status(found: Volume, name: str) -> list[Problem]:
    """The problem that lv_health_status names, if it names one."""
    words = {
        "partial": "a disk is missing: reconnect it"
        + (f", or lvconvert --repair {name}" if found.kind == lvm.RAID else ""),
        "refresh needed": f"a disk was away for a while: lvchange --refresh {name}",
        "mismatches exist": f"copies differ: lvchange --syncaction repair {name}",
        "failed": f"the pool failed: lvconvert --repair {name}",
        "error": f"its device returns errors; see dmesg and lvs {name}",
        "out_of_data": f"its data space is full: lvextend -L+SIZE {name}",
        "metadata_read_only": f"its metadata are read-only: lvconvert --repair {name}",
    }
    if not found.status or found.status == "writemostly":
        return []
    if found.status in words:
        mild = found.status in ("refresh needed", "mismatches exist")
        return [Problem(WARNING if mild else CRITICAL, words[found.status])]
    return [Problem(UNKNOWN, f"lvs reports the health {found.status}")]


def drive(name: str, found: Drive, limits: Limits, as_root: bool) -> Health:
    """The row of a disk; `as_root` says whether this account is root."""
    row = Health(name, health.SMART, names=disk_names(name))
    row.size, row.hardware, row.serial = found.size, found.model, found.serial
    if found.problem:
        return _without_data(row, found, as_root)
    problems, notes = [], []
    row.health = "-" if found.passed is None else "passed" if found.passed else "failed"
    row.celsius, row.wear, row.spare, row.hours = (
        found.celsius, found.wear, found.spare, found.hours
    )  # fmt: skip
    row.reallocated, row.pending = found.reallocated, found.pending
    row.uncorrectable, row.crc_errors = found.uncorrectable, found.crc_errors
    if found.nvme:
        row.uncorrectable = found.media_errors
    counts = (
        None if found.rotating is False else found.reallocated, found.pending, row.uncorrectable
    )  # fmt: skip
    if any(count is not None for count in counts):
        row.errors = sum(count or 0 for count in counts)
    row.checked = None if found.tested is None else found.tested * 3600
    if found.passed is False or found.exit & 8:
        row.health = "failed"
        if not found.warnings:  # an NVMe disk says what is wrong
            words = "the disk itself says that it is failing: replace it"
            problems.append(Problem(CRITICAL, words))
    if found.below:
        words = f"below the maker's threshold: {few(found.below)}; replace the disk"
        problems.append(Problem(CRITICAL, words))
    elif found.exit & 16 and found.passed is not False:
        problems.append(Problem(CRITICAL, "an attribute is below the maker's threshold"))
    problems += [
        Problem(
            WARNING if bit in (smart.HEAT, 4, 5) else CRITICAL,
            smart.warning_words(bit),
        )
        for bit in found.warnings
    ]
    problems += _sectors(found)
    if found.test_failed:
        words = f"a self-test failed: {found.test_failed[:60]}"
        problems.append(Problem(WARNING, f"{words}; run smartctl -t long {_device(name)}"))
    problems += _wear(found, limits) + _heat(found, limits)
    if found.was_below:
        notes.append(f"in the past below the maker's threshold: {few(found.was_below)}")
    elif found.exit & 32:
        notes.append("an attribute was below the maker's threshold in the past")
    if found.logged or (found.exit & 64 and not found.nvme):
        count = numbered(found.logged, "error") if found.logged else "errors"
        notes.append(f"{count} in its error log; smartctl -l error {_device(name)} shows them")
    if found.passed is None and row.health == "-":
        problems.append(Problem(UNKNOWN, "smartctl reports no verdict of this disk"))
    return _judged(row, problems, notes)


def disk_names(name: str) -> tuple[str, ...]:
    """Further names of a disk: its path, of an NVMe disk its first name space, and the path that
    several disks of a controller share."""
    names = [f"/dev/{name}"]
    path, _, kind = name.partition(" ")
    if kind:
        names += [path, f"/dev/{path}"]
    if name.startswith("nvme"):
        names += [f"{name}n1", f"/dev/{name}n1"]
    return tuple(names)


def _device(name: str) -> str:
    """The words that name a disk for smartctl. The name of a disk behind a controller ends with its
    type: `bus/0 megaraid,3`."""
    path, _, kind = name.partition(" ")
    return f"-d {kind} /dev/{path}" if kind else f"/dev/{path}"


def _without_data(row: Health, found: Drive, as_root: bool) -> Health:
    """The row of a disk without SMART data."""
    said = f"smartctl reports no SMART data (exit code {found.exit})"
    said = next((clipped(text, _LONGEST) for text in reversed(found.messages) if text), said)
    row.state, row.detail = {
        smart.ASLEEP: (SKIPPED, "asleep, and was not woken"),
        smart.UNSUPPORTED: (SKIPPED, _unsupported(said)),
        smart.DENIED: (UNKNOWN, f"{said} (as in a container)"),
        smart.DISABLED: (UNKNOWN, f"SMART is off; smartctl -s on {_device(row.name)}"),
        smart.FAILED: (UNKNOWN, said),
    }[found.problem]
    if found.problem == smart.DENIED and not as_root:
        row.state, row.detail, row.denied = SKIPPED, NEEDS_ROOT, True
    return row


def _unsupported(said: str) -> str:
    if "USB bridge" in said:
        return "its USB bridge is not known to smartctl, so SMART can't be read"
    return "it offers no SMART data: virtual, or behind a USB bridge or RAID controller"


def _sectors(found: Drive) -> list[Problem]:
    """The problems of sectors and cables."""
    problems = []
    if found.pending:
        words = f"{numbered(found.pending, 'pending sector')} can't be read"
        problems.append(Problem(WARNING, f"{words}: back up, then run a long self-test"))
    if found.uncorrectable:
        words = numbered(found.uncorrectable, "uncorrectable error")
        problems.append(Problem(WARNING, f"{words}: data may be lost"))
    if found.media_errors:
        words = numbered(found.media_errors, "media error")
        problems.append(Problem(WARNING, f"{words}: data may be lost"))
    if found.reallocated and found.rotating is not False:
        words = numbered(found.reallocated, "reallocated sector")
        problems.append(Problem(WARNING, f"{words}: replace the disk if the number grows"))
    if found.crc_errors:
        words = numbered(found.crc_errors, "CRC error")
        words += " in transfers: a bad cable or contact, not the disk; the count never falls"
        problems.append(Problem(WARNING, words))
    return problems


def _wear(found: Drive, limits: Limits) -> list[Problem]:
    problems = []
    if found.wear is not None and 100 * found.wear >= limits.wear:
        words = f"{100 * found.wear:.0f}% of its rated life is used: plan its replacement"
        problems.append(Problem(WARNING, words))
    # some disks call 100% the least, and have it
    few_spare = found.spare is not None and found.spare <= min(found.spare_least or -1, 0.99)
    if found.spare is not None and few_spare and smart.SPARE not in found.warnings:
        words = f"only {100 * found.spare:.0f}% of its spare blocks are left: replace it"
        problems.append(Problem(CRITICAL, words))
    return problems


def _heat(found: Drive, limits: Limits) -> list[Problem]:
    """The problem of a disk that is too hot, for the given limit or its own."""
    if found.celsius is None or smart.HEAT in found.warnings:
        return []
    default = _HOT_NVME if found.nvme else _HOT_SSD if found.rotating is False else _HOT
    limit = limits.temperature
    if limit is None:
        limit = float(found.hot) if found.hot is not None else default
        if found.too_hot is not None:
            limit = min(limit, float(found.too_hot - _NEAR))
    if found.celsius < limit:
        return []
    state = CRITICAL if found.too_hot is not None and found.celsius >= found.too_hot else WARNING
    return [Problem(state, f"{found.celsius} °C, limit {limit:.0f} °C: check the air flow")]
