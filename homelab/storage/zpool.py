"""Pure: pools from `zpool list -Hp` and `zpool status`, as text or as JSON (OpenZFS 2.3).

The formats are those of OpenZFS (cmd/zpool/zpool_main.c) from 0.7 to 2.4; times are read as UTC,
so zpool must run with TZ=UTC."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from homelab.storage import number
from homelab.texts import lines
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DATA, LOGS, CACHE, SPARES = "data", "logs", "cache", "spares"
_SECTIONS = {
    "logs": LOGS, "log": LOGS, "cache": CACHE, "l2cache": CACHE, "spares": SPARES,
    "special": DATA, "dedup": DATA,
}  # fmt: skip
_FIELD = re.compile(
    r" {0,5}(pool|state|status|action|see|scan|scrub|config|errors|remove|checkpoint|expand"
    r"|condense|dedup|comment): ?(.*)"
)
_DATE = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})", re.ASCII
)
_ERRORS = re.compile(r" with (\d{1,18}) errors? ", re.ASCII)
_REPAIRED = re.compile(r"(?:repaired|resilvered)(?: \([^)]*\))? (\S+)|(\S+) repaired,")
_DONE = re.compile(r"(\d{1,3}\.\d{1,2})% done", re.ASCII)
_DATA_ERRORS = re.compile(r"(\d{1,18}) data errors?", re.ASCII)
_STATES = frozenset(
    "ONLINE DEGRADED FAULTED OFFLINE UNAVAIL REMOVED SUSPENDED SPLIT AVAIL INUSE".split()
)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_HEALTHY = {"HEALTHY": "ONLINE", "CANT_OPEN": "UNAVAIL"}  # words of the JSON


class Device:
    """A vdev: its `name`, `state`, the sum of its `read`, `write` and `checksum` errors, a `note`
    (`cannot open`), its `section` (DATA, LOGS, …); a `leaf` is a disk, partition or file."""

    __slots__ = ("checksum", "depth", "leaf", "name", "note", "read", "section", "state", "write")

    def __init__(self, name: str, state: str, section: str, depth: int, note: str = "") -> None:
        self.name = name
        self.state = _HEALTHY.get(state, state)
        self.section = section
        self.depth = depth
        self.note = note
        self.leaf = True
        self.read = self.write = self.checksum = 0

    @property
    def errors(self) -> int:
        """All errors of the device."""
        return self.read + self.write + self.checksum


class Scan:
    """The last scrub or resilver: `what` ("" if there was none), `running`, `paused` or `canceled`;
    `at` is when it ended, or began if it runs (ns; None: unknown), `errors` the errors that it
    could not repair, `repaired` the repaired amount in words ("" for nothing), `done` the
    percentage."""

    __slots__ = ("at", "canceled", "done", "errors", "paused", "repaired", "running", "what")

    def __init__(self, what: str = "") -> None:
        self.what = what
        self.running = self.paused = self.canceled = False
        self.at: int | None = None
        self.errors = 0
        self.repaired = ""
        self.done: float | None = None


class Pool:
    """A pool as `zpool status` reports it. `scan` is None if it reports nothing about scans;
    `damaged` is the number of known data errors, None if unknown."""

    __slots__ = ("allocated", "damaged", "devices", "name", "scan", "size", "state", "status")

    def __init__(self, name: str, state: str = "") -> None:
        self.name = name
        self.state = state
        self.status = ""
        self.scan: Scan | None = None
        self.devices: list[Device] = []
        self.damaged: int | None = None
        self.size: int | None = None  # bytes
        self.allocated: int | None = None  # bytes


def listed(text: str) -> list[Pool]:
    """The pools of `zpool list -Hp`, whose columns begin with name, size and alloc and end with
    health and altroot in every release. Lines that are something else are left out."""
    pools = []
    for line in lines(text):
        cells = line.split("\t")
        if len(cells) >= 8 and cells[0][:1] not in ("", "-"):
            pool = Pool(cells[0], cells[-2])
            pool.size, pool.allocated = number.whole(cells[1]), number.whole(cells[2])
            pools.append(pool)
    return pools


def status(text: str) -> list[Pool]:
    """The pools of `zpool status`, as text or as JSON. Raises ValueError if it is neither."""
    if text.lstrip()[:1] == "{":
        import json

        return _from_json(json.loads(text))
    pools = _from_text(text)
    if not pools:
        raise ValueError(text[:80])
    return pools


def _from_text(text: str) -> list[Pool]:
    pools: list[Pool] = []
    for name, values in _fields(text):
        if name == "pool":
            pools.append(Pool(values[0].strip()))
        elif not pools:
            continue
        elif name == "state":
            pools[-1].state = values[0].strip()
        elif name == "status":
            pools[-1].status = number.text(" ".join(values))
        elif name in ("scan", "scrub"):  # a pool may have several
            # a scrub of known errors (`scrub:`, since 2.2) reads nothing else
            part = "error" in values[0].partition(" with ")[0]
            scan = Scan() if part else _scan(" ".join(values))
            pools[-1].scan = _latest([*filter(None, [pools[-1].scan]), scan])
        elif name == "config":
            pools[-1].devices = _devices(values)
        elif name == "errors":
            below = sum(bool(line.strip()) for line in values[1:])
            pools[-1].damaged = _damaged(values[0], below)
    return pools


def _fields(text: str) -> list[tuple[str, list[str]]]:
    """The fields of the text, each with its lines: the value behind the name, then those below."""
    found: list[tuple[str, list[str]]] = []
    for line in lines(text):
        field = None if line[:1] == "\t" else _FIELD.fullmatch(line)
        if field:
            found.append((field[1], [field[2]]))
        elif found:
            found[-1][1].append(line)
    return found


def _damaged(value: str, listed: int) -> int | None:
    """The number of data errors, from the field `errors` and the number of lines below it."""
    counted = _DATA_ERRORS.search(value)
    if counted:
        return int(counted[1])
    if value.startswith("No known data errors"):
        return 0
    return max(listed, 1) if value.startswith("Permanent errors") else None


def _devices(config: list[str]) -> list[Device]:
    """The devices of the lines below `config:`, which are indented by two blanks a level. The
    heading of a section has no state."""
    devices: list[Device] = []
    section = DATA
    for line in config:
        cells = line.split()
        if not line.startswith("\t") or not cells or cells[0] == "NAME":
            continue
        if len(cells) == 1:
            section = _SECTIONS.get(cells[0], DATA)
            continue
        depth = (len(line) - 1 - len(line[1:].lstrip(" "))) // 2
        # the name of a file may contain blanks
        at = next((at for at, cell in enumerate(cells) if at and cell in _STATES), 1)
        counts = [number.whole(cell) for cell in cells[at + 1 : at + 4]]
        counted = len(counts) == 3 and None not in counts
        note = " ".join(cells[at + (4 if counted else 1) :])
        device = Device(" ".join(cells[:at]), cells[at], section, depth, note)
        if counted:
            device.read, device.write, device.checksum = (count or 0 for count in counts)
        devices.append(device)
    _find_leaves(devices)
    return devices


def _find_leaves(devices: list[Device]) -> None:
    """Mark the devices that have others below them."""
    for one, following in zip(devices, devices[1:]):
        one.leaf = following.depth <= one.depth
    if devices and devices[0].depth == 0 and devices[0].section == DATA:
        devices[0].leaf = False  # the pool itself


def _scan(words: str) -> Scan:
    """The scan of a field `scan`, with its lines joined by blanks."""
    words = number.text(words)
    if not words or words.startswith("none requested"):
        return Scan()
    scan = Scan("resilver" if words.startswith("resilver") else "scrub")
    scan.running = " in progress " in words
    scan.paused = " paused " in words
    scan.canceled = " canceled " in words
    errors, done, repaired = _ERRORS.search(words), _DONE.search(words), _REPAIRED.search(words)
    scan.errors = int(errors[1]) if errors else 0
    scan.done = float(done[1]) if done else None
    amount = (repaired[1] or repaired[2]) if repaired else ""
    scan.repaired = amount if number.whole(amount) else ""
    scan.at = _moment(words)
    return scan


def _moment(words: str) -> int | None:
    """The first date of ctime(3) in a text, as UTC (ns)."""
    date = _DATE.search(words)
    if not date or date[1] not in _MONTHS:
        return None
    day, hour, minute, second, year = map(int, date.group(2, 3, 4, 5, 6))
    try:
        month = _MONTHS.index(date[1]) + 1
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=timezone.utc)
        return int(moment.timestamp()) * SECOND
    except (ValueError, OverflowError):
        return None


def _latest(scans: list[Scan]) -> Scan:
    """The scan that says most about the pool: one that runs, else the last one."""
    return max(scans, key=lambda scan: (scan.running, scan.at or 0))


def _from_json(document: object) -> list[Pool]:
    pools = []
    for name, entry in number.part(document, "pools").items():
        if not isinstance(entry, dict):
            continue
        pool = Pool(number.text(entry.get("name")) or name, number.text(entry.get("state")))
        status = number.text(entry.get("status"))
        pool.status = "" if status == "OK" else status
        if "error_count" in entry:
            pool.damaged = number.whole(entry["error_count"])
        scan = number.part(entry, "scan_stats")
        pool.scan = _json_scan(scan) if scan else Scan()
        for section in ("vdevs", *_SECTIONS):
            _json_devices(pool.devices, entry.get(section), _SECTIONS.get(section, DATA), 0)
        _find_leaves(pool.devices)
        pools.append(pool)
    return pools


def _json_scan(entry: dict[str, Any]) -> Scan:
    function = number.text(entry.get("function")).lower()
    if function in ("", "none"):
        return Scan()
    scan = Scan("resilver" if function == "resilver" else "scrub")
    state = number.text(entry.get("state"))
    scan.canceled = state == "CANCELED"
    # `-`, or when: a date, seconds with -p
    paused = number.text(str(entry.get("scrub_pause"))) not in ("", "-", "0", "None")
    scan.paused = paused and state == "SCANNING"
    scan.running = state == "SCANNING" and not scan.paused
    scan.errors = number.whole(entry.get("errors")) or 0
    repaired = entry.get("processed")
    scan.repaired = number.text(str(repaired)) if number.whole(repaired) else ""
    at = entry.get("start_time" if scan.running or scan.paused else "end_time")
    second = number.whole(at)
    scan.at = second * SECOND if second is not None else _moment(number.text(at))
    total, issued = number.whole(entry.get("to_examine")), number.whole(entry.get("issued"))
    if total and issued is not None:
        total -= number.whole(entry.get("skipped")) or 0
        scan.done = min(100.0 * issued / total, 100.0) if total > 0 else None
    return scan


def _json_devices(found: list[Device], entries: object, section: str, depth: int) -> None:
    if not isinstance(entries, dict) or depth > 20:
        return
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            continue
        note = number.text(entry.get("aux")).replace("_", " ").lower()
        was = number.text(entry.get("was"))
        note = f"was {was}" if was else note
        name = name if was else number.text(entry.get("path")) or name
        device = Device(name, number.text(entry.get("state")), section, depth, note)
        device.read = number.whole(entry.get("read_errors")) or 0
        device.write = number.whole(entry.get("write_errors")) or 0
        device.checksum = number.whole(entry.get("checksum_errors")) or 0
        found.append(device)
        _json_devices(found, entry.get("vdevs"), section, depth + 1)
