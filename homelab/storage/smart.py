"""Pure: a disk's SMART data, from `smartctl --json` (smartmontools 7.0 and newer, smartctl(8)).

Vendors give attributes their own meaning, so an attribute counts only if smartctl's database names
it as expected. Facts on raw values are from smartmontools' drivedb.h and FAQ."""

from __future__ import annotations

import json
import re

from homelab.storage import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RAW = re.compile(r"(\d{1,15})(?:[^\dx].*)?", re.ASCII | re.DOTALL)
_HEX = re.compile(r"0x[0-9a-f]{1,14}", re.ASCII)
_WEAR_LEFT = frozenset(  # normalised values that fall from 100 to 0
    """
    media_wearout_indicator wear_leveling_count ssd_life_left percent_lifetime_remain
    percent_life_remaining pct_life_remaining remaining_lifetime_perc remaining_life
    drive_life_remaining% drivelife_remaining% lifetime_remaining% lifetime_left life_left
    ssd_life_left_perc perc_rated_life_remain media_wearout
    """.split()
)
_WEAR_USED = 230  # SanDisk and WD count up in their attribute Media_Wearout_Indicator
_LEFT_IN_RAW = ("ssd_life_left", "remaining_lifetime_perc")  # some leave the value at 100
_ASLEEP = re.compile(r"(STANDBY|SLEEP)[A-Z_ ]*", re.ASCII)  # also STANDBY_Y, STANDBY BY TIMER
_ASLEEP_MESSAGE = re.compile(rf"\b{_ASLEEP.pattern} mode\b", re.ASCII)
_COOLEST_LIMIT = 40  # °C; a lower one was never set
_CRITICAL = (  # bits of critical_warning, NVM Express base specification, figure on log page 02h
    "its spare blocks are used up", "it is outside its temperature limits",
    "it has become unreliable", "it is read-only", "its backup of volatile memory failed",
    "its persistent memory is read-only",
)  # fmt: skip
SPARE, HEAT, UNRELIABLE, READ_ONLY = range(4)  # numbers of these bits


class Device:
    """A disk of `smartctl --scan`: its path, and the type for -d ("" lets smartctl choose)."""

    __slots__ = ("kind", "name")

    def __init__(self, name: str, kind: str = "") -> None:
        self.name = name
        self.kind = kind


class Drive:
    """A disk as smartctl reports it; None is unknown.

    `exit` is smartctl's exit code, a bit mask; `messages` are its errors and warnings. `logged` is
    the number of entries in an ATA disk's error log. `problem` is
    why there are no data: ASLEEP, DENIED, UNSUPPORTED, DISABLED, FAILED, or "" if there are.
    `passed` is the disk's own verdict. `celsius` and its limits `hot` and `too_hot` are °C, `wear`
    and the spare blocks are shares (0 to 1), `hours` the time in operation. `warnings` are numbers
    of critical_warning's bits. `below` and `was_below` name attributes that are or were below the
    maker's threshold. `test_failed` describes a failed self-test, `tested` is the age of the last
    one in hours of operation."""

    __slots__ = (
        "below",
        "celsius",
        "crc_errors",
        "exit",
        "hot",
        "hours",
        "logged",
        "media_errors",
        "messages",
        "model",
        "nvme",
        "passed",
        "pending",
        "problem",
        "reallocated",
        "rotating",
        "serial",
        "size",
        "spare",
        "spare_least",
        "test_failed",
        "tested",
        "too_hot",
        "uncorrectable",
        "warnings",
        "was_below",
        "wear",
    )  # fmt: skip

    def __init__(self) -> None:
        self.exit = 0
        self.messages: list[str] = []
        self.problem = ""
        self.model = self.serial = ""
        self.size: int | None = None
        self.nvme = False
        self.rotating: bool | None = None
        self.passed: bool | None = None
        self.celsius: int | None = None
        self.hot: int | None = None
        self.too_hot: int | None = None
        self.wear: float | None = None
        self.spare: float | None = None
        self.spare_least: float | None = None
        self.hours: int | None = None
        self.reallocated: int | None = None
        self.pending: int | None = None
        self.uncorrectable: int | None = None
        self.crc_errors: int | None = None
        self.media_errors: int | None = None
        self.logged: int | None = None
        self.warnings: list[int] = []
        self.below: list[str] = []
        self.was_below: list[str] = []
        self.test_failed = ""
        self.tested: int | None = None


ASLEEP, DENIED, UNSUPPORTED, DISABLED, FAILED = (
    "asleep", "denied", "unsupported", "disabled", "failed",
)  # fmt: skip


class NoReport(ValueError):
    """The text is not a report of smartctl; the message says why, in words."""


def document(text: str) -> dict[str, Any]:
    """The JSON object that smartctl printed. Raises NoReport."""
    beginning = text.lstrip()[:1]
    if beginning != "{":
        if "UNRECOGNIZED OPTION" in text or "nrecognized option" in text:
            raise NoReport("smartctl is too old for JSON; install smartmontools 7.0 or newer")
        raise NoReport("smartctl printed nothing" if not beginning else "smartctl printed no JSON")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NoReport("smartctl's JSON is cut short or broken") from None
    assert isinstance(found, dict)
    return found


def scanned(text: str) -> list[Device]:
    """The disks of `smartctl --scan --json`. Raises NoReport."""
    found = []
    for entry in number.items(document(text), "devices"):
        name, kind = number.text(entry.get("name")), number.text(entry.get("type"))
        if name.startswith("/"):
            # the scan calls every SATA disk `scsi`; without -d smartctl looks again
            found.append(Device(name, "" if kind in ("scsi", "ata", "nvme") else kind))
    return found


def drive(text: str, code: int = 0) -> Drive:
    """The disk that smartctl reports on; `code` is its exit code. Raises NoReport."""
    report = document(text)
    found = Drive()
    exit_status = number.whole(number.part(report, "smartctl").get("exit_status"))
    found.exit = (code if exit_status is None else exit_status) & 255
    found.messages = [
        number.text(message.get("string"))
        for message in number.items(report.get("smartctl"), "messages")
    ]
    found.model = number.text(report.get("model_name")) or number.text(
        report.get("scsi_model_name")
    )
    found.serial = number.text(report.get("serial_number"))
    found.size = number.whole(number.part(report, "user_capacity").get("bytes"))
    found.size = found.size or number.whole(report.get("nvme_total_capacity"))
    found.nvme = (
        "nvme_smart_health_information_log" in report
        or number.text(number.part(report, "device").get("protocol")) == "NVMe"
    )
    speed = number.whole(report.get("rotation_rate"))
    found.rotating = False if found.nvme else speed > 0 if speed is not None else None
    passed = number.part(report, "smart_status").get("passed")
    found.passed = passed if isinstance(passed, bool) else None
    found.hours = number.whole(number.part(report, "power_on_time").get("hours"))
    _read_temperature(found, report)
    _read_attributes(found, report)
    _read_nvme(found, number.part(report, "nvme_smart_health_information_log"))
    _read_scsi(found, report)
    _read_endurance(found, report)
    _read_tests(found, report)
    found.problem = _problem(found, report)
    return found


def _problem(drive: Drive, report: dict[str, Any]) -> str:
    """Why there are no data on the disk's health, "" if there are."""
    said = " ".join(drive.messages)
    mode = number.text(number.part(report, "power_mode").get("name")).upper()
    if drive.exit & 2 and (_ASLEEP_MESSAGE.search(said) or _ASLEEP.fullmatch(mode)):
        return ASLEEP
    known = (drive.passed, drive.celsius, drive.hours, drive.wear, drive.pending)
    if any(value is not None for value in known):
        return ""
    if "Permission denied" in said or "Operation not permitted" in said:
        return DENIED
    support = number.part(report, "smart_support")
    lacks = (
        "Unknown USB bridge", "Unable to detect device type", "lacks SMART capability",
        "please try adding '-d",  # a volume of a RAID controller, which hides its disks
    )  # fmt: skip
    if support.get("available") is False or any(words in said for words in lacks):
        return UNSUPPORTED
    return DISABLED if support.get("enabled") is False else FAILED


def _read_temperature(drive: Drive, report: dict[str, Any]) -> None:
    heat = number.part(report, "temperature")
    drive.celsius = _celsius(heat.get("current"))
    limits = number.part(report, "nvme_composite_temperature_threshold")
    drive.hot = _limit(limits.get("warning"))
    drive.too_hot = _limit(limits.get("critical")) or _limit(heat.get("drive_trip"))


def _celsius(value: object) -> int | None:
    """A temperature in °C; None if it is unknown or not plausible."""
    if not isinstance(value, (int, float)) or not -40 <= value <= 150:
        return None
    return int(value) or None


def _limit(value: object) -> int | None:
    """A limit in °C; None if it is unknown or not plausible."""
    celsius = _celsius(value)
    return celsius if celsius is not None and celsius >= _COOLEST_LIMIT else None


def _read_attributes(drive: Drive, report: dict[str, Any]) -> None:
    """Read the attributes of an ATA disk. A raw value may hold several numbers (`25 (Min/Max
    19/39)`); its text begins with the one that counts."""
    for entry in number.items(report.get("ata_smart_attributes"), "table"):
        name = number.text(entry.get("name"))
        failed = number.text(entry.get("when_failed")).lower()
        if failed in ("now", "failing_now"):
            drive.below.append(name)
        elif failed in ("past", "in_the_past"):
            drive.was_below.append(name)
        raw, value = _raw(entry.get("raw")), number.whole(entry.get("value"))
        word, key = name.lower(), number.whole(entry.get("id"))
        if key == 5 and ("reallocat" in word or "retired" in word):
            drive.reallocated = raw
        elif key == 197 and "pending" in word and "ecc" not in word:  # Crucial's ECC count is not
            drive.pending = raw
        elif key in (187, 198) and "uncorrect" in word and raw is not None:
            drive.uncorrectable = max(raw, drive.uncorrectable or 0)
        elif key in (199, 218) and "crc" in word:
            drive.crc_errors = raw
        elif key in (190, 194) and "temperature" in word and drive.celsius is None:
            drive.celsius = _celsius(raw)
        if word in _WEAR_LEFT and value is not None and 0 <= value <= 100 and not drive.rotating:
            if value == 0 and report.get("in_smartctl_database") is False:
                continue  # another meaning, or never written
            wear = value / 100 if key == _WEAR_USED else 1 - value / 100
            if word in _LEFT_IN_RAW and raw and raw <= 100:
                wear = max(wear, 1 - raw / 100)
            drive.wear = max(wear, drive.wear or 0.0)
    log = number.part(report, "ata_smart_error_log")
    drive.logged = number.whole((number.part(log, "extended") or number.part(log, "summary")).get(
        "count"
    ))  # fmt: skip


def _raw(value: object) -> int | None:
    """The raw value of an attribute: the number at the beginning of its text."""
    text = number.text(number.part(value).get("string"))
    found = _RAW.fullmatch(text)
    if found:
        return int(found[1])
    if _HEX.fullmatch(text):
        return int(text, 16)
    return number.whole(number.part(value).get("value"))


def _read_nvme(drive: Drive, log: dict[str, Any]) -> None:
    bits = number.whole(log.get("critical_warning")) or 0
    drive.warnings = [bit for bit in range(len(_CRITICAL)) if bits & (1 << bit)]
    if drive.passed is None and "critical_warning" in log:
        drive.passed = not bits  # what smartctl makes its verdict of
    drive.wear = number.share(log.get("percentage_used")) if log else drive.wear
    drive.spare = number.share(log.get("available_spare"))
    drive.spare_least = number.share(log.get("available_spare_threshold"))
    drive.media_errors = number.whole(log.get("media_errors"))
    if log:
        drive.celsius = drive.celsius or _celsius(log.get("temperature"))
        hours = number.whole(log.get("power_on_hours"))
        drive.hours = hours if drive.hours is None else drive.hours


def warning_words(bit: int) -> str:
    """The meaning of a bit of an NVMe disk's critical_warning."""
    return _CRITICAL[bit]


def _read_scsi(drive: Drive, report: dict[str, Any]) -> None:
    grown = number.whole(report.get("scsi_grown_defect_list"))
    drive.reallocated = drive.reallocated if grown is None else grown
    pending = number.part(report, "scsi_pending_defects").get("count")
    drive.pending = drive.pending if number.whole(pending) is None else number.whole(pending)
    for kind in ("read", "write", "verify"):
        log = number.part(report, "scsi_error_counter_log", kind)
        errors = number.whole(log.get("total_uncorrected_errors"))
        if errors is not None:
            drive.uncorrectable = errors + (drive.uncorrectable or 0)


def _read_endurance(drive: Drive, report: dict[str, Any]) -> None:
    """Read the standard wear indicators, which are better than a vendor's attribute."""
    used = number.part(report, "endurance_used").get("current_percent")
    for value in (used, report.get("scsi_percentage_used_endurance_indicator")):
        wear = number.share(value)
        drive.wear = wear if wear is not None else drive.wear
    for page in number.items(report.get("ata_device_statistics"), "pages"):
        for entry in number.items(page, "table"):
            if number.text(entry.get("name")) == "Percentage Used Endurance Indicator":
                wear = number.share(entry.get("value"))
                drive.wear = wear if wear is not None else drive.wear


class _Test:
    """A self-test: whether it was `extended`, whether it `passed` (None: it was not finished), the
    `result` in words, and the disk's `hours` at that time."""

    __slots__ = ("extended", "hours", "passed", "result")

    def __init__(self, extended: bool, passed: bool | None, result: str, hours: object) -> None:
        self.extended = extended
        self.passed = passed
        self.result = result
        self.hours = number.whole(hours)


def _read_tests(drive: Drive, report: dict[str, Any]) -> None:
    tests = [*_ata_tests(report), *_nvme_tests(report), *_scsi_tests(report)]
    done = [test for test in tests if test.passed is not None]
    if done and done[0].hours is not None and drive.hours is not None:
        age = drive.hours - done[0].hours
        # ATA keeps 16 bits of the hours
        drive.tested = age % (1 << 16) if age < 0 or drive.hours >= 1 << 16 else age
    short = False  # a later test passed
    for test in done:
        if test.passed:
            if test.extended:
                return
            short = True
        elif test.extended or not short:
            drive.test_failed = test.result or "failed"
            return
    last = number.part(report, "ata_smart_data", "self_test", "status")
    if not tests and last.get("passed") is False:  # a disk without a log of its tests
        drive.test_failed = number.text(last.get("string")) or "failed"
    elif not tests and drive.exit & 128:
        drive.test_failed = "see its log"


def _ata_tests(report: dict[str, Any]) -> list[_Test]:
    logs = number.part(report, "ata_smart_self_test_log")
    log = number.part(logs, "extended") or number.part(logs, "standard")
    tests = []
    for entry in number.items(log, "table"):
        status = number.part(entry, "status")
        value, passed = number.whole(status.get("value")), status.get("passed")
        if not isinstance(passed, bool):
            code = None if value is None else value >> 4
            passed = True if code == 0 else False if code in range(3, 9) else None
        kind = number.text(number.part(entry, "type").get("string")).lower()
        tests.append(
            _Test(
                "extended" in kind, passed, number.text(status.get("string")),
                entry.get("lifetime_hours"),
            )
        )  # fmt: skip
    return tests


def _nvme_tests(report: dict[str, Any]) -> list[_Test]:
    tests = []
    for entry in number.items(report.get("nvme_self_test_log"), "table"):
        result = number.part(entry, "self_test_result")
        value = number.whole(result.get("value"))
        passed = True if value == 0 else False if value in (5, 6, 7) else None
        kind = number.text(number.part(entry, "self_test_code").get("string")).lower()
        words = number.text(result.get("string"))
        tests.append(_Test("extended" in kind, passed, words, entry.get("power_on_hours")))
    return tests


def _scsi_tests(report: dict[str, Any]) -> list[_Test]:
    tests = []
    for index in range(20):
        entry = number.part(report, f"scsi_self_test_{index}")
        if not entry:
            break
        result = number.part(entry, "result")
        value = number.whole(result.get("value"))
        passed = True if value == 0 else False if value in range(3, 8) else None
        kind = number.text(number.part(entry, "code").get("string")).lower()
        hours = number.part(entry, "power_on_time").get("hours")
        words = number.text(result.get("string"))
        tests.append(_Test("extended" in kind or "long" in kind, passed, words, hours))
    return tests
