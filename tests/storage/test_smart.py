"""SMART: what smartctl 7.0 to 7.4 prints of disks of several kinds, and what is made of it."""

from __future__ import annotations

from pathlib import Path

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
