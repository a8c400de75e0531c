"""SMART: what smartctl 7.0 to 7.4 prints of disks of several kinds, and what is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from homelab import times
from homelab.storage import health, judge, smart
from homelab.storage.health import Health, Limits

RECORDED = Path(__file__).parent / "recorded/smart"


def read(name: str) -> smart.Drive:
    return smart.drive((RECORDED / name).read_text())


def judged(name: str, limits: Limits = health.DEFAULTS, as_root: bool = True) -> Health:
    return judge.drive("sda", read(name), limits, as_root)


CASES = [
    ("hdd-wd-7.2.json", "ok", 0, ""),
    ("hdd-seagate-packed-raw-7.3.json", "ok", 0, ""),
    ("hdd-failing-7.1.json", "critical", 1480, "the disk itself says that it is failing"),
    ("hdd-failing-7.1.json", "critical", 1480, "threshold: Reallocated_Sector_Ct"),
    ("hdd-failing-7.1.json", "critical", 1480, "a self-test failed: Completed: read failure"),
    ("hdd-pending-7.3.json", "warning", 8, "8 pending sectors can't be read"),
    ("hdd-failed-in-the-past-7.0.json", "ok", 0, "in the past below the maker's threshold"),
    ("hdd-cable-7.3.json", "warning", 0, "1764 CRC errors in transfers: a bad cable"),
    ("hdd-hot-7.2.json", "warning", 0, "58 °C, limit 55 °C"),
    ("hdd-test-aborted-7.3.json", "ok", 0, ""),
    ("ssd-samsung-7.2.json", "ok", 0, ""),
    ("ssd-crucial-worn-7.3.json", "warning", 0, "94% of its rated life is used"),
    ("ssd-kingston-7.0.json", "ok", None, ""),
    ("ssd-intel-7.1.json", "ok", 0, ""),
    ("ssd-standard-wear-7.4.json", "ok", None, ""),
    ("nvme-samsung-7.3.json", "ok", 0, ""),
    ("nvme-tests-7.4.json", "ok", 0, ""),
    ("nvme-worn-7.4.json", "critical", 17, "its spare blocks are used up"),
    ("nvme-worn-7.4.json", "critical", 17, "17 media errors"),
    ("nvme-worn-7.4.json", "critical", 17, "104% of its rated life is used"),
    ("nvme-hot-7.4.json", "warning", 0, "82 °C, limit 80 °C"),
    ("nvme-too-hot-7.4.json", "warning", 0, "it is outside its temperature limits"),
    ("nvme-read-only-7.2.json", "critical", 0, "it is read-only"),
    ("nvme-test-failed-7.4.json", "warning", 0, "a self-test failed"),
    ("sas-seagate-7.2.json", "ok", 0, ""),
    ("sas-defects-7.4.json", "warning", 15, "12 reallocated sectors"),
    ("sas-defects-7.4.json", "warning", 15, "3 uncorrectable errors"),
    ("sas-hot-7.4.json", "critical", 0, "66 °C, limit 55 °C"),
    ("sas-ssd-7.4.json", "ok", None, ""),
    ("usb-unknown-bridge-7.2.json", "skipped", None, "its USB bridge is not known to smartctl"),
    ("no-smart-7.3.json", "skipped", None, "it offers no SMART data"),
    ("standby-7.2.json", "skipped", None, "asleep, and was not woken"),
    ("standby-7.4.json", "skipped", None, "asleep, and was not woken"),
    ("permission-denied-7.3.json", "unknown", None, "Permission denied"),
    ("gone-7.3.json", "unknown", None, "No such device"),
    ("disabled-7.3.json", "unknown", None, "SMART is off; smartctl -s on /dev/sda"),
]


@pytest.mark.parametrize(("name", "state", "errors", "words"), CASES)
def test_a_disk_is_judged_by_its_data(
    name: str, state: str, errors: int | None, words: str
) -> None:
    row = judged(name)
    assert (row.state, row.errors) == (state, errors), row.detail
    assert words in row.detail
    assert bool(words) == bool(row.detail)


def test_each_recorded_disk_is_judged() -> None:
    recorded = {path.name for path in RECORDED.glob("*.json") if path.name[:4] != "scan"}
    assert {case[0] for case in CASES} == recorded


def test_raw_values_with_several_numbers_are_not_alarms() -> None:
    drive = read("hdd-seagate-packed-raw-7.3.json")
    assert (drive.celsius, drive.hours, drive.reallocated) == (34, 26_438, 0)
    assert drive.uncorrectable == 0
    assert read("hdd-failed-in-the-past-7.0.json").celsius == 38


@pytest.mark.parametrize(
    ("name", "wear"),
    [
        ("hdd-wd-7.2.json", None),
        ("ssd-samsung-7.2.json", 0.09),
        ("ssd-crucial-worn-7.3.json", 0.94),
        ("ssd-kingston-7.0.json", 0.26),
        ("ssd-intel-7.1.json", 0.12),
        ("ssd-standard-wear-7.4.json", 0.03),
        ("nvme-worn-7.4.json", 1.04),
        ("sas-ssd-7.4.json", 0.02),
    ],
)
def test_wear_is_the_used_share_of_the_rated_life(name: str, wear: float | None) -> None:
    assert judged(name).wear == (wear if wear is None else pytest.approx(wear))


def test_retired_blocks_of_an_ssd_are_normal_and_counted() -> None:
    row = judged("ssd-samsung-7.2.json")
    assert (row.state, row.reallocated, row.errors) == ("ok", 6, 0)


def test_the_self_test_is_as_old_as_the_hours_of_operation_say() -> None:
    assert judged("hdd-wd-7.2.json").checked == 55 * 3600
    # the log has 16 bits of the hours
    assert judged("hdd-failed-in-the-past-7.0.json").checked == 4477 * 3600
    assert judged("nvme-tests-7.4.json").checked == 60 * 3600


def test_a_later_long_test_makes_up_for_a_failed_one() -> None:
    assert read("hdd-failed-in-the-past-7.0.json").test_failed == ""
    assert read("nvme-tests-7.4.json").test_failed == ""
    assert read("hdd-failing-7.1.json").test_failed == "Completed: read failure"


@pytest.mark.parametrize(
    ("name", "limit", "state"),
    [
        ("hdd-wd-7.2.json", 33, "warning"), ("hdd-wd-7.2.json", 34, "ok"),
        ("hdd-hot-7.2.json", 60, "ok"), ("nvme-hot-7.4.json", 83, "ok"),
    ],
)  # fmt: skip
def test_a_given_limit_of_temperature_is_the_limit(name: str, limit: int, state: str) -> None:
    assert judged(name, Limits(limit, 90, times.DAY, 80)).state == state


def test_without_root_a_disk_is_skipped() -> None:
    row = judged("permission-denied-7.3.json", as_root=False)
    assert (row.state, row.detail, row.denied) == ("skipped", "needs root", True)


def test_output_that_is_no_report_has_a_reason() -> None:
    with pytest.raises(smart.NoReport, match="too old for JSON"):
        read("too-old-6.6.txt")
    with pytest.raises(smart.NoReport, match="cut short or broken"):
        read("cut-short.txt")
    with pytest.raises(smart.NoReport, match="printed nothing"):
        smart.drive("")
    with pytest.raises(smart.NoReport, match="printed no JSON"):
        smart.drive("Segmentation fault")


def test_types_of_the_scan_are_passed_on_where_they_matter() -> None:
    found = smart.scanned((RECORDED / "scan-simple-7.3.json").read_text())
    assert [(device.name, device.kind) for device in found] == [
        ("/dev/sda", ""), ("/dev/sdb", "sat"), ("/dev/nvme0", ""),
    ]  # fmt: skip
    found = smart.scanned((RECORDED / "scan-megaraid-7.2.json").read_text())
    assert [(device.name, device.kind) for device in found] == [
        ("/dev/bus/0", "megaraid,0"), ("/dev/bus/0", "sat+megaraid,1"), ("/dev/sda", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ['{"smartctl": 1}', '{"temperature": {"current": "hot"}}', "{}"])
def test_values_of_other_types_are_unknown(text: str) -> None:
    row = judge.drive("sda", smart.drive(text), health.DEFAULTS, True)
    assert row.state == "unknown"


def changed(name: str, **parts: Any) -> Health:
    """The verdict on a recorded disk of which some keys are replaced (None: removed)."""
    report = json.loads((RECORDED / name).read_text()) | parts
    text = json.dumps({key: value for key, value in report.items() if value is not None})
    return judge.drive("sda", smart.drive(text), health.DEFAULTS, True)


def code(bits: int) -> dict[str, int]:
    return {"exit_status": bits}


@pytest.mark.parametrize(
    ("bits", "state", "words"),
    [
        (4, "ok", ""),
        (8, "critical", "the disk itself says that it is failing: replace it"),
        (16, "critical", "an attribute is below the maker's threshold"),
        (32, "ok", "an attribute was below the maker's threshold in the past"),
        (64, "ok", "errors in its error log; smartctl -l error /dev/sda shows them"),
        (128, "warning", "a self-test failed: see its log; run smartctl -t long /dev/sda"),
    ],
)
def test_each_bit_of_the_exit_code_is_judged_alone(bits: int, state: str, words: str) -> None:
    row = changed("hdd-wd-7.2.json", smartctl=code(bits), ata_smart_self_test_log=None)
    assert (row.state, row.detail) == (state, words)


def test_a_disk_without_a_verdict_is_unknown() -> None:
    row = changed("hdd-wd-7.2.json", smart_status=None)
    assert (row.state, row.detail) == ("unknown", "smartctl reports no verdict of this disk")
    # an NVMe disk says it by the bits of its log
    assert changed("nvme-samsung-7.3.json", smart_status=None).state == "ok"


def test_the_error_log_is_a_note() -> None:
    row = changed("hdd-wd-7.2.json", ata_smart_error_log={"summary": {"count": 3}})
    assert row.state == "ok"
    assert row.detail.startswith("3 errors in its error log; ")


def test_a_failed_test_of_a_disk_without_a_log_is_known() -> None:
    status = {"value": 121, "string": "completed having the read element failed", "passed": False}
    data = {"self_test": {"status": status}}
    row = changed("hdd-wd-7.2.json", ata_smart_data=data, ata_smart_self_test_log=None)
    assert "a self-test failed: completed having the read element failed" in row.detail


def attribute(key: int, name: str, value: int, raw: str) -> dict[str, Any]:
    return {"id": key, "name": name, "value": value, "raw": {"value": 1, "string": raw}}


@pytest.mark.parametrize(
    ("row", "known", "wear"),
    [
        # WD and SanDisk count up in an attribute of this name
        (attribute(230, "Media_Wearout_Indicator", 1, "0x002600140026"), True, 0.01),
        (attribute(233, "Media_Wearout_Indicator", 99, "0"), True, 0.01),
        (attribute(233, "Media_Wearout_Indicator", 0, "77"), False, None),
        (attribute(231, "SSD_Life_Left", 100, "0x0000000000005d"), True, 0.07),
        (attribute(202, "Percent_Lifetime_Remain", 250, "3"), True, None),
        (attribute(177, "Wear_Leveling_Count", -1, "3"), True, None),
    ],
)
def test_wear_by_attributes_of_other_makers(
    row: dict[str, Any], known: bool, wear: float | None
) -> None:
    found = changed(
        "ssd-samsung-7.2.json", ata_smart_attributes={"table": [row]}, in_smartctl_database=known
    )
    assert found.wear == (wear if wear is None else pytest.approx(wear))
    assert found.state == "ok"


@pytest.mark.parametrize("raw", [{"value": -1}, {"value": 1 << 64}, {"string": "-"}, {}, None])
def test_a_count_that_is_no_number_is_not_an_alarm(raw: object) -> None:
    row = {"id": 197, "name": "Current_Pending_Sector", "value": 100, "raw": raw}
    found = changed("hdd-wd-7.2.json", ata_smart_attributes={"table": [row]})
    assert (found.state, found.pending) == ("ok", None)


@pytest.mark.parametrize("limit", [-300, 0, 5, None, "x"])
def test_a_limit_of_temperature_that_was_never_set_is_not_one(limit: object) -> None:
    limits = {"warning": limit, "critical": limit}
    row = changed("nvme-samsung-7.3.json", nvme_composite_temperature_threshold=limits)
    assert (row.state, row.celsius) == ("ok", 38)
    heat = {"current": 38, "drive_trip": limit}
    assert changed("sas-seagate-7.2.json", temperature=heat).state == "ok"


@pytest.mark.parametrize(
    ("spare", "least", "state"),
    [(100, 0, "ok"), (100, 100, "ok"), (0, 0, "ok"), (9, 10, "critical"), (10, 10, "critical")],
)
def test_spare_blocks_are_compared_with_the_least_of_the_disk(
    spare: int, least: int, state: str
) -> None:
    log = json.loads((RECORDED / "nvme-samsung-7.3.json").read_text())
    log = log["nvme_smart_health_information_log"]
    log |= {"available_spare": spare, "available_spare_threshold": least}
    row = changed("nvme-samsung-7.3.json", nvme_smart_health_information_log=log)
    assert row.state == state


@pytest.mark.parametrize("mode", ["STANDBY", "STANDBY_Y", "STANDBY BY TIMER", "SLEEP"])
def test_all_modes_of_sleep_are_known(mode: str) -> None:
    message = {"string": f"Device is in {mode} mode, exit(2)", "severity": "information"}
    text = json.dumps({"smartctl": {"exit_status": 2, "messages": [message]}})
    assert judge.drive("sda", smart.drive(text), health.DEFAULTS, True).detail.startswith("asleep")


def test_a_volume_of_a_raid_controller_has_no_smart_data() -> None:
    said = "Smartctl open device: /dev/sda failed: DELL or MegaRaid controller, please try adding"
    message = {"string": f"{said} '-d megaraid,N'", "severity": "error"}
    text = json.dumps({"smartctl": {"exit_status": 2, "messages": [message]}})
    row = judge.drive("sda", smart.drive(text), health.DEFAULTS, True)
    assert (row.state, "RAID controller" in row.detail) == ("skipped", True)


def test_a_disk_behind_a_controller_is_named_for_smartctl() -> None:
    row = judge.drive("bus/0 megaraid,3", read("hdd-failing-7.1.json"), health.DEFAULTS, True)
    assert "run smartctl -t long -d megaraid,3 /dev/bus/0" in row.detail
    assert {"/dev/bus/0", "bus/0"} <= row.names
